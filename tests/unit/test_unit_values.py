"""The line between unit tests and the student's program: values, and what reports become."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import fractions
import io
import json
import math
import pathlib
import uuid
from typing import Any, NoReturn

import pytest

from carrel.core.errors import ExerciseFaultError
from carrel.judge.kinds.unit.outcomes import Outcomes, understand
from carrel.judge.kinds.unit.programs.python.values import MAX_DEPTH, Exchange, WireError
from carrel.judge.kinds.unit.relay import Report, Transcript
from carrel.judge.kinds.unit.suite import Weights
from carrel.judge.verdict import Verdict
from carrel.sandbox.program import Ended, Execution

pytestmark = pytest.mark.quick

VALUES: list[Any] = [
    *(None, True, 0, -5, 2**200, -(2**70), 1.5, math.inf, -math.inf, "", "ä\ud800", b"\0\xff"),
    *([1, [2]], (1, ("x",)), {"a": {1: 2}}, {1, 2}, frozenset({3}), complex(1, -2), range(1, 9, 2)),
    *(slice(1, None), ..., bytearray(b"x"), decimal.Decimal("1.10"), fractions.Fraction(-1, 3)),
    *(dt.datetime(2020, 1, 2, tzinfo=dt.UTC), dt.date(2020, 1, 2)),
    *(dt.timedelta(1, 2, 3), collections.Counter("aab"), collections.deque([1, 2], 3)),
    *(collections.OrderedDict(a=1), uuid.UUID(int=7), pathlib.Path("/a/b"), int, list),
]


def _refuse(*_: Any) -> NoReturn:
    raise WireError("not plain")


def _exchange() -> Exchange:
    return Exchange(_refuse, _refuse)


def _travel(value: Any) -> Any:
    return _exchange().decode(json.loads(json.dumps(_exchange().encode(value), allow_nan=False)))


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_plain_data_arrives_as_it_was(value: Any) -> None:
    arrived = _travel(value)
    assert arrived == value
    assert type(arrived) is type(value)


def test_not_a_number_and_streams_arrive() -> None:
    assert math.isnan(_travel(math.nan))
    stream = io.StringIO("a\nb")
    stream.readline()
    assert _travel(stream).read() == "b"


def test_what_is_in_two_places_arrives_as_one_also_in_a_circle() -> None:
    inner: list[Any] = []
    inner.append(inner)
    first, second = _travel((inner, inner))
    assert first is second
    assert first[0] is first


def test_what_the_other_side_changes_is_changed_here() -> None:
    ours, theirs = _exchange(), _exchange()
    numbers: Any = [3, 1, 2]
    table: Any = {"a": [1]}
    there = theirs.decode(ours.encode([numbers, table]))
    before = theirs.remember()
    there[0].sort()
    there[1]["a"].append(there[0])
    changes = theirs.changes(before)
    ours.decode(theirs.encode(None))
    ours.apply(json.loads(json.dumps(changes)))
    assert numbers == [1, 2, 3]
    assert table["a"][1] is numbers


@pytest.mark.parametrize(
    "wire",
    [
        {},
        [],
        ["r", 0],
        ["r", -1],
        ["l", 5, []],
        ["l", 0, 7],
        ["i", "x"],
        ["f", "huge"],
        ["b", "not base 64!"],
        ["ty", "eval"],
        ["dt", "yesterday"],
        ["s", 0, [["l", 1, []]]],
        ["na", "O", [1], ""],
        ["unknown"],
        [["l"]],
        ["fr", "0x1", "0x0"],
    ],
    ids=repr,
)
def test_what_is_no_value_is_refused(wire: Any) -> None:
    with pytest.raises((WireError, TypeError)):
        _exchange().decode(wire)


def test_data_nested_too_deep_is_refused_on_both_sides() -> None:
    deep: list[Any] = []
    wire: list[Any] = ["t", []]
    for _ in range(MAX_DEPTH + 2):
        deep, wire = [deep], ["t", [wire]]
    with pytest.raises(WireError):
        _exchange().encode(deep)
    with pytest.raises(WireError):
        _exchange().decode(wire)


def _understand(*reports: tuple[str, dict[str, Any]], **more: Any) -> Outcomes:
    ended = Execution(Ended.EXITED, 0, None, b"", b"oh no", False, False, 1, 1, 1)
    transcript = Transcript([Report(*report) for report in reports], **more)
    return understand(transcript, ended, Weights((("test_a", 3.0),)), "test_it.py")


PLAN = ("P", {"tests": ["test_a[1]", "test_b", "test_c"]})


def _result(name: str, outcome: str, **more: str) -> tuple[str, dict[str, Any]]:
    return "R", {"name": name, "outcome": outcome, **more}


def test_a_unit_test_that_is_not_reported_has_failed_and_a_skipped_one_does_not_count() -> None:
    outcomes = _understand(PLAN, _result("test_a[1]", "passed"), _result("test_c", "skipped"))
    assert [(part.name, part.passed, part.weight) for part in outcomes.parts] == [
        ("test_a[1]", True, 3.0),
        ("test_b", False, 1.0),
    ]


def test_what_the_host_saw_comes_before_what_was_reported() -> None:
    outcomes = _understand(
        PLAN, _result("test_b", "passed"), ("D", {}), ends={"test_b": (Verdict.TIME_LIMIT, "slow")}
    )
    assert outcomes.parts[1].verdict is Verdict.TIME_LIMIT


@pytest.mark.parametrize(
    "reports",
    [
        [],
        [("P", {"tests": []})],
        [("P", {"tests": ["test_b"]})],
        [("X", {"students": False, "message": "no such module", "file": "test_it.py"})],
    ],
)
def test_a_suite_that_cannot_run_is_its_teachers(reports: list[tuple[str, dict[str, Any]]]) -> None:
    with pytest.raises(ExerciseFaultError, match=r"test_it\.py"):
        _understand(*reports)


@pytest.mark.parametrize("reports", [[], [("P", {"tests": ["test_a", "test_b"]})]])
@pytest.mark.parametrize(
    ("ended", "code", "verdict"),
    [
        (Ended.MEMORY_LIMIT, None, Verdict.MEMORY_LIMIT),
        (Ended.CPU_LIMIT, None, Verdict.TIME_LIMIT),
        (Ended.OUTPUT_LIMIT, None, Verdict.OUTPUT_LIMIT),
        (Ended.SIGNALED, None, Verdict.RUNTIME_ERROR),
        (Ended.EXITED, 134, Verdict.RUNTIME_ERROR),
    ],
)
def test_tests_that_answers_may_have_ended_are_no_fault_of_the_exercise(
    reports: list[tuple[str, dict[str, Any]]], ended: Ended, code: int | None, verdict: Verdict
) -> None:
    execution = Execution(ended, code, None, b"", b"oh no", False, False, 1, 1, 1)
    told = [Report(*report) for report in reports]
    outcomes = understand(Transcript(told, answered=True), execution, Weights(), "test_it.py")
    assert outcomes.failed is not None
    assert outcomes.failed[0] is verdict
    with pytest.raises(ExerciseFaultError):  # it has said nothing yet
        understand(Transcript(told), execution, Weights(), "test_it.py")
    normal = Execution(Ended.EXITED, 1, None, b"", b"oh no", False, False, 1, 1, 1)
    with pytest.raises(ExerciseFaultError):
        understand(Transcript(told, answered=True), normal, Weights(), "test_it.py")


def test_words_of_a_program_cannot_change_a_terminal() -> None:
    outcomes = _understand(PLAN, _result("test_b", "failed", message="\x1b[31mred\n\u202e"))
    assert outcomes.parts[1].reason == "\\x1b[31mred\n\\u202e"
