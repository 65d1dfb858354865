"""Formats of other systems: packages that can be imported as exercises.

A format is a `Reader` (see types.py): a function from the files of a package, wherever
they lie, to an `Imported`, the files of a carrel exercise and what a teacher should know.
It runs nothing. To add one, write its reader and name it in `FORMATS`; opening folders and
archives (source.py), writing the exercise and IMPORTED.md (writing.py), measuring time
limits and the command `carrel import` are the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from carrel.exercises.formats.kattis.reader import read_kattis
from carrel.exercises.formats.types import Reader

FORMATS: Mapping[str, Reader] = MappingProxyType({"kattis": read_kattis})
"""Every format's name and its reader."""
