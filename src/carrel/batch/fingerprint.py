"""What decides a grade beside the submission, as one word that changes with it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from carrel.batch.directory import DirectoryTree


def exercise_version(folder: Path) -> str:
    """Return a hash of everything in an exercise's folder: names and contents.

    A changed statement changes it too. That grades once too often; the other way round
    a grade of yesterday's tests would be taken for one of today's.
    """
    tree = DirectoryTree(folder)
    digest = hashlib.sha256()
    for name in sorted(tree.sizes):
        data = tree.read(name)
        digest.update(f"{name}\0{len(data)}\0".encode())
        digest.update(data)
    for entry in tree.refused:
        digest.update(f"{entry.name}\0{entry.reason}\0".encode())
    return digest.hexdigest()[:16]
