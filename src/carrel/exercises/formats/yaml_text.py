"""YAML that strangers wrote: only plain values, and never more of them than are written.

An alias stands for its anchor's value each time it is used, so a few lines can mean
billions of values. They are counted while they are composed, before anything is built.
"""

from __future__ import annotations

from typing import Any

import yaml

from carrel.core.sizes import MIB, format_size
from carrel.exercises.formats.types import FormatError

_MAX_BYTES = MIB
_MAX_VALUES = 100_000
_MAX_DEPTH = 40


def load_yaml(data: bytes, file: str) -> Any:
    """Return the value of a YAML document: None, texts, numbers, dates, lists, mappings.

    Raises FormatError naming `file` for what is no YAML or means too much.
    """
    if len(data) > _MAX_BYTES:
        allowed = f"it may have at most {format_size(_MAX_BYTES)}"
        raise FormatError(file, format_size(len(data)), allowed)
    try:
        # A byte order mark and a wrong encoding are told apart here, not guessed by yaml.
        return yaml.load(data.decode("utf-8-sig"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except UnicodeDecodeError as error:
        raise FormatError(file, f"byte {error.start}", "it must be UTF-8") from None
    except yaml.YAMLError as error:
        raise FormatError(file, _first_line(error), "it is no YAML that can be read") from None
    except (ValueError, OverflowError, RecursionError) as error:
        # Such as 2021-02-30, or a number of ten thousand digits.
        raise FormatError(file, str(error)[:80], "it holds an impossible value") from None


def _first_line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    return f"line {mark.line + 1}: {problem}" if mark is not None else str(problem)


class _Loader(yaml.SafeLoader):
    """A SafeLoader that counts what a document means."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._values = 0
        self._depth = 0
        self._worth: dict[int, int] = {}

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose a node as usual, and count it; an alias counts as much as its anchor."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            anchor = self.anchors.get(event.anchor)
            worth = self._worth.get(id(anchor))
            if anchor is not None and worth is None:
                raise yaml.YAMLError("an alias stands within its own anchor")
            self._count(worth or 0)
            return super().compose_node(parent, index)
        before = self._values
        self._count(1)
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise yaml.YAMLError(f"it is nested more than {_MAX_DEPTH} deep")
        node = super().compose_node(parent, index)
        self._depth -= 1
        self._worth[id(node)] = self._values - before
        return node

    def _count(self, worth: int) -> None:
        self._values += worth
        if self._values > _MAX_VALUES:
            raise yaml.YAMLError(f"it means more than {_MAX_VALUES:,} values")
