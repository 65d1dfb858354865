/* Programs that wait: runtimes started before anybody's code is there, so that it need not
 * wait for their start.
 *
 * Theory of operation. A waiting program is in all respects the program that it will be: its
 * user was never used before, its filter and limits are set, its standard input is an empty
 * file that only we can write, its output goes to pipes of ours. On descriptor 3 it says that
 * it is ready (one byte) and reads one message: directory and arguments. From then on it is a
 * run like any other, of one student, and ends as one. Nothing of one run reaches the next
 * that it would not have reached anyway: each has a process of its own, of its own user.
 *
 * They are started only before the sandbox is configured, that is, before it holds a byte of
 * a student's. What runs meanwhile is another user and can neither signal, trace nor read
 * them; sockets cannot be opened through /proc. */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_WAITING 32
#define PATIENCE_MS 120000 /* a JVM under emulation takes a while */
#define MESSAGE_MAX (32u * 1024)
#define INPUT_MAX (1u * 1024 * 1024)
#define LONG_AGO 1000000000 /* September 2001 */

static struct waiting all[MAX_WAITING];

static void close_all(struct waiting *one) {
    int *fds[] = {&one->input, &one->line, &one->out[0], &one->out[1]};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        if (*fds[i] >= 0) close(*fds[i]);
        *fds[i] = -1;
    }
}

void give_up(struct waiting *taken) {
    if (taken->pid) {
        kill(taken->pid, SIGKILL);
        waitpid(taken->pid, NULL, 0);
    }
    close_all(taken);
    memset(taken, 0, sizeof *taken);
}

bool is_waiting(pid_t pid) {
    for (int i = 0; i < MAX_WAITING; i++)
        if (all[i].pid == pid) return true;
    return false;
}

bool anyone_waits(void) {
    for (int i = 0; i < MAX_WAITING; i++)
        if (all[i].pid) return true;
    return false;
}

void forget_waiting(pid_t pid) {
    for (int i = 0; i < MAX_WAITING; i++) {
        if (all[i].pid != pid) continue;
        close_all(&all[i]);
        memset(&all[i], 0, sizeof all[i]);
    }
}

/* An input that is still empty: what the program gets to read, and what we write to. Like
 * any input it is a file without a name, which belongs to the program. */
static int empty_input(uid_t uid, int *writer) {
    char path[32];
    *writer = memfd_create("stdin", MFD_CLOEXEC);
    if (*writer < 0) return -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", *writer);
    if (fchmod(*writer, 0400) < 0 || fchown(*writer, uid, uid) < 0) return -1;
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* Whether it says within the time, on descriptor 3, that it is ready, and nothing else. */
static bool says_ready(const struct waiting *one) {
    struct pollfd line = {.fd = one->line, .events = POLLIN};
    int left = PATIENCE_MS;
    char byte;
    while (poll(&line, 1, left) < 0)
        if (errno != EINTR) return false; /* another one's end; the time begins anew */
    if (!line.revents || read(one->line, &byte, 1) != 1) return false;
    /* What it has written would be taken for the student's. */
    struct pollfd outputs[] = {{.fd = one->out[0], .events = POLLIN},
                               {.fd = one->out[1], .events = POLLIN}};
    return poll(outputs, 2, 0) == 0;
}

static const char *begin(struct waiting *one, struct start *start) {
    int out[2] = {-1, -1}, err[2] = {-1, -1}, line[2] = {-1, -1};
    start->step = "making its descriptors";
    start->fds[0] = empty_input(one->uid, &one->input);
    if (start->fds[0] < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line) < 0) {
        start->error = errno;
    } else {
        (void)!fchown(out[0], one->uid, one->uid);
        (void)!fchown(err[0], one->uid, one->uid);
        start->fds[1] = out[1];
        start->fds[2] = err[1];
        start->line = line[1];
        one->pid = start_program(start);
    }
    one->out[0] = out[0];
    one->out[1] = err[0];
    one->line = line[0];
    const int theirs[] = {start->fds[0], out[1], err[1], line[1]};
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++)
        if (theirs[i] >= 0) close(theirs[i]);
    if (!one->pid) return start->step;
    return says_ready(one) ? NULL : "waiting until it is ready";
}

/* Where clones are made of what waits, some of it has random numbers already. OpenSSL fetches
 * new ones when much time has passed since; so let it pass. Nobody may set the clock of a
 * sandbox that is no machine of its own, and that is never cloned. */
static void let_time_pass(void) {
    struct timespec then = {.tv_sec = LONG_AGO};
    (void)!clock_settime(CLOCK_REALTIME, &then);
}

void handle_wait(uint32_t id, struct reader *r) {
    struct start start = {.cwd = "/", .line = -1, .group = -1};
    uint8_t identity = read_u8(r);
    uint32_t stands_for = read_u32(r);
    for (int i = 0; i < LIMIT_COUNT; i++) start.limits[i] = read_u64(r);
    char *kind = read_string(r);
    start.argv = read_list(r, 4096);
    start.env = read_list(r, 4096);
    struct waiting *one = NULL;
    for (int i = 0; i < MAX_WAITING && !one; i++)
        if (!all[i].pid) one = &all[i];
    bool named = !r->bad && *kind && strlen(kind) < KIND_MAX && start.argv[0];
    if (!named || identity == ID_STUDENT || identity > ID_BUILDER) {
        send_errno(id, EINVAL, "malformed request");
    } else if (!one) {
        send_errno(id, EBUSY, "too many wait");
    } else {
        let_time_pass();
        *one = (struct waiting){.uid = new_uid(), .identity = identity, .stands_for = stands_for,
                                .input = -1, .line = -1, .out = {-1, -1}};
        strcpy(one->kind, kind);
        start.identity = identity;
        start.uid = one->uid;
        const char *failed = begin(one, &start);
        if (failed) {
            give_up(one);
            send_errno(id, start.error ? start.error : ETIMEDOUT, failed);
        } else {
            send_ok(id, NULL, 0);
        }
    }
    free(kind);
    free_list(start.argv);
    free_list(start.env);
}

bool take_waiting(const char *kind, enum identity identity, struct waiting *taken) {
    for (int i = 0; i < MAX_WAITING; i++) {
        if (!all[i].pid || all[i].identity != identity || strcmp(all[i].kind, kind)) continue;
        *taken = all[i];
        memset(&all[i], 0, sizeof all[i]);
        return true;
    }
    return false;
}

static uint8_t *append(uint8_t *at, const uint8_t *end, const char *string) {
    uint32_t size = (uint32_t)strlen(string);
    if (!at || (size_t)(end - at) < size + sizeof size) return NULL;
    memcpy(at, &size, sizeof size);
    memcpy(at + sizeof size, string, size);
    return at + sizeof size + size;
}

/* Its length, and the directory and the arguments as length-prefixed strings. */
static bool send_message(const struct waiting *taken, const struct start *start) {
    static uint8_t message[MESSAGE_MAX];
    uint8_t *at = append(message + 4, message + sizeof message, start->cwd);
    char **argv = start->argv;
    for (uint32_t i = 0; i < taken->stands_for; i++)
        if (!*argv++) return false;
    for (; *argv; argv++) at = append(at, message + sizeof message, *argv);
    if (!at) return false;
    uint32_t size = (uint32_t)(at - message) - 4;
    memcpy(message, &size, sizeof size);
    ssize_t sent = send(taken->line, message, size + 4, MSG_DONTWAIT | MSG_NOSIGNAL);
    return sent == (ssize_t)size + 4;
}

static bool write_input(int fd, const uint8_t *data, size_t size) {
    if (size > INPUT_MAX) return false;
    while (size) {
        ssize_t n = write(fd, data, size);
        if (n < 0) return false;
        data += n;
        size -= (size_t)n;
    }
    return true;
}

bool tell_to_go(struct waiting *taken, const struct start *start, const uint8_t *input, size_t size) {
    if (!write_input(taken->input, input, size) || !set_limits(taken->pid, start->limits) ||
        !send_message(taken, start)) {
        give_up(taken);
        return false;
    }
    close(taken->input);
    close(taken->line);
    taken->input = taken->line = -1;
    return true;
}
