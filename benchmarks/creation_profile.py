"""Where the time of a creation goes: `sudo python benchmarks/creation_profile.py`.

Splits what `carrel bench` measures as one figure: the parts of handing out a warm
sandbox, its first and its second command, the same command in an older sandbox, and
a cold creation at low and at normal CPU priority, on a quiet and on a busy machine.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from carrel.bench.fairness import overload
from carrel.bench.figures import spread
from carrel.bench.sandboxes import TEMPLATE, TRUE, filled
from carrel.bootstrap import default_settings, open_pool
from carrel.sandbox.cgroups import Cgroup
from carrel.sandbox.channel import GuestChannel
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.templates import TemplateStore

ROUNDS = 12
RUN_DIR = Path("/run/carrel-profile")

Samples = dict[str, list[float]]


def timed(samples: Samples, owner: type, name: str) -> None:
    """Measure every call of a method from now on."""
    method: Callable[..., Any] = getattr(owner, name)
    key = f"{owner.__name__}.{name}"

    def mark(start: float) -> None:
        samples.setdefault(key, []).append(1000 * (time.monotonic() - start))

    async def awaited(*args: Any, **kwargs: Any) -> Any:
        start = time.monotonic()
        try:
            return await method(*args, **kwargs)
        finally:
            mark(start)

    def called(*args: Any, **kwargs: Any) -> Any:
        start = time.monotonic()
        try:
            return method(*args, **kwargs)
        finally:
            mark(start)

    setattr(owner, name, awaited if asyncio.iscoroutinefunction(method) else called)


async def warm(pool: SandboxPool, samples: Samples) -> None:
    """Hand out warm sandboxes."""

    async def step(name: str, work: Any) -> Any:
        start = time.monotonic()
        result = await work
        samples.setdefault(name, []).append(1000 * (time.monotonic() - start))
        return result

    async with pool.sandbox(TEMPLATE) as old:
        for _ in range(ROUNDS):
            await filled(pool, TEMPLATE)
            box = await step("warm acquire", pool.acquire(TEMPLATE))
            await step("first command", box.execute(TRUE))
            await step("second command", box.execute(TRUE))
            await box.destroy()
            await step("command in an older sandbox", old.execute(TRUE))


async def cold(pool: SandboxPool, samples: Samples, when: str) -> None:
    """Create sandboxes from nothing, at low and at normal priority in turn."""
    set_priority = Cgroup.set_low_priority
    choices: dict[str, Any] = {
        "low": set_priority,
        "normal": lambda group, _low: set_priority(group, False),
    }
    try:
        for _ in range(ROUNDS):
            for name, choice in choices.items():
                Cgroup.set_low_priority = choice  # type: ignore[method-assign]
                start = time.monotonic()
                box = await pool.acquire(TEMPLATE)
                key = f"cold at {name} priority, {when}"
                samples.setdefault(key, []).append(1000 * (time.monotonic() - start))
                await box.destroy()
    finally:
        Cgroup.set_low_priority = set_priority  # type: ignore[method-assign]


async def main() -> None:
    """Measure and print."""
    samples: Samples = {}
    settings = default_settings().model_copy(update={"run_dir": RUN_DIR})
    none_warm = await open_pool(settings.model_copy(update={"pool_size": 0}))
    try:
        await cold(none_warm, samples, "as the machine is")
        with overload():
            await cold(none_warm, samples, "overloaded")
    finally:
        await none_warm.close()
    timed(samples, TemplateStore, "get")
    timed(samples, Cgroup, "limit")
    timed(samples, GuestChannel, "ask")
    pool = await open_pool(settings)
    try:
        await warm(pool, samples)
    finally:
        await pool.close()
    for name, values in samples.items():
        figures = spread(values)
        print(f"{name:40} p50 {figures['p50']:8.2f} ms   p95 {figures['p95']:8.2f} ms")
    shutil.rmtree(RUN_DIR, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(main())
