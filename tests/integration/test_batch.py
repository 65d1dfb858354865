"""A batch with everything a class hands in: right, wrong, broken and poisoned."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from carrel import (
    BatchFaultError,
    GradeResult,
    InvalidValueError,
    Language,
    PlatformFaultError,
    ScalableGrader,
    TestCase,
    Verdict,
)
from carrel.grading import submission
from carrel.judge import judge as judging

pytestmark = pytest.mark.usefixtures("nothing_left")

SUM = [TestCase("2 3", "5"), TestCase("-5 10", "5", points=2, hidden=True)]

RIGHT = {
    Language.PYTHON: "# {n}\na, b = map(int, input().split())\nprint(a + b)",
    Language.JAVASCRIPT: (
        "// {n}\nconst [a, b] = require('fs').readFileSync(0, 'utf8').split(' ').map(Number);"
        " console.log(a + b)"
    ),
    Language.C: (
        "/* {n} */\n#include <stdio.h>\n"
        'int main(void) {{ int a, b; scanf("%d %d", &a, &b); printf("%d", a + b); }}'
    ),
}
POISON = {
    "fork bomb": ("import os\nwhile True:\n    os.fork()", set(Verdict) - {Verdict.ACCEPTED}),
    "memory hog": ("x = []\nwhile True: x.append(bytearray(10**7))", {Verdict.MEMORY_LIMIT}),
    "flood": ("while True: print('x' * 10_000)", {Verdict.OUTPUT_LIMIT}),
    "idle": ("import time\ntime.sleep(600)", {Verdict.IDLENESS_LIMIT}),
    "loop": ("while True: pass", {Verdict.TIME_LIMIT}),
    "wrong": ("print(6)", {Verdict.WRONG_ANSWER}),
    "crash": ("1 / 0", {Verdict.RUNTIME_ERROR}),
    "broken": ("print(", {Verdict.COMPILE_ERROR}),
}


def graded(*items: Any, timeout: float = 5, most: int = 50) -> list[tuple[str, GradeResult]]:
    return asyncio.run(ScalableGrader(max_concurrent=most).grade_batch(list(items), timeout))


def test_poisoned_submissions_neither_stop_nor_starve_the_rest() -> None:
    languages = list(RIGHT)
    items: list[Any] = []
    for number in range(24):
        language = languages[number % 3] if number % 4 == 0 else Language.PYTHON
        items.append((f"right-{number}", RIGHT[language].format(n=number), language, SUM))
    for place, (kind, (code, _)) in enumerate(POISON.items()):
        for copy in range(2):
            poisoned = (kind, f"# {copy}\n{code}", Language.PYTHON, SUM)
            items.insert(3 * place + copy, poisoned)

    results = graded(*items, timeout=2, most=20)

    assert len(results) == 40
    assert [who for who, _ in results] == [item[0] for item in items]
    for who, result in results:
        if who.startswith("right"):
            assert result.percentage == 100, (who, result)
        else:
            assert result.earned_points == 0, (who, result)
            assert result.verdict in POISON[who][1], (who, result)


@pytest.mark.alone
def test_submissions_that_only_wait_do_not_keep_others_from_the_cores() -> None:
    sleepers = [
        (f"sleeper-{n}", f"# {n}\nimport time; time.sleep(600)", "python", SUM[:1])
        for n in range(8)
    ]
    start = time.monotonic()
    results = graded(*sleepers, ("right", RIGHT[Language.PYTHON], "python", SUM), timeout=4)
    assert time.monotonic() - start < 8 / 2 * 4, "they waited one pair after the other"
    assert [result.verdict for _, result in results] == [Verdict.IDLENESS_LIMIT] * 8 + [
        Verdict.ACCEPTED
    ]


def counting(
    monkeypatch: pytest.MonkeyPatch, fails: Callable[[bytes], bool] = lambda _: False
) -> list[bytes]:
    """Note what is judged, and let our side fail for some of it."""
    judged: list[bytes] = []

    def judge(pool: Any, job: judging.Job) -> Coroutine[Any, Any, Any]:
        judged.append(job.submission.source)
        if fails(job.submission.source):
            raise PlatformFaultError("the machine caught fire")
        return judging.judge(pool, job)

    monkeypatch.setattr(submission, "judge", judge)
    return judged


def test_identical_submissions_are_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = counting(monkeypatch)
    code = RIGHT[Language.PYTHON]
    results = graded(*((f"s{n}", code, "python", SUM) for n in range(30)))
    assert len(judged) == 1
    assert [result.earned_points for _, result in results] == [3] * 30


def test_a_platform_fault_of_one_keeps_the_others_grades(monkeypatch: pytest.MonkeyPatch) -> None:
    counting(monkeypatch, lambda source: b"fire" in source)
    code = RIGHT[Language.PYTHON]
    with pytest.raises(BatchFaultError, match=r"'b' .*caught fire") as caught:
        graded(
            ("a", code, "python", SUM),
            ("b", code + "# fire", "python", SUM),
            ("c", "print(6)", "python", SUM),
        )
    assert [(who, r.earned_points) for who, r in caught.value.results] == [("a", 3), ("c", 0)]
    assert [fault.id for fault in caught.value.faults] == ["b"]


def test_an_impossible_submission_stops_the_batch_before_it_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judged = counting(monkeypatch)
    with pytest.raises(InvalidValueError, match=r"submissions\[1\] \(id 'b'\).language='cobol'"):
        graded(("a", "print(5)", "python", SUM), ("b", "x", "cobol", SUM))
    assert judged == []


def test_batches_on_several_event_loops_share_the_machine() -> None:
    results: list[list[tuple[str, GradeResult]]] = []

    def work(number: int) -> None:
        code = RIGHT[Language.PYTHON].format(n=number)
        results.append(graded(*((f"s{n}", f"{code}#{n}", "python", SUM) for n in range(3))))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [[r.earned_points for _, r in result] for result in results] == [[3, 3, 3]] * 3


def test_a_cancelled_batch_leaves_nothing_behind() -> None:
    """What `nothing_left` looks for after every test."""

    async def cancelled() -> None:
        item = ("s", "import time; time.sleep(600)", "python", SUM)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await ScalableGrader().grade_batch([item], 60)

    asyncio.run(cancelled())
