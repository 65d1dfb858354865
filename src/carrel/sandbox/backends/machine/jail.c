/* Starts an emulator as a user who owns nothing, in namespaces in which there is nothing.
 *
 *   jail UID [--kvm] -- COMMAND…       as root, in the control groups it is to stay in
 *   jail --tsc                         prints the rate of the CPU's time stamp counter in kHz
 *
 * What an attacker who broke out of the machine would find: /usr to read, a /proc of one
 * process, three device nodes, the descriptors that were handed over; no network, nobody to
 * signal, no privileges to gain, and QEMU's own list of refused system calls. Linux's tools
 * do the same in five programs one after the other; a machine must start in milliseconds. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/capability.h>

#define BASE "/tmp" /* covered in our own mount namespace only */
#define LOG_MAX (1u << 20) /* of what a guest may make the emulator write to a file */
#define NAMESPACES \
    (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "jail: %s: %s\n", what, strerror(errno));
    _exit(125);
}

static void show_read_only(const char *from, const char *to, bool directory) {
    int fd = directory ? mkdir(to, 0755) : open(to, O_CREAT | O_WRONLY | O_CLOEXEC, 0444);
    if (fd < 0) fail(to);
    if (!directory) close(fd);
    if (mount(from, to, NULL, MS_BIND, NULL) < 0) fail(from);
    unsigned long flags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV;
    if (mount(NULL, to, NULL, flags, NULL) < 0) fail(to);
}

/* /lib and the like are links into /usr, or directories on a machine that was never merged. */
static void show_library(const char *path, const char *to) {
    char target[256];
    ssize_t size = readlink(path, target, sizeof target - 1);
    if (size > 0) {
        target[size] = 0;
        if (symlink(target, to) < 0) fail(to);
    } else if (access(path, F_OK) == 0) {
        show_read_only(path, to, true);
    }
}

static void make_node(const char *path, unsigned major, unsigned minor, uid_t owner) {
    mode_t mode = owner ? 0600 : 0666;
    if (mknod(path, S_IFCHR | mode, makedev(major, minor)) < 0 || chmod(path, mode) < 0 ||
        chown(path, owner, owner) < 0)
        fail(path);
}

static void enter_empty_root(uid_t uid, bool kvm) {
    umask(0);
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) fail("private mounts");
    if (mount("tmpfs", BASE, "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k,nr_inodes=32") < 0)
        fail(BASE);
    show_read_only("/usr", BASE "/usr", true);
    show_library("/lib", BASE "/lib");
    show_library("/lib64", BASE "/lib64");
    if (mkdir(BASE "/etc", 0755) < 0 || mkdir(BASE "/dev", 0755) < 0 || mkdir(BASE "/proc", 0755) < 0)
        fail(BASE);
    if (access("/etc/ld.so.cache", R_OK) == 0)
        show_read_only("/etc/ld.so.cache", BASE "/etc/ld.so.cache", false);
    make_node(BASE "/dev/null", 1, 3, 0);
    make_node(BASE "/dev/urandom", 1, 9, 0);
    struct stat device;
    if (kvm && stat("/dev/kvm", &device) == 0)
        make_node(BASE "/dev/kvm", major(device.st_rdev), minor(device.st_rdev), uid);
    unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (mount("proc", BASE "/proc", "proc", flags, "subset=pid") < 0 &&
        mount("proc", BASE "/proc", "proc", flags, NULL) < 0)
        fail("/proc");
    if (mount(NULL, BASE, NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NOEXEC, NULL) < 0) fail(BASE);
    if (chdir(BASE) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 ||
        chdir("/") < 0)
        fail("changing the root");
}

static void become(uid_t uid) {
    struct rlimit log = {LOG_MAX, LOG_MAX}, none = {0, 0};
    if (setrlimit(RLIMIT_FSIZE, &log) < 0 || setrlimit(RLIMIT_CORE, &none) < 0) fail("limits");
    for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EINVAL) fail("capabilities");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) fail("no new privileges");
    if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
        fail("changing user");
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) fail("pdeathsig");
}

static int pass_on(pid_t child) {
    int status;
    close_range(0, 1, 0); /* the ends of pipes are the child's alone; 2 is for words of ours */
    close_range(3, ~0u, 0);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) fail("waiting");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int measure_tsc(void) {
#if defined(__x86_64__)
    struct timespec start, now, pause = {0, 100000000};
    clock_gettime(CLOCK_MONOTONIC_RAW, &start);
    unsigned long long before = __builtin_ia32_rdtsc();
    nanosleep(&pause, NULL);
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    unsigned long long ticks = __builtin_ia32_rdtsc() - before;
    double ms = 1e3 * (double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) / 1e6;
    printf("%.0f\n", (double)ticks / ms);
#endif
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && !strcmp(argv[1], "--tsc")) return measure_tsc();
    bool kvm = argc > 2 && !strcmp(argv[2], "--kvm");
    int first = kvm ? 4 : 3;
    uid_t uid = argc > first ? (uid_t)strtoul(argv[1], NULL, 10) : 0;
    if (!uid || strcmp(argv[first - 1], "--")) {
        fprintf(stderr, "usage: jail UID [--kvm] -- COMMAND…\n");
        return 64;
    }
    if (unshare(NAMESPACES) < 0) fail("namespaces");
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child) return pass_on(child);
    enter_empty_root(uid, kvm);
    if (sethostname("machine", 7) < 0) fail("sethostname");
    become(uid);
    char *const env[] = {"PATH=/usr/bin", "HOME=/", NULL};
    execve(argv[first], argv + first, env);
    fail(argv[first]);
}
