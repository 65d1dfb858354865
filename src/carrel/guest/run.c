/* Programs: start them, pass their output on, report their end, and leave nothing of
 * them behind. */
#include "agent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_RUNS 32
#define AFTER_EXIT_MAX (2u * 1024 * 1024) /* more than two full pipes */

struct run {
    uint32_t id;
    pid_t pid; /* 0: slot is free */
    enum identity identity;
    uid_t uid;
    char *cwd;
    int in, out[2]; /* our ends of its stdin, stdout and stderr; -1 when closed */
    uint8_t *input; /* streamed stdin not yet taken by the program */
    size_t input_size;
    bool input_end;
    bool exited;
    bool survivors; /* something could not be killed */
    size_t after_exit; /* bytes its children wrote after that */
    int status;
    struct rusage usage;
    struct timespec started;
    double wall;
    struct control_group group;
    uint64_t disk_before; /* what others had left when it began */
    uint64_t input_bytes; /* of an input that is not on the disk */
};

static struct run runs[MAX_RUNS];
static uid_t next_uid = FRESH_UID_FIRST;
static uint8_t buffer[CHUNK_MAX];

static struct run *find(uint32_t id) {
    for (int i = 0; i < MAX_RUNS; i++)
        if (runs[i].pid && runs[i].id == id) return &runs[i];
    return NULL;
}

static void close_fd(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

uid_t new_uid(void) { return next_uid++; }

/* Kill all processes but our own. kill(-1) from the first process reaches every
 * other one; the loop ends when nothing new was forked in between. */
bool kill_everything(void) {
    if (getpid() != 1) _exit(64);
    bool alone = false;
    for (int round = 0; round < 1000 && !alone; round++) {
        alone = kill(-1, SIGKILL) < 0 && errno == ESRCH;
        reap();
        struct timespec pause = {0, 200000};
        if (round > 2 && !alone) nanosleep(&pause, NULL);
    }
    reap();
    return alone;
}

/* Kill all processes of a user. As that user: the kernel then reaches all of them in one
 * step, however they multiply, and nobody else. Our real and saved ids stay root's. */
static void kill_user(uid_t uid) {
    if (setresuid((uid_t)-1, uid, (uid_t)-1) < 0) return;
    kill(-1, SIGKILL);
    if (setresuid((uid_t)-1, 0, (uid_t)-1) < 0) _exit(73); /* capabilities come back with it */
}

/* A process that is neither ours nor waiting; 0: none, -1: nobody could look. */
static pid_t somebody(void) {
    DIR *processes = opendir("/proc");
    if (!processes) return -1;
    pid_t found = 0;
    struct dirent *entry;
    errno = 0;
    while (found == 0 && (entry = readdir(processes))) {
        int pid = atoi(entry->d_name);
        if (pid > 1 && !is_waiting(pid)) found = pid;
        errno = 0;
    }
    if (found == 0 && errno) found = -1;
    closedir(processes);
    return found;
}

/* Kill all processes but our own and those that wait, which no student has reached. */
static bool kill_programs(uid_t uid) {
    if (!anyone_waits()) return kill_everything();
    for (int round = 0; round < 1000; round++) {
        kill_user(uid);
        kill_user(STUDENT_UID);
        reap();
        pid_t left = somebody();
        if (left == 0) return true;
        if (left > 0) kill(left, SIGKILL);
        struct timespec pause = {0, 200000};
        if (round > 2) nanosleep(&pause, NULL);
    }
    return false;
}

static void pass_output(struct run *run, int which) {
    while (run->out[which] >= 0 && out_pending() < OUT_SOFT_MAX) {
        ssize_t n = read(run->out[which], buffer, sizeof buffer - 64);
        if (n > 0) {
            send_event(which ? EV_STDERR : EV_STDOUT, run->id, buffer, (size_t)n);
            if (run->in >= 0) out_hurry(); /* the answer to it may be the next input */
            if (run->exited && (run->after_exit += (size_t)n) > AFTER_EXIT_MAX) break;
        } else {
            if (n == 0 || (errno != EAGAIN && errno != EINTR)) close_fd(&run->out[which]);
            break;
        }
    }
}

/* The main process has ended and its output was passed on: say so. */
static void finish(struct run *run) {
    struct {
        int32_t status;
        uint32_t flags;
        uint64_t user_us, system_us, wall_us, peak_bytes, disk_bytes, group_peak_bytes;
    } __attribute__((packed)) report;
    uint32_t flags = 0;
    uint64_t disk_now = disk_used();
    report.group_peak_bytes = group_peak(&run->group);
    if (group_out_of_memory(&run->group)) flags |= EXIT_OUT_OF_MEMORY;
    group_close(&run->group);
    report.disk_bytes = disk_now > run->disk_before ? disk_now - run->disk_before : 0;
    report.disk_bytes += run->input_bytes;
    if (run->identity != ID_STUDENT) {
        if (run->survivors || forget_ipc(run->uid) < 0 || wipe_scratch() < 0) flags |= EXIT_SPOILED;
    }
    if (run->identity == ID_BUILDER && seal_directory(run->cwd) < 0) flags |= EXIT_SPOILED;
    report.status = run->status;
    report.flags = flags;
    report.user_us = (uint64_t)run->usage.ru_utime.tv_sec * 1000000u + (uint64_t)run->usage.ru_utime.tv_usec;
    report.system_us = (uint64_t)run->usage.ru_stime.tv_sec * 1000000u + (uint64_t)run->usage.ru_stime.tv_usec;
    report.wall_us = (uint64_t)(run->wall * 1e6);
    report.peak_bytes = (uint64_t)run->usage.ru_maxrss * 1024u;
    send_event(EV_EXIT, run->id, &report, sizeof report);
    close_fd(&run->in);
    close_fd(&run->out[0]);
    close_fd(&run->out[1]);
    free(run->input);
    free(run->cwd);
    memset(run, 0, sizeof *run);
}

static bool try_finish(struct run *run) {
    if (!run->pid || !run->exited) return false;
    /* What the main process wrote is in the pipes by now. A child that keeps
     * them open does not keep the run open. */
    if (run->identity != ID_STUDENT) run->survivors = !kill_programs(run->uid);
    pass_output(run, 0);
    pass_output(run, 1);
    bool flooded = run->after_exit > AFTER_EXIT_MAX;
    if (out_pending() >= OUT_SOFT_MAX && !flooded) return false; /* more when the host has read */
    finish(run);
    return true;
}

void reap(void) {
    int status;
    pid_t pid;
    struct rusage usage;
    while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
        forget_waiting(pid);
        for (int i = 0; i < MAX_RUNS; i++) {
            if (runs[i].pid != pid || runs[i].exited) continue;
            struct timespec now;
            clock_gettime(CLOCK_MONOTONIC, &now);
            runs[i].exited = true;
            runs[i].status = status;
            runs[i].usage = usage;
            runs[i].wall = (double)(now.tv_sec - runs[i].started.tv_sec) +
                           (double)(now.tv_nsec - runs[i].started.tv_nsec) / 1e9;
        }
    }
}

static void feed(struct run *run) {
    size_t done = 0;
    while (run->in >= 0 && done < run->input_size) {
        ssize_t n = write(run->in, run->input + done, run->input_size - done);
        if (n < 0) {
            if (errno != EAGAIN && errno != EINTR) close_fd(&run->in); /* nobody reads */
            break;
        }
        done += (size_t)n;
    }
    if (done) {
        memmove(run->input, run->input + done, run->input_size - done);
        run->input_size -= done;
    }
    if (run->in < 0) run->input_size = 0;
    if (!run->input_size && run->input_end) close_fd(&run->in);
}

int runs_poll(struct pollfd *fds, int room) {
    int count = 0;
    bool read_more = out_pending() < OUT_SOFT_MAX;
    for (int i = 0; i < MAX_RUNS; i++) {
        struct run *run = &runs[i];
        while (try_finish(run)) {
        }
        if (!run->pid || count + 3 > room) continue;
        if (run->in >= 0 && run->input_size)
            fds[count++] = (struct pollfd){.fd = run->in, .events = POLLOUT};
        for (int which = 0; which < 2 && read_more; which++)
            if (run->out[which] >= 0)
                fds[count++] = (struct pollfd){.fd = run->out[which], .events = POLLIN};
    }
    return count;
}

void runs_events(const struct pollfd *fds, int count) {
    for (int k = 0; k < count; k++) {
        if (!fds[k].revents) continue;
        for (int i = 0; i < MAX_RUNS; i++) {
            if (!runs[i].pid) continue;
            if (fds[k].fd == runs[i].in) feed(&runs[i]);
            for (int which = 0; which < 2; which++)
                if (fds[k].fd == runs[i].out[which]) pass_output(&runs[i], which);
        }
    }
}

/* Make its descriptors and start it; false with start->error set. */
static bool start_cold(struct run *run, struct start *start, int pipes[3][2], bool blob,
                       const uint8_t *input, size_t size) {
    if (blob)
        start->fds[0] = blob_stdin(input, size, run->uid);
    else
        start->fds[0] = pipe2(pipes[0], O_CLOEXEC) == 0 ? pipes[0][0] : -1;
    if (start->fds[0] < 0 || pipe2(pipes[1], O_CLOEXEC) < 0 || pipe2(pipes[2], O_CLOEXEC) < 0) {
        start->error = errno;
        return false;
    }
    start->fds[1] = pipes[1][1];
    start->fds[2] = pipes[2][1];
    for (int i = 0; i < 3; i++) /* so that it can open /dev/stdout and the like */
        if (pipes[i][0] >= 0) (void)!fchown(pipes[i][0], run->uid, run->uid);
    clock_gettime(CLOCK_MONOTONIC, &run->started);
    run->pid = start_program(start);
    return run->pid != 0;
}

void handle_execute(uint32_t id, struct reader *r) {
    struct start start = {.step = "preparing", .line = -1, .group = -1};
    uint8_t identity = read_u8(r), mode = read_u8(r);
    for (int i = 0; i < LIMIT_COUNT; i++) start.limits[i] = read_u64(r);
    uint64_t memory_bytes = read_u64(r);
    char *cwd = read_string(r);
    start.argv = read_list(r, 4096);
    start.env = read_list(r, 4096);
    uint32_t size = read_u32(r);
    const uint8_t *input = read_bytes(r, size);
    char *kind = read_string(r);
    struct waiting taken = {.pid = 0, .input = -1, .line = -1, .out = {-1, -1}};
    struct run *run = NULL;
    for (int i = 0; i < MAX_RUNS && !run; i++)
        if (!runs[i].pid) run = &runs[i];
    int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
    int error = 0;
    if (r->bad || !start.argv[0] || identity > ID_BUILDER || mode > STDIN_STREAM) {
        error = EINVAL;
        goto done;
    }
    if (!run || find(id)) {
        error = EBUSY;
        goto done;
    }
    *run = (struct run){.id = id, .identity = identity, .in = -1, .out = {-1, -1}};
    if (*kind && mode == STDIN_BLOB && take_waiting(kind, identity, &taken))
        run->uid = taken.uid;
    else
        run->uid = identity == ID_STUDENT ? STUDENT_UID : new_uid();
    if (identity == ID_FRESH && !*cwd) {
        free(cwd);
        cwd = malloc(32);
        if (!cwd) _exit(70);
        snprintf(cwd, 32, "/work/%u", (unsigned)run->uid);
    } else if (identity == ID_FRESH) {
        error = EINVAL; /* a fresh program's directory is its own */
        goto done;
    }
    run->cwd = cwd;
    run->disk_before = disk_used();
    start.identity = run->identity;
    start.uid = run->uid;
    start.cwd = cwd;
    if (prepare_directory(&start) < 0) {
        error = errno;
        goto done;
    }
    start.step = "limiting memory";
    if (group_open(&run->group, memory_bytes, start.limits[2]) < 0 ||
        (taken.pid && !group_take(&run->group, taken.pid))) {
        error = errno;
        goto done;
    }
    start.group = run->group.entrance;
    start.step = "preparing";
    if (taken.pid && tell_to_go(&taken, &start, input, size)) {
        clock_gettime(CLOCK_MONOTONIC, &run->started);
        run->pid = taken.pid;
        run->input_bytes = size;
        pipes[1][0] = taken.out[0];
        pipes[2][0] = taken.out[1];
        taken.pid = 0;
    } else if (!start_cold(run, &start, pipes, mode == STDIN_BLOB, input, size)) {
        error = start.error;
        goto done;
    }
    run->in = pipes[0][1];
    run->out[0] = pipes[1][0];
    run->out[1] = pipes[2][0];
    pipes[0][1] = pipes[1][0] = pipes[2][0] = -1;
    if (run->in >= 0) fcntl(run->in, F_SETFL, O_NONBLOCK);
    fcntl(run->out[0], F_SETFL, O_NONBLOCK);
    fcntl(run->out[1], F_SETFL, O_NONBLOCK);
    uint32_t number = (uint32_t)run->pid;
    send_event(EV_STARTED, id, &number, sizeof number);
    cwd = NULL; /* the run's now */
done:
    if (error) {
        if (taken.pid) give_up(&taken);
        if (run && run->uid && run->identity != ID_STUDENT) wipe_scratch();
        if (run) group_close(&run->group);
        if (run && run->identity == ID_BUILDER && run->cwd) seal_directory(run->cwd);
        if (run) memset(run, 0, sizeof *run);
        send_errno(id, error, start.step);
    }
    free(kind);
    if (start.fds[0] > 0) close(start.fds[0]);
    for (int i = 0; i < 3; i++) {
        if (pipes[i][0] >= 0 && pipes[i][0] != start.fds[0]) close(pipes[i][0]);
        if (pipes[i][1] >= 0) close(pipes[i][1]);
    }
    free(cwd);
    free_list(start.argv);
    free_list(start.env);
}

void handle_stdin(uint32_t id, struct reader *r) {
    struct run *run = find(id);
    size_t size = (size_t)(r->end - r->at);
    if (!run || run->in < 0 || run->input_end || !size) return; /* it ended meanwhile */
    uint8_t *more = realloc(run->input, run->input_size + size);
    if (!more) _exit(70);
    run->input = more;
    memcpy(run->input + run->input_size, r->at, size);
    run->input_size += size;
    feed(run);
}

void handle_stdin_end(uint32_t id) {
    struct run *run = find(id);
    if (!run) return;
    run->input_end = true;
    feed(run);
}

void handle_signal(uint32_t id, struct reader *r) {
    uint32_t number = read_u32(r);
    struct run *run = find(id);
    if (r->bad || number < 1 || number > 64 || !run) return; /* it ended meanwhile */
    if (number == SIGKILL && run->identity != ID_STUDENT)
        kill_programs(run->uid);
    else if (!run->exited)
        kill(-run->pid, (int)number);
}
