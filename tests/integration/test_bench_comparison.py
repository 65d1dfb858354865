"""Isolations are measured beside each other; what does not work here is named."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import pytest

from carrel.bench import report
from carrel.bench.comparison import QUICK, open_comparison
from carrel.bench.figures import Compare, Figure
from carrel.bench.floor import open_floor
from carrel.bench.turns import Side, in_turns
from carrel.bootstrap import isolations, open_pool, open_templates
from carrel.cli.main import main
from carrel.core.errors import PlatformFaultError
from carrel.languages.registry import Language
from carrel.ops.settings import Settings
from carrel.testing.leaks import Traces, assert_nothing_left

SMALLEST = dataclasses.replace(
    QUICK,
    creation=1,
    tests=1,
    submissions=1,
    together=2,
    busy=1,
    tested=(Language.PYTHON,),
    rated=(Language.C, Language.JAVA),
)

pytestmark = pytest.mark.timeout(900)
"""Every row of two isolations is many programs, on a machine that may be busy."""

NATIVE = tuple(name for name in isolations() if name != "microvm")
"""What runs programs at the host's speed; emulated machines would take minutes for all rows."""


@pytest.fixture(scope="module")
def found(sandboxes: Path) -> dict[str, Any]:
    """Measure everything that a column of the table is made of, as little as possible."""
    settings = Settings.load().model_copy(update={"pool_size": 1})  # something is warm
    place = sandboxes / "bench"
    before = Traces.of(sandboxes)

    async def measure() -> dict[str, Any]:
        async with open_comparison(settings, NATIVE, place, SMALLEST) as comparison:
            rows = [row for _, step in comparison.steps for row in await step()]
        return report.isolations(comparison.sides, comparison.absent, rows)

    by_isolation = asyncio.run(measure())
    for lock in place.iterdir():
        lock.unlink()
    place.rmdir()
    assert_nothing_left(before, sandboxes)
    return {"machine": report.machine(), "isolations": by_isolation}


def test_every_isolation_has_every_figure(found: dict[str, Any]) -> None:
    assert set(found["isolations"]) == set(NATIVE)
    for name, one in found["isolations"].items():
        assert one["fault"] is None, name
        ids = [figure["id"] for figure in one["figures"]]
        assert len(ids) == len(set(ids)) == 7 + len(SMALLEST.tested) + len(SMALLEST.rated)
        for figure in one["figures"]:
            assert math.isfinite(figure["value"]), figure
            assert figure["floor_is"], figure
            assert (figure["goal"] is None) == (figure["met"] is None), figure
    json.dumps(found)


def test_the_bare_process_is_the_same_for_all(found: dict[str, Any]) -> None:
    for number, name in enumerate(figure["id"] for figure in _first(found)):
        floors = {one["figures"][number]["floor"] for one in found["isolations"].values()}
        assert len(floors) == 1 or name == "shared-memory", name


def test_clones_of_a_machine_share_its_memory(sandboxes: Path) -> None:
    async def measure() -> dict[str, Any]:
        async with open_comparison(
            Settings.load(), ("microvm",), sandboxes, SMALLEST
        ) as comparison:
            (memory,) = (step for name, step in comparison.steps if name == "memory")
            rows = await memory()
        return report.isolations(comparison.sides, comparison.absent, rows)

    found = asyncio.run(measure())["microvm"]
    assert found["fault"] is None
    figures = {figure["id"]: figure for figure in found["figures"]}
    assert figures["shared-memory"]["details"]["of_it_once"] > 0
    assert figures["idle-memory"]["value"] > 0


def test_the_table_has_a_column_for_each(found: dict[str, Any]) -> None:
    header, *lines = report.table(found)
    assert header == ["Figure", "Bare process", *found["isolations"]]
    assert len(lines) == len(_first(found))
    text = report.markdown(found)
    assert text.count("\n| ") == len(lines) + 1 + 1
    assert found["machine"]["kernel"] in text


def _first(found: dict[str, Any]) -> list[dict[str, Any]]:
    figures: list[dict[str, Any]] = next(iter(found["isolations"].values()))["figures"]
    return figures


def test_what_is_missing_is_named_with_its_reason(
    sandboxes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runsc").symlink_to("/usr/bin/runsc")
    for tool in ("unshare", "mount"):
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
    monkeypatch.setenv("PATH", str(tmp_path))

    async def look() -> None:
        async with open_comparison(
            Settings.load(), ("gvisor", "namespaces"), sandboxes, SMALLEST
        ) as comparison:
            assert [side.isolation for side in comparison.sides] == ["gvisor"]
            assert "runc" in comparison.absent["namespaces"]

    asyncio.run(look())


def test_what_is_forbidden_is_named_with_its_reason(
    sandboxes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARREL_ISOLATION_MINIMUM", "gvisor")

    async def look() -> None:
        async with open_comparison(Settings.load(), ("namespaces",), sandboxes, SMALLEST):
            pytest.fail("there is nothing to measure")

    with pytest.raises(PlatformFaultError, match=r"namespaces: .*CARREL_ISOLATION_MINIMUM"):
        asyncio.run(look())


def test_an_isolation_that_fails_costs_the_others_nothing(sandboxes: Path) -> None:
    async def measure() -> None:
        settings = Settings.load().model_copy(update={"run_dir": sandboxes})
        pool = await open_pool(settings)
        try:
            sides = [Side(name, pool, pool, on_kvm=False) for name in ("sound", "broken")]

            async def bare() -> float:
                return 1.0

            async def ours(side: Side) -> float:
                if side.isolation == "broken":
                    raise PlatformFaultError("its kernel is gone")
                return 2.0

            floor, samples = await in_turns(sides, 2, bare, ours)
        finally:
            await pool.close()
        assert floor == [1.0, 1.0]
        assert samples == {"sound": [2.0, 2.0]}
        figure = Figure("spawn", "Spawn", "ms", 2.0, 1.0, "bare", Compare.RATIO, None)
        told = report.isolations(sides, {}, [{"sound": figure}])
        assert told["broken"]["fault"] == "its kernel is gone"
        assert "- broken: its kernel is gone" in report.markdown(
            {"machine": report.machine(), "isolations": told}
        )

    asyncio.run(measure())


def test_a_bare_process_that_fails_is_no_floor(sandboxes: Path) -> None:
    del sandboxes

    async def run() -> None:
        async with open_floor(open_templates(Settings.load()).get("base").image) as floor:
            assert (await floor.run([(("cat", "/app/note"), b"")], {"note": b"hi"})).outputs == (
                b"hi",
            )
            for wrong in ("false", "no-such-program"):
                with pytest.raises(PlatformFaultError, match=wrong):
                    await floor.run([((wrong,), b"")])

    asyncio.run(run())


def test_there_is_no_floor_without_an_image(sandboxes: Path, tmp_path: Path) -> None:
    del sandboxes

    async def run() -> None:
        async with open_floor(tmp_path / "image.erofs"):
            pytest.fail("there is nothing to mount")

    with pytest.raises(PlatformFaultError, match=r"cannot mount .*image\.erofs"):
        asyncio.run(run())


@pytest.mark.quick
@pytest.mark.parametrize("text", ["gvisor,docker", "", "auto", "all,gvisor"])
def test_only_isolations_that_there_are_can_be_compared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert main(["bench", "--isolation", text]) == 2
    assert "give all, or some of" in capsys.readouterr().err
