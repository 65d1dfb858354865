/* The guest agent: the first process of a sandbox.
 *
 * Theory of operation. The host talks to this program over its standard input
 * and output, in frames (see wire.c and carrel/wire). One loop waits for
 * requests, for output of running programs and for their ends; nothing here
 * blocks on a student's program. Student code runs as another user, without
 * capabilities, and inherits none of our descriptors, so it can neither read
 * nor write a frame, nor signal us.
 *
 * The agent is believed about nothing that decides a verdict: the host measures
 * CPU time and memory from outside and sets the deadline. When the host goes
 * away (end of file) everything here dies with it.
 *
 * It is written in C, statically linked, because it is also the price of a
 * sandbox: a Python agent doubled the cold start and tripled idle memory. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include <linux/random.h>

#define MAX_POLL 128
#define HOLD_MS 1 /* how long output may wait for more to go with it */
#define HELD_MAX 8

static int child_pipe[2];
static bool configured;

static void on_child(int signal_number) {
    (void)signal_number;
    int saved = errno;
    char c = 0;
    (void)!write(child_pipe[1], &c, 1);
    errno = saved;
}

/* A clone of a warmed machine must neither repeat the random numbers of its
 * siblings nor live in their past. Where the sandbox technology owns clock and
 * entropy (gVisor) the calls are refused, and need not succeed. */
static void renew_clock_and_seed(uint64_t unix_ns, const uint8_t seed[32]) {
    struct timespec now = {.tv_sec = (time_t)(unix_ns / 1000000000u),
                           .tv_nsec = (long)(unix_ns % 1000000000u)};
    if (unix_ns) (void)!clock_settime(CLOCK_REALTIME, &now);
    struct {
        struct rand_pool_info info;
        uint8_t bytes[32];
    } entropy;
    memset(&entropy, 0, sizeof entropy);
    entropy.info.entropy_count = 256;
    entropy.info.buf_size = 32;
    memcpy(entropy.info.buf, seed, 32);
    int fd = open("/dev/random", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        if (ioctl(fd, RNDADDENTROPY, &entropy) == 0) ioctl(fd, RNDRESEEDCRNG);
        close(fd);
    }
}

static void handle_configure(uint32_t id, struct reader *r) {
    uint64_t disk_bytes = read_u64(r), unix_ns = read_u64(r);
    const uint8_t *seed = read_bytes(r, 32);
    if (r->bad || configured) {
        send_errno(id, EINVAL, configured ? "configured already" : "malformed request");
        return;
    }
    renew_clock_and_seed(unix_ns, seed);
    if (setup_writable(disk_bytes) < 0) {
        send_errno(id, errno, "mounting the writable layer");
        return;
    }
    configured = true;
    send_ok(id, NULL, 0);
}

static void handle_kill_all(uint32_t id) {
    if (kill_everything())
        send_ok(id, NULL, 0);
    else
        send_errno(id, EBUSY, "killing programs");
}

static void handle_reset(uint32_t id) {
    if (!kill_everything()) {
        send_errno(id, EBUSY, "killing programs");
        return;
    }
    unprotect("/");
    if (forget_ipc(STUDENT_UID) < 0 || wipe_scratch() < 0 || wipe_directory("/app") < 0 || wipe_directory("/data") < 0 ||
        wipe_directory("/home/student") < 0)
        send_errno(id, errno, "removing files");
    else
        send_ok(id, NULL, 0);
}

static void send_ready(void) {
    uint32_t version = PROTOCOL_VERSION;
    send_event(EV_READY, 0, &version, sizeof version);
}

static void dispatch(uint8_t type, uint32_t id, struct reader *r) {
    bool beforehand = type == REQ_CONFIGURE || type == REQ_PING || type == REQ_SHUTDOWN || type == REQ_WAIT ||
                      type == REQ_HELLO;
    if (!configured && !beforehand) {
        send_errno(id, EINVAL, "not configured yet");
        return;
    }
    if (configured && type == REQ_WAIT) { /* what waits was there before anything of a student */
        send_errno(id, EINVAL, "configured already");
        return;
    }
    switch (type) {
    case REQ_CONFIGURE: handle_configure(id, r); break;
    case REQ_PING: send_ok(id, NULL, 0); break;
    case REQ_PUT: handle_put(id, r); break;
    case REQ_GET: handle_get(id, r); break;
    case REQ_LIST: handle_list(id, r); break;
    case REQ_STAT: handle_stat(id, r); break;
    case REQ_MKDIR: handle_mkdir(id, r); break;
    case REQ_REMOVE: handle_remove(id, r); break;
    case REQ_EXECUTE: handle_execute(id, r); break;
    case REQ_STDIN: handle_stdin(id, r); break;
    case REQ_STDIN_END: handle_stdin_end(id); break;
    case REQ_SIGNAL: handle_signal(id, r); break;
    case REQ_KILL_ALL: handle_kill_all(id); break;
    case REQ_RESET: handle_reset(id); break;
    case REQ_HELLO: send_ready(); break;
    case REQ_SHUTDOWN: kill_everything(); _exit(0);
    case REQ_WAIT: handle_wait(id, r); break;
    default: send_errno(id, ENOSYS, "unknown request");
    }
}

/* Read what the host has sent and act on every complete frame.
 * False: the host closed the channel or broke the framing. */
static bool serve(void) {
    static uint8_t *in;
    static size_t have, room;
    if (have + CHUNK_MAX > room) {
        room = have + 4 * CHUNK_MAX;
        in = realloc(in, room);
        if (!in) _exit(70);
    }
    ssize_t n = read(0, in + have, room - have);
    if (n == 0) return false;
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    have += (size_t)n;
    size_t at = 0;
    while (have - at >= 9) {
        uint32_t length, id;
        memcpy(&length, in + at, 4);
        if (length < 5 || length > FRAME_MAX) return false;
        if (have - at - 4 < length) {
            if (room < at + 4 + length) { /* grow once for a large frame */
                room = at + 4 + length + CHUNK_MAX;
                in = realloc(in, room);
                if (!in) _exit(70);
            }
            break;
        }
        memcpy(&id, in + at + 5, 4);
        struct reader r = {in + at + 9, in + at + 4 + length, false};
        dispatch(in[at + 4], id, &r);
        at += 4 + (size_t)length;
    }
    if (at) memmove(in, in + at, have - at);
    have -= at;
    if (!have && room > 16 * CHUNK_MAX) { /* give a large frame's memory back */
        free(in);
        in = NULL;
        room = 0;
    }
    return true;
}

int main(void) {
    if (getpid() != 1) { /* it kills every process it can see */
        static const char refusal[] = "carrel agent: runs only as the first process of a sandbox\n";
        (void)!write(2, refusal, sizeof refusal - 1);
        return 64;
    }
    if (pipe2(child_pipe, O_CLOEXEC | O_NONBLOCK) < 0) return 71;
    struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    sigaction(SIGCHLD, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);   /* no ptrace, no /proc/PID/mem */
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
    fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK);

    prepare_landlock();
    send_ready();
    for (int held = 0;;) {
        struct pollfd fds[MAX_POLL] = {
            {.fd = 0, .events = POLLIN},
            {.fd = 1, .events = out_pending() ? POLLOUT : 0},
            {.fd = child_pipe[0], .events = POLLIN},
        };
        gets_pump();
        int count = 3 + runs_poll(fds + 3, MAX_POLL - 3);
        /* A moment later much output has grown, or the program has ended. */
        bool hold = out_pending() && out_may_wait() && held < HELD_MAX;
        held = hold ? held + 1 : 0;
        fds[1].events = out_pending() && !hold ? POLLOUT : 0;
        int ready = poll(fds, (nfds_t)count, hold ? HOLD_MS : -1);
        if (ready < 0 && errno != EINTR) return 72;
        if (out_pending() && (!hold || ready == 0)) out_hurry();
        if (fds[1].revents & (POLLERR | POLLNVAL)) break;
        if (count > 3) runs_events(fds + 3, count - 3);
        if (fds[2].revents) {
            char drop[64];
            while (read(child_pipe[0], drop, sizeof drop) > 0) {
            }
            reap();
        }
        if (fds[0].revents && !serve()) break;
        if (!out_may_wait() && !out_flush(1)) break;
    }
    kill_everything();
    return 0;
}
