"""What the tests of the platform share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from carrel.testing.platform import Platform, new_platform


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def platform(tmp_path: Path) -> AsyncIterator[Platform]:
    """Give a platform with an administrator and nothing else."""
    async with new_platform(tmp_path / "data") as made:
        yield made
