"""Holder of the file systems that sandboxes on namespaces start from; a program of its own.

Theory of operation. `namespaces` needs a template's image as a mounted directory. A
mount in the host's own mount namespace would outlive a killed owner, so this process
has a mount and a PID namespace for itself (`unshare` starts it so), and each sandbox is
started inside both. It lives as long as its standard input: when the owner ends,
however, it ends, the kernel kills everything in its PID namespace and drops its mounts
and their loop devices with them. Being the first process there it also reaps what
`runc` leaves as orphans.

A sandbox has a range of user ids of its own that no file of the host belongs to, so
each gets the image under its own ids: a clone of the one mount, with an id mapping
(Linux 5.19 and later for EROFS). All clones share one copy of the image in memory.

One request per line, JSON, with one answer each. Standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# Numbers that are the same on every architecture, from the kernel's headers.
_SYS_OPEN_TREE = 428
_SYS_MOVE_MOUNT = 429
_SYS_MOUNT_SETATTR = 442
_AT_FDCWD = -100
_AT_EMPTY_PATH = 0x1000
_OPEN_TREE_CLONE = 1
_MOVE_MOUNT_F_EMPTY_PATH = 4
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV, _ATTR_IDMAP = 1, 2, 4, 0x100000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 2, 4, 8
_MNT_DETACH = 2
_CLONE_NEWUSER = 0x10000000

_libc = ctypes.CDLL(None, use_errno=True)


class _MountAttributes(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns_fd")
    )


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


@contextlib.contextmanager
def _closing(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _user_namespace(base: int, size: int) -> int:
    """Return a descriptor of a user namespace whose ids from 0 are the host's from `base`."""
    ready, say_ready = os.pipe()
    done, say_done = os.pipe()
    child = os.fork()
    if child == 0:
        if _libc.unshare(_CLONE_NEWUSER) == 0:
            os.write(say_ready, b".")
            os.close(say_done)
            os.read(done, 1)
        os._exit(0)
    os.close(say_ready)
    with _closing(ready), _closing(done), _closing(say_done):
        if not os.read(ready, 1):
            raise OSError(1, "this kernel allows no user namespace")
        try:
            for name in ("uid_map", "gid_map"):
                Path(f"/proc/{child}/{name}").write_text(f"0 {base} {size}")
            return os.open(f"/proc/{child}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
        finally:
            os.write(say_done, b".")
            os.waitpid(child, 0)


class Keeper:
    """The mounted images and the sandboxes' clones of them, below `place`."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._images: dict[tuple[str, int, int], Path] = {}
        flags = _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
        _checked(
            _libc.mount(b"tmpfs", os.fsencode(place), b"tmpfs", flags, b"mode=0711,size=1m"),
            f"mounting a tmpfs on {place}",
        )

    def root(self, *, image: str, name: str, base: int, size: int) -> str:
        """Mount `image` for the sandbox `name` under its ids; returns where."""
        source = self._image(image)
        target = self._place / name
        target.mkdir()
        try:
            tree = _checked(
                _libc.syscall(
                    _SYS_OPEN_TREE,
                    _AT_FDCWD,
                    os.fsencode(source),
                    ctypes.c_uint(_OPEN_TREE_CLONE | os.O_CLOEXEC),
                ),
                "open_tree",
            )
            with _closing(tree), _closing(_user_namespace(base, size)) as ids:
                attributes = _MountAttributes(
                    _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV | _ATTR_IDMAP, 0, 0, ids
                )
                _checked(
                    _libc.syscall(
                        _SYS_MOUNT_SETATTR,
                        tree,
                        b"",
                        _AT_EMPTY_PATH,
                        ctypes.byref(attributes),
                        ctypes.c_size_t(ctypes.sizeof(attributes)),
                    ),
                    "mapping the ids of an EROFS mount (Linux 5.19 or later can)",
                )
                _checked(
                    _libc.syscall(
                        _SYS_MOVE_MOUNT,
                        tree,
                        b"",
                        _AT_FDCWD,
                        os.fsencode(target),
                        _MOVE_MOUNT_F_EMPTY_PATH,
                    ),
                    "move_mount",
                )
        except BaseException:
            target.rmdir()
            raise
        return str(target)

    def drop(self, *, name: str) -> str:
        """Unmount what `root` mounted for the sandbox `name`; nothing when there is none."""
        target = self._place / name
        if target.exists():
            _libc.umount2(os.fsencode(target), _MNT_DETACH)
            target.rmdir()
        return ""

    def _image(self, image: str) -> Path:
        status = os.stat(image)  # noqa: PTH116 - a built template replaces the one before
        key = (image, status.st_dev, status.st_ino)
        place = self._images.get(key)
        if place is None:
            place = self._place / f"image-{len(self._images)}"
            place.mkdir()
            done = subprocess.run(
                ["mount", "-t", "erofs", "-o", "loop,ro,nosuid,nodev", image, str(place)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != 0:
                place.rmdir()
                raise OSError(5, done.stderr.strip() or f"mount ended with {done.returncode}")
            self._images[key] = place
        return place


def _answer(keeper: Keeper, line: bytes) -> bytes:
    try:
        request = json.loads(line)
        if request.pop("do") == "root":
            answer = {"ok": keeper.root(**request)}
        else:
            answer = {"ok": keeper.drop(**request)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        answer = {"error": str(error)}
    return json.dumps(answer).encode() + b"\n"


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def main() -> None:
    """Serve requests until the end of standard input."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    keeper = Keeper(Path(sys.argv[1]))
    os.write(1, b'{"ok": ""}\n')
    pending = b""
    while True:
        readable, _, _ = select.select([0, woken], [], [])
        if woken in readable:
            with contextlib.suppress(BlockingIOError):
                os.read(woken, 4096)
            _reap()
        if 0 in readable:
            data = os.read(0, 65536)
            if not data:
                return
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                os.write(1, _answer(keeper, line))


if __name__ == "__main__":
    main()
