"""Locks and durable writes for what several processes share on disk."""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(file: Path, *, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold the exclusive lock on `file` (made when missing); calls `on_wait` before waiting.

    The kernel gives the lock back when this process ends, however it ends; no
    program that it starts inherits it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if on_wait is not None:
                on_wait()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        # Said in words: a child forked meanwhile has the descriptor too, and holds on to it.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def sync(place: Path) -> None:
    """Return when the file's content, or the folder's list of names, is on the disk."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def point(link: Path, target: str) -> None:
    """Make `link` a symbolic link to `target` in one step, whatever it was before."""
    fresh = link.with_name(f".build-{link.name}-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
    sync(link.parent)


def publish(folder: Path, key: str) -> None:
    """Make `folder/key` what `folder/current` points to, and remove what is older.

    The one before stays: a process that runs may still use it until it asks again. Names
    that begin with a dot are builds that go on, and stay too.
    """
    current = folder / "current"
    before = str(current.readlink()) if current.is_symlink() else None
    point(current, key)
    for old in folder.iterdir():
        kept = old.name in (key, before) or old.name.startswith(".")
        if old.is_dir() and not old.is_symlink() and not kept:
            remove_tree(old)


def remove_tree(folder: Path) -> None:
    """Remove `folder` and all in it, never what is mounted below it."""
    subprocess.run(
        ["rm", "-rf", "--one-file-system", "--", str(folder)], check=False, capture_output=True
    )
