"""What one execution in a session has said so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from carrel.live.line import Text


class Captured:
    """What one stream of an execution said, as far as it is shown."""

    def __init__(self, limit: int) -> None:
        self.left_out = 0
        self._limit = limit
        self._size = 0
        self._pieces: list[str] = []

    def take(self, text: Text) -> str:
        """Keep text as far as it fits, and return that part."""
        room = self._limit - self._size
        kept = text.text if text.size <= room else _first_bytes(text.text, room)
        self._size += min(text.size, room)
        self.left_out += max(0, text.size - room)
        if kept:
            self._pieces.append(kept)
        return kept

    def whole(self) -> str:
        """Return all that was kept."""
        return "".join(self._pieces)


def _first_bytes(text: str, size: int) -> str:
    return text.encode("utf-8", "backslashreplace")[:size].decode("utf-8", "ignore")


@dataclass
class Cell:
    """One `execute` that is running."""

    stream: bool
    stdout: Captured
    stderr: Captured
    displays: int = 0
    asks: int | None = None
    interrupted: bool = False
    stopped: bool = False
    streams: dict[str, Captured] = field(init=False)

    def __post_init__(self) -> None:
        self.streams = {"stdout": self.stdout, "stderr": self.stderr}

    def texts(self, *more: str) -> dict[str, str]:
        """Return both streams as a result has them.

        What was left out, and the sentences of `more`, end stderr.
        """
        notes = [
            f"Of {stream}, {captured.left_out:,} bytes were left out."
            for stream, captured in self.streams.items()
            if captured.left_out
        ]
        stderr = self.stderr.whole()
        if (notes or more) and stderr and not stderr.endswith("\n"):
            stderr += "\n"
        stderr += "".join(f"{note}\n" for note in (*notes, *more))
        return {"stdout": self.stdout.whole(), "stderr": stderr}
