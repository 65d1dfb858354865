"""Write a whole file or none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from carrel.core.errors import PlatformFaultError


@contextmanager
def whole_file(path: Path, *, newline: str | None = None) -> Iterator[TextIO]:
    """Yield a text file that takes the name `path` at the end of the block, if it ends well.

    Only its owner may read it, since grades are nobody else's business: whoever owns the
    folder, also when root writes there. Raises PlatformFaultError when it cannot be written.
    """
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            give_to_owner(descriptor, path.parent)
            with os.fdopen(
                descriptor, "w", encoding="utf-8", errors="backslashreplace", newline=newline
            ) as file:
                yield file
                file.flush()
                os.fsync(descriptor)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise PlatformFaultError(f"{path} cannot be written: {error.strerror}") from error


def private_folder(folder: Path) -> None:
    """Make a folder, unless it is there, that belongs to whoever owns the one around it."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True)
        give_to_owner(folder, folder.parent)


def give_to_owner(what: int | Path, folder: Path) -> None:
    """Let `folder`'s owner own a new file or folder in it: `sudo carrel` makes root's."""
    owner = folder.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.chown(what, owner.st_uid, owner.st_gid)
