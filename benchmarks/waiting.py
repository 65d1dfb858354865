"""What runtimes that wait bring and cost: `sudo python benchmarks/waiting.py [ROUNDS]`.

For each language a sandbox in which its runtimes wait and one in which they do not, in turns
in one run: how long compiling and the first test take, and what waiting costs beforehand in
time, CPU time and memory. `CARREL_ISOLATION` chooses the backend.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections import defaultdict

from carrel.core.sizes import MIB
from carrel.facade import portal
from carrel.judge.plan import Submission, make_plan
from carrel.languages.registry import SPECS, Language
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Program, Waiter

LIMITS = RunLimits(cpu_ms=60_000, wall_ms=120_000)


async def measure(
    pool: SandboxPool, language: Language, waiters: tuple[Waiter, ...]
) -> dict[str, float]:
    """Return milliseconds and MiB of one submission in a new sandbox."""
    spec = SPECS[language]
    plan = make_plan(Submission(language, spec.smoke.code.encode()), LIMITS)
    found: dict[str, float] = {}
    start = time.monotonic()
    box = await pool.acquire(spec.template, plan.sandbox_limits, waiters=waiters)
    try:
        found["start ms"] = 1000 * (time.monotonic() - start)
        found["start cpu ms"] = box.usage().cpu_us / 1000
        found["idle MiB"] = box.usage().memory_bytes / MIB
        for step in plan.steps:
            for path, data in step.files.items():
                await box.write_file(path, data, readonly=True)
            if step.program is not None:
                found |= await timed(box, step.program, "compile")
        found |= await timed(box, plan.program(spec.smoke.stdin.encode()), "first test")
    finally:
        await box.destroy()
    return found


async def timed(box: LiveSandbox, program: Program, name: str) -> dict[str, float]:
    """Run a program that must end well; return its wall and CPU time."""
    start = time.monotonic()
    done = await box.execute(program)
    if done.exit_code != 0:
        raise AssertionError(done)
    return {f"{name} ms": 1000 * (time.monotonic() - start), f"{name} cpu ms": done.cpu_ms}


def main() -> None:
    """Measure in turns and print medians and ratios."""
    os.environ["CARREL_POOL_SIZE"] = "0"
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    for language, spec in SPECS.items():
        if not spec.waiters:
            continue
        samples: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for number in range(rounds + 1):
            cold = portal.run(measure, language, ())
            warm = portal.run(measure, language, spec.waiters)
            for name in cold if number else ():  # the first round reads the image
                samples[name].append((cold[name], warm[name]))
        for name, pairs in samples.items():
            one, other = (statistics.median(values) for values in zip(*pairs, strict=True))
            print(f"{language:12} {name:18} {one:8.1f} {other:8.1f}  {one / other:5.2f} x")
    portal.shutdown()


if __name__ == "__main__":
    main()
