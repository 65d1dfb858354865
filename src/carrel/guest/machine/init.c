/* The first program of a virtual machine: loads what its kernel needs, shows the template's
 * image as the root, and becomes the guest agent.
 *
 * It runs once per template and never sees a student's byte. What it leaves is all that the
 * kernel of the machine shows: a read-only root without device nodes or setuid programs, a
 * /proc, a /dev of six nodes, control groups that only the agent may look at. No module can
 * be loaded afterwards, and what attacks on a kernel start from is switched off: user
 * namespaces, BPF, its log and its addresses. The agent is the first process of a PID
 * namespace, so that nobody sees, or counts as alive, what the kernel runs for itself. When
 * it ends the machine does. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/capability.h>

#define AGENT "/.carrel/agent"
#define PORT "/sys/class/virtio-ports"
#define PATIENCE_MS 20000

/* Those of carrel/sandbox/backends/oci.py, and setting the clock: this one is its own. */
#define AGENT_CAPABILITIES                                                              \
    (1ull << CAP_CHOWN | 1ull << CAP_DAC_OVERRIDE | 1ull << CAP_FOWNER | 1ull << CAP_KILL | \
     1ull << CAP_SETGID | 1ull << CAP_SETUID | 1ull << CAP_SETPCAP | 1ull << CAP_SYS_ADMIN |     \
     1ull << CAP_SYS_RESOURCE | 1ull << CAP_SYS_TIME)

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "carrel init: %s: %s\n", what, strerror(errno));
    reboot(RB_AUTOBOOT); /* which ends the machine */
    _exit(1);
}

static void load_modules(void) {
    char path[256];
    FILE *list = fopen("/modules", "re");
    if (!list) fail("/modules");
    while (fgets(path, sizeof path, list)) {
        path[strcspn(path, "\n")] = 0;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)) fail(path);
        close(fd);
    }
    fclose(list);
}

static void mount_on(const char *kind, const char *where, unsigned long flags, const char *options) {
    if (mount(kind, where, kind, flags, options) < 0) fail(where);
}

static void write_to(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) < 0) fail(path);
    close(fd);
}

/* One that a kernel of another version may lack. */
static void try_write_to(const char *path, const char *text) {
    if (access(path, F_OK) == 0) write_to(path, text);
}

static void pause_ms(void) {
    struct timespec pause = {0, 1000000};
    nanosleep(&pause, NULL);
}

/* The line to the host: the one port of the virtio-serial device. */
static int open_line(void) {
    for (int i = 0; i < PATIENCE_MS; i++, pause_ms()) {
        DIR *ports = opendir(PORT);
        struct dirent *entry;
        while (ports && (entry = readdir(ports))) {
            char path[32 + NAME_MAX];
            if (entry->d_name[0] == '.') continue;
            snprintf(path, sizeof path, "/dev/%s", entry->d_name);
            int fd = open(path, O_RDWR);
            if (fd < 0) continue;
            closedir(ports);
            return fd;
        }
        if (ports) closedir(ports);
    }
    fail("no line to the host");
}

static void mount_image(void) {
    for (int i = 0; i < PATIENCE_MS; i++, pause_ms())
        if (mount("/dev/vda", "/root", "erofs", MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) == 0) return;
    fail("mounting the template's image");
}

static void make_devices(void) {
    static const struct {
        const char *path;
        unsigned major, minor;
    } nodes[] = {{"/root/dev/null", 1, 3}, {"/root/dev/zero", 1, 5},   {"/root/dev/full", 1, 7},
                 {"/root/dev/random", 1, 8}, {"/root/dev/urandom", 1, 9}, {"/root/dev/tty", 5, 0}};
    static const struct {
        const char *path, *target;
    } links[] = {{"/root/dev/fd", "/proc/self/fd"},
                 {"/root/dev/stdin", "/proc/self/fd/0"},
                 {"/root/dev/stdout", "/proc/self/fd/1"},
                 {"/root/dev/stderr", "/proc/self/fd/2"}};
    mount_on("tmpfs", "/root/dev", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k,nr_inodes=64");
    mode_t before = umask(0); /* programs are neither the owner nor of the group */
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        if (mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)) < 0)
            fail(nodes[i].path);
    }
    umask(before);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (symlink(links[i].target, links[i].path) < 0) fail(links[i].path);
    if (mkdir("/root/dev/shm", 0755) < 0) fail("/dev/shm");
}

/* What of the machine's kernel a program could read or set in /proc, beyond what runtimes ask
 * for: nothing of it is a secret, and nothing of it is needed. */
static void close_proc(void) {
    static const char *const hidden[] = {
        "cmdline", "config.gz", "kallsyms", "kcore", "key-users", "keys", "kmsg", "kpagecgroup",
        "kpagecount", "kpageflags", "modules", "sched_debug", "slabinfo", "sysrq-trigger",
        "timer_list", "vmallocinfo", "zoneinfo", "buddyinfo", "pagetypeinfo", "interrupts",
        "iomem", "ioports", "partitions", "diskstats", "schedstat", "softirqs", "swaps",
    };
    static const char *const read_only[] = {"sys", "fs", "irq", "bus"};
    char path[64];
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        snprintf(path, sizeof path, "/root/proc/%s", hidden[i]);
        if (access(path, F_OK) == 0 && mount("/root/dev/null", path, NULL, MS_BIND, NULL) < 0)
            fail(path);
    }
    for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++) {
        unsigned long flags = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
        snprintf(path, sizeof path, "/root/proc/%s", read_only[i]);
        if (access(path, F_OK) == 0 && (mount(path, path, NULL, MS_BIND, NULL) < 0 ||
                                        mount(NULL, path, NULL, flags, NULL) < 0))
            fail(path);
    }
}

static void make_groups(void) {
    mount_on("tmpfs", "/root/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755,size=64k,nr_inodes=8");
    if (mkdir("/root/sys/fs", 0700) < 0 || mkdir("/root/sys/fs/cgroup", 0700) < 0) fail("/sys/fs");
    mount_on("cgroup2", "/root/sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    write_to("/root/sys/fs/cgroup/cgroup.subtree_control", "+memory +pids");
}

/* Of all networks a program has its own loopback. */
static void start_loopback(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0) fail("loopback");
    close(fd);
}

static void harden(void) {
    write_to("/proc/sys/kernel/dmesg_restrict", "1");
    write_to("/proc/sys/kernel/kptr_restrict", "2");
    write_to("/proc/sys/kernel/perf_event_paranoid", "4");
    write_to("/proc/sys/kernel/yama/ptrace_scope", "1");
    write_to("/proc/sys/kernel/sysrq", "0");
    write_to("/proc/sys/kernel/printk", "1 1 1 1");
    write_to("/proc/sys/user/max_user_namespaces", "0");
    try_write_to("/proc/sys/kernel/unprivileged_bpf_disabled", "1");
    try_write_to("/proc/sys/kernel/io_uring_disabled", "2");
    try_write_to("/proc/sys/vm/unprivileged_userfaultfd", "0");
    write_to("/proc/sys/kernel/kexec_load_disabled", "1");
    write_to("/proc/sys/kernel/modules_disabled", "1");
    write_to("/proc/sys/kernel/core_pattern", "core");
    write_to("/proc/sys/kernel/panic_on_oops", "1");
    write_to("/proc/sys/vm/panic_on_oom", "0");
    write_to("/proc/sys/vm/overcommit_memory", "1"); /* the control group is the limit */
}

static _Noreturn void end_with(pid_t agent) {
    close_range(3, ~0u, 0);
    while (waitpid(agent, NULL, 0) < 0 && errno == EINTR) {
    }
    fputs("carrel init: the agent has ended\n", stderr);
    reboot(RB_AUTOBOOT);
    _exit(1);
}

static void keep_agents_capabilities(void) {
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {
        {(uint32_t)AGENT_CAPABILITIES, (uint32_t)AGENT_CAPABILITIES, 0},
        {(uint32_t)(AGENT_CAPABILITIES >> 32), (uint32_t)(AGENT_CAPABILITIES >> 32), 0},
    };
    for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
        if (!(AGENT_CAPABILITIES & (1ull << cap)) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 &&
            errno != EINVAL)
            fail("dropping capabilities");
    if (syscall(SYS_capset, &head, data) < 0) fail("setting capabilities");
}

/* Whether a machine of this kind runs at all: asked of hardware virtualisation before it is used. */
static _Noreturn void answer_probe(void) {
    puts("carrel: this machine runs");
    fflush(stdout);
    reboot(RB_AUTOBOOT);
    _exit(0);
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "probe")) answer_probe();
    load_modules();
    mount_on("proc", "/proc", 0, NULL);
    mount_on("devtmpfs", "/dev", 0, NULL);
    mount_on("sysfs", "/sys", 0, NULL);
    int line = open_line();
    mount_image();
    start_loopback();
    harden();
    if (unshare(CLONE_NEWPID) < 0) fail("a PID namespace");
    pid_t agent = fork();
    if (agent < 0) fail("fork");
    if (agent) end_with(agent);
    mount_on("proc", "/root/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    make_devices();
    close_proc();
    make_groups();
    if (sethostname("carrel", 6) < 0) fail("sethostname");
    if (dup2(line, 0) < 0 || dup2(line, 1) < 0 || close(line) < 0) fail("the line to the host");
    /* The root of the initramfs cannot be unmounted, only covered. */
    if (chdir("/root") < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
        chdir("/") < 0)
        fail("changing the root");
    keep_agents_capabilities();
    static char *const command[] = {AGENT, NULL}, *const env[] = {"PATH=/usr/local/bin:/usr/bin:/bin", NULL};
    execve(AGENT, command, env);
    fail(AGENT);
}
