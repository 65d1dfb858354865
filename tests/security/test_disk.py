"""Abuse of disk and of the files that the host reads back (cases 9, 13, 14, 16-19)."""

from __future__ import annotations

import errno
import time
from dataclasses import replace

import pytest

from carrel.core.errors import SandboxFileError
from carrel.core.sizes import GIB, MIB
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import SandboxLimits
from carrel.sandbox.program import Ended, Identity
from carrel.testing.judging import AMPLE, judge_all, judge_one, lent

pytestmark = pytest.mark.usefixtures("next_is_unaffected")

SMALL = SandboxLimits(disk_bytes=32 * MIB)

FILL = """\
import errno, os
block, written = b'x' * 1048576, 0
try:
    for number in range(1000):
        with open(f'PLACE/{number}', 'wb', 0) as file:
            for _ in range(8): written += file.write(block)
except OSError as error:
    print(errno.errorcode[error.errno])
"""


@pytest.mark.parametrize("place", ["/tmp", "/dev/shm", "/work", "."])
def test_09_filling_a_writable_place_ends_at_the_disk_limit(place: str) -> None:
    source = FILL.replace("PLACE", place)
    verdict = judge_one(source, expected="EACCES" if place == "/work" else "ENOSPC")
    assert verdict.verdict in {Verdict.ACCEPTED, Verdict.MEMORY_LIMIT}, verdict


def test_09_a_full_disk_is_empty_again_for_the_next_test() -> None:
    source = FILL.replace("PLACE", "/tmp")
    outcome = judge_all(source, Language.PYTHON, ["", "", ""], expected="ENOSPC")
    assert {test.verdict for test in outcome.tests} == {Verdict.ACCEPTED}, outcome


def test_13_a_huge_sparse_file_meets_the_file_size_limit() -> None:
    source = "open('/tmp/x', 'wb').truncate(1 << 40)"
    verdict = judge_one(source, limits=replace(AMPLE, file_bytes=MIB))
    assert verdict.verdict is Verdict.RUNTIME_ERROR, verdict
    assert verdict.signal == "SIGXFSZ" or b"File too large" in verdict.stderr.data


def test_13_reading_a_huge_sparse_file_back_is_refused() -> None:
    with lent(limits=SMALL) as box:
        limits = replace(AMPLE, file_bytes=1 << 50)
        made = box.run("truncate", "-s", "1T", "/app/result", limits=limits)
        assert made.exit_code == 0, made
        with pytest.raises(SandboxFileError) as caught:
            box.read("/app/result")
        assert caught.value.errno == errno.EFBIG


def test_13_a_file_that_grows_while_it_is_read_stays_within_what_was_asked_for() -> None:
    with lent() as box:
        box.run(
            *("/bin/sh", "-c"),
            "head -c 1000000 /dev/zero >/app/result;"
            "(while :; do head -c 1000000 /dev/zero; done >>/app/result) >/dev/null 2>&1 &",
            limits=replace(AMPLE, file_bytes=200 * MIB),
        )
        for _ in range(20):
            try:
                data = box.read("/app/result", max_bytes=20 * MIB)
            except SandboxFileError as error:
                assert error.errno == errno.EFBIG  # noqa: PT017
                break
            assert len(data) <= 20 * MIB


def test_14_a_million_tiny_files_are_limited_and_gone_at_once() -> None:
    # gVisor's tmpfs has no limit on inodes (Capability.INODE_LIMIT is not offered): each
    # costs memory of the sandbox, and so the memory limit is the inode limit.
    source = r"""
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
    char name[64];
    for (int i = 0; i < 1000000; i++) {
        snprintf(name, sizeof name, "/tmp/%d", i);
        int fd = open(name, O_CREAT | O_WRONLY, 0600);
        if (fd < 0) { puts("limited"); return 0; }
        close(fd);
    }
    puts("ok");
}
"""
    started = time.monotonic()
    verdict = judge_one(source, Language.C, limits=replace(AMPLE, cpu_ms=4000))
    assert verdict.verdict is not Verdict.ACCEPTED, verdict
    assert time.monotonic() - started < 120


def test_14_many_files_and_deep_directories_leave_nothing_for_the_next_test() -> None:
    source = (
        "import os\nn = input()\n"
        "if n == 'many':\n"
        "    for i in range(6000): open(f'/tmp/{i}', 'w').close()\n"
        "if n == 'deep':\n"
        "    os.chdir('/tmp')\n"
        "    for i in range(4000): os.mkdir('d'); os.chdir('d')\n"
        "if n == 'look' and (os.listdir('/tmp') or os.listdir('/dev/shm')): print('left')\n"
        "print('ok')\n"
    )
    inputs = ["many", "look", "deep", "look"]
    outcome = judge_all(source, Language.PYTHON, inputs)
    assert [test.verdict for test in outcome.tests] == [Verdict.ACCEPTED] * 4, outcome


@pytest.mark.parametrize("target", ["/etc/shadow", "/proc/1/environ", "/dev/zero", "/app/other"])
def test_16_a_symlink_as_result_is_not_followed(target: str) -> None:
    with lent() as box:
        box.write("/app/other", "data")
        assert box.run("ln", "-s", target, "/app/result").exit_code == 0
        with pytest.raises(SandboxFileError) as caught:
            box.read("/app/result")
        assert caught.value.errno == errno.ELOOP


def test_16_a_symlink_in_the_middle_of_a_path_is_not_followed() -> None:
    with lent() as box:
        assert box.run("ln", "-s", "/etc", "/app/results").exit_code == 0
        with pytest.raises(SandboxFileError):
            box.read("/app/results/passwd")
        with pytest.raises(SandboxFileError):
            box.write("/app/results/new", "data")


SWAPPER = r"""
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
    int fd = open("/app/a", O_CREAT | O_WRONLY, 0644);
    (void)!write(fd, "mine", 4);
    close(fd);
    symlink("/etc/passwd", "/app/b");
    mkdir("/app/real", 0755);
    fd = open("/app/real/passwd", O_CREAT | O_WRONLY, 0644);
    (void)!write(fd, "mine", 4);
    symlink("/etc", "/app/link");
    if (fork()) return 0;
    setsid();
    close(0); close(1); close(2);
    for (;;) {
        syscall(SYS_renameat2, AT_FDCWD, "/app/a", AT_FDCWD, "/app/b", 2);
        syscall(SYS_renameat2, AT_FDCWD, "/app/real", AT_FDCWD, "/app/link", 2);
        rename("/app/a", "/app/c"); rename("/app/b", "/app/a"); rename("/app/c", "/app/b");
        rename("/app/real", "/app/x"); rename("/app/link", "/app/real");
        rename("/app/x", "/app/link");
    }
}
"""


def test_17_a_swap_of_file_and_symlink_while_reading_is_never_followed() -> None:
    read = refused = 0
    with lent() as box:
        program = box.compile(SWAPPER)
        assert box.run(program).exit_code == 0
        for number in range(400):
            path = "/app/a" if number % 2 else "/app/real/passwd"
            try:
                assert box.read(path) == b"mine"
                read += 1
            except SandboxFileError as error:
                assert error.errno in {errno.ELOOP, errno.ENOENT}  # noqa: PT017
                refused += 1
    assert read
    assert refused


def test_17_a_swap_while_writing_writes_nowhere_else() -> None:
    with lent() as box:
        program = box.compile(SWAPPER)
        before = box.read("/etc/passwd")
        assert box.run(program).exit_code == 0
        for number in range(200):
            try:
                box.write("/app/a" if number % 2 else "/app/real/passwd", "written")
            except SandboxFileError:
                continue
        assert box.read("/etc/passwd") == before
        assert b"written" not in box.run("cat", "/etc/passwd", "/etc/shadow").stdout


def test_18_hard_links_and_chown_through_symlinks_change_no_owner() -> None:
    source = (
        "import os\n"
        "targets = ['/etc/passwd', '/etc/shadow', '/usr/bin/env', '/app/kept', '/work', '/box']\n"
        "before = {t: (os.stat(t).st_uid, os.stat(t).st_mode) for t in targets}\n"
        "for n, t in enumerate(targets):\n"
        "    os.symlink(t, f'/tmp/s{n}')\n"
        "    for change in (lambda: os.link(t, f'/tmp/h{n}'),\n"
        "                   lambda: os.chown(f'/tmp/s{n}', 1000, 1000),\n"
        "                   lambda: os.chmod(f'/tmp/s{n}', 0o777),\n"
        "                   lambda: os.chown(t, os.getuid(), -1)):\n"
        "        try: change()\n"
        "        except OSError: continue\n"
        "        print('changed', t)\n"
        "assert before == {t: (os.stat(t).st_uid, os.stat(t).st_mode) for t in targets}\n"
    )
    with lent() as box:
        box.write("/app/kept", "data", readonly=True)
        done = box.run("python3", "-c", source)
        assert (done.exit_code, done.stdout) == (0, b""), done


@pytest.mark.parametrize("target", ["/etc", "/box", "/work", "/data", "/app/mine"])
def test_18_a_build_directory_that_is_a_symlink_is_refused(target: str) -> None:
    # A build's directory is given to the builder: were a link followed, so would be its target.
    with lent() as box:
        box.run("mkdir", "/app/mine")
        assert box.run("ln", "-s", target, "/app/build").exit_code == 0
        before = box.run("stat", "-c", "%u", target).stdout
        with pytest.raises(SandboxFileError):
            box.run("id", "-u", identity=Identity.BUILDER, cwd="/app/build")
        assert box.run("stat", "-c", "%u", target).stdout == before


MAKE_SPECIAL = {
    "fifo": "import os; os.mkfifo('/app/result')",
    "socket": "import socket; s = socket.socket(socket.AF_UNIX); s.bind('/app/result')",
    "directory": "import os; os.mkdir('/app/result')",
}


@pytest.mark.parametrize("kind", MAKE_SPECIAL)
def test_19_a_special_file_as_result_is_refused_and_hangs_nothing(kind: str) -> None:
    with lent() as box:
        assert box.run("python3", "-c", MAKE_SPECIAL[kind]).exit_code == 0
        started = time.monotonic()
        with pytest.raises(SandboxFileError):
            box.read("/app/result")
        with pytest.raises(SandboxFileError):
            box.write("/app/result", "data")
        assert time.monotonic() - started < 30


@pytest.mark.parametrize("kind", ["CHR", "BLK"])
def test_19_no_device_can_be_made(kind: str) -> None:
    source = f"import os, stat; os.mknod('/app/result', 0o600 | stat.S_IF{kind}, os.makedev(1, 5))"
    with lent() as box:
        done = box.run("python3", "-c", source)
        assert b"PermissionError" in done.stderr, done


def test_19_a_compilers_result_that_is_no_file_is_dropped() -> None:
    with lent() as box:
        done = box.run(
            *("/bin/sh", "-c"),
            "ln -s /etc/passwd /app/link; mkfifo /app/fifo; echo hi >/app/file; mkdir -m 0 /app/d",
            identity=Identity.BUILDER,
            cwd="/app",
        )
        assert done.ended is Ended.EXITED, done
        listing = box.run("/bin/ls", "-ln", "/app").stdout.decode()
        assert "link" not in listing
        assert "fifo" not in listing
        assert box.read("/app/file") == b"hi\n"
        assert box.run("touch", "/app/new", identity=Identity.FRESH).exit_code != 0


def test_09_the_disk_limit_is_one_limit_for_all_places() -> None:
    with lent(limits=SMALL) as box:
        done = box.run(
            *("/bin/sh", "-c"),
            "for p in /tmp /app /data /dev/shm /home/student; do"
            " head -c 16777216 /dev/zero >$p/x || echo full; done",
            limits=replace(AMPLE, file_bytes=GIB),
        )
        assert done.stdout.count(b"full") == 4 or done.stderr.count(b"No space") >= 3, done
