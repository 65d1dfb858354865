"""The host's end of the line to a guest agent.

Everything that arrives is hostile: it is bounded by the decoder, checked against
the state table, and at the first breach the channel breaks for good. A broken
channel fails every open request with SandboxLostError; the sandbox must then be
destroyed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from carrel.core.errors import SandboxFileError, SandboxLostError
from carrel.wire import messages
from carrel.wire.frames import EventDecoder, Frame, encode_request
from carrel.wire.messages import Event, ProtocolError, Request
from carrel.wire.state import Conversation, State

_READ_SIZE = 256 * 1024


class GuestError(SandboxFileError):
    """The guest refused a request; `errno` is Linux's, `strerror` its meaning."""

    def __init__(self, number: int, words: str) -> None:
        super().__init__(number, os.strerror(number), words)


class _Pending:
    """One open request: where its data goes and who waits for its end."""

    def __init__(self, on_event: Callable[[Frame], None] | None) -> None:
        self.on_event = on_event
        self.answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()


class GuestChannel:
    """Requests to one guest agent; use it from the event loop that made it.

    `to_guest` and `from_guest` are non-blocking descriptors; the channel closes
    them. With `wake_every_s` the guest is sent a PING that often while it has something
    to do: one whose machine may sleep through its own timers goes on then.
    """

    def __init__(
        self, to_guest: int, from_guest: int, *, wake_every_s: float | None = None
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._to_guest = to_guest
        self._from_guest = from_guest
        self._decoder = EventDecoder()
        self._conversation = Conversation()
        self._pending: dict[int, _Pending] = {}
        self._outgoing = bytearray()
        self._wake_every_s = wake_every_s
        self._alarm: asyncio.TimerHandle | None = None
        self._woken: asyncio.Future[Frame] | None = None
        self.ready: asyncio.Future[int] = self._loop.create_future()
        self.broken: asyncio.Future[str] = self._loop.create_future()
        self._loop.add_reader(from_guest, self._on_readable)

    def begin(
        self,
        request: Request,
        payload: bytes = b"",
        *,
        on_event: Callable[[Frame], None] | None = None,
    ) -> tuple[int, asyncio.Future[Frame]]:
        """Send a request; returns its id and the future of its last event.

        `on_event` receives the events before the last one, as they arrive.
        """
        if self.broken.done():
            raise SandboxLostError(self.broken.result())
        request_id = self._conversation.begin(request)
        frame = encode_request(request, request_id, payload)
        pending = self._pending[request_id] = _Pending(on_event)
        self._send(frame)
        if self._wake_every_s is not None and self._alarm is None:
            self._alarm = self._loop.call_later(self._wake_every_s, self._wake)
        return request_id, pending.answer

    def _wake(self) -> None:
        """Send a PING for as long as something is open, one at a time."""
        self._alarm = None
        if self.broken.done() or self._wake_every_s is None or not self._pending:
            return
        if self._woken is None or self._woken.done():
            _, self._woken = self.begin(Request.PING)
        else:  # a machine that is stopped answers later
            self._alarm = self._loop.call_later(self._wake_every_s, self._wake)

    async def ask(self, request: Request, payload: bytes = b"", *, within_s: float = 30.0) -> bytes:
        """Send a request and return the payload of its OK.

        Raises GuestError when the guest refuses, SandboxLostError when it does not
        answer `within_s` seconds.
        """
        _, answer = self.begin(request, payload)
        return await self._answered(answer, within_s)

    async def ask_content(
        self, request: Request, payload: bytes, *, max_bytes: int, within_s: float = 60.0
    ) -> list[bytes]:
        """Send a request and return the pieces of content that it is answered with."""
        pieces: list[bytes] = []
        size = 0

        def collect(frame: Frame) -> None:
            nonlocal size
            if not frame.payload:  # it would count as nothing, and they could be endless
                raise ProtocolError("the guest sent a piece of content without content")
            size += len(frame.payload)
            if size > max_bytes:
                raise ProtocolError(f"the guest sent more than the {max_bytes} bytes asked for")
            pieces.append(frame.payload)

        _, answer = self.begin(request, payload, on_event=collect)
        await self._answered(answer, within_s)
        return pieces

    async def _answered(self, answer: asyncio.Future[Frame], within_s: float) -> bytes:
        try:
            async with asyncio.timeout(within_s):
                frame = await answer
        except TimeoutError:
            self.fail(f"the guest agent did not answer within {within_s:g} s")
            raise SandboxLostError(self.broken.result()) from None
        if frame.event is Event.ERROR:
            try:
                raise GuestError(*messages.parse_error(frame.payload))
            except ProtocolError as error:
                self.fail(str(error))
                raise SandboxLostError(str(error)) from error
        return frame.payload

    def tell(self, request: Request, request_id: int, payload: bytes = b"") -> None:
        """Send a request that has no answer of its own, about the request `request_id`."""
        if not self.broken.done():
            self._send(encode_request(request, request_id, payload))

    def pause(self) -> None:
        """Read nothing more until `resume`; the guest is slowed down when its pipe is full."""
        if not self.broken.done():
            self._loop.remove_reader(self._from_guest)

    def resume(self) -> None:
        """Read on."""
        if not self.broken.done():
            self._loop.add_reader(self._from_guest, self._on_readable)

    def fail(self, reason: str) -> None:
        """Break the channel: every open and later request fails with `reason`."""
        if self.broken.done():
            return
        self.broken.set_result(reason)
        self._loop.remove_reader(self._from_guest)
        self._loop.remove_writer(self._to_guest)
        os.close(self._from_guest)
        os.close(self._to_guest)
        self._outgoing.clear()
        error = SandboxLostError(reason)
        for pending in self._pending.values():
            if not pending.answer.done():
                pending.answer.set_exception(error)
                pending.answer.exception()  # seen: a waiter that gave up is no news
        self._pending.clear()
        if not self.ready.done():
            self.ready.set_exception(error)
            self.ready.exception()

    def _send(self, data: bytes) -> None:
        if not self._outgoing:
            try:
                sent = os.write(self._to_guest, data)
            except BlockingIOError:
                sent = 0
            except OSError:
                # The reading side tells the reason: end of file comes with its cause.
                return
            if sent == len(data):
                return
            data = data[sent:]
            self._loop.add_writer(self._to_guest, self._on_writable)
        self._outgoing += data

    def _on_writable(self) -> None:
        try:
            sent = os.write(self._to_guest, memoryview(self._outgoing)[:_READ_SIZE])
        except BlockingIOError:
            return
        except OSError:
            sent = len(self._outgoing)
        del self._outgoing[:sent]
        if not self._outgoing:
            self._loop.remove_writer(self._to_guest)

    def _on_readable(self) -> None:
        try:
            data = os.read(self._from_guest, _READ_SIZE)
        except BlockingIOError:
            return
        except OSError as error:
            self.fail(f"the line to the sandbox broke: {error}")
            return
        if not data:
            self.fail("the sandbox ended")
            return
        try:
            for frame in self._decoder.feed(data):
                self._take(frame)
        except ProtocolError as error:
            self.fail(str(error))
        except Exception as error:
            self.fail(f"an answer of the sandbox could not be handled: {error!r}")
            raise

    def _take(self, frame: Frame) -> None:
        if self.broken.done():
            return
        state = self._conversation.receive(frame.event, frame.request_id)
        if frame.event is Event.READY:
            version = messages.parse_u32(frame.payload)
            if version != messages.PROTOCOL_VERSION:
                raise ProtocolError(f"the guest agent speaks version {version} of the protocol")
            self.ready.set_result(version)
            return
        pending = self._pending[frame.request_id]
        if state is State.DONE:
            del self._pending[frame.request_id]
            if not pending.answer.done():
                pending.answer.set_result(frame)
        elif pending.on_event is not None:
            pending.on_event(frame)
