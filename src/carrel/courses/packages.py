"""An exercise's files as a teacher uploads them, and as they are kept: by their hash.

The archive is a stranger's: `archives` reads it bounded and in memory. To be
checked, its files are written to a folder with a name of our choice, and loaded as any
exercise is. Functions here block: call them in a thread.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from carrel.archives.entries import ArchiveLimits
from carrel.archives.opening import open_archive
from carrel.core.errors import InvalidValueError, TooLargeError
from carrel.core.sizes import KIB, MIB
from carrel.courses.types import Shown
from carrel.exercises.errors import ExerciseError
from carrel.exercises.files import FILE
from carrel.exercises.loading import load_exercise
from carrel.exercises.types import Exercise
from carrel.languages.registry import SPECS

LIMITS = ArchiveLimits(entries=2_000, entry_bytes=16 * MIB, total_bytes=64 * MIB)
MAX_STATEMENT_BYTES = 256 * KIB
"""Whoever opens the assignment waits until the server has made HTML of it."""
_FIELD = "exercise"

Package = Mapping[str, bytes]
"""An exercise's files by their names, `/` between the parts."""


def read_archive(data: bytes) -> Package:
    """Return the files of a zip or tar.gz with exercise.toml at its top, or in its only folder.

    InvalidValueError says what is wrong; an entry that cannot be read is a reason, since an
    exercise without one of its files would be another one.
    """
    tree = open_archive(data, limits=LIMITS, name="exercise")
    try:
        if tree.refused:
            first = tree.refused[0]
            raise InvalidValueError(_FIELD, first.name, f"the archive's entry {first.reason}")
        files = {name: tree.read(name) for name in tree.sizes}
    finally:
        tree.close()
    return _from_top(files)


def read_folder(folder: Path) -> Package:
    """Return the files of an exercise folder of this machine's operator."""
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(paths)}


def _from_top(files: Package) -> Package:
    if FILE in files:
        return files
    tops = {name.partition("/")[0] for name in files}
    if len(tops) == 1:
        top = tops.pop() + "/"
        inner = {name.removeprefix(top): data for name, data in files.items()}
        if FILE in inner:
            return inner
    raise InvalidValueError(
        _FIELD, "archive", f"give one exercise: {FILE} at the top of the archive or of its folder"
    )


def hash_of(files: Package) -> str:
    """Return the hash (SHA-256, hex) of all files with their names."""
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        for part in (name.encode(), data):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def write(files: Package, folder: Path) -> None:
    """Write the files into a folder that nobody else writes to; their names are safe."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def load(files: Package, scratch: Path | None = None) -> Exercise:
    """Return the exercise; InvalidValueError says in full what is wrong with it.

    Its files are written below `scratch` for a moment; None: where temporary files go.
    """
    with tempfile.TemporaryDirectory(prefix="carrel-exercise-", dir=scratch) as folder:
        try:
            write(files, Path(folder))
            return load_exercise(folder)
        except ExerciseError as error:
            # Without the folder, which is none of the teacher's business.
            lines = "".join(f"\n  - {problem}" for problem in error.problems)
            raise InvalidValueError(_FIELD, FILE, f"correct this:{lines}") from None


def check_size(exercise: Exercise) -> None:
    """Raise TooLargeError for an exercise that would make others wait."""
    size = len(exercise.statement.encode("utf-8", "surrogatepass"))
    if size > MAX_STATEMENT_BYTES:
        raise TooLargeError("statement", size, MAX_STATEMENT_BYTES)


def shown(exercise: Exercise, files: Package) -> Shown:
    """Return what is needed to show the exercise in these files to students."""
    starters = {
        one: exercise.starters[one] for one in exercise.languages if one in exercise.starters
    }
    names = {
        one: SPECS[one].entry(starters.get(one, "").encode()).source for one in exercise.languages
    }
    return Shown(
        statement=exercise.statement,
        languages=exercise.languages,
        points=exercise.points,
        starters=MappingProxyType(starters),
        file_names=MappingProxyType(names),
        hints=exercise.hints,
        assets=MappingProxyType(
            {name: _path_of(name, data, files) for name, data in exercise.assets.items()}
        ),
    )


def _path_of(name: str, data: bytes, files: Package) -> str:
    """Return where a file of the statement lies: its name there is relative to the statement."""
    end = str(PurePosixPath(name))
    return next(
        path
        for path, content in files.items()
        if content == data and (path == end or path.endswith(f"/{end}"))
    )
