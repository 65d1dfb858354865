"""Which measurements there are and how often each is repeated."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from carrel.bench.fairness import fairness
from carrel.bench.figures import Figure
from carrel.bench.growth import growth
from carrel.bench.sandboxes import (
    TEMPLATE,
    additional_test,
    cold_creation,
    idle_memory,
    warm_creation,
)
from carrel.bench.throughput import throughput
from carrel.bootstrap import open_pool, open_templates
from carrel.languages.registry import Language
from carrel.ops.settings import Settings
from carrel.sandbox.pool import SandboxPool

LANGUAGES = (Language.PYTHON, Language.C, Language.CPP, Language.JAVASCRIPT, Language.JAVA)


@dataclass(frozen=True)
class Sizes:
    """How much is measured: rounds, submissions, cycles and languages."""

    warm: int
    cold: int
    tests: int
    submissions: int
    throughput_rounds: int
    memory: int
    cycles: int
    fairness: int
    fairness_cpu_ms: int
    rated: Sequence[Language] = LANGUAGES


FULL = Sizes(
    warm=40,
    cold=30,
    tests=100,
    submissions=12,
    throughput_rounds=3,
    memory=5,
    cycles=1000,
    fairness=40,
    fairness_cpu_ms=1000,
)
QUICK = Sizes(
    warm=8,
    cold=8,
    tests=20,
    submissions=4,
    throughput_rounds=1,
    memory=1,
    cycles=50,
    fairness=5,
    fairness_cpu_ms=400,
)

Step = tuple[str, Callable[[], Awaitable[Figure]]]


@asynccontextmanager
async def open_suite(settings: Settings, run_dir: Path, sizes: Sizes) -> AsyncIterator[list[Step]]:
    """Yield the measurements, by name, in the order in which they should be made.

    `run_dir` is for this run alone: what is left there is ours. Two pools are
    opened, one as users have it and one that keeps nothing warm.
    """
    image = open_templates(settings).get(TEMPLATE).image
    own = settings.model_copy(update={"run_dir": run_dir})
    pool = await open_pool(own)
    try:
        cold = await open_pool(own.model_copy(update={"pool_size": 0}))
        try:
            yield _steps(pool, cold, image, run_dir, sizes)
        finally:
            await cold.close()
    finally:
        await pool.close()


def _steps(
    pool: SandboxPool, cold: SandboxPool, image: Path, run_dir: Path, sizes: Sizes
) -> list[Step]:
    def tested(language: Language) -> Step:
        return f"one more test, {language}", lambda: additional_test(cold, language, sizes.tests)

    def rated(language: Language) -> Step:
        return f"submissions per second, {language}", lambda: throughput(
            pool,
            cold,
            language,
            count=sizes.submissions,
            rounds=sizes.throughput_rounds,
        )

    return [
        ("cold creation", lambda: cold_creation(cold, image, sizes.cold)),
        ("memory", lambda: idle_memory(cold, image, sizes.memory)),
        tested(Language.PYTHON),
        tested(Language.CPP),
        # Before anything is warm: what is left must be left by the cycles.
        ("growth", lambda: growth(cold, run_dir, sizes.cycles)),
        ("warm creation", lambda: warm_creation(pool, sizes.warm)),
        *(rated(language) for language in sizes.rated),
        (
            "fairness",
            lambda: fairness(pool, count=sizes.fairness, cpu_ms=sizes.fairness_cpu_ms),
        ),
    ]
