"""A running sandbox, as the rest of carrel uses it."""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from carrel.core.errors import (
    PlatformFaultError,
    SandboxClosedError,
    SandboxFileError,
    SandboxLostError,
)
from carrel.core.sizes import MIB
from carrel.sandbox.backend import Instance, Overhead
from carrel.sandbox.cgroups import Usage
from carrel.sandbox.channel import GuestChannel
from carrel.sandbox.limits import SandboxLimits
from carrel.sandbox.program import Execution, Identity, Program, Waiter
from carrel.sandbox.requests import execute_payload, path_of
from carrel.sandbox.run import OutputCallback, Run
from carrel.sandbox.waiting import start_waiting
from carrel.wire import messages
from carrel.wire.messages import FileEntry, PutFlag, Request

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

START_TIMEOUT_S = 30.0
_HOST_PROCESSES = 1024
_SETTLED_BYTES = 16 * MIB
_WAKE_EVERY_S = 0.1
"""A clone of an emulated machine misses a timer now and then (2 of 160 by their first request)
and sleeps until something else wakes it."""

_SETTLE_S = 0.5
_SETTLE_STEP_S = 0.002


class LiveSandbox:
    """One sandbox; made by `SandboxPool.acquire`, used from the pool's event loop."""

    def __init__(
        self, instance: Instance, *, template: str, isolation: str, overhead: Overhead
    ) -> None:
        self.id = instance.id
        self.template = template
        self.isolation = isolation
        self.overhead = overhead
        self.limits = SandboxLimits()
        self._instance = instance
        self._channel = GuestChannel(
            instance.to_guest,
            instance.from_guest,
            wake_every_s=None if overhead.machine_bytes is None else _WAKE_EVERY_S,
        )
        self._idle_bytes = 0
        self._closing: str | None = None
        self._lost: str | None = None
        self._memory_cap = 0
        self._waiting = [(waiter, 0) for waiter in instance.waiting]
        self.prepared = bool(self._waiting)
        self._allowance_bytes = overhead.allowance_bytes
        self._lifetime: asyncio.TimerHandle | None = None
        self._on_destroyed: Callable[[], None] | None = None
        self._destroyed: asyncio.Task[None] | None = None

    async def ready(self) -> None:
        """Wait for the agent's first word; PlatformFaultError with the technology's last."""
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await asyncio.shield(self._channel.ready)
        except (TimeoutError, SandboxLostError) as error:
            words = self._instance.last_words() or "it wrote nothing to its log"
            await self.destroy()
            raise PlatformFaultError(
                f"a sandbox of template {self.template!r} did not start: {words}"
            ) from error

    async def prepare(self, waiters: Sequence[Waiter]) -> None:
        """Start programs that wait, before `configure`: an EXECUTE that one takes need not start.

        SandboxLostError when the sandbox went with one.
        """
        self.prepared = bool(waiters)
        for waiter in waiters:
            before = self._held_bytes()
            if not await start_waiting(self._channel, waiter):
                continue
            held = max(0, self._held_bytes() - before)
            self._waiting.append((waiter, held))
            self._allowance_bytes += held

    def _held_bytes(self) -> int:
        usage = self._instance.cgroup.usage()
        return usage.memory_bytes - usage.file_bytes

    def rest(self) -> None:
        """Stop the whole sandbox, so that waiting in a pool costs no CPU; `configure` wakes it.

        gVisor's kernel uses a twentieth of a core even while nothing runs in it.
        """
        self._instance.cgroup.signal(signal.SIGSTOP)

    def wake(self) -> None:
        """Let a sandbox go on that rests."""
        self._instance.cgroup.signal(signal.SIGCONT)

    async def configure(
        self, limits: SandboxLimits, *, on_destroyed: Callable[[], None] | None = None
    ) -> None:
        """Set the limits and make it the caller's; also the health check before hand-out."""
        self.wake()
        inside = self.overhead.machine_bytes or limits.memory_bytes + limits.disk_bytes
        self._memory_cap = inside + self._allowance_bytes
        self._instance.cgroup.limit(
            memory_bytes=self._memory_cap,
            cpu=limits.cpu,
            processes=_HOST_PROCESSES,
        )
        self._instance.cgroup.set_low_priority(False)
        payload = messages.configure(
            disk_bytes=limits.disk_bytes, unix_ns=time.time_ns(), seed=secrets.token_bytes(32)
        )
        await self._channel.ask(Request.CONFIGURE, payload, within_s=10.0)
        self.limits = limits
        self._idle_bytes = self._held_bytes()
        self._on_destroyed = on_destroyed
        self._lifetime = asyncio.get_running_loop().call_later(
            limits.lifetime_s, self._end_of_life, limits.lifetime_s
        )

    @property
    def is_alive(self) -> bool:
        """Whether the sandbox can still be used."""
        return self._closing is None and not self._channel.broken.done()

    # --- files -----------------------------------------------------------------

    async def write_file(
        self, path: str, data: bytes, *, readonly: bool = False, executable: bool = False
    ) -> None:
        """Write a whole file; parents are made. Programs cannot change a `readonly` one.

        Raises InvalidValueError for an impossible path, SandboxFileError (an OSError
        with `errno`) when it cannot be written, e.g. ENOSPC at the disk limit.
        """
        raw = path_of(path)
        flags = PutFlag.READONLY if readonly else PutFlag.NONE
        if executable:
            flags |= PutFlag.EXECUTABLE
        for start in range(0, max(len(data), 1), messages.BLOB_MAX):
            piece = data[start : start + messages.BLOB_MAX]
            more = PutFlag.APPEND if start else PutFlag.NONE
            try:
                await self._ask(Request.PUT, messages.put(raw, piece, flags | more))
            except SandboxFileError:
                if start:  # half a file is no file
                    await self.remove(path)
                raise

    async def read_file(self, path: str, *, max_bytes: int = 16 * MIB) -> bytes:
        """Return a regular file's content; a file longer than `max_bytes` is refused (EFBIG).

        Symbolic links, FIFOs, sockets and devices that a program left are refused.
        """
        self._check_open()
        payload = messages.get(path_of(path), max_bytes)
        return b"".join(
            await self._guarded(
                self._channel.ask_content(Request.GET, payload, max_bytes=max_bytes)
            )
        )

    async def list_directory(self, path: str) -> list[FileEntry]:
        """Return the entries of a directory, sorted by name; at most 10,000."""
        self._check_open()
        payload = messages.on_path(path_of(path))
        pieces = await self._guarded(
            self._channel.ask_content(Request.LIST, payload, max_bytes=8 * MIB)
        )
        return sorted((self._parse_entry(piece) for piece in pieces), key=lambda entry: entry.name)

    async def stat(self, path: str) -> FileEntry:
        """Return what `path` is, without following a link; ENOENT when it is not there."""
        return self._parse_entry(await self._ask(Request.STAT, messages.on_path(path_of(path))))

    async def make_directory(self, path: str) -> None:
        """Make a directory and its parents; it may exist already."""
        await self._ask(Request.MKDIR, messages.on_path(path_of(path)))

    async def remove(self, path: str) -> None:
        """Remove a file, or a directory with all that is in it."""
        await self._ask(Request.REMOVE, messages.on_path(path_of(path)))

    # --- programs --------------------------------------------------------------

    def start(
        self,
        program: Program,
        *,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        before: Usage | None = None,
        passed_on: bool = False,
    ) -> Run:
        """Start a program; `Run.wait` gives its end. InvalidValueError for impossible values.

        `before` spares measuring what was used so far, where that has just been done;
        `passed_on` is for a program that somebody talks to, see `Run`.
        """
        self._check_open()
        limits = program.limits
        memory = min(limits.memory_bytes or self.limits.memory_bytes, self.limits.memory_bytes)
        with_files = memory + self.limits.disk_bytes
        has_machine = self.overhead.machine_bytes is not None
        taken = next((each for each in self._waiting if each[0].takes(program)), None)
        payload = execute_payload(
            program,
            taken[0].name if taken else "",
            memory_bytes=with_files if has_machine else 0,
            slowdown=self.overhead.slowdown,
        )
        if not has_machine:
            self._cap_memory(with_files + self._allowance_bytes)
        if taken:  # what it held is gone when the next program starts
            self._waiting.remove(taken)
            self._allowance_bytes -= taken[1]
            self._idle_bytes -= taken[1]
        return Run(
            self._channel,
            self._instance.cgroup,
            payload,
            limits,
            cores=self.limits.cpu,
            memory_bytes=memory,
            disk_bytes=self.limits.disk_bytes,
            overhead=self.overhead,
            before=before,
            passed_on=passed_on,
            on_stdout=on_stdout,
            on_stderr=on_stderr,
        )

    async def execute(
        self,
        program: Program,
        *,
        on_stdout: OutputCallback | None = None,
        on_stderr: OutputCallback | None = None,
        on_start: Callable[[Run], None] | None = None,
        passed_on: bool = False,
    ) -> Execution:
        """Run a program to its end. SandboxLostError when the sandbox itself failed.

        `on_start` is given the run, for a program whose `stdin` is None; `passed_on` as for
        `start`.
        """
        self._check_open()
        before = None if program.identity is Identity.STUDENT else await self._settle()

        async def run() -> Execution:
            running = self.start(
                program,
                on_stdout=on_stdout,
                on_stderr=on_stderr,
                before=before,
                passed_on=passed_on,
            )
            if on_start is not None:
                on_start(running)
            return await running.wait()

        execution = await self._guarded(run())
        if execution.sandbox_lost:
            await self.destroy("the sandbox ended with a program that exceeded its limits")
        return execution

    def _cap_memory(self, cap: int) -> None:
        """Let the whole sandbox use no more than this program may.

        A compiler is given more than a test, and what is left of that difference
        would let a program take much more of the machine than its limit before the
        kernel stops it.
        """
        if cap == self._memory_cap:
            return
        cgroup = self._instance.cgroup
        if cap < self._memory_cap and cgroup.usage().memory_bytes > cap:
            return  # files of the compiler: the sandbox's own limit holds
        cgroup.limit_memory(cap)
        self._memory_cap = cap

    async def _settle(self) -> Usage:
        """Wait until the memory of the program before has been given back; return what is used.

        gVisor does that in the background, about 7 MB per ms. What it still held would
        be taken for memory that was there before, and the next program could use as
        much unnoticed. What stays for longer is files that a compiler wrote.
        """
        deadline = time.monotonic() + _SETTLE_S
        while True:
            usage = self._instance.cgroup.usage()
            used = usage.memory_bytes - usage.file_bytes
            if self.overhead.machine_bytes is not None:
                return usage  # its own kernel knows whose memory is whose
            if used <= self._idle_bytes + _SETTLED_BYTES:
                self._idle_bytes = min(self._idle_bytes, used)
                return usage
            if time.monotonic() >= deadline:
                self._idle_bytes = used
                return usage
            await asyncio.sleep(_SETTLE_STEP_S)

    async def kill_all(self) -> None:
        """Kill every program in the sandbox."""
        await self._ask(Request.KILL_ALL)

    async def reset(self) -> None:
        """Kill every program and remove every file that was written."""
        await self._ask(Request.RESET)

    def usage(self) -> Usage:
        """Return what the whole sandbox has used so far, as the host measures it."""
        return self._instance.cgroup.usage()

    def waiting_us(self) -> int:
        """Return how long its living threads have waited for a free core, in µs."""
        return self._instance.cgroup.waiting_us()

    def host_processes(self) -> list[int]:
        """Return the ids of the host's processes that make up the sandbox."""
        return self._instance.cgroup.processes()

    # --- its end ---------------------------------------------------------------

    async def destroy(self, reason: str = "the sandbox was killed") -> None:
        """End the sandbox and remove every trace of it; idempotent.

        `reason` is told to whoever uses it afterwards.
        """
        if self._destroyed is None:
            self._closing = self._closing or reason
            self._destroyed = asyncio.ensure_future(self._destroy())
        await asyncio.shield(self._destroyed)

    async def _destroy(self) -> None:
        if self._lifetime is not None:
            self._lifetime.cancel()
        self._channel.fail(self._closing or "")
        try:
            await self._instance.destroy()
        finally:
            if self._on_destroyed is not None:
                self._on_destroyed()

    def _end_of_life(self, lifetime_s: float) -> None:
        self._closing = f"the sandbox reached its lifetime of {lifetime_s:g} s"
        _log.info("sandbox %s: %s", self.id, self._closing)
        task = asyncio.ensure_future(self.destroy())
        task.add_done_callback(_log_failure)

    # --- inside ----------------------------------------------------------------

    def _check_open(self) -> None:
        if self._closing is not None:
            raise SandboxClosedError(f"{self._closing}; make a new one")

    async def _ask(self, request: Request, payload: bytes = b"") -> bytes:
        self._check_open()
        return await self._guarded(self._channel.ask(request, payload))

    async def _guarded(self, work: Awaitable[_T]) -> _T:
        """Tell a sandbox that we ended from one that we lost."""
        try:
            return await work
        except SandboxLostError as error:
            if self._lost is None and self._closing is not None:
                raise SandboxClosedError(f"{self._closing}; make a new one") from error
            if self._lost is None:
                words = self._instance.last_words()
                self._lost = f"{error}{': ' + words if words else ''}"
                await self.destroy(f"the sandbox was lost ({error})")
            raise SandboxLostError(self._lost) from error

    def _parse_entry(self, payload: bytes) -> FileEntry:
        try:
            return messages.parse_entry(payload)
        except messages.ProtocolError as error:
            self._channel.fail(str(error))
            raise SandboxLostError(str(error)) from error


def _log_failure(task: asyncio.Future[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("cannot remove a sandbox: %s", error)
