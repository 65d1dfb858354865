/* What the parts of the guest agent share. The protocol's numbers must equal
 * those of carrel/wire/messages.py; a test compares the two files. */
#ifndef CARREL_AGENT_H
#define CARREL_AGENT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PROTOCOL_VERSION 3
#define FRAME_MAX (72u * 1024 * 1024) /* host to guest: length of what follows the length */
#define CHUNK_MAX (64u * 1024)        /* guest to host: most data in one frame */
#define OUT_SOFT_MAX (512u * 1024)    /* stop reading the student's output above this */

enum request {
    REQ_CONFIGURE = 0x01,
    REQ_PING = 0x02,
    REQ_PUT = 0x03,
    REQ_GET = 0x04,
    REQ_LIST = 0x05,
    REQ_STAT = 0x06,
    REQ_MKDIR = 0x07,
    REQ_REMOVE = 0x08,
    REQ_EXECUTE = 0x09,
    REQ_STDIN = 0x0a,
    REQ_STDIN_END = 0x0b,
    REQ_SIGNAL = 0x0c,
    REQ_KILL_ALL = 0x0d,
    REQ_RESET = 0x0e,
    REQ_SHUTDOWN = 0x0f,
    REQ_WAIT = 0x10,
    REQ_HELLO = 0x11,
};

enum event {
    EV_READY = 0x81,
    EV_OK = 0x82,
    EV_ERROR = 0x83,
    EV_DATA = 0x84,
    EV_STARTED = 0x85,
    EV_STDOUT = 0x86,
    EV_STDERR = 0x87,
    EV_EXIT = 0x88,
};

enum identity { ID_STUDENT = 0, ID_FRESH = 1, ID_BUILDER = 2 };
enum put_flag { PUT_READONLY = 1, PUT_EXECUTABLE = 2, PUT_APPEND = 4 };
enum stdin_mode { STDIN_BLOB = 0, STDIN_STREAM = 1 };
enum exit_flag { EXIT_SPOILED = 1, EXIT_OUT_OF_MEMORY = 2 };

#define STUDENT_UID 1000
#define FRESH_UID_FIRST 20000
#define WIPE_MAX 5000 /* entries; more than that spoils the sandbox */

/* ---- wire.c: reading a request's payload, queueing events ---- */
struct reader {
    const uint8_t *at;
    const uint8_t *end;
    bool bad; /* something was read past the end, or was malformed */
};
uint8_t read_u8(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);
const uint8_t *read_bytes(struct reader *r, size_t size);
/* A length-prefixed string without NUL bytes, copied and terminated; free it. */
char *read_string(struct reader *r);
/* A counted list of such strings, NULL-terminated; free with free_list. */
char **read_list(struct reader *r, uint32_t most);
void free_list(char **list);

void send_event(enum event type, uint32_t id, const void *payload, size_t size);
void send_ok(uint32_t id, const void *payload, size_t size);
void send_errno(uint32_t id, int error, const char *what);
size_t out_pending(void);
/* Whether the host need not have yet what is queued: the beginning of a program and its
 * output, which the program's end may follow at once. Each write wakes the host. */
bool out_may_wait(void);
/* Have the host get what is queued now. */
void out_hurry(void);
bool out_flush(int fd); /* false: the host is gone */

/* ---- protect.c: read-only files ---- */
struct stat;
/* Keep anybody from replacing the file `path`, which is `file`. */
int protect(const char *path, const struct stat *file);
/* Let `path` and what is below it be replaced until restore_protection(). */
void lift_protection(const char *path);
/* Protect again what is still the file that it was; forget the others. Keeps errno. */
void restore_protection(void);
/* Let `path` and what is below it be replaced for good. */
void unprotect(const char *path);

/* ---- files.c: what the caller may do with files ---- */
void handle_put(uint32_t id, struct reader *r);
void handle_get(uint32_t id, struct reader *r);
void handle_list(uint32_t id, struct reader *r);
void handle_stat(uint32_t id, struct reader *r);
void handle_mkdir(uint32_t id, struct reader *r);
void handle_remove(uint32_t id, struct reader *r);
/* Open a directory that is reached without a student's symbolic link. */
int open_directory(const char *path);
void gets_pump(void);

/* ---- tree.c: whole directories that a student may have filled ---- */
int setup_writable(uint64_t disk_bytes);
/* Remove all below `path`; -1 with errno E2BIG after WIPE_MAX entries. Like all of this
 * file 0 means that nothing is left, never that nobody could look. */
int wipe_directory(const char *path);
int remove_tree_at(int dirfd, const char *name);
/* Give all below `path` to root, read-only; drop what is neither file nor directory.
 * -1: not all of it. */
int seal_directory(const char *path);
int wipe_scratch(void);
uint64_t disk_used(void);

/* ---- ipc.c ---- */
/* Remove all System V objects of this user and of the student; -1 when some are left, or
 * when the kernel does not say whether. */
int forget_ipc(uid_t uid);

/* ---- landlock.c: no file but the sandbox's; without Landlock neither does anything ---- */
void prepare_landlock(void);
/* In the child, while it has the agent's descriptors. */
int enter_landlock(void);

/* ---- filter.c: refuse system calls; in the child, before it becomes a program ---- */
int filter_system_calls(void);

/* ---- group.c: a control group for each program, where the kernel here is the sandbox's own ---- */
struct control_group {
    unsigned number; /* 0: none */
    int entrance;    /* descriptor of its cgroup.procs */
};
/* Make one of `memory_bytes` (0: none is wanted) and `processes`. -1: the kernel refuses. */
int group_open(struct control_group *group, uint64_t memory_bytes, uint64_t processes);
/* Have a process enter it that runs already. */
bool group_take(const struct control_group *group, pid_t pid);
/* What its programs had in memory at most, without files that the kernel merely kept. */
uint64_t group_peak(const struct control_group *group);
/* Whether the kernel ended one of them because there was no more. */
bool group_out_of_memory(const struct control_group *group);
/* Remove it, and those that still had processes when they were to be removed. */
void group_close(struct control_group *group);

/* ---- start.c: what happens before a program's first instruction ---- */
#define LIMIT_COUNT 5
struct start {
    enum identity identity;
    uid_t uid;
    const char *cwd;
    char **argv, **env;
    int fds[3];
    int line;                     /* of a program that waits, as its descriptor 3; else -1 */
    int group; /* descriptor through which a program enters its control group, or -1 */
    uint64_t limits[LIMIT_COUNT]; /* CPU seconds, file bytes, processes, files, stack; 0: none */
    volatile int error;           /* of the child, which shares our memory */
    const char *volatile step;    /* what failed */
};
/* Make or hand over the working directory. */
int prepare_directory(const struct start *start);
/* Set the limits of a program that runs already; false: it is gone. */
bool set_limits(pid_t pid, const uint64_t limits[LIMIT_COUNT]);
/* A descriptor to read the whole input from, or -1. */
int blob_stdin(const uint8_t *data, size_t size, uid_t uid);

/* Start a program; its process id, or 0 with `error` and `step` set. */
pid_t start_program(struct start *start);

/* ---- wait.c: programs that were started beforehand ---- */
#define KIND_MAX 32
struct waiting {
    pid_t pid; /* 0: slot is free */
    uid_t uid;
    enum identity identity;
    char kind[KIND_MAX];
    uint32_t stands_for; /* how many of the words of argv it is already */
    int input, line, out[2]; /* our ends of its stdin, descriptor 3, stdout and stderr */
};
void handle_wait(uint32_t id, struct reader *r);
/* One of this kind, which from then on waits no more. False: there is none. */
bool take_waiting(const char *kind, enum identity identity, struct waiting *taken);
/* Give it input, limits, directory and arguments and let it go. What is left of it then is
 * its process id and `out`; nothing is after false: it could not be told. */
bool tell_to_go(struct waiting *taken, const struct start *start, const uint8_t *input, size_t size);
void give_up(struct waiting *taken);
bool is_waiting(pid_t pid);
bool anyone_waits(void);
/* A process has ended. */
void forget_waiting(pid_t pid);

/* ---- run.c: programs ---- */
uid_t new_uid(void);
void handle_execute(uint32_t id, struct reader *r);
void handle_stdin(uint32_t id, struct reader *r);
void handle_stdin_end(uint32_t id);
void handle_signal(uint32_t id, struct reader *r);
/* False: somebody is still alive, and the sandbox is not to be used again. */
bool kill_everything(void);
void reap(void);
int runs_poll(struct pollfd *fds, int room);
void runs_events(const struct pollfd *fds, int count);

#endif
