"""What the tests of the platform share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from carrel.testing.platform import Platform, new_platform, platform_on
from carrel.testing.postgresql import new_postgresql_database, running_postgresql


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgresql(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Run a PostgreSQL if `--database` says so; gives the folder of its socket."""
    if request.config.getoption("--database") != "postgresql":
        yield None
        return
    with running_postgresql() as socket:
        yield socket


@pytest.fixture
async def platform(tmp_path: Path, postgresql: str | None) -> AsyncIterator[Platform]:
    """Give a platform with an administrator and nothing else."""
    if postgresql is None:
        async with new_platform(tmp_path / "data") as made:
            yield made
    else:
        async with new_postgresql_database(postgresql, tmp_path) as database:
            yield await platform_on(database)
