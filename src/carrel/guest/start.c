/* What happens before a program's first instruction: its directory, its input, its limits,
 * its user. */
#include "agent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

/* What the exercise put into /data lies in the program's directory too, where it is looked
 * for. What a student put there does not: it is not root's. */
static int link_data(const char *cwd) {
    DIR *data = opendir("/data");
    if (!data) return -1;
    int to = open_directory(cwd), failed = to < 0;
    struct dirent *entry;
    while (!failed && (entry = readdir(data))) {
        struct stat status;
        char target[8 + NAME_MAX];
        if (fstatat(dirfd(data), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0) continue;
        if (!S_ISREG(status.st_mode) || status.st_uid != 0) continue;
        snprintf(target, sizeof target, "/data/%s", entry->d_name);
        failed = symlinkat(target, to, entry->d_name) < 0;
    }
    int error = errno;
    if (to >= 0) close(to);
    closedir(data);
    errno = error;
    return failed ? -1 : 0;
}

int prepare_directory(const struct start *start) {
    if (start->identity == ID_STUDENT) return 0;
    /* From here on other users' programs run: nobody plants files beside the program. */
    chmod("/app", 0755);
    chmod("/data", 0755);
    if (start->identity == ID_BUILDER) { /* a student's link here would give its target away */
        int fd = open_directory(start->cwd);
        if (fd < 0) return -1;
        int given = fchown(fd, start->uid, start->uid);
        int error = errno;
        close(fd);
        errno = error;
        return given;
    }
    if (mkdir(start->cwd, 0700) < 0 || link_data(start->cwd) < 0) return -1;
    return chown(start->cwd, start->uid, start->uid);
}

/* All of a program's input as a file of its own, already unlinked and read-only:
 * a program that never reads it blocks nobody. It belongs to the program, which may
 * want to open /dev/stdin. */
int blob_stdin(const uint8_t *data, size_t size, uid_t uid) {
    static const char path[] = "/box/agent/stdin";
    if (!size) return open("/dev/null", O_RDONLY | O_CLOEXEC);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    if (fd < 0) return -1;
    while (size) {
        ssize_t n = write(fd, data, size);
        if (n < 0) {
            int error = errno;
            close(fd);
            unlink(path);
            errno = error;
            return -1;
        }
        data += n;
        size -= (size_t)n;
    }
    int owned = fchown(fd, uid, uid);
    close(fd);
    fd = owned < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    unlink(path);
    return fd;
}

static const int LIMIT_KINDS[LIMIT_COUNT] = {RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_NPROC,
                                            RLIMIT_NOFILE, RLIMIT_STACK};

/* Those of carrel/sandbox/backends/oci.py, and setting the clock of a machine of its own. */
#define AGENT_CAPABILITIES                                                              \
    (1ull << CAP_CHOWN | 1ull << CAP_DAC_OVERRIDE | 1ull << CAP_FOWNER | 1ull << CAP_KILL | \
     1ull << CAP_SETGID | 1ull << CAP_SETUID | 1ull << CAP_SETPCAP | 1ull << CAP_SYS_ADMIN |     \
     1ull << CAP_SYS_RESOURCE | 1ull << CAP_SYS_TIME)

/* The CPU time that a process may have used before it is ended, and when it is warned. */
static struct rlimit limit_of(int kind, uint64_t value) {
    struct rlimit limit = {value, value};
    if (kind == RLIMIT_CPU) limit.rlim_max += 2;
    return limit;
}

bool set_limits(pid_t pid, const uint64_t limits[LIMIT_COUNT]) {
    for (int i = 0; i < LIMIT_COUNT; i++) {
        struct rlimit limit = limit_of(LIMIT_KINDS[i], limits[i]);
        if (limits[i] && prlimit(pid, LIMIT_KINDS[i], &limit, NULL) < 0) return false;
    }
    return true;
}

/* In the child of vfork: only system calls, and every failure goes to the parent
 * through `start`, whose memory we share. */
static _Noreturn void become_program(struct start *start) {
    sigset_t none;
    sigemptyset(&none);
    struct sigaction fallback = {.sa_handler = SIG_DFL};
    sigaction(SIGCHLD, &fallback, NULL);
    sigaction(SIGPIPE, &fallback, NULL);
    setsid();
    for (int i = 0; i < 3; i++)
        if (dup2(start->fds[i], i) < 0) goto failed;
    start->step = "entering the control group";
    if (start->group >= 0 && write(start->group, "0", 1) != 1) goto failed;
    start->step = "entering Landlock";
    if (enter_landlock() < 0) goto failed;
    if (start->line >= 0 && dup2(start->line, 3) < 0) goto failed;
    close_range(start->line >= 0 ? 4 : 3, ~0u, 0);
    start->step = "setting limits";
    for (int i = 0; i < LIMIT_COUNT; i++) {
        struct rlimit limit = limit_of(LIMIT_KINDS[i], start->limits[i]);
        if (start->limits[i] && setrlimit(LIMIT_KINDS[i], &limit) < 0) goto failed;
    }
    /* 1 and not 0: where core_pattern names a program, Linux would still start it, as root
     * on the host, for every crash. Files need more than a byte, so none is written either. */
    struct rlimit no_core = {1, 1};
    setrlimit(RLIMIT_CORE, &no_core);
    start->step = "changing user";
    /* The bounding set as well: what the agent may do, no program can ever regain. */
    for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
        if (AGENT_CAPABILITIES & (1ull << cap)) prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    if (setgroups(0, NULL) < 0 || setresgid(start->uid, start->uid, start->uid) < 0 ||
        setresuid(start->uid, start->uid, start->uid) < 0)
        goto failed;
    start->step = "filtering system calls";
    if (filter_system_calls() < 0) goto failed;
    umask(022);
    start->step = "entering the working directory";
    if (chdir(start->cwd) < 0) goto failed;
    sigprocmask(SIG_SETMASK, &none, NULL);
    start->step = "starting the program";
    execvpe(start->argv[0], start->argv, start->env);
failed:
    start->error = errno;
    _exit(127);
}

pid_t start_program(struct start *start) {
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t pid = vfork();
    if (pid == 0) become_program(start);
    if (pid < 0) start->error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid > 0 && start->error) waitpid(pid, NULL, 0);
    return start->error ? 0 : pid;
}
