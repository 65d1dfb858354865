"""What keeps a sandbox from the host, from the network and from other sandboxes."""

from __future__ import annotations

import os
import socket
from contextlib import closing
from pathlib import Path

from carrel.sandbox.program import Identity
from carrel.testing.contract.case import cases_of, check, check_equal, check_exited
from carrel.testing.judging import Box, lent

_TRY = """\
import ctypes, errno, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def tried(work):
    try: return f'ok:{work()!r}'
    except OSError as error: return errno.errorcode.get(error.errno, str(error.errno))
"""


def _python(box: Box, source: str, identity: Identity = Identity.FRESH) -> str:
    done = box.run("python3", "-c", _TRY + source, identity=identity)
    check_exited(done)
    return done.stdout.decode()


def no_network_is_reached_and_every_attempt_fails_at_once() -> None:
    """Not the world, not the host's loopback, not its abstract sockets."""
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as listener,
        closing(socket.socket(socket.AF_UNIX)) as abstract,
        lent() as box,
    ):
        name = f"carrel-contract-{os.getpid()}"
        abstract.bind(f"\0{name}")
        abstract.listen()
        source = (
            "for where in (('1.1.1.1', 53), ('2606:4700::1111', 53), ('169.254.169.254', 80),"
            f" ('127.0.0.1', {listener.getsockname()[1]})):\n"
            "    print(tried(lambda: socket.create_connection(where, 3)))\n"
            f"print(tried(lambda: socket.socket(socket.AF_UNIX).connect('\\0{name}')))\n"
            "for family, kind, protocol in ((socket.AF_INET, socket.SOCK_RAW, 1),"
            " (socket.AF_PACKET, socket.SOCK_RAW, 768), (40, socket.SOCK_STREAM, 0),"
            " (38, socket.SOCK_SEQPACKET, 0)):\n"
            "    print(tried(lambda: socket.socket(family, kind, protocol)))\n"
            "print([n for _, n in socket.if_nameindex()])\n"
        )
        *words, names = _python(box, source).splitlines()
    check_equal(names, "['lo']")
    check(not any(word.startswith("ok") or word == "ETIMEDOUT" for word in words), words)


def nothing_of_the_host_is_seen() -> None:
    """Its name, processes, mounts, control groups, boot command and files."""
    secret = Path("/run") / f"carrel-contract-{os.getpid()}"
    secret.touch()
    source = (
        "print(os.uname().nodename, sorted(int(p) for p in os.listdir('/proc') if p.isdigit())"
        " == [1, os.getpid()], os.path.exists(sys.argv[1] if sys.argv[1:] else "
        f"{str(secret)!r}))\n"
        "for name in ('/proc/mounts', '/proc/self/mountinfo', '/proc/self/cgroup',"
        " '/proc/cmdline', '/proc/keys', '/proc/kallsyms', '/proc/modules',"
        " '/proc/diskstats', '/proc/sched_debug', '/proc/timer_list'):\n"
        "    try: print(open(name).read())\n"
        "    except OSError: pass\n"
    )
    try:
        with lent() as box:
            text = _python(box, source)
            # What the sandbox is called on the host, and where its files lie there.
            names = (box.live.id, os.environ.get("CARREL_RUN_DIR", "/run/carrel"), "own_")
    finally:
        secret.unlink()
    check(text.startswith("carrel True False\n"), text[:200])
    host_command = Path("/proc/cmdline").read_text().strip()
    for word in (*names, socket.gethostname() + " ", host_command):
        check(not word.strip() or word not in text, word)


def the_first_process_is_closed_to_programs() -> None:
    """Its memory, environment, descriptors and signals."""
    source = (
        "for name in ('mem', 'environ', 'maps', 'fd', 'cwd', 'root', 'exe', 'ns/pid'):\n"
        "    print(name, tried(lambda: os.open('/proc/1/' + name, os.O_RDONLY)))\n"
        "for number in (0, 9, 15, 19): print(number, tried(lambda: os.kill(1, number)))\n"
        "print('ptrace', libc.ptrace(16, 1, 0, 0) == -1)\n"
    )
    with lent() as box:
        for identity in (Identity.FRESH, Identity.STUDENT):
            text = _python(box, source, identity)
            check("ok:" not in text and "ptrace True" in text, text)


def the_first_process_holds_nothing_of_the_host() -> None:
    """Only pipes, and what a sandbox itself consists of; CVE-2024-21626 was a directory."""
    with lent() as box:
        for pid in box.live.host_processes():
            status = Path(f"/proc/{pid}/status").read_text()
            if "NSpid" not in status or not _is_inner_first(status):
                continue  # a sandbox technology of its own, not a program on the host's kernel
            targets = [os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()]  # noqa: PTH115
            check(
                all(
                    target.startswith("pipe:")
                    or target.endswith("runtime.log")
                    or target == "anon_inode:[landlock-ruleset]"  # the agent's own
                    for target in targets
                ),
                targets,
            )


def _is_inner_first(status: str) -> bool:
    line = next(line for line in status.splitlines() if line.startswith("NSpid:"))
    return line.split()[-1] == "1" and "Name:\tagent" in status


def no_process_of_a_sandbox_has_a_host_users_id() -> None:
    """Root inside is nobody outside, where a sandbox's processes are the host's."""
    with lent() as one, lent() as other:
        owners: list[set[int]] = []
        for box in (one, other):
            box.run("/bin/sh", "-c", "setsid sleep 99 >/dev/null 2>&1 &")
            ids = set()
            for pid in box.live.host_processes():
                if "Name:\tagent" in (text := Path(f"/proc/{pid}/status").read_text()) or (
                    "Name:\tsleep" in text
                ):
                    line = next(line for line in text.splitlines() if line.startswith("Uid:"))
                    ids |= {int(word) for word in line.split()[1:]}
            check(all(uid >= 0x70000000 for uid in ids), ids)  # noqa: PLR2004
            owners.append(ids)
        check(not owners[0] & owners[1], owners)


def calls_that_change_the_system_are_refused() -> None:
    """Mounts, namespaces, devices, the clock, keys, tracing of the kernel."""
    source = (
        "import platform\n"
        "if platform.machine() != 'x86_64': print(); sys.exit()\n"
        "calls = {'mount': (165, b'none', b'/tmp', b'tmpfs', 0, 0), 'umount': (166, b'/tmp', 0),\n"
        " 'pivot_root': (155, b'/tmp', b'/tmp'), 'chroot': (161, b'/tmp'),\n"
        " 'unshare': (272, 0x10000000), 'unshare-mount': (272, 0x20000),\n"
        " 'clone-user': (56, 0x10000011, 0, 0, 0, 0), 'clone3': (435, 0, 64),\n"
        " 'setns': (308, 0, 0), 'fsopen': (430, b'tmpfs', 0), 'open_tree': (428, -100, b'/', 1),\n"
        " 'bpf': (321, 0, 0, 128), 'perf': (298, 0, 0, -1, -1, 0), 'userfaultfd': (323, 0),\n"
        " 'io_uring': (425, 8, 0), 'handle': (304, -1, 0, 0), 'add_key': (248, b'user', b'n',"
        " b'd', 1, -4), 'keyctl': (250, 0, -3, 1), 'mq_open': (240, b'n', 66, 438, 0),\n"
        " 'hostname': (170, b'x', 1), 'clock': (227, 0, 0), 'reboot': (169, 1, 2, 3, 0),\n"
        " 'module': (175, 0, 0, b''), 'finit_module': (313, 0, b'', 0),\n"
        " 'kexec': (246, 0, 0, 0, 0),\n"
        " 'swapon': (167, b'/tmp/x', 0), 'iopl': (172, 3), 'ioperm': (173, 0, 1, 1),\n"
        " 'quotactl': (179, 0, 0, 0, 0), 'acct': (163, b'/tmp/x'),\n"
        " 'mknod-char': (133, b'/tmp/d', 0o20666, 0x103),\n"
        " 'mknod-block': (133, b'/tmp/d', 0o60666, 0x100), 'setuid-root': (105, 0)}\n"
        "for name, args in calls.items():\n"
        "    ctypes.set_errno(0)\n"
        "    r = libc.syscall(*args)\n"
        "    if r >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS, errno.EACCES):\n"
        "        print(name, r, errno.errorcode.get(ctypes.get_errno()))\n"
        # Refused or fatal: both will do.
        "child = os.fork()\n"
        "if child == 0: os._exit(1 if libc.syscall(0x40000000 + 39) > 0 else 0)\n"
        "if os.waitpid(child, 0)[1] not in (0, 31): print('x32')\n"
    )
    with lent() as box:
        for identity in (Identity.FRESH, Identity.STUDENT):
            check_equal(_python(box, source, identity).strip(), "")


def the_kernels_settings_cannot_be_written() -> None:
    """Neither by name nor by the ways that once led out of containers."""
    source = (
        "for name in ('kernel/core_pattern', 'kernel/modprobe', 'kernel/hostname', "
        " 'vm/drop_caches',"
        " 'fs/binfmt_misc/register', 'kernel/ns_last_pid', 'net/ipv4/ip_forward',"
        " 'kernel/unprivileged_userns_clone', 'user/max_user_namespaces'):\n"
        "    result = tried(lambda: os.open('/proc/sys/' + name, os.O_WRONLY))\n"
        "    if result.startswith('ok'): print(name)\n"
        "for name in ('/proc/sysrq-trigger', '/proc/kcore',"
        " '/proc/kmsg', '/dev/mem', '/dev/kmsg', '/dev/kvm', '/dev/fuse', '/dev/loop0',"
        " '/dev/vda', '/dev/net/tun', '/sys/kernel/uevent_helper',"
        " '/sys/fs/cgroup/release_agent', '/sys/fs/cgroup/cgroup.procs'):\n"
        "    def change():\n"
        "        fd = os.open(name, os.O_RDWR)\n"
        "        if os.fstat(fd).st_rdev == os.stat('/dev/null').st_rdev: raise OSError(1, '')\n"
        "        return os.write(fd, b'x')\n"
        "    if tried(change).startswith('ok'): print(name)\n"
        "print(sorted(n for n in os.listdir('/dev') if not os.path.islink('/dev/' + n)"
        " and os.stat('/dev/' + n).st_mode & 0o60000 == 0o20000 and n not in"
        " ('null', 'zero', 'full', 'random', 'urandom', 'tty', 'console', 'ptmx',"
        " 'fuse')))\n"  # gVisor has a fuse of its own
    )
    with lent() as box:
        for identity in (Identity.FRESH, Identity.STUDENT):
            check_equal(_python(box, source, identity), "[]\n")


def sandboxes_share_nothing() -> None:
    """No memory, System V objects, abstract sockets, keyrings, processes or user ids."""
    leave = (
        "for key in range(70, 80): libc.shmget(key, 4096, 0o1666); libc.semget(key, 1, 0o1666)\n"
        "open('/dev/shm/shared', 'w').close(); open('/tmp/shared', 'w').close()\n"
        "s = socket.socket(socket.AF_UNIX); s.bind('\\0shared'); s.listen()\n"
        "t = socket.create_server(('127.0.0.1', 4711)) if sys.argv else None\n"
        "if os.fork() == 0:\n"
        "    os.setsid(); os.dup2(os.open('/dev/null', os.O_RDWR), 1)\n"
        "    import time; time.sleep(99)\n"
    )
    look = (
        "print([k for k in range(70, 80)"
        " if libc.shmget(k, 0, 0) >= 0 or libc.semget(k, 0, 0) >= 0],\n"
        "  [p for p in ('/dev/shm/shared', '/tmp/shared') if os.path.exists(p)],\n"
        "  socket.socket(socket.AF_UNIX).connect_ex('\\0shared') != 0,\n"
        "  socket.socket().connect_ex(('127.0.0.1', 4711)) != 0)\n"
    )
    with lent() as one, lent() as other:
        _python(one, leave, Identity.STUDENT)
        check_equal(_python(other, look, Identity.STUDENT), "[] [] True True\n")


def random_numbers_names_and_addresses_differ_between_sandboxes() -> None:
    """Also where sandboxes are copies of one that was started before."""
    source = (
        "import random, secrets, tempfile, uuid\n"
        "print(os.urandom(16).hex()); print(secrets.token_hex()); print(uuid.uuid4())\n"
        "print(tempfile.mktemp()); print(random.random())\n"
        "print(open('/proc/sys/kernel/random/uuid').read() if"
        " os.path.exists('/proc/sys/kernel/random/uuid') else uuid.uuid1())\n"
        "print(hash('one seed'))\n"
    )
    seen: list[str] = []
    for _ in range(3):
        with lent() as box:
            seen += _python(box, source).split()
    check_equal(len(set(seen)), len(seen))


CASES = cases_of(
    no_network_is_reached_and_every_attempt_fails_at_once,
    nothing_of_the_host_is_seen,
    the_first_process_is_closed_to_programs,
    the_first_process_holds_nothing_of_the_host,
    no_process_of_a_sandbox_has_a_host_users_id,
    calls_that_change_the_system_are_refused,
    the_kernels_settings_cannot_be_written,
    sandboxes_share_nothing,
    random_numbers_names_and_addresses_differ_between_sandboxes,
)
