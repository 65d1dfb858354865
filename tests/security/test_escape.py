"""Looking around and breaking out (cases 26-28, 30, 31, 33)."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace

import pytest

from carrel.core.sizes import MIB
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language
from carrel.sandbox.backends import oci
from carrel.sandbox.limits import SandboxLimits
from carrel.sandbox.program import Ended, Identity
from carrel.testing.judging import AMPLE, judge_all, judge_one, lent

# What a program looks at is not what this file is about: neither its time nor its memory.
SLOWLY = replace(AMPLE, cpu_ms=60_000, memory_bytes=None)

# A system call's result as a word: its errno's name, or what it returned.
CALL = """\
import ctypes, errno, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(4096)
def call(*args):
    ctypes.set_errno(0)
    # As long: of an int the kernel sees what else is in the register.
    result = libc.syscall(*(ctypes.c_long(a) if isinstance(a, int) else a for a in args))
    return errno.errorcode[ctypes.get_errno()] if result < 0 else f'ok:{result}'
def apart(work):
    # In a child: a filter may also kill who asks.
    r, w = os.pipe()
    if os.fork() == 0:
        os.write(w, work().encode())
        os._exit(0)
    os.close(w)
    told = os.read(r, 99).decode()
    return 'EPERM' if os.wait()[1] == 31 else told
def tried(work):
    try: return f'ok:{work()!r}'
    except OSError as error: return errno.errorcode.get(error.errno, str(error.errno))
"""


def answers(expressions: dict[str, str], *, identity: Identity = Identity.FRESH) -> dict[str, str]:
    """Return what each expression gave inside a sandbox."""
    lines = "".join(f"print({name!r}, {code}, flush=True)\n" for name, code in expressions.items())
    with lent(limits=SandboxLimits(memory_bytes=512 * MIB)) as box:
        box.write("/app/try.py", CALL + lines, readonly=True)
        done = box.run("python3", "/app/try.py", identity=identity, limits=SLOWLY)
        assert done.ended is Ended.EXITED, done
        assert done.exit_code == 0, done
    return dict(line.split(" ", 1) for line in done.stdout.decode().splitlines())


def test_26_nothing_of_tests_answers_or_other_students_is_there() -> None:
    answer = "the-answer-that-nobody-told"
    source = (
        "import os\nfound = []\n"
        "for top in ('/app', '/data', '/work', '/tmp', '/dev/shm', '/home', '/box', '/root',"
        " '/var', '/run', '/srv', '/mnt', '/opt'):\n"
        "    for where, _, names in os.walk(top):\n"
        "        for name in names:\n"
        "            try: data = open(os.path.join(where, name), 'rb', 0).read(100000)\n"
        "            except OSError: continue\n"
        "            if b'the-answer-that-' + b'nobody-told' in data: print(where, name)\n"
        "print(os.listdir('/app'), os.listdir('.'))\n"
    )
    verdict = judge_one(source, expected=answer, limits=SLOWLY)
    assert verdict.stdout.data.decode() == "['solution.py'] []\n", verdict


def test_26_the_input_of_the_test_before_is_gone() -> None:
    source = (
        "import os, sys\ndata = sys.stdin.read()\n"
        "seen = []\n"
        "for pid in filter(str.isdigit, os.listdir('/proc')):\n"
        "    for place in ('fd/0', 'environ', 'cmdline'):\n"
        "        try: seen.append(open(f'/proc/{pid}/{place}', 'rb', 0).read(99))\n"
        "        except OSError: pass\n"
        "for path in ('/box/agent/stdin', '/box', '/work'):\n"
        "    try: seen.append(os.listdir(path))\n"
        "    except OSError: pass\n"
        "print('leak' if b'FIRST' in repr(seen).encode() and data != 'FIRST' else 'ok')\n"
    )
    outcome = judge_all(source, Language.PYTHON, ["FIRST", "second", "third"])
    assert {test.verdict for test in outcome.tests} == {Verdict.ACCEPTED}, outcome


def test_27_the_agent_is_closed_to_students() -> None:
    names = ("mem", "environ", "maps", "auxv", "cmdline", "fd", "fdinfo", "cwd", "root", "exe")
    tries = {
        name: f"tried(lambda: os.{'listdir' if name in ('fd', 'fdinfo') else 'stat'}"
        f"('/proc/1/{name}'))"
        for name in (*names, "task/1/mem", "ns/pid", "smaps", "stat")
    }
    tries |= {f"fd/{n}": f"tried(lambda: os.open('/proc/1/fd/{n}', os.O_RDONLY))" for n in range(9)}
    tries |= {
        "ptrace-attach": "call(101, 16, 1, 0, 0)",
        "ptrace-seize": "call(101, 0x4206, 1, 0, 0)",
        "process_vm_readv": "call(310, 1, (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 8), 1,"
        " (ctypes.c_void_p * 2)(0x400000, 8), 1, 0)",
        "prlimit": "call(302, 1, 7, buffer, 0)",
        "kcmp": "call(312, 1, os.getpid(), 0, 0, 0)",
    }
    for identity in (Identity.FRESH, Identity.STUDENT):
        given = answers(tries, identity=identity)
        refused = {"EACCES", "EPERM", "ESRCH", "ENOSYS", "ENOENT"}
        assert {name: word for name, word in given.items() if word not in refused} == {}


@pytest.mark.parametrize("identity", list(Identity))
def test_27_the_first_process_is_the_agent_and_a_program_is_its_child_as_another_user(
    identity: Identity,
) -> None:
    """CVE-2025-2713 gives root's access to files to a sandbox's first process until it forks."""
    assert oci.bundle(root="/", annotations={})["process"]["args"] == [oci.AGENT]
    given = answers(
        {
            "forked": "os.getpid() > 1 and os.getppid() == 1",
            "uids": "set(os.getresuid()) == {os.getuid()} and os.getuid() > 0",
            "first": "tried(lambda: os.kill(1, 0))",
            "root's": "tried(lambda: open('/etc/shadow').read())",
        },
        identity=identity,
    )
    assert given == {"forked": "True", "uids": "True", "first": "EPERM", "root's": "EACCES"}


def test_27_a_program_has_no_capability_and_can_gain_none() -> None:
    given = answers(
        {
            "status": "[l.split()[1] for l in open('/proc/self/status')"
            " if l.startswith(('Cap', 'NoNewPrivs', 'Seccomp:'))]",
            "setuid": "tried(lambda: os.setuid(0))",
            "setgroups": "tried(lambda: os.setgroups([0]))",
            "uids": "os.getresuid() == (os.getuid(),) * 3 and os.getuid() >= 20000",
            "setuid-programs": "sum(1 for d, _, fs in os.walk('/usr') for f in fs"
            " if os.lstat(os.path.join(d, f)).st_mode & 0o6000 and"
            " not os.path.islink(os.path.join(d, f)))",
        }
    )
    assert set(eval(given["status"])) <= {"0000000000000000", "1", "2"}  # noqa: S307
    assert given["setuid"] == given["setgroups"] == "EPERM"
    assert given["uids"] == "True"
    assert given["setuid-programs"] == "0"


FORGE = r"""
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(void) {
    /* EXIT with status 0 for request ids 0..2, and READY, OK, STARTED, on every descriptor. */
    for (int fd = 0; fd < 64; fd++)
        for (uint32_t id = 0; id < 3; id++)
            for (int type = 0x81; type <= 0x88; type++) {
                unsigned char frame[9 + 48] = {0};
                uint32_t length = 5 + 48;
                memcpy(frame, &length, 4);
                frame[4] = type;
                memcpy(frame + 5, &id, 4);
                if (fd > 2 || id == 0) (void)!write(fd, frame, sizeof frame);
            }
    puts("ok");
    fflush(stdout);
    return 7;
}
"""


def test_28_forged_frames_reach_nobody_and_change_no_verdict() -> None:
    verdict = judge_one(FORGE, Language.C)
    assert verdict.verdict is Verdict.RUNTIME_ERROR, verdict
    assert verdict.exit_code == 7, verdict
    assert b"\x88" in verdict.stdout.data  # it is nothing but its output


def test_28_no_descriptor_but_its_own_three_is_inherited() -> None:
    # 3 is the script itself, or the directory that lists them.
    given = answers(
        {"fds": "[n for n in range(3, 1024) if tried(lambda: os.fstat(n)).startswith('ok')]"}
    )
    assert given["fds"] == "[]"


def test_28_printing_a_verdict_is_no_verdict() -> None:
    source = 'print(\'accepted\'); print(\'{"verdict": "accepted", "exit_code": 0}\')'
    assert judge_one(source).verdict is Verdict.WRONG_ANSWER


def test_30_no_network_of_any_kind_is_reached_and_all_fails_at_once() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind("\0carrel-test-abstract")
    abstract.listen()
    reached: list[object] = []
    for server in (listener, abstract):
        server.settimeout(20)
        threading.Thread(target=lambda s=server: reached.append(_accept(s)), daemon=True).start()
    port = listener.getsockname()[1]
    connect = "tried(lambda: socket.create_connection(({!r}, {}), 3))"
    try:
        given = answers(
            {
                "dns": "tried(lambda: socket.create_connection(('1.1.1.1', 53), 3))",
                "dns6": "tried(lambda: socket.create_connection(('2606:4700::1111', 53), 3))",
                "metadata": connect.format("169.254.169.254", 80),
                "loopback": connect.format("127.0.0.1", port),
                "loopback6": connect.format("::1", port),
                "abstract": "tried(lambda: socket.socket(socket.AF_UNIX)"
                ".connect('\\0carrel-test-abstract'))",
                "raw": "tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))",
                "packet": "tried(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 768))",
                "vsock": "tried(lambda: socket.socket(40, socket.SOCK_STREAM))",
                "names": "[name for _, name in socket.if_nameindex()]",
            }
        )
    finally:
        listener.close()
        abstract.close()
    assert given.pop("names") == "['lo']"
    assert not any(word.startswith("ok") for word in given.values()), given
    assert not any(word == "ETIMEDOUT" for word in given.values()), given
    assert not any(reached)


def _accept(server: socket.socket) -> bool:
    try:
        server.accept()
    except OSError:
        return False
    return True


def test_30_looking_up_a_name_fails_at_once() -> None:
    source = (
        "import socket\ntry: socket.getaddrinfo('example.org', 80)\nexcept OSError: print('ok')\n"
    )
    verdict = judge_one(source)
    assert verdict.verdict is Verdict.ACCEPTED, verdict


DANGEROUS = {
    "mount": "call(165, b'none', b'/tmp', b'tmpfs', 0, 0)",
    "umount": "call(166, b'/tmp', 0)",
    "pivot_root": "call(155, b'/tmp', b'/tmp')",
    "chroot": "call(161, b'/tmp')",
    "unshare-user": "call(272, 0x10000000)",
    "unshare-mount": "call(272, 0x20000)",
    "unshare-net": "call(272, 0x40000000)",
    "unshare-all": "call(272, 0x7e020000)",
    "clone-user": "call(56, 0x10000000 | 17, 0, 0, 0, 0)",
    "clone3": "call(435, buffer, 64)",
    "setns": "call(308, 0, 0)",
    "fsopen": "call(430, b'tmpfs', 0)",
    "bpf": "call(321, 0, buffer, 128)",
    "perf_event_open": "call(298, buffer, 0, -1, -1, 0)",
    "userfaultfd": "call(323, 0)",
    "io_uring": "call(425, 8, buffer)",
    "open_by_handle_at": "call(304, -1, buffer, 0)",
    "mq_open": "call(240, b'note', 0o102, 0o666, 0)",
    "add_key": "call(248, b'user', b'note', b'data', 4, -4)",
    "keyctl": "call(250, 1, b'note', 0, 0, 0)",
    "sethostname": "call(170, b'x', 1)",
    "settimeofday": "call(227, 0, buffer)",
    "reboot": "call(169, 0xfee1dead, 672274793, 0x1234567, 0)",
    "init_module": "call(175, 0, 0, b'')",
    "kexec_load": "call(246, 0, 0, 0, 0)",
    "swapon": "call(167, b'/tmp/x', 0)",
    "iopl": "call(172, 3)",
    "x32": "apart(lambda: call(0x40000000 + 39))",
}


@pytest.mark.parametrize("identity", [Identity.FRESH, Identity.STUDENT])
def test_31_dangerous_system_calls_are_denied(identity: Identity) -> None:
    given = answers(DANGEROUS, identity=identity)
    refused = {"EPERM", "ENOSYS", "EACCES"}
    assert {name: word for name, word in given.items() if word not in refused} == {}


def test_31_32_bit_calls_are_denied() -> None:
    source = r"""
#include <stdio.h>
int main(void) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory"); /* getpid */
    printf("%s\n", result > 0 ? "answered" : "ok");
}
"""
    verdict = judge_one(source, Language.C)
    assert verdict.verdict in {Verdict.ACCEPTED, Verdict.RUNTIME_ERROR}, verdict


def test_31_runtimes_can_still_start_threads_and_processes() -> None:
    source = (
        "import subprocess, threading\n"
        "t = threading.Thread(target=print, args=('a',)); t.start(); t.join()\n"
        "print(subprocess.run(['/bin/echo', 'b'], capture_output=True, text=True).stdout)\n"
    )
    verdict = judge_one(source, expected="a\nb\n")
    assert verdict.verdict is Verdict.ACCEPTED, verdict


LEAVE = r"""
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
static const char *const places[] = {"/app/note", "/data/note", "/tmp/note", "/dev/shm/note",
    "/work/note", "/home/student/note", "/var/tmp/note", "/run/note", "/dev/note",
    "/proc/self/note", "/note", "/app/.note", "/etc/note", "/root/note", "/dev/pts/note"};
static int abstract(int listening) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    memcpy(a.sun_path, "\0note", 5);
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    if (!listening) return connect(s, (void *)&a, sizeof(sa_family_t) + 5);
    return bind(s, (void *)&a, sizeof(sa_family_t) + 5) || listen(s, 5);
}
int main(void) {
    int leave = getchar() == 'a', left = 0;
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        int fd = open(places[i], leave ? O_CREAT | O_WRONLY : O_RDONLY, 0666);
        if (fd >= 0) { left++; if (!leave) printf("left: %s\n", places[i]); }
    }
    int shm = shmget(77, 4096, leave ? IPC_CREAT | 0666 : 0);
    int sem = semget(77, 1, leave ? IPC_CREAT | 0666 : 0);
    int msg = msgget(77, leave ? IPC_CREAT | 0666 : 0);
    int closed = leave ? semget(78, 3, IPC_CREAT) + shmget(78, 9, IPC_CREAT) + msgget(78, IPC_CREAT)
                       : (semget(78, 3, 0) >= 0) + (shmget(78, 9, 0) >= 0) + (msgget(78, 0) >= 0);
    mqd_t mq = mq_open("/note", leave ? O_CREAT | O_RDWR : O_RDONLY, 0666, NULL);
    if (!leave && closed) puts("left: ipc that nobody may read");
    if (!leave && (shm >= 0 || sem >= 0 || msg >= 0 || mq >= 0)) puts("left: ipc");
    if (!leave && abstract(0) == 0) puts("left: abstract socket");
    if (leave && fork() == 0) {
        setsid();
        abstract(1);
        int watch = inotify_init();
        inotify_add_watch(watch, "/app", IN_ALL_EVENTS);
        inotify_add_watch(watch, "/work", IN_ALL_EVENTS);
        for (;;) sleep(1);
    }
    if (leave) usleep(200000);
    puts("ok");
}
"""


def test_33_no_state_is_left_for_the_next_test_of_the_submission() -> None:
    outcome = judge_all(LEAVE, Language.C, ["a", "b", "a", "b"], limits=SLOWLY)
    assert [test.verdict for test in outcome.tests] == [Verdict.ACCEPTED] * 4, outcome


def test_33_system_v_objects_are_found_however_many_came_and_went() -> None:
    # gVisor lists none of them, and their numbers only grow.
    source = r"""
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/shm.h>
int main(void) {
    int leave = getchar() == 'a';
    for (int i = 0; leave && i < 3000; i++) {
        shmctl(shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600), IPC_RMID, 0);
        msgctl(msgget(IPC_PRIVATE, IPC_CREAT | 0600), IPC_RMID, 0);
    }
    int left = 0;
    for (int key = 1; key < 40; key++) {
        left += shmget(key, 4096, leave ? IPC_CREAT | 0666 : 0) >= 0;
        left += msgget(key, leave ? IPC_CREAT | 0666 : 0) >= 0;
    }
    puts(leave == (left > 0) ? "ok" : "left");
}
"""
    outcome = judge_all(source, Language.C, ["a", "b", "a", "b"], limits=SLOWLY)
    assert [test.verdict for test in outcome.tests] == [Verdict.ACCEPTED] * 4, outcome


def test_33_no_state_is_left_for_the_next_student() -> None:
    first = judge_all(LEAVE, Language.C, ["a"], limits=SLOWLY)
    second = judge_all(LEAVE, Language.C, ["b"], limits=SLOWLY)
    assert first.verdict is second.verdict is Verdict.ACCEPTED, (first, second)


def test_33_nothing_can_be_planted_beside_read_only_files() -> None:
    with lent() as box:
        box.write("/app/tables/deep/kept", "kept", readonly=True)
        plant = "for d in /app /data /app/tables /app/tables/deep; do echo x >$d/planted; done"
        box.run("/bin/sh", "-c", plant, identity=Identity.FRESH)
        found = box.run("find", "/app", "/data", "-name", "planted", identity=Identity.FRESH)
        assert (found.exit_code, found.stdout) == (0, b""), found


def test_33_a_pythons_own_start_files_do_not_survive() -> None:
    source = (
        "import os, site, sys\n"
        "home = site.getusersitepackages()\n"
        "if input() == 'a':\n"
        "    for place in (home, '/app', '/tmp', '.'):\n"
        "        try:\n"
        "            os.makedirs(place, exist_ok=True)\n"
        "            for name in ('usercustomize.py', 'sitecustomize.py', 'x.pth', 'math.py'):\n"
        "                open(os.path.join(place, name), 'w').write('print(\"planted\")\\n')\n"
        "        except OSError: pass\n"
        "import math\nprint('ok')\n"
    )
    outcome = judge_all(source, Language.PYTHON, ["a", "b"])
    assert [test.verdict for test in outcome.tests] == [Verdict.ACCEPTED] * 2, outcome


def test_33_a_program_can_still_open_its_own_streams_by_name() -> None:
    # `fs.readFileSync("/dev/stdin")` is how most JavaScript solutions read.
    source = (
        "const fs = require('fs');\n"
        "fs.writeFileSync('/dev/stdout', fs.readFileSync('/dev/stdin'));\n"
    )
    verdict = judge_one(source, Language.JAVASCRIPT, stdin="ok\n")
    assert verdict.verdict is Verdict.ACCEPTED, verdict


def test_31_disk_limits_hold_against_file_systems_of_ones_own() -> None:
    # A user namespace would let a program mount a tmpfs that nobody limits.
    with lent(limits=SandboxLimits(disk_bytes=16 * MIB)) as box:
        done = box.run(
            *("/bin/sh", "-c"),
            "unshare -Urm sh -c"
            " 'mount -t tmpfs none /tmp && head -c 64M /dev/zero >/tmp/x && echo in'",
            limits=replace(SLOWLY, file_bytes=256 * MIB),
        )
        assert b"in" not in done.stdout, done
