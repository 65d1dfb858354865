"""Where the playground may listen."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from carrel.cli.serve import choose_address, is_loopback
from carrel.core.errors import InvalidValueError

pytestmark = pytest.mark.quick


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "localhost", "::1"])
def test_loopback_is_served(host: str) -> None:
    family, text, port = choose_address(host, 8000, allow_anyone=False)
    assert is_loopback(text)
    assert port == 8000
    assert family in (socket.AF_INET, socket.AF_INET6)


@pytest.mark.parametrize(
    "host",
    [
        "0.0.0.0",  # noqa: S104
        "::",
        "",
        "10.0.0.1",
        "192.168.1.5",
        "::ffff:10.0.0.1",
        "0",
        "2130706434.1",
    ],
)
def test_what_others_reach_is_refused_without_the_second_flag(host: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        choose_address(host, 8000, allow_anyone=False)
    assert repr(host) in str(caught.value)


def test_the_second_flag_allows_it() -> None:
    assert choose_address("0.0.0.0", 1, allow_anyone=True)[1] == "0.0.0.0"  # noqa: S104


def test_a_name_with_one_foreign_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: Any, **__: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 8000))
            for address in ("127.0.0.1", "10.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(InvalidValueError, match=r"10\.0\.0\.1"):
        choose_address("sometimes.example", 8000, allow_anyone=False)


def test_a_name_without_an_address_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="no address"):
        choose_address("no-such-host.invalid", 8000, allow_anyone=False)


@pytest.mark.parametrize(
    ("text", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("fe80::1%eth0", False),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
    ],
)
def test_loopback_is_told_from_the_rest(text: str, loopback: bool) -> None:  # noqa: FBT001
    assert is_loopback(text) is loopback
