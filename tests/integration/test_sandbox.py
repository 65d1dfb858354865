"""`Sandbox` and `AsyncSandbox` as their users see them, on real sandboxes."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from carrel import (
    AsyncSandbox,
    CommandTimeoutError,
    InvalidValueError,
    Sandbox,
    SandboxClosedError,
)
from carrel.core.errors import CarrelError, SandboxFileError
from carrel.core.sizes import MIB
from carrel.facade import portal
from carrel.sandbox.pool import SandboxPool
from carrel.testing.leaks import Traces, assert_nothing_left


@pytest.fixture(scope="module")
def shared(sandboxes: Path) -> Iterator[Sandbox]:
    portal.run(_nothing)  # the owner, its guard and the loop belong to no test
    before = Traces.of(sandboxes)
    with Sandbox.create("base") as made:
        yield made
    assert_nothing_left(before, sandboxes)


@pytest.fixture
def box(shared: Sandbox) -> Iterator[Sandbox]:
    """One sandbox for many tests, emptied after each: that two share nothing is shown elsewhere."""

    async def reset(_: SandboxPool) -> None:
        await shared._box.reset()

    yield shared
    portal.run(reset)


# --- files -------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"\0\xff\r\n" * 9, bytes(range(256)) * 4096])
def test_bytes_come_back_as_they_were_written(box: Sandbox, data: bytes) -> None:
    box.files.write("/data/x.bin", data)
    assert box.files.read_bytes("/data/x.bin") == data


def test_text_names_and_directories_work_as_one_expects(box: Sandbox, tmp_path: Path) -> None:
    files = box.files
    files.write("übung/lösung 1 + ß.py", "grüße\n")
    assert files.read("/app/übung/lösung 1 + ß.py") == "grüße\n"
    files.mkdir("/app/übung/leer")
    files.mkdir("/app/übung/leer")
    assert [(e.name, e.is_dir, e.size) for e in files.list("/app/übung")] == [
        ("leer", True, files.list("/app/übung")[0].size),
        ("lösung 1 + ß.py", False, 8),
    ]
    assert files.exists("übung")
    assert not files.exists("/app/übung/nichts")
    assert not files.exists("/app/übung/lösung 1 + ß.py/below")
    (tmp_path / "local").write_bytes(b"local")
    files.upload(tmp_path / "local", "/data/a/b/c")
    files.download("/data/a/b/c", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"local"
    files.remove("/app/übung")
    assert files.list("/app") == []


def test_a_name_that_is_no_utf8_is_listed_and_can_be_read(box: Sandbox) -> None:
    box.commands.run(r"printf x > \"$(printf 'a\377')\" ; printf y > $(printf 'b\377')")
    names = [entry.name for entry in box.files.list("/app")]
    name = next(name for name in names if name.startswith("b"))
    assert os.fsencode(name) == b"b\xff"
    assert box.files.read(f"/app/{name}") == "y"


@pytest.mark.parametrize(
    ("work", "number"),
    [
        (lambda files: files.read("/app/none"), errno.ENOENT),
        (lambda files: files.read("/app"), errno.EISDIR),
        (lambda files: files.list("/etc/passwd"), errno.ENOTDIR),
        (lambda files: files.remove("/app/none"), errno.ENOENT),
        (lambda files: files.write("/app", "x"), errno.EISDIR),
        (lambda files: files.write("/etc/x", "x"), errno.EROFS),
    ],
)
def test_a_refused_file_operation_is_an_os_error_with_its_number(
    box: Sandbox, work: Callable[[object], object], number: int
) -> None:
    with pytest.raises(SandboxFileError) as caught:
        work(box.files)
    assert isinstance(caught.value, OSError)
    assert caught.value.errno == number


def test_a_hundred_megabytes_come_back_whole(nothing_left: Path) -> None:
    del nothing_left
    data = os.urandom(MIB) * 100
    with Sandbox.create("base", disk_limit="256M") as box:
        box.files.write("/data/big", data)
        assert box.files.read_bytes("/data/big") == data


def test_writing_beyond_the_disk_limit_is_enospc_for_both_sides(nothing_left: Path) -> None:
    del nothing_left
    with Sandbox.create("base", disk_limit="8M") as box:
        with pytest.raises(SandboxFileError) as caught:
            box.files.write("/data/big", b"x" * 9 * MIB)
        assert caught.value.errno == errno.ENOSPC
        done = box.commands.run("head -c 5M /dev/zero > /tmp/x; head -c 5M /dev/zero > /data/x")
        assert done.exit_code != 0
        assert "No space left" in done.stderr


ATTACKS = {
    "change": "echo no >> /app/d/e/kept",
    "truncate": "truncate -s0 /app/d/e/kept",
    "delete": "rm -f /app/d/e/kept",
    "rename": "mv /app/d/e/kept /app/d/e/other",
    "replace": "echo no > /app/d/e/new; mv -f /app/d/e/new /app/d/e/kept",
    "link-over": "ln -sf /etc/passwd /app/d/e/kept",
    "chmod": "chmod 777 /app/d/e/kept",
    "rename-parent": "mv /app/d/e /app/d/f",
    "rename-grandparent": "mv /app/d /app/x",
    "remove-parents": "rm -rf /app/d",
    "exchange": 'mkdir /app/y; python3 -c "import ctypes; ctypes.CDLL(None).syscall(316, -100,'
    " b'/app/y', -100, b'/app/d', 2)\"",
}


def test_a_readonly_file_can_be_written_again_and_removed_by_the_caller(box: Sandbox) -> None:
    for text in ("one", "two"):
        box.files.write("/app/d/kept", text, readonly=True)
        assert box.commands.run("cat /app/d/kept").stdout == text
    box.files.write("/app/d/kept", "free")
    assert box.commands.run("echo changed > /app/d/kept").exit_code == 0
    box.files.write("/app/d/again", "again", readonly=True)
    box.files.remove("/app/d")
    assert not box.files.exists("/app/d")


def test_a_readonly_file_can_be_run_beside_files_the_program_writes(box: Sandbox) -> None:
    box.files.write("/app/config.json", "{}", readonly=True)
    done = box.commands.run("cat config.json && echo result > out && mkdir -p sub && rm out")
    assert (done.exit_code, done.stdout) == (0, "{}"), done


@pytest.mark.parametrize("how", ATTACKS)
@pytest.mark.parametrize("owner_first", [False, True], ids=["new-parents", "students-parents"])
def test_a_readonly_file_stays_what_and_where_it_is(
    box: Sandbox, how: str, *, owner_first: bool
) -> None:
    if owner_first:
        box.commands.run("mkdir -p /app/d/e; echo mine > /app/d/e/kept")
    box.files.write("/app/d/e/kept", "kept", readonly=True)
    box.commands.run(ATTACKS[how])
    assert box.files.read("/app/d/e/kept") == "kept"
    assert box.commands.run("cat /app/d/e/kept").stdout == "kept"


# --- commands ----------------------------------------------------------------------


def test_a_command_gives_its_code_output_and_use(box: Sandbox) -> None:
    done = box.commands.run("echo out; echo err >&2; exit 3")
    assert (done.exit_code, done.stdout, done.stderr) == (3, "out\n", "err\n")
    assert 0 < done.execution_time < 60
    assert done.cpu_time >= 0
    assert box.commands.run("kill -SEGV $$").exit_code == 139
    assert box.commands.run("no-such-command").exit_code == 127


def test_environment_directory_and_input_arrive(box: Sandbox) -> None:
    box.files.mkdir("/data/here")
    done = box.commands.run("pwd; echo $NAME; cat", env={"NAME": "ü"}, cwd="/data/here", stdin="in")
    assert done.stdout == "/data/here\nü\nin"
    assert box.commands.run("pwd").stdout == "/app\n"
    assert box.commands.run("wc -c", stdin=b"x" * 3 * MIB).stdout.strip() == str(3 * MIB)


def test_a_timeout_is_both_errors_and_carries_the_partial_output(box: Sandbox) -> None:
    started = time.monotonic()
    with pytest.raises(CommandTimeoutError) as caught:
        box.commands.run(
            "echo partial; echo why >&2; sleep 90", timeout=5
        )  # it must get as far as that
    assert 5 <= time.monotonic() - started < 60
    assert isinstance(caught.value, CarrelError)
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.stdout == "partial\n"
    assert caught.value.stderr == "why\n"
    assert box.commands.run("echo usable").stdout == "usable\n"


def test_output_beyond_the_limit_is_cut_and_said_to_be(box: Sandbox) -> None:
    done = box.commands.run("yes | head -c 20M; echo end >&2")
    assert len(done.stdout) == 16 * MIB
    assert done.stdout_truncated
    assert not done.stderr_truncated


def test_a_background_process_does_not_hold_the_command(box: Sandbox) -> None:
    started = time.monotonic()
    done = box.commands.run("sleep 90 & (while :; do echo noise; sleep 0.01; done) & echo done")
    assert time.monotonic() - started < 60
    assert "done" in done.stdout
    assert box.commands.run("pgrep sleep || ls /proc | grep -c '^[0-9]'").stdout.strip() != ""


def test_many_commands_at_once_keep_their_outputs_apart(box: Sandbox) -> None:
    results: dict[int, str] = {}

    def run(number: int) -> None:
        results[number] = box.commands.run(f"sleep 0.1; echo {number}").stdout

    threads = [threading.Thread(target=run, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {n: f"{n}\n" for n in range(16)}


# --- limits ------------------------------------------------------------------------

C_HOARDER = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int c, char **v) {
    size_t size = (size_t)atol(v[1]) << 20;
    char *p = malloc(size);
    for (size_t i = 0; i < size; i += 4096) p[i] = 1;
    puts("had");
}
"""


@pytest.mark.parametrize("language", ["c", "python"])
def test_memory_up_to_the_limit_is_had_and_more_is_not(nothing_left: Path, language: str) -> None:
    del nothing_left
    from carrel.sandbox.program import Ended, Identity  # noqa: PLC0415
    from carrel.testing.judging import QUICK, lent  # noqa: PLC0415

    limit = QUICK.memory_bytes or 0
    with lent() as box:
        if language == "c":
            argv = [box.compile(C_HOARDER)]
        else:
            box.write("/app/h.py", "import sys\nx = b'1' * (int(sys.argv[1]) << 20)\nprint('had')")
            argv = ["python3", "/app/h.py"]
        # One right after the other: what the first gives back late must not hide the second.
        below = box.run(*argv, str(limit // MIB - 16), identity=Identity.FRESH)
        above = box.run(*argv, str(limit // MIB + 32), identity=Identity.FRESH)
    assert (below.ended, below.stdout) == (Ended.EXITED, b"had\n"), below
    assert above.ended is Ended.MEMORY_LIMIT, above


def test_half_a_core_is_half_the_throughput(nothing_left: Path) -> None:
    del nothing_left
    with Sandbox.create("base", cpu_limit=0.5) as box:
        done = box.commands.run("timeout 3 sh -c 'while :; do :; done'")
    share = done.cpu_time / done.execution_time
    assert 0 < share < 0.62, done  # less where others work too


def test_the_number_of_processes_is_limited(box: Sandbox) -> None:
    done = box.commands.run("for i in $(seq 400); do sleep 60 & done; echo end")
    assert "fork" in done.stderr.lower() or "resource" in done.stderr.lower(), done


IMPOSSIBLE = [
    ("memory_limit", "0"),
    ("memory_limit", "12X"),
    ("memory_limit", -1),
    ("memory_limit", ""),
    ("memory_limit", True),
    ("memory_limit", "1e3"),
    ("memory_limit", 1.5),
    ("memory_limit", "999999G"),
    ("cpu_limit", -1),
    ("cpu_limit", 0),
    ("cpu_limit", float("nan")),
    ("cpu_limit", float("inf")),
    ("cpu_limit", "1"),
    ("disk_limit", "0"),
    ("disk_limit", None),
    ("network", True),
    ("network", 1),
    ("lifetime", 0),
    ("lifetime", float("nan")),
    ("template", "unknown"),
    ("template", "../base"),
    ("template", ""),
]


@pytest.mark.parametrize(("field", "value"), IMPOSSIBLE, ids=lambda x: str(x) or "empty")
def test_an_impossible_value_is_named_before_anything_is_started(
    nothing_left: Path, monkeypatch: pytest.MonkeyPatch, field: str, value: object
) -> None:
    del nothing_left

    async def start(*_: object) -> None:
        raise AssertionError("something was started")

    monkeypatch.setattr(SandboxPool, "_start", start)
    with pytest.raises(InvalidValueError) as caught:
        Sandbox.create(**{field: value})  # type: ignore[arg-type]
    assert isinstance(caught.value, ValueError)
    words = str(caught.value)
    assert repr(value) in words or str(value) in words
    assert len(words) > len(repr(value)) + 20  # and what is allowed


@pytest.mark.parametrize(
    "arguments",
    [
        {"command": ""},
        {"command": "  "},
        {"command": "a\0b"},
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": float("nan")},
        {"env": {"A\0": "b"}},
        {"cwd": "/a/../b"},
    ],
    ids=str,
)
def test_an_impossible_command_is_named_and_the_sandbox_lives(
    box: Sandbox, arguments: dict[str, object]
) -> None:
    with pytest.raises(InvalidValueError):
        box.commands.run(**({"command": "true"} | arguments))  # type: ignore[arg-type]
    assert box.commands.run("true").exit_code == 0


# --- its end, threads and loops ------------------------------------------------------


def test_a_sandbox_that_was_killed_says_so_to_every_use(nothing_left: Path) -> None:
    del nothing_left
    box = Sandbox.create("base")
    box.kill()
    box.kill()
    assert not box.is_alive
    uses: list[Callable[[], object]] = [
        lambda: box.commands.run("true"),
        lambda: box.files.write("/app/x", "y"),
        lambda: box.files.read("/app/x"),
        lambda: box.files.list("/app"),
        lambda: box.files.exists("/app"),
    ]
    for use in uses:
        with pytest.raises(SandboxClosedError, match="make a new one"):
            use()


def test_killing_a_sandbox_ends_a_command_that_runs_in_it(nothing_left: Path) -> None:
    del nothing_left
    box = Sandbox.create("base")
    timer = threading.Timer(0.3, box.kill)
    timer.start()
    started = time.monotonic()
    with pytest.raises(SandboxClosedError):
        box.commands.run("sleep 90", timeout=100)
    timer.join()
    assert time.monotonic() - started < 60


def test_asynchronous_sandboxes_work_in_several_loops_and_threads(nothing_left: Path) -> None:
    del nothing_left
    portal.run(_nothing)

    async def use(number: int) -> str:
        async with await AsyncSandbox.create("base") as box:
            await box.files.write("/app/n", str(number))
            both = await asyncio.gather(box.commands.run("cat n"), box.files.read("n"))
            return both[0].stdout + both[1]

    results: dict[int, str] = {}

    def loop(number: int) -> None:
        results[number] = asyncio.run(use(number))

    threads = [threading.Thread(target=loop, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {n: f"{n}{n}" for n in range(3)}


async def _nothing(_: object) -> None:
    pass
