"""Warm sandboxes, ready before they are asked for.

Theory of operation. A sandbox takes about a tenth of a second to start and less
than a millisecond to hand out, so some are kept started per template. What is
handed out belongs to one caller and is destroyed afterwards, never reset for the
next. Warm ones have no limits of their own yet: memory, CPU, disk and lifetime are
set when they are handed out, so that one pool serves every size.

Starting competes with running programs for the CPU. Therefore a sandbox is prepared
at low CPU priority, at most one fewer at a time than there are cores, and not at
all while somebody waits for a place. Places are given in the order of asking.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Protocol

from carrel.core.errors import (
    CarrelError,
    PlatformFaultError,
    SandboxClosedError,
)
from carrel.sandbox.backend import Backend
from carrel.sandbox.limits import SandboxLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.program import Waiter
from carrel.sandbox.templates import Template, TemplateStore

_log = logging.getLogger(__name__)

_START_ATTEMPTS = 3
_REST_S = 10.0


class Lender(Protocol):
    """Hands out sandboxes; the caller destroys them. A pool, or something around one."""

    @property
    def isolation(self) -> str:
        """What isolates its sandboxes, such as `gvisor`."""
        ...

    async def acquire(self, template: str, limits: SandboxLimits | None = None) -> LiveSandbox:
        """Hand out a sandbox; wait for a place."""
        ...

    async def acquire_beside(
        self, template: str, limits: SandboxLimits | None = None
    ) -> LiveSandbox:
        """Hand out a second sandbox to a caller that holds one already."""
        ...


class SandboxPool:
    """Hands out sandboxes; use it from the event loop that made it.

    `size` is how many are kept warm per template that was asked for before,
    `total` bounds the warm ones of all templates, `max_live` those that exist at
    the same time, handed out or warm. `waiters` are the runtimes that wait in warm
    sandboxes, by template; they are started while nothing is lent.
    """

    def __init__(
        self,
        backend: Backend,
        templates: TemplateStore,
        *,
        size: int = 2,
        total: int = 6,
        max_live: int = 64,
        waiters: Mapping[str, Sequence[Waiter]] = MappingProxyType({}),
    ) -> None:
        self.isolation = backend.name
        self.capabilities = backend.capabilities
        self._backend = backend
        self._templates = templates
        self._waiters = waiters
        self._size = min(size, total)
        self._total = total
        self._max_live = max(1, max_live)
        self._warm: dict[str, deque[LiveSandbox]] = {}
        self._lent: set[LiveSandbox] = set()
        self._beside: set[LiveSandbox] = set()
        self._preparing: set[LiveSandbox] = set()
        self._starting = 0
        self._found: dict[str, Template] = {}
        self._warming: Counter[str] = Counter()
        self._resting: dict[str, float] = {}
        self._waiting: deque[tuple[asyncio.Future[None], str]] = deque()
        self._refill: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def warm(self) -> dict[str, int]:
        """How many sandboxes are warm, by template."""
        return {name: len(boxes) for name, boxes in self._warm.items()}

    @property
    def live(self) -> int:
        """How many sandboxes exist: warm, starting and handed out."""
        return self._count_warm() + self._starting + len(self._lent)

    async def acquire(
        self,
        template: str,
        limits: SandboxLimits | None = None,
        *,
        waiters: Sequence[Waiter] = (),
    ) -> LiveSandbox:
        """Hand out a sandbox of `template`; the caller must `destroy` it.

        With `waiters` it is a new one in which these runtimes wait, and no warm one.
        InvalidValueError for an unknown template, TemplateError for one that is not
        built, PlatformFaultError when the machine manages to start none.
        """
        self._check_open()
        limits = limits or SandboxLimits()
        self._backend.overhead.check(limits)
        self._template(template)  # says what is wrong before anybody waits
        await self._take_place(template)
        try:
            box = await self._warm_or_new(template, limits, self._lent, waiters)
        finally:
            self._starting -= 1
            self._wake()
        self._start_refill()
        return box

    async def acquire_beside(
        self, template: str, limits: SandboxLimits | None = None
    ) -> LiveSandbox:
        """Hand out a second sandbox to a caller that holds one already; as `acquire` else.

        It does not wait for a place: if everybody held one and waited for another, nobody
        would ever go on. So there can be twice as many sandboxes as places, at most.
        """
        self._check_open()
        limits = limits or SandboxLimits()
        self._backend.overhead.check(limits)
        self._template(template)
        self._warm.setdefault(template, deque())
        self._starting += 1
        try:
            box = await self._warm_or_new(template, limits, self._beside)
        finally:
            self._starting -= 1
            self._wake()
        self._start_refill()
        return box

    @asynccontextmanager
    async def sandbox(
        self, template: str, limits: SandboxLimits | None = None
    ) -> AsyncIterator[LiveSandbox]:
        """Lend a sandbox for a `with` block."""
        box = await self.acquire(template, limits)
        try:
            yield box
        finally:
            await box.destroy()

    async def prepare(self, template: str) -> None:
        """Wait until one sandbox of `template` is warm (or the pool keeps none)."""
        self._check_open()
        self._template(template)
        self._warm.setdefault(template, deque())
        while self._size and not self._closed and not self._warm[template]:
            if (short := self._short()) is None:
                return
            await self._start_warm(short)

    async def close(self) -> None:
        """Destroy every sandbox, lent ones included, and remove what is left of them."""
        self._closed = True
        for waiter, _ in self._waiting:
            if not waiter.done():
                waiter.set_exception(SandboxClosedError("the pool is shut down"))
        try:
            await self._destroy_all()
        finally:
            await self._backend.close()

    async def _destroy_all(self) -> None:
        if self._refill is not None:
            self._refill.cancel()
            await asyncio.wait({self._refill})
            if not self._refill.cancelled() and (error := self._refill.exception()) is not None:
                _log.error("while warming sandboxes: %s", error)
        # Those that are starting too: nobody is handed a sandbox of a pool that is gone.
        warm = [box for boxes in self._warm.values() for box in boxes]
        boxes = [*self._lent, *self._beside, *self._preparing, *warm]
        self._warm.clear()
        for result in await asyncio.gather(
            *(box.destroy() for box in boxes), *self._background, return_exceptions=True
        ):
            if isinstance(result, Exception):
                _log.error("while shutting down: %s", result)

    # --- places ----------------------------------------------------------------

    async def _take_place(self, template: str) -> None:
        """Wait, in turn, for the right to have one more sandbox. Counts as starting."""
        self._warm.setdefault(template, deque())
        if self._waiting or not self._make_room(template):
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((turn, template))
            try:
                await turn
            except BaseException:
                if (turn, template) in self._waiting:
                    self._waiting.remove((turn, template))
                elif turn.done() and not turn.cancelled() and turn.exception() is None:
                    self._starting -= 1  # the place was given while we were cancelled
                    self._wake()
                raise
        else:
            self._starting += 1

    def _make_room(self, template: str) -> bool:
        """Whether one more of `template` may be lent; a warm one of another may give way."""
        if len(self._lent) + self._starting >= self._max_live:
            return False
        if self.live < self._max_live or self._warm.get(template):
            return True
        for boxes in self._warm.values():
            if boxes:
                self._discard(boxes.popleft())
                return True
        return False

    def _wake(self) -> None:
        while self._waiting and self._make_room(self._waiting[0][1]):
            turn, _ = self._waiting.popleft()
            if not turn.done():
                self._starting += 1
                turn.set_result(None)

    def _returned(self, box: LiveSandbox) -> None:
        self._lent.discard(box)
        self._beside.discard(box)
        self._wake()
        self._start_refill()

    # --- sandboxes ---------------------------------------------------------------

    async def _warm_or_new(
        self,
        template: str,
        limits: SandboxLimits,
        holders: set[LiveSandbox],
        waiters: Sequence[Waiter] = (),
    ) -> LiveSandbox:
        fault: CarrelError | None = None
        attempts = 0
        while attempts < _START_ATTEMPTS:
            self._check_open()
            warm = self._warm[template]
            if warm and not waiters:
                box = warm.popleft()
            else:
                attempts += 1
                try:
                    box = await self._start(template, waiters)
                except PlatformFaultError as error:
                    fault = error
                    continue
            holders.add(box)
            try:
                await box.configure(limits, on_destroyed=lambda box=box: self._returned(box))  # type: ignore[misc]
            except CarrelError as error:
                fault = error
                _log.warning("a sandbox was not healthy at hand-out: %s", error)
                holders.discard(box)
                await box.destroy()
            except BaseException:
                holders.discard(box)
                self._discard(box)
                raise
            else:
                return box
        raise PlatformFaultError(
            f"no sandbox of template {template!r} could be started in {attempts} attempts: {fault}"
        ) from fault

    async def _start(self, template: str, waiters: Sequence[Waiter] = ()) -> LiveSandbox:
        instance = await self._backend.start(self._template(template))
        box = LiveSandbox(
            instance,
            template=template,
            isolation=self._backend.name,
            overhead=self._backend.overhead,
        )
        self._preparing.add(box)
        try:
            self._check_open()
            await box.ready()
            await box.prepare(waiters)
        except BaseException:
            self._discard(box)
            raise
        finally:
            self._preparing.discard(box)
        return box

    def _template(self, name: str) -> Template:
        """Return the template that this pool began with, as long as it is there.

        One built meanwhile may hold an agent that speaks another protocol than this
        process; it is for the next process.
        """
        found = self._found.get(name)
        if found is None or not found.image.exists():
            found = self._found[name] = self._templates.get(name)
        return found

    def _discard(self, box: LiveSandbox) -> None:
        """Destroy a sandbox nobody waits for."""
        task = asyncio.ensure_future(box.destroy())
        self._background.add(task)
        task.add_done_callback(self._discarded)

    def _discarded(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("cannot remove a sandbox: %s", error)

    # --- refill ------------------------------------------------------------------

    def _count_warm(self) -> int:
        return sum(len(boxes) for boxes in self._warm.values())

    def _have(self, name: str) -> int:
        """How many sandboxes of a template are warm or being warmed."""
        return len(self._warm[name]) + self._warming[name]

    def _short(self) -> str | None:
        """Return the template that is shortest of warm sandboxes, if one may be started."""
        if self._closed or self._waiting or self.live >= self._max_live:
            return None
        if sum(map(self._have, self._warm)) >= self._total:
            return None
        now = asyncio.get_running_loop().time()
        able = [name for name in self._warm if self._resting.get(name, 0.0) <= now]
        name = min(able, key=self._have, default=None)
        return name if name is not None and self._have(name) < self._size else None

    def _start_refill(self) -> None:
        if self._refill is None or self._refill.done():
            if self._short() is None and self._unprepared() is None:
                return
            self._refill = asyncio.ensure_future(self._refill_all())

    async def _refill_all(self) -> None:
        workers = max(1, (os.cpu_count() or 1) - 1)
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._refill_some())

    async def _refill_some(self) -> None:
        while (name := self._short()) is not None:
            try:
                await self._start_warm(name)
            except (CarrelError, OSError) as error:
                # The others are warmed meanwhile; this one is tried again when a
                # sandbox is next handed out or returned after the rest.
                _log.warning("cannot warm a sandbox of template %r: %s", name, error)
                self._resting[name] = asyncio.get_running_loop().time() + _REST_S
        while (box := self._unprepared()) is not None:
            try:
                await self._prepare_warm(box)
            except (CarrelError, OSError) as error:
                _log.warning("a warm sandbox of %r was lost: %s", box.template, error)

    def _unprepared(self) -> LiveSandbox | None:
        """Return a warm sandbox in which runtimes are still to be started, if it may be now.

        That takes more CPU time than anything else here, so programs go first.
        """
        if self._closed or not self._is_idle():
            return None
        warm = (box for name in self._waiters for box in self._warm.get(name, ()))
        return next((box for box in warm if not box.prepared), None)

    def _is_idle(self) -> bool:
        return not (self._lent or self._beside or self._waiting)

    async def _prepare_warm(self, box: LiveSandbox) -> None:
        name = box.template
        self._warm[name].remove(box)
        self._starting += 1
        self._warming[name] += 1
        self._preparing.add(box)
        box.wake()
        try:
            await box.prepare(self._waiters[name])
        except BaseException:
            self._discard(box)
            raise
        finally:
            self._preparing.discard(box)
            self._starting -= 1
            self._warming[name] -= 1
            self._wake()
        self._keep(box)

    async def _start_warm(self, name: str) -> None:
        self._starting += 1
        self._warming[name] += 1
        try:
            box = await self._start(name, self._waiters.get(name, ()) if self._is_idle() else ())
        finally:
            self._starting -= 1
            self._warming[name] -= 1
        self._keep(box)

    def _keep(self, box: LiveSandbox) -> None:
        if self._closed:
            self._discard(box)
        else:
            box.rest()
            self._warm[box.template].append(box)

    def _check_open(self) -> None:
        if self._closed:
            raise SandboxClosedError("the pool is shut down")
