"""What a sandbox may use, and what one program in it may use."""

from __future__ import annotations

from dataclasses import dataclass

from carrel.core.errors import InvalidValueError
from carrel.core.sizes import GIB, MIB, parse_size

MIN_MEMORY = 16 * MIB
MAX_MEMORY = 64 * GIB
MIN_DISK = 1 * MIB
MAX_DISK = 16 * GIB
MIN_CPU = 0.05
MAX_CPU = 64.0
MAX_LIFETIME_S = 24 * 3600.0


@dataclass(frozen=True)
class SandboxLimits:
    """The limits of one whole sandbox, enforced by the host.

    `cpu` is in cores (0.5 halves one core), `lifetime_s` in seconds: a sandbox
    older than that is killed, whoever forgot it.
    """

    memory_bytes: int = 256 * MIB
    cpu: float = 1.0
    disk_bytes: int = 256 * MIB
    processes: int = 256
    lifetime_s: float = 3600.0

    @classmethod
    def parse(
        cls,
        *,
        memory_limit: int | str = "256M",
        cpu_limit: float = 1.0,
        disk_limit: int | str = "256M",
        lifetime: float = 3600.0,
    ) -> SandboxLimits:
        """Return the limits a caller wrote; InvalidValueError names what is impossible."""
        return cls(
            memory_bytes=parse_size(
                memory_limit, field="memory_limit", minimum=MIN_MEMORY, maximum=MAX_MEMORY
            ),
            cpu=_number("cpu_limit", cpu_limit, MIN_CPU, MAX_CPU, "cores"),
            disk_bytes=parse_size(
                disk_limit, field="disk_limit", minimum=MIN_DISK, maximum=MAX_DISK
            ),
            lifetime_s=_number("lifetime", lifetime, 1.0, MAX_LIFETIME_S, "seconds"),
        )


@dataclass(frozen=True)
class RunLimits:
    """The limits of one program.

    `cpu_ms` counts the CPU time of all its processes. `wall_ms` is how long it
    may take when it does not use the CPU (it sleeps, or waits for input); a
    program that is busy on a crowded machine is given longer, up to
    `wall_ms * STRETCH`, unless `strict_wall` asks for the clock and nothing
    else. `memory_bytes` None means the sandbox's. `output_bytes` holds for
    stdout and stderr each.
    """

    wall_ms: int
    cpu_ms: int | None = None
    strict_wall: bool = False
    memory_bytes: int | None = None
    output_bytes: int = 16 * MIB
    processes: int = 128
    file_bytes: int = 64 * MIB
    open_files: int = 256
    stack_bytes: int = 64 * MIB


STRETCH = 20
"""How much longer than `wall_ms` a program may take that uses the CPU all the time."""


def parse_timeout(value: float, *, field: str = "timeout", maximum: float = 3600.0) -> int:
    """Return a timeout given in seconds as whole milliseconds; InvalidValueError if impossible."""
    return round(1000 * _number(field, value, 0.01, maximum, "seconds"))


def _number(field: str, value: float, minimum: float, maximum: float, unit: str) -> float:
    allowed = f"give a number of {unit} from {minimum:g} to {maximum:g}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidValueError(field, value, allowed)
    if not minimum <= value <= maximum:  # which nan is not
        raise InvalidValueError(field, value, allowed)
    return float(value)
