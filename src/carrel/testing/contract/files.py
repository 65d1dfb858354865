"""Files, written and read by the caller."""

from __future__ import annotations

import errno
from collections.abc import Callable

from carrel.core.errors import InvalidValueError, SandboxFileError
from carrel.core.sizes import MIB
from carrel.sandbox.limits import SandboxLimits
from carrel.sandbox.program import Identity
from carrel.testing.contract.case import cases_of, check, check_equal, check_exited, raises
from carrel.testing.judging import Box, lent


def bytes_come_back_as_they_were_written() -> None:
    """Empty ones, all values, and more than one frame's worth."""
    with lent() as box:
        for data in (b"", bytes(range(256)), b"\0\xff\r\n" * 400_000):
            box.write("/data/a/b/file", data)
            check(box.read("/data/a/b/file") == data, len(data))


def directories_are_made_listed_and_removed() -> None:
    """Sorted by name, with kind and size."""
    with lent() as box:
        box.do(lambda live: live.make_directory("/app/dir/below"))
        box.do(lambda live: live.make_directory("/app/dir/below"))
        box.write("/app/dir/ü", "grüße")
        found = box.do(lambda live: live.list_directory("/app/dir"))
        check_equal([entry.name for entry in found], ["below", "ü"])
        check_equal(box.do(lambda live: live.stat("/app/dir/ü")).size, len("grüße".encode()))
        box.do(lambda live: live.remove("/app/dir"))
        check_equal(box.do(lambda live: live.list_directory("/app")), [])


def refusals_carry_the_systems_number() -> None:
    """Each as an OSError that names what was wrong."""
    with lent() as box:
        refused: dict[int, Callable[[], object]] = {
            errno.ENOENT: lambda: box.read("/app/none"),
            errno.EISDIR: lambda: box.read("/app"),
            errno.EROFS: lambda: box.write("/etc/new", "x"),
            errno.ENOTDIR: lambda: box.do(lambda live: live.list_directory("/etc/passwd")),
        }
        for number, work in refused.items():
            with raises(SandboxFileError, number):
                work()


def hostile_names_are_refused_before_anything_is_written() -> None:
    """Nothing leaves the sandbox's tree by its name."""
    with lent() as box:
        for path in ("../x", "/app/../etc/x", "/app/a\0b", "/app/" + "n" * 256, "/" + "a/" * 2100):
            with raises(InvalidValueError):
                box.write(path, "x")
        check_equal(box.do(lambda live: live.list_directory("/app")), [])


def links_and_special_files_are_not_followed() -> None:
    """Whatever a program leaves under the name of a result."""
    plant = (
        "ln -s /etc/passwd /app/link; ln -s /etc /app/dir; mkfifo /app/fifo;"
        " ln -s /dev/zero /app/zero"
    )
    with lent() as box:
        check_exited(box.run("/bin/sh", "-c", plant))
        for path in ("/app/link", "/app/dir/passwd", "/app/fifo", "/app/zero"):
            with raises(SandboxFileError):
                box.read(path)
            with raises(SandboxFileError):
                box.write(path + "/x", "x")


def a_file_longer_than_asked_for_is_refused() -> None:
    """Also a sparse one that costs its writer nothing."""
    with lent() as box:
        box.write("/app/long", b"x" * 2000)
        with raises(SandboxFileError, errno.EFBIG):
            box.read("/app/long", max_bytes=1999)


def writing_beyond_the_disk_limit_fails_for_both_sides() -> None:
    """And half a file is no file."""
    with lent(limits=SandboxLimits(disk_bytes=8 * MIB)) as box:
        with raises(SandboxFileError, errno.ENOSPC):
            box.write("/data/big", b"x" * 9 * MIB)
        with raises(SandboxFileError, errno.ENOENT):
            box.read("/data/big")
        done = box.run("/bin/sh", "-c", "head -c 9M /dev/zero >/tmp/x")
        check(done.exit_code != 0, done)
        check(b"No space" in done.stderr, done)


def _attack(box: Box, how: str) -> None:
    box.run("/bin/sh", "-c", how)
    check_equal(box.read("/app/d/kept"), b"kept")
    check_equal(box.run("cat", "/app/d/kept", identity=Identity.FRESH).stdout, b"kept")


def a_readonly_file_stays_what_and_where_it_is() -> None:
    """Against the user whose directory it stands in."""
    with lent() as box:
        box.run("mkdir", "-p", "/app/d")
        box.write("/app/d/kept", "kept", readonly=True)
        for how in (
            "echo no >/app/d/kept",
            "rm -f /app/d/kept",
            "mv /app/d/kept /app/d/other",
            "echo no >/app/d/new; mv -f /app/d/new /app/d/kept",
            "ln -sf /etc/passwd /app/d/kept",
            "chmod 777 /app/d/kept",
            "mv /app/d /app/e",
            "rm -rf /app/d",
        ):
            _attack(box, how)
        box.write("/app/d/kept", "new")
        check_equal(box.read("/app/d/kept"), b"new")


def the_template_is_readable_and_never_writable() -> None:
    """For no identity, and not by a place that a template happens to have."""
    with lent() as box:
        check(box.read("/etc/debian_version"))
        for place in ("/", "/etc", "/usr/bin", "/root", "/.carrel", "/var/tmp", "/dev", "/proc"):  # noqa: S108
            for identity in (Identity.STUDENT, Identity.FRESH):
                done = box.run("touch", f"{place}/planted", identity=identity)
                check(done.exit_code != 0, (place, done))


CASES = cases_of(
    bytes_come_back_as_they_were_written,
    directories_are_made_listed_and_removed,
    refusals_carry_the_systems_number,
    hostile_names_are_refused_before_anything_is_written,
    links_and_special_files_are_not_followed,
    a_file_longer_than_asked_for_is_refused,
    writing_beyond_the_disk_limit_fails_for_both_sides,
    a_readonly_file_stays_what_and_where_it_is,
    the_template_is_readable_and_never_writable,
)
