"""What the web process sees of the file system, where the way to its own files is root's.

carrel may lie in a directory that only root may enter, such as /root/carrel, and the web
process must read its code there without reading anything else of root's. So it gets a
mount namespace of its own: an empty directory covers the one that it may not enter, and
in that only what it needs appears again, read-only unless it must be written to.

Where everybody may enter the directories above, nothing is mounted: then the rights of
files are enough.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from carrel.core.errors import PlatformFaultError

_CLONE_NEWNS = 0x20000
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 1, 2, 4, 8
_MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
_O_PATH = os.O_PATH | os.O_CLOEXEC

_libc = ctypes.CDLL(None, use_errno=True)


def barred(path: Path, group: int) -> Path | None:
    """Return the first directory above `path` that others, and that group, may not enter."""
    for above in reversed(path.parents):
        status = above.stat()
        allowed = stat.S_IXOTH | (stat.S_IXGRP if status.st_gid == group else 0)
        if not status.st_mode & allowed:
            return above
    return None


def show_only(readable: Sequence[Path], writable: Sequence[Path], group: int) -> None:
    """Let processes of `group` reach these directories, in this process and its children.

    Does nothing where they can be reached already. Raises PlatformFaultError.
    """
    needed = [path.resolve() for path in (*readable, *writable)]
    if not any(barred(path, group) for path in needed):
        return
    try:
        _show(needed, {path.resolve() for path in writable}, group)
    except OSError as error:
        where = next((above for path in needed if (above := barred(path, group))), "/")
        raise PlatformFaultError(
            f"the web process cannot be shown its files below {where}, which only root may "
            f"enter: {error}; move carrel to a directory such as /opt/carrel"
        ) from error


def _show(needed: Sequence[Path], writable: set[Path], group: int) -> None:
    _check(_libc.unshare(_CLONE_NEWNS), "unshare")
    _mount(None, Path("/"), None, _MS_REC | _MS_PRIVATE)
    with ExitStack() as stack:
        sources: dict[Path, int] = {}
        for path in needed:
            sources[path] = os.open(path, _O_PATH)
            stack.callback(os.close, sources[path])
        for path in needed:
            while (cover := barred(path, group)) is not None:
                _mount("tmpfs", cover, "tmpfs", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, "mode=755")
                for below, source in sorted(sources.items()):
                    if cover in below.parents:
                        _appear(below, source, read_only=below not in writable)


def _appear(path: Path, source: int, *, read_only: bool) -> None:
    path.mkdir(mode=0o755, parents=True, exist_ok=True)
    _mount(f"/proc/self/fd/{source}", path, None, _MS_BIND)
    if read_only:
        _mount(None, path, None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | _MS_NODEV)


def _mount(
    source: str | None, target: Path, kind: str | None, flags: int, options: str = ""
) -> None:
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    result = _libc.mount(*encoded, ctypes.c_ulong(flags), options.encode() or None)
    _check(result, f"mount on {target}")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
