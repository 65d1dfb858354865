"""A backend whose guests are pretended: they speak the real protocol over real pipes.

For tests of the pool and of what the host decides about a run, without a sandbox. A
guest lives in the same event loop; a test scripts what it answers and what the host's
control group says about it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, cast

from carrel.core.errors import PlatformFaultError
from carrel.core.ids import SandboxId, new_sandbox_id
from carrel.core.sizes import MIB
from carrel.sandbox.backend import Backend, Capability, Overhead
from carrel.sandbox.cgroups import Usage
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Waiter
from carrel.sandbox.templates import TemplateStore
from carrel.wire.messages import PROTOCOL_VERSION, Event, Request

_HEAD = struct.Struct("<IBI")
_EXIT = struct.Struct("<iI6Q")


@dataclass
class FakeCgroup:
    """A control group whose figures a test sets."""

    used: Usage = field(default_factory=lambda: Usage(0, 0, 0, 0, 0))
    waited_us: int = 0

    def limit(self, **_: object) -> None:
        """Take any limits."""

    def limit_memory(self, _: int) -> None:
        """Take any limit."""

    def set_low_priority(self, _: bool) -> None:  # noqa: FBT001
        """Take either."""

    def signal(self, _: int) -> None:
        """Take any signal."""

    def restart_peak(self) -> bool:
        """Say that the peak is the program's own."""
        return True

    def usage(self) -> Usage:
        """Return what the test has set."""
        return self.used

    def cpu_us(self) -> int:
        """Return what the test has set."""
        return self.used.cpu_us

    def waiting_us(self) -> int:
        """Return what the test has set."""
        return self.waited_us

    def memory_bytes(self) -> int:
        """Return what the test has set."""
        return self.used.memory_bytes


OnRequest = Callable[["FakeGuest", Request, int, bytes], None]


class FakeGuest:
    """The guest's end of the pipes, and the instance that a backend returns."""

    def __init__(self, on_request: OnRequest | None = None) -> None:
        self.id: SandboxId = new_sandbox_id()
        self.cgroup: Any = FakeCgroup()
        self.waiting: Sequence[Waiter] = ()
        self.requests: list[tuple[Request, int, bytes]] = []
        self.destroyed = False
        self._on_request = on_request
        self._in, self.to_guest = os.pipe()
        self.from_guest, self._out = os.pipe()
        for descriptor in (self._in, self.to_guest, self.from_guest):
            os.set_blocking(descriptor, False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._in, self._read)
        self._buffer = b""
        self.ended: asyncio.Future[int] = self._loop.create_future()

    def send(self, event: Event, request_id: int = 0, payload: bytes = b"") -> None:
        """Send an event."""
        self.send_raw(_HEAD.pack(5 + len(payload), event, request_id) + payload)

    def send_raw(self, data: bytes) -> None:
        """Send bytes, whatever they mean."""
        with contextlib.suppress(OSError):
            os.write(self._out, data)

    def ready(self) -> None:
        """Say the agent's first word."""
        self.send(Event.READY, 0, PROTOCOL_VERSION.to_bytes(4, "little"))

    def exit(self, request_id: int, *, status: int = 0, flags: int = 0, peak: int = 0) -> None:
        """Say that a program ended, with a wait(2) status."""
        self.send(Event.EXIT, request_id, _EXIT.pack(status, flags, 0, 0, 0, peak, 0, 0))

    def last_words(self) -> str:
        """Return nothing."""
        return ""

    def hang_up(self) -> None:
        """Close the guest's ends."""
        if not self.ended.done():
            self._loop.remove_reader(self._in)
            os.close(self._in)
            os.close(self._out)
            self.ended.set_result(0)

    async def destroy(self) -> None:
        """Remember that it was destroyed."""
        self.destroyed = True
        self.hang_up()

    def _read(self) -> None:
        data = os.read(self._in, 1 << 16)
        if not data:
            self._loop.remove_reader(self._in)
            return
        self._buffer += data
        while len(self._buffer) >= _HEAD.size:
            length, number, request_id = _HEAD.unpack_from(self._buffer)
            if len(self._buffer) < 4 + length:
                return
            payload = self._buffer[_HEAD.size : 4 + length]
            self._buffer = self._buffer[4 + length :]
            self.requests.append((Request(number), request_id, payload))
            if self._on_request is not None:
                self._on_request(self, Request(number), request_id, payload)
            elif number not in (Request.EXECUTE, Request.SIGNAL):
                self.send(Event.OK, request_id)


class FakeBackend:
    """Makes pretended guests; `guests` are all that were ever made."""

    name = "fake"
    capabilities: frozenset[Capability] = frozenset()
    overhead = Overhead(allowance_bytes=96 * MIB, slack_bytes=48 * MIB)

    def __init__(self, on_request: OnRequest | None = None) -> None:
        self.guests: list[FakeGuest] = []
        self.closed = False
        self.gate = asyncio.Event()
        """Guests say that they are ready only while this is set."""
        self.gate.set()
        self.failures = 0
        """How many of the next starts fail."""
        self._on_request = on_request
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, _: object) -> FakeGuest:
        """Make a guest; it says that it is ready when the gate is open."""
        if self.failures:
            self.failures -= 1
            raise PlatformFaultError("scripted")
        guest = FakeGuest(self._on_request)
        self.guests.append(guest)
        task = asyncio.ensure_future(self._open(guest))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return guest

    async def _open(self, guest: FakeGuest) -> None:
        await self.gate.wait()
        if not guest.ended.done():
            guest.ready()

    @property
    def alive(self) -> list[FakeGuest]:
        """The guests that nobody has destroyed."""
        return [guest for guest in self.guests if not guest.destroyed]

    async def close(self) -> None:
        """Remember it."""
        self.closed = True

    def pool(
        self,
        *,
        size: int = 0,
        total: int = 6,
        max_live: int = 64,
        waiters: Mapping[str, Sequence[Waiter]] = MappingProxyType({}),
    ) -> SandboxPool:
        """Return a real pool on this backend; it knows every template."""
        templates = SimpleNamespace(get=lambda name: SimpleNamespace(name=name, image=Path("/")))
        return SandboxPool(
            cast("Backend", self),
            cast("TemplateStore", templates),
            size=size,
            total=total,
            max_live=max_live,
            waiters=waiters,
        )
