"""Which system calls a sandbox on the host's own kernel may make: an allow-list.

What runtimes and compilers use, and what the agent needs to prepare a sandbox; the
rest of the kernel is out of reach, also what it learns to do tomorrow. The agent has
another filter on students' programs (guest/filter.c), which takes away the mounts and
more; a call must pass both.

Refused calls fail with EPERM; what C libraries probe for fails with ENOSYS, so that
they fall back. 32-bit and x32 calls kill the program.
"""

from __future__ import annotations

import errno
import platform
from typing import Any

_ARCHITECTURES = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}

FILES = """
access chdir chmod chown close close_range copy_file_range creat dup dup2 dup3 faccessat
faccessat2 fadvise64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync
fgetxattr flistxattr flock fremovexattr fsetxattr fstat fstatfs fsync ftruncate futimesat
getcwd getdents getdents64 getxattr inotify_add_watch inotify_init inotify_init1
inotify_rm_watch ioctl lchown lgetxattr link linkat listxattr llistxattr lremovexattr lseek
lsetxattr lstat mkdir mkdirat mknod mknodat newfstatat open openat openat2 pread64 preadv
preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv removexattr rename
renameat renameat2 rmdir sendfile setxattr splice stat statfs statx symlink symlinkat sync
sync_file_range syncfs tee truncate umask unlink unlinkat utime utimensat utimes vmsplice write
writev
"""
WAITING = """
epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2
io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit pipe pipe2 poll ppoll
pselect6 select signalfd signalfd4 timerfd_create timerfd_gettime timerfd_settime
"""
MEMORY = """
brk get_mempolicy madvise mbind membarrier memfd_create memfd_secret mincore mlock mlock2
mlockall mmap mprotect mremap msync munlock munlockall munmap pkey_alloc pkey_free
pkey_mprotect remap_file_pages set_mempolicy process_mrelease map_shadow_stack
"""
PROCESSES = """
alarm arch_prctl capget capset execve execveat exit exit_group fork futex futex_waitv
futex_wake futex_wait futex_requeue get_robust_list get_thread_area getcpu getegid geteuid
getgid getgroups getitimer getpgid getpgrp getpid getppid getpriority getresgid getresuid
getrlimit getrusage getsid gettid getuid kill nanosleep pause pidfd_open pidfd_send_signal
prctl prlimit64 process_vm_readv process_vm_writev ptrace restart_syscall rseq rt_sigaction
rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity
sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_setaffinity
sched_setattr sched_setparam sched_setscheduler sched_yield seccomp set_robust_list
set_thread_area set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid
setpriority setregid setresgid setresuid setreuid setrlimit setsid setuid sigaltstack tgkill
times tkill vfork wait4 waitid
"""
REST = """
clock_getres clock_gettime clock_nanosleep getrandom gettimeofday landlock_add_rule
landlock_create_ruleset landlock_restrict_self sysinfo time timer_create timer_delete
timer_getoverrun timer_gettime timer_settime uname
accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg
recvmsg sendmmsg sendmsg sendto setsockopt shutdown socketpair
msgctl msgget msgrcv msgsnd semctl semget semop semtimedop shmat shmctl shmdt shmget
"""
AGENT = "mount umount2"
"""For the agent alone: students' programs lack both the capability and, by their own
filter, the call."""

PROBED = """
clone3 io_uring_setup io_uring_enter io_uring_register add_key keyctl request_key mq_open
mq_unlink open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr cachestat
statmount listmount mseal
"""

_NEW_NAMESPACES = 0x7E020080
"""CLONE_NEWTIME, NEWUSER, NEWPID, NEWNET, NEWIPC, NEWUTS, NEWCGROUP and NEWNS. NEWTIME lies in
the byte of the exit signal, whose highest bit no signal sets."""
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16
_PERSONALITIES = (0x0, 0x40000, 0x20000, 0x20008, 0xFFFFFFFF)
"""Linux, ADDR_NO_RANDOMIZE (debuggers and sanitizers use it), UNAME26, and asking."""


def profile() -> dict[str, Any]:
    """Return the filter of this machine's architecture, as the OCI bundle wants it."""
    allowed = (FILES + WAITING + MEMORY + PROCESSES + REST + AGENT).split()
    return {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": errno.EPERM,
        "architectures": [_ARCHITECTURES[platform.machine()]],
        "syscalls": [
            _rule("SCMP_ACT_ALLOW", allowed),
            _rule("SCMP_ACT_ERRNO", PROBED.split(), number=errno.ENOSYS),
            _rule("SCMP_ACT_ALLOW", ["clone"], _masked(0, _NEW_NAMESPACES, 0)),
            # Families that no sandbox needs are the kernel's least used code; AF_VSOCK
            # would even reach the hypervisor, past every network namespace.
            *(
                _rule("SCMP_ACT_ALLOW", ["socket"], _equal(0, family))
                for family in (_UNIX, _INET, _INET6)
            ),
            # Of netlink only routes: what lists the interfaces.
            _rule("SCMP_ACT_ALLOW", ["socket"], _equal(0, _NETLINK), _equal(2, 0)),
            *(
                _rule("SCMP_ACT_ALLOW", ["personality"], _equal(0, value))
                for value in _PERSONALITIES
            ),
        ],
    }


def _rule(
    action: str, names: list[str], *args: dict[str, Any], number: int | None = None
) -> dict[str, Any]:
    rule: dict[str, Any] = {"names": names, "action": action, "args": list(args)}
    if number is not None:
        rule["errnoRet"] = number
    return rule


def _equal(index: int, value: int) -> dict[str, Any]:
    return {"index": index, "value": value, "op": "SCMP_CMP_EQ"}


def _masked(index: int, mask: int, value: int) -> dict[str, Any]:
    return {"index": index, "value": mask, "valueTwo": value, "op": "SCMP_CMP_MASKED_EQ"}
