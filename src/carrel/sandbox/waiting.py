"""Have runtimes wait in a sandbox, for the programs that they will be; see ADR 9."""

from __future__ import annotations

import logging

from carrel.sandbox.channel import GuestChannel, GuestError
from carrel.sandbox.program import Waiter
from carrel.sandbox.requests import wait_payload
from carrel.wire.messages import Request

_log = logging.getLogger(__name__)

_TIMEOUT_S = 150.0  # longer than the agent's own


async def start_waiting(channel: GuestChannel, waiter: Waiter) -> bool:
    """Start a runtime that waits, in a sandbox that is not configured yet.

    False when it does not come to wait: its programs then start as ever. SandboxLostError
    when the sandbox went with it.
    """
    try:
        await channel.ask(Request.WAIT, wait_payload(waiter), within_s=_TIMEOUT_S)
    except GuestError as error:
        _log.warning("%s does not wait: %s", waiter.name, error)
        return False
    return True
