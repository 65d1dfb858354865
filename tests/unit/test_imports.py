from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.quick

_FOR_SERVERS = ("alembic", "argon2", "fastapi", "sqlalchemy", "starlette", "typer", "uvicorn")


@pytest.mark.parametrize("names", ["", "; [getattr(carrel, name) for name in carrel.__all__]"])
def test_the_library_loads_no_database_and_no_web_framework(names: str) -> None:
    program = f"import sys, carrel{names}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "carrel" in loaded
    assert loaded.isdisjoint(_FOR_SERVERS)
