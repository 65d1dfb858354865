"""What waits for a client, and what may be shown to it."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from carrel.live.cell import Captured
from carrel.live.line import Text
from carrel.live.messages import BadMessageError, read_completions, text_of
from carrel.live.rich import MAX_DISPLAY, make_safe
from carrel.live.session import Outbox, shown

pytestmark = pytest.mark.quick


def output(text: str, stream: str = "stdout") -> dict[str, Any]:
    return {"type": "output", "stream": stream, "text": text}


def test_output_of_one_stream_joins_what_waits_already() -> None:
    async def work() -> list[dict[str, Any]]:
        outbox = Outbox()
        for message in (output("a"), output("b"), output("c", "stderr"), {"type": "ready"}):
            outbox.put(message)
        outbox.close()
        return [message async for message in outbox]

    assert asyncio.run(work()) == [output("ab"), output("c", "stderr"), {"type": "ready"}]


def test_a_client_that_is_far_behind_is_told_of_and_so_is_its_catching_up() -> None:
    heard: list[bool] = []

    async def work() -> None:
        outbox = Outbox(heard.append)
        for _ in range(20):
            outbox.put(output("x" * 30_000))
        assert heard == [True]
        waiting = asyncio.ensure_future(outbox.room())
        await asyncio.sleep(0)
        assert not waiting.done()
        messages = aiter(outbox)
        while not waiting.done():
            await anext(messages)
            await asyncio.sleep(0)
        assert heard == [True, False]

    asyncio.run(work())


def test_a_client_that_has_taken_many_little_messages_is_not_behind() -> None:
    heard: list[bool] = []

    async def work() -> None:
        outbox = Outbox(heard.append)
        for _ in range(60_000):
            outbox.put(output("x" * 10))
        messages = aiter(outbox)
        taken = 0
        while taken < 600_000:
            taken += len((await anext(messages))["text"])
        assert heard == [True, False]
        await asyncio.wait_for(outbox.room(), 60)

    asyncio.run(work())


def test_nothing_is_taken_after_the_end() -> None:
    async def work() -> list[dict[str, Any]]:
        outbox = Outbox()
        outbox.put({"type": "ready"})
        outbox.close()
        outbox.put({"type": "late"})
        return [message async for message in outbox]

    assert asyncio.run(work()) == [{"type": "ready"}]


def test_what_does_not_fit_is_counted() -> None:
    captured = Captured(5)
    assert captured.take(Text("abc", 3)) == "abc"
    assert captured.take(Text("déf", 4)) == "d"  # half of a character is none
    assert captured.take(Text("g", 1)) == ""
    assert (captured.whole(), captured.left_out) == ("abcd", 3)


def test_half_a_surrogate_pair_is_spelt_out() -> None:
    assert shown("a\ud800b") == "a\\ud800b"


@pytest.mark.parametrize("value", [None, 1, ["x"], "x" * 11, "é" * 6])
def test_a_text_is_a_text_within_its_bound(value: object) -> None:
    with pytest.raises(BadMessageError):
        text_of({"code": value}, "code", 10)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"start": "0", "end": 1, "matches": []},
        {"start": 0, "end": 9, "matches": []},
        {"start": 2, "end": 1, "matches": []},
        {"start": True, "end": 1, "matches": []},
        {"start": 0, "end": 1, "matches": "abc"},
    ],
)
def test_completions_that_are_none_are_dropped(message: dict[str, Any]) -> None:
    assert read_completions(message, 5) is None


def test_only_texts_of_a_sensible_length_are_proposed() -> None:
    message = {"start": 0, "end": 1, "matches": ["a", 5, "b" * 1000, None]}
    assert read_completions(message, 5) == {"start": 0, "end": 1, "matches": ["a"]}


def test_a_table_keeps_its_cells_and_loses_everything_that_acts() -> None:
    html = (
        '<style>td{color:red}</style><table class="page-header" onclick="alert(1)">'
        '<tr><td colspan="2" style="position:fixed">1</td></tr></table>'
        "<script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:alert(1)'>b</a>"
        "<iframe src='//x'></iframe><svg onload=alert(1)><form action=//x><input></form>"
    )
    safe = make_safe("text/html", html)
    assert safe is not None
    assert '<td colspan="2">1</td>' in safe
    for word in ("style", "class", "onclick", "script", "alert", "img", "href", "svg", "form"):
        assert word not in safe


def test_deeply_nested_html_is_made_safe_too() -> None:
    assert make_safe("text/html", "<div>" * 20_000 + "x") is not None


def test_a_picture_is_a_png_in_base64_or_nothing() -> None:
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n and more").decode()
    assert make_safe("image/png", png[:8] + "\n" + png[8:]) == png
    assert make_safe("image/png", base64.b64encode(b"GIF89a").decode()) is None
    assert make_safe("image/png", '"><script>') is None
    assert make_safe("image/png", png + "A" * MAX_DISPLAY) is None
    assert make_safe("image/svg+xml", "<svg/>") is None
