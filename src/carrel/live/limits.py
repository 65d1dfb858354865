"""What a user asks of a sandbox of their own."""

from __future__ import annotations

from carrel.core.errors import InvalidValueError
from carrel.sandbox.limits import SandboxLimits


def limits_of(
    memory_limit: int | str,
    cpu_limit: float,
    disk_limit: int | str,
    *,
    network: bool,
    lifetime: float,
) -> SandboxLimits:
    """Return the limits a caller wrote; InvalidValueError names what is impossible."""
    if network is not False:
        raise InvalidValueError("network", network, "sandboxes have no network; leave it False")
    return SandboxLimits.parse(
        memory_limit=memory_limit, cpu_limit=cpu_limit, disk_limit=disk_limit, lifetime=lifetime
    )
