"""The line between a session's program and the host: hostile bytes included."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.live.line import MAX_MESSAGE, MAX_PIECE, BrokenLineError, LineDecoder, Text, request

pytestmark = pytest.mark.quick

MARK = "0123456789abcdef"
HEAD = b"\0" + MARK.encode()


def message(content: object) -> bytes:
    return HEAD + b"." + json.dumps(content).encode() + b"\n"


def read(data: bytes, size: int | None = None) -> tuple[str, list[dict[str, Any]]]:
    decoder = LineDecoder(MARK)
    text, messages = "", []
    for start in range(0, len(data), size or max(1, len(data))):
        for item in decoder.feed(data[start : start + (size or len(data))]):
            if isinstance(item, Text):
                text += item.text
            else:
                messages.append(item)
    return text, messages


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_text_and_messages_are_told_apart_however_they_come(size: int) -> None:
    data = "é1\n".encode() + message({"t": "done", "id": 1}) + b"2\0x" + message({"t": "ready"})
    assert read(data, size) == ("é1\n2\0x", [{"t": "done", "id": 1}, {"t": "ready"}])


def test_a_long_message_comes_in_pieces() -> None:
    whole = json.dumps({"t": "display", "data": "x" * 10_000}).encode()
    pieces = [whole[at : at + 3000] for at in range(0, len(whole), 3000)]
    data = b"".join(HEAD + b"+" + piece + b"\n" for piece in pieces[:-1])
    assert read(data + HEAD + b"." + pieces[-1] + b"\n")[1][0]["data"] == "x" * 10_000


def test_bytes_that_are_no_text_are_spelt_out() -> None:
    assert read(b"a\xffb")[0] == "a\\xffb"


def test_half_a_mark_at_the_end_is_held_back_and_given_when_it_is_none() -> None:
    decoder = LineDecoder(MARK)
    assert decoder.feed(b"a" + HEAD[:5]) == [Text("a", 1)]
    assert decoder.feed(b"!") == [Text(HEAD[:5].decode() + "!", 6)]


@pytest.mark.parametrize(
    "data",
    [
        HEAD + b"." + b"x" * (MAX_PIECE + 1),
        HEAD + b"." + b"x" * (2 * MAX_PIECE) + b"\n",
        HEAD + b"?{}\n",
        HEAD + b"\n",
        HEAD + b".\n",
        HEAD + b".nonsense\n",
        HEAD + b".[1]\n",
        HEAD + b'.{"t": 1}\n',
        HEAD + b'.{"id": 1}\n',
        HEAD + b"." + b"[" * 4000 + b"\n",
        HEAD + b'.{"t": "\xff"}\n',
        HEAD + b'.{"t": "ready", "id": ' + b"9" * 4000 + b"0" * 90 + b"}\n" + HEAD + b".\n",
    ],
)
def test_what_is_no_message_breaks_the_line_for_good(data: bytes) -> None:
    decoder = LineDecoder(MARK)
    with pytest.raises(BrokenLineError):
        decoder.feed(data)
    with pytest.raises(BrokenLineError):
        decoder.feed(b"text")


def test_a_message_has_a_bound() -> None:
    decoder = LineDecoder(MARK)
    piece = HEAD + b"+" + b"x" * 4000 + b"\n"
    for _ in range(MAX_MESSAGE // 4000):
        assert decoder.feed(piece) == []
    with pytest.raises(BrokenLineError):
        decoder.feed(piece)


@given(st.lists(st.one_of(st.binary(max_size=40), st.just(HEAD), st.just(HEAD + b"."))))
def test_no_bytes_do_anything_but_text_messages_or_a_broken_line(pieces: list[bytes]) -> None:
    decoder = LineDecoder(MARK)
    for piece in pieces:
        try:
            found = decoder.feed(piece)
        except BrokenLineError:
            return
        assert all(isinstance(item, Text) or isinstance(item["t"], str) for item in found)


@given(st.text())
def test_text_comes_through_as_it_is(text: str) -> None:
    written = text.encode("utf-8", "backslashreplace")
    assert read(written + message({"t": "done"}))[0] == written.decode()


def test_a_request_is_one_line_whatever_it_holds() -> None:
    assert request(do="execute", code="a\nb\u2028\ud800").count(b"\n") == 1
