"""The background loop, where no sandbox is needed to see what it does."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from carrel.facade import portal

pytestmark = pytest.mark.quick


def test_a_loop_that_cannot_start_is_an_error_and_nobody_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_loop(*_: Any) -> None:
        raise OSError("no descriptors are left")

    monkeypatch.setattr(anyio, "run", no_loop)
    with pytest.raises(OSError, match="no descriptors are left"):
        portal._Portal()
