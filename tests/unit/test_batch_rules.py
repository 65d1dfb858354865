"""A batch without a sandbox: what is judged, how many at a time, who gets which grade."""

from __future__ import annotations

from dataclasses import replace
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
)
from carrel.facade.batch import collect, prepare

pytestmark = pytest.mark.quick

TESTS = [TestCase("1", "1"), TestCase("2", "2", hidden=True)]


def prepared(*items: Any) -> Any:
    return prepare(items, 5, "256M")


def test_identical_submissions_are_judged_once() -> None:
    same_tests = [replace(test) for test in TESTS]
    entries = prepared(
        ("a", "x", Language.PYTHON, TESTS),
        ("b", "y", Language.PYTHON, TESTS),
        ("c", "x", "py", same_tests),
        ("d", "x", Language.JAVASCRIPT, TESTS),
        ("e", "x", Language.PYTHON, TESTS[:1]),
    )
    assert [entry.indices for entry in entries] == [[0, 2], [1], [3], [4]]
    assert entries[0].task.exercise.tests is entries[1].task.exercise.tests


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (("bob", "x", "cobol", TESTS), r"submissions\[1\] \(id 'bob'\).language='cobol'"),
        (("bob", 3, "python", TESTS), r"submissions\[1\] \(id 'bob'\).code='int'"),
        (
            ("bob", "x", "python", [TestCase("1", "1", points=-1)]),
            r"submissions\[1\] \(id 'bob'\).test_cases\[0\].points=-1",
        ),
        (("bob", "x", "python"), r"submissions\[1\]='tuple' is not possible: give \(id, code"),
        ("bob", r"submissions\[1\]='str'"),
    ],
)
def test_an_impossible_submission_is_named_by_place_and_id(item: Any, message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        prepared(("ada", "x", "python", TESTS), item)


@pytest.mark.parametrize("number", [0, -1, 1.5, True, "4"])
def test_an_impossible_maximum_is_refused(number: Any) -> None:
    with pytest.raises(InvalidValueError, match="max_concurrent"):
        ScalableGrader(number)


def grade(points: int) -> GradeResult:
    return GradeResult(points, points, 100.0, [], 0, 0)


def test_everybody_gets_their_grade_in_order_and_a_result_of_their_own() -> None:
    entries = prepared(
        *((who, code, "python", TESTS) for who, code in zip("abc", "xyx", strict=True))
    )
    entries[0].outcome, entries[1].outcome = grade(1), grade(2)
    results = collect(["a", "b", "c"], entries)
    assert [(who, result.total_points) for who, result in results] == [("a", 1), ("b", 2), ("c", 1)]
    assert results[0][1] is not results[2][1]


def test_a_fault_of_ours_is_an_error_that_carries_everybody_elses_grades() -> None:
    entries = prepared(
        *((who, code, "python", TESTS) for who, code in zip("abcd", "xyxz", strict=True))
    )
    entries[0].outcome, entries[1].outcome = PlatformFaultError("lost"), grade(2)
    with pytest.raises(BatchFaultError, match=r"3 of 4 .* 'a' \(index 0\): lost") as caught:
        collect(["a", "b", "c", "d"], entries)
    assert isinstance(caught.value, PlatformFaultError)
    assert [who for who, _ in caught.value.results] == ["b"]
    assert [(fault.index, fault.id) for fault in caught.value.faults] == [
        (0, "a"),
        (2, "c"),
        (3, "d"),
    ]
