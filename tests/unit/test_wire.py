"""The protocol without I/O: whatever a guest sends, the host neither breaks nor swells."""

from __future__ import annotations

import itertools
import re
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from carrel.core.errors import CarrelError
from carrel.sandbox.channel import GuestError
from carrel.wire import messages
from carrel.wire.frames import EventDecoder, Frame, encode_request
from carrel.wire.messages import EVENT_MAX, Event, ProtocolError, Request
from carrel.wire.state import KINDS, TABLE, Conversation, Kind, State

pytestmark = pytest.mark.quick

FRAMES = st.lists(
    st.builds(Frame, st.sampled_from(Event), st.integers(0, 2**32 - 1), st.binary(max_size=300)),
    max_size=20,
)


def encode(frames: list[Frame]) -> bytes:
    return b"".join(
        (5 + len(f.payload)).to_bytes(4, "little")
        + bytes([f.event])
        + f.request_id.to_bytes(4, "little")
        + f.payload
        for f in frames
    )


def chunked(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in itertools.pairwise(places)]


@given(FRAMES, st.lists(st.integers(0, 10**6), max_size=30))
def test_any_chunking_of_a_stream_gives_the_same_events(
    frames: list[Frame], cuts: list[int]
) -> None:
    decoder = EventDecoder()
    found = [frame for chunk in chunked(encode(frames), cuts) for frame in decoder.feed(chunk)]
    assert found == frames
    assert decoder.buffered == 0


@given(st.binary(max_size=4000), st.lists(st.integers(0, 10**6), max_size=30))
def test_arbitrary_bytes_are_refused_or_waited_for(data: bytes, cuts: list[int]) -> None:
    decoder = EventDecoder()
    broken = False
    for chunk in chunked(data, cuts):
        try:
            decoder.feed(chunk)
            assert not broken, "a broken stream was believed again"
        except ProtocolError:
            broken = True
            assert decoder.buffered == 0
        assert decoder.buffered <= EVENT_MAX + 4


@given(FRAMES, st.binary(min_size=9, max_size=64))
def test_a_breach_after_good_events_stays_a_breach(frames: list[Frame], rest: bytes) -> None:
    decoder = EventDecoder()
    decoder.feed(encode(frames))
    with pytest.raises(ProtocolError):
        decoder.feed(b"\xff\xff\xff\x7f" + rest)
    with pytest.raises(ProtocolError):
        decoder.feed(encode(frames))


@pytest.mark.parametrize("length", [0, 4, EVENT_MAX + 1, 2**32 - 1])
def test_a_length_out_of_bounds_is_refused_before_any_payload_is_kept(length: int) -> None:
    decoder = EventDecoder()
    with pytest.raises(ProtocolError, match=str(length)):
        decoder.feed(length.to_bytes(4, "little") + b"\x82" + bytes(4))


def test_a_request_beyond_the_limit_is_not_encoded() -> None:
    with pytest.raises(ValueError, match="longer than"):
        encode_request(Request.PUT, 1, bytes(messages.REQUEST_MAX))


@given(st.binary(max_size=600))
def test_parsers_raise_nothing_but_protocol_errors(payload: bytes) -> None:
    for parse in (
        messages.parse_u32,
        messages.parse_error,
        messages.parse_entry,
        messages.parse_exit,
    ):
        try:
            parse(payload)
        except ProtocolError:
            continue


@given(st.binary(min_size=4, max_size=300))
def test_any_error_a_guest_sends_becomes_a_carrel_error(payload: bytes) -> None:
    try:
        number, words = messages.parse_error(payload)
    except ProtocolError:
        return
    assert isinstance(GuestError(number, words), CarrelError)


@given(
    st.binary(max_size=300),
    st.tuples(*[st.integers(0, 2**32 - 1)] * 2),
    st.integers(0, 2**64 - 1),
    st.integers(-(2**63), 2**63 - 1),
)
def test_an_entry_never_has_a_name_that_leads_elsewhere(
    name: bytes, numbers: tuple[int, int], size: int, modified: int
) -> None:
    payload = struct.pack("<IIQqI", *numbers, size, modified, len(name)) + name
    try:
        entry = messages.parse_entry(payload)
    except ProtocolError:
        return
    assert "/" not in entry.name
    assert "\0" not in entry.name
    assert entry.name not in {".", ".."}
    assert len(name) <= 255


class Conversations(RuleBasedStateMachine):
    """A conversation against a model that is nothing but the table."""

    def __init__(self) -> None:
        super().__init__()
        self.real = Conversation()
        self.ready = False
        self.model: dict[int, tuple[Kind, State]] = {}

    @rule(request=st.sampled_from(Request))
    def begin(self, request: Request) -> None:
        if KINDS[request] is Kind.SILENT:
            with pytest.raises(ValueError, match="no answer"):
                self.real.begin(request)
            return
        request_id = self.real.begin(request)
        assert request_id not in self.model
        assert 0 < request_id < 2**32
        self.model[request_id] = (KINDS[request], State.WAITING)

    @rule(event=st.sampled_from(Event), request_id=st.integers(0, 12))
    def receive(self, event: Event, request_id: int) -> None:
        expected: State | None
        if event is Event.READY:
            expected = State.DONE if not self.ready and request_id == 0 else None
        elif not self.ready or request_id not in self.model:
            expected = None
        else:
            expected = TABLE.get((*self.model[request_id], event))
        if expected is None:
            with pytest.raises(ProtocolError):
                self.real.receive(event, request_id)
            return
        assert self.real.receive(event, request_id) is expected
        if event is Event.READY:
            self.ready = True
        elif expected is State.DONE:
            del self.model[request_id]
        else:
            self.model[request_id] = (self.model[request_id][0], expected)

    @invariant()
    def open_requests_are_counted(self) -> None:
        assert self.real.open_requests == len(self.model)


TestConversations = Conversations.TestCase


HEADER = Path(messages.__file__).parent.parent / "guest" / "agent.h"


@pytest.mark.parametrize(
    ("prefix", "numbers"),
    [
        ("REQ_", Request),
        ("EV_", Event),
        ("ID_", messages.WireIdentity),
        ("PUT_", [flag for flag in messages.PutFlag if flag]),
    ],
)
def test_the_guests_header_has_the_same_numbers(prefix: str, numbers: list[Event]) -> None:
    found = re.findall(rf"^\s*{prefix}(\w+) = (\w+)", HEADER.read_text(), re.MULTILINE)
    found += re.findall(rf"[{{,]\s*{prefix}(\w+) = (\w+)", HEADER.read_text())
    assert {name: int(value, 0) for name, value in found} == {n.name: n.value for n in numbers}


def test_the_guests_header_has_the_same_bounds() -> None:
    text = HEADER.read_text()
    frame = re.search(r"FRAME_MAX \((\d+)u \* 1024 \* 1024\)", text)
    chunk = re.search(r"CHUNK_MAX \((\d+)u \* 1024\)", text)
    version = re.search(r"PROTOCOL_VERSION (\d+)", text)
    assert frame
    assert chunk
    assert version
    assert int(frame[1]) * 2**20 == messages.REQUEST_MAX
    assert int(chunk[1]) * 2**10 < EVENT_MAX
    assert int(version[1]) == messages.PROTOCOL_VERSION
