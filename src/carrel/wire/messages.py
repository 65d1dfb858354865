"""The protocol's numbers and the payload of each message.

Integers are little-endian and unsigned unless said otherwise; a string is its
length (u32) and its bytes; a list is its count (u32) and its strings. The guest's
side of the same numbers is `carrel/guest/agent.h`; a test compares the two.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag

PROTOCOL_VERSION = 3
REQUEST_MAX = 72 * 1024 * 1024
"""The longest request, in bytes after the length field."""
EVENT_MAX = 128 * 1024
"""The longest event the host accepts, in bytes after the length field."""
BLOB_MAX = 64 * 1024 * 1024
"""The most file data or standard input in one request, in bytes."""


class Request(IntEnum):
    """What the host asks."""

    CONFIGURE = 0x01
    PING = 0x02
    PUT = 0x03
    GET = 0x04
    LIST = 0x05
    STAT = 0x06
    MKDIR = 0x07
    REMOVE = 0x08
    EXECUTE = 0x09
    STDIN = 0x0A
    STDIN_END = 0x0B
    SIGNAL = 0x0C
    KILL_ALL = 0x0D
    RESET = 0x0E
    SHUTDOWN = 0x0F
    WAIT = 0x10
    HELLO = 0x11


class Event(IntEnum):
    """What the guest answers."""

    READY = 0x81
    OK = 0x82
    ERROR = 0x83
    DATA = 0x84
    STARTED = 0x85
    STDOUT = 0x86
    STDERR = 0x87
    EXIT = 0x88


class PutFlag(IntFlag):
    """How a file is to be written."""

    NONE = 0
    READONLY = 1
    EXECUTABLE = 2
    APPEND = 4


class WireIdentity(IntEnum):
    """The guest's numbers for `carrel.sandbox.program.Identity`."""

    STUDENT = 0
    FRESH = 1
    BUILDER = 2


class ProtocolError(Exception):
    """The guest broke the protocol; nothing more it says is to be believed."""


@dataclass(frozen=True)
class FileEntry:
    """One directory entry. `mode` holds type and permission bits, `modified` is Unix seconds."""

    name: str
    mode: int
    uid: int
    size: int
    modified: int


@dataclass(frozen=True)
class ExitReport:
    """How a program ended, as the guest saw it; `status` is a wait(2) status.

    `disk_bytes` is how much more the disk held at its end than before its input was written.
    `group_peak_bytes` is the highest memory of all its processes together, 0 where the guest
    does not limit memory; `out_of_memory`: there the guest's kernel ended it.
    """

    status: int
    spoiled: bool
    user_us: int
    system_us: int
    wall_us: int
    peak_bytes: int
    disk_bytes: int
    group_peak_bytes: int = 0
    out_of_memory: bool = False


def _string(value: bytes) -> bytes:
    return struct.pack("<I", len(value)) + value


def _list(values: Iterable[bytes]) -> bytes:
    parts = [_string(value) for value in values]
    return struct.pack("<I", len(parts)) + b"".join(parts)


def configure(*, disk_bytes: int, unix_ns: int, seed: bytes) -> bytes:
    """Payload of CONFIGURE; `seed` is 32 random bytes."""
    return struct.pack("<QQ32s", disk_bytes, unix_ns, seed)


def put(path: bytes, data: bytes, flags: PutFlag = PutFlag.NONE) -> bytes:
    """Payload of PUT."""
    return bytes([flags]) + _string(path) + data


def get(path: bytes, max_bytes: int) -> bytes:
    """Payload of GET."""
    return struct.pack("<Q", max_bytes) + _string(path)


def on_path(path: bytes) -> bytes:
    """Payload of LIST, STAT, MKDIR and REMOVE."""
    return _string(path)


def execute(
    *,
    identity: WireIdentity,
    argv: Sequence[bytes],
    env: Mapping[bytes, bytes],
    cwd: bytes,
    stdin: bytes | None,
    rlimits: Sequence[int],
    kind: bytes = b"",
    memory_bytes: int = 0,
) -> bytes:
    """Payload of EXECUTE.

    `rlimits` are CPU seconds, file bytes, processes, open files and stack bytes, 0 for
    none. `stdin` None leaves it open for STDIN. A program that waits under the name
    `kind` is taken in place of a new one, if there is one. `memory_bytes` is for guests
    that limit memory themselves, 0 for others.
    """
    return b"".join(
        (
            bytes((identity, 0 if stdin is not None else 1)),
            struct.pack("<6Q", *rlimits, memory_bytes),
            _string(cwd),
            _list(argv),
            _list(key + b"=" + value for key, value in env.items()),
            _string(stdin or b""),
            _string(kind),
        )
    )


def wait(
    *,
    identity: WireIdentity,
    kind: bytes,
    stands_for: int,
    argv: Sequence[bytes],
    env: Mapping[bytes, bytes],
    rlimits: Sequence[int],
) -> bytes:
    """Payload of WAIT: start `argv` now, for an EXECUTE that names `kind`.

    It stands for the first `stands_for` words of that EXECUTE's argv. `kind` is at most
    31 bytes long; `rlimits` as of EXECUTE.
    """
    return b"".join(
        (
            struct.pack("<BI5Q", identity, stands_for, *rlimits),
            _string(kind),
            _list(argv),
            _list(key + b"=" + value for key, value in env.items()),
        )
    )


def signal(number: int) -> bytes:
    """Payload of SIGNAL."""
    return struct.pack("<I", number)


def parse_u32(payload: bytes) -> int:
    """Return the number in READY or STARTED."""
    if len(payload) != 4:  # noqa: PLR2004
        raise ProtocolError(f"a number of {len(payload)} bytes")
    return int.from_bytes(payload, "little")


def parse_error(payload: bytes) -> tuple[int, str]:
    """Return errno and the guest's words from ERROR."""
    if not 4 <= len(payload) <= 512:  # noqa: PLR2004
        raise ProtocolError(f"an error of {len(payload)} bytes")
    number = int.from_bytes(payload[:4], "little")
    if not 0 < number <= _ERRNO_MAX:
        raise ProtocolError(f"an error numbered {number}")
    text = payload[4:].decode("utf-8", "backslashreplace")
    return number, text


_ENTRY = struct.Struct("<IIQqI")
_NAME_MAX = 255
_ERRNO_MAX = 4095  # as in Linux


def parse_entry(payload: bytes) -> FileEntry:
    """Return the entry in an answer to STAT or LIST."""
    if len(payload) < _ENTRY.size:
        raise ProtocolError("a short directory entry")
    mode, uid, size, modified, length = _ENTRY.unpack_from(payload)
    name = payload[_ENTRY.size :]
    if len(name) != length:
        raise ProtocolError("a directory entry of the wrong length")
    # A caller may join the name to a path of the host's.
    if length > _NAME_MAX or b"/" in name or b"\0" in name or name in (b".", b".."):
        raise ProtocolError("a directory entry whose name is none")
    return FileEntry(name.decode("utf-8", "surrogateescape"), mode, uid, size, modified)


_EXIT = struct.Struct("<iI6Q")
_SPOILED = 1
_OUT_OF_MEMORY = 2


def parse_exit(payload: bytes) -> ExitReport:
    """Return the report in EXIT."""
    if len(payload) != _EXIT.size:
        raise ProtocolError(f"an exit report of {len(payload)} bytes")
    status, flags, user, system, wall, peak, disk, group_peak = _EXIT.unpack(payload)
    return ExitReport(
        status,
        bool(flags & _SPOILED),
        user,
        system,
        wall,
        peak,
        disk,
        group_peak,
        bool(flags & _OUT_OF_MEMORY),
    )
