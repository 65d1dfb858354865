/* Which system calls no student program gets, whatever the kernel below would say.
 *
 * Without capabilities most of these fail anyway. Not under gVisor: there a program
 * may make a user namespace, is root in it, and mounts file systems that no disk
 * limit holds; it may make device nodes, and nodev is not looked at; POSIX message
 * queues and keyrings outlive their processes and so carry notes from one test of a
 * submission to the next. The list names what is taken away, so that a runtime that
 * needs an unusual call still works. */
#include "agent.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "name this machine's AUDIT_ARCH"
#endif

#define NAMESPACES                                                                          \
    (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | \
     CLONE_NEWCGROUP)

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define REFUSE(error) RETURN(SECCOMP_RET_ERRNO | (error))
#define IS(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define ANY(bits, yes, no) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, yes, no)
#define BELOW(value) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, 1, 0), RETURN(SECCOMP_RET_ALLOW)
#define BETWEEN(first, next)                                                                 \
    BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, first, 0, 2),                                        \
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, next, 1, 0), RETURN(SECCOMP_RET_ALLOW)
/* Each of these brings the instruction that it jumps over, so that the list of names needs
 * no counting. The rules that look at an argument (clone, mknod, mknodat) are counted by
 * hand: the number beside the name is how many instructions the rule has after it. */
#define DENY(name) IS(SYS_##name, 0, 1), REFUSE(EPERM)
#define LACK(name) IS(SYS_##name, 0, 1), REFUSE(ENOSYS)

static struct sock_filter rules[] = {
    LOAD(arch),
    IS(ARCHITECTURE, 1, 0),
    REFUSE(ENOSYS), /* 32-bit calls: other numbers, other entry paths */
    LOAD(nr),
#if defined(__x86_64__)
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), /* x32 */
    REFUSE(ENOSYS),
    BELOW(SYS_clone), /* what programs do all the time is let through first */
#endif
    IS(SYS_clone, 0, 4),
    LOAD(args[0]),
    ANY(NAMESPACES, 0, 1),
    REFUSE(EPERM),
    RETURN(SECCOMP_RET_ALLOW),
#if defined(__x86_64__)
    BELOW(SYS_mknod),
    IS(SYS_mknod, 0, 5),
    LOAD(args[1]),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, S_IFMT),
    IS(S_IFCHR, 1, 0),
    IS(S_IFBLK, 0, 1),
    REFUSE(EPERM),
#endif
    LOAD(nr),
    IS(SYS_mknodat, 0, 6),
    LOAD(args[2]),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, S_IFMT),
    IS(S_IFCHR, 1, 0),
    IS(S_IFBLK, 0, 1),
    REFUSE(EPERM),
    RETURN(SECCOMP_RET_ALLOW),
#if defined(__x86_64__)
    /* Where nothing below is refused. Linux tries the whole filter on every number there is,
     * each time that a program is given it: a tenth of what a small program costs. */
    BELOW(SYS_pivot_root), BETWEEN(SYS_umount2, SYS_quotactl),
    BETWEEN(SYS_quotactl, SYS_clock_settime), BETWEEN(SYS_clock_settime, SYS_mq_open),
    BETWEEN(SYS_userfaultfd, SYS_io_uring_setup), BETWEEN(SYS_mount_setattr, 0x40000000),
#endif
    /* The flags of clone3 lie in memory, where no filter can look; libc falls back. */
    LACK(clone3),
    DENY(unshare), DENY(setns), DENY(chroot), DENY(pivot_root),
    DENY(mount), DENY(umount2), LACK(open_tree), LACK(move_mount), LACK(fsopen),
    LACK(fsconfig), LACK(fsmount), LACK(fspick), LACK(mount_setattr), DENY(open_by_handle_at),
    LACK(mq_open), LACK(mq_unlink), LACK(add_key), LACK(request_key), LACK(keyctl),
    DENY(bpf), DENY(perf_event_open), DENY(userfaultfd),
    DENY(clock_settime), DENY(settimeofday), DENY(quotactl),
    LACK(io_uring_setup), LACK(io_uring_enter), LACK(io_uring_register),
    RETURN(SECCOMP_RET_ALLOW),
};

int filter_system_calls(void) {
    struct sock_fprog program = {.len = sizeof rules / sizeof *rules, .filter = rules};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}
