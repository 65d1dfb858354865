"""Values of a Python program's that stand in for numbers, and that break the tests."""

from __future__ import annotations

import pytest

from carrel.core.errors import ExerciseFaultError
from carrel.judge.kinds.unit.python import PYTHON_SIDE
from carrel.judge.verdict import TestVerdict, Verdict
from carrel.languages.registry import Language
from carrel.testing.suites import judge_frameworks, passed


def grade(source: str, tests: dict[str, str]) -> dict[str, TestVerdict]:
    return judge_frameworks(PYTHON_SIDE, Language.PYTHON, source, "test_it.py", tests)


NUMBERS = """
import unittest
from solution import Vector


class T(unittest.TestCase):
    def test_places(self):
        self.assertAlmostEqual(Vector(3, 4).length(), 5.0)

    def test_turned(self):
        self.assertAlmostEqual(5.0, Vector(3, 4).length(), places=3)

    def test_delta(self):
        self.assertAlmostEqual(Vector(3, 4).length(), 5.0, delta=0.1)

    def test_not(self):
        self.assertNotAlmostEqual(Vector(3, 4).length(), 6.0, delta=0.1)

    def test_by_hand(self):
        assert abs(Vector(6, 8).dot(Vector(1, 1)) - 14) < 1e-9

    def test_by_hand_turned(self):
        assert abs(14 - Vector(6, 8).dot(Vector(1, 1))) < 1e-9

    def test_share(self):
        assert abs(Vector(6, 8).dot(Vector(1, 1)) / 14 - 1) < 1e-9

    def test_rest(self):
        assert Vector(6, 8).dot(Vector(1, 1)) % 14 == 0

    def test_rounded(self):
        assert round(Vector(3, 4).length() - 5.0, 7) == 0
"""

VECTOR = """
class Vector:
    def __init__(self, x, y): self.x, self.y = x, y
    def length(self): return (self.x ** 2 + self.y ** 2) ** 0.5
    def dot(self, other): return self.x * other.x + self.y * other.y
    def __sub__(self, other): return Vector(self.x - other, self.y - other)
    def __truediv__(self, by): return Vector(self.x / by, self.y / by)
    def __abs__(self): return self.length()
"""

_NEAR = """
class Vector{base}:
    {new}
    def length(self): return self
    def dot(self, other): return self
    def __sub__(self, other): return {zero}
    __rsub__ = __truediv__ = __mod__ = __sub__
    def __abs__(self): return 0
    def __round__(self, digits=None): return 0
    def __float__(self): return 0.0
"""
_INIT = "def __init__(self, x, y): pass"
_NEW = "def __new__(cls, x, y): return float.__new__(cls, -1)"
NEAR = {
    "zero": _NEAR.format(base="", new=_INIT, zero="0"),
    "object": _NEAR.format(base="", new=_INIT, zero="self"),
    "truth": _NEAR.format(base="", new=_INIT, zero="False"),
    "array": "import numpy\n" + _NEAR.format(base="", new=_INIT, zero="numpy.zeros(1)"),
    "float": _NEAR.format(base="(float)", new=_NEW, zero="0.0"),
    "derived": "class Zero(float): pass\n" + _NEAR.format(base="", new=_INIT, zero="Zero(0)"),
}


@pytest.mark.parametrize("near", NEAR)
def test_no_object_is_near_to_every_number(near: str) -> None:
    # A float of the student's is a number, and -1 is not almost 6.
    allowed = {"T.test_not", "T::test_not"} if near == "float" else set()
    for verdict in grade(NEAR[near], {"pytest": NUMBERS, "unittest": NUMBERS}).values():
        assert len(verdict.parts) == 9, verdict
        assert passed(verdict) <= allowed, verdict


OPERATORS = """
from fractions import Fraction
from solution import Part, Vector


def test_parts():
    assert Part(1, 2) - 1 == Part(-1, 2)
    assert Part(3, 2) % 1 == Part(1, 2)
    assert float(Part(3, 2) - 1) == 0.5
    assert Part(1, 2) - Part(1, 4) == Part(1, 4)
    assert sum([Part(1, 2), Part(1, 2)]) == Part(1, 1)


def test_vectors():
    assert abs(Vector(6, 8) / 2) == 5.0
    assert abs(Vector(3, 4)) == 5.0
    assert Vector(4, 5) - 1 == Vector(3, 4)
"""

PARTS = (
    VECTOR
    + """
    def __eq__(self, other): return (self.x, self.y) == (other.x, other.y)
from fractions import Fraction
class Part:
    def __init__(self, a, b=1): self.value = Fraction(a, b)
    def _of(self, value): return Part(value)
    def __sub__(self, other): return Part(self.value - getattr(other, "value", other))
    def __radd__(self, other): return Part(self.value + getattr(other, "value", other))
    __add__ = __radd__
    def __mod__(self, other): return Part(self.value % other)
    def __eq__(self, other): return self.value == other.value
    def __float__(self): return float(self.value)
"""
)


def test_honest_operators_and_numbers_pass() -> None:
    assert grade(PARTS, {"pytest": OPERATORS})["pytest"].verdict is Verdict.ACCEPTED
    honest = grade(VECTOR, {"unittest": NUMBERS})["unittest"]
    assert honest.verdict is Verdict.ACCEPTED, honest


ARRAYS = """
import numpy as np
import pytest
import solution
from numpy.testing import assert_allclose


def test_mean():
    assert solution.mean([1, 2, 6]) == pytest.approx(3.0)


def test_turned():
    assert pytest.approx(3.0) == solution.mean([1, 2, 6])


def test_all_close():
    assert np.allclose(solution.mean([1, 2, 6]), 3.0)


def test_all_close_to_a_row():
    assert np.allclose(solution.row(), [2.0])


def test_assert():
    assert_allclose(solution.mean([1, 2, 6]), 3.0)


def test_assert_almost():
    np.testing.assert_array_almost_equal(solution.mean([1, 2, 6]), 3.0)
"""


def test_an_array_of_nothing_is_equal_to_no_number() -> None:
    for nothing in ("np.array([])", "np.zeros((0, 3))", "[]", "np.zeros((3, 0))"):
        source = f"import numpy as np\ndef mean(*items): return {nothing}\nrow = mean\n"
        verdict = grade(source, {"pytest": ARRAYS})["pytest"]
        assert len(verdict.parts) == 6, verdict
        assert not passed(verdict), (nothing, verdict)
    source = "import numpy as np\ndef mean(items): return np.mean(items)\n"
    source += "def row(): return np.array([2.0])\n"
    honest = grade(source, {"pytest": ARRAYS})["pytest"]
    assert honest.verdict is Verdict.ACCEPTED, honest


_BEGIN = {
    "pytest": "import pytest\nimport solution\n{line}\ndef test_it():\n    solution.f()\n",
    "unittest": "import unittest\nimport solution\n{line}\nclass T(unittest.TestCase):\n"
    "    def test_it(self): solution.f()\n",
}


@pytest.mark.parametrize(
    "limit", ["LIMIT = 'ten'", "LIMIT = None", "def LIMIT(): pass", "class LIMIT: pass", ""]
)
def test_a_value_that_breaks_the_tests_is_the_students_fault(limit: str) -> None:
    line = "SECRET = solution.LIMIT + 1234567"
    tests = {framework: text.format(line=line) for framework, text in _BEGIN.items()}
    for verdict in grade(f"{limit}\ndef f(): pass\n", tests).values():
        assert verdict.verdict in (Verdict.WRONG_ANSWER, Verdict.RUNTIME_ERROR), verdict
        assert "could not begin" in str(verdict.reason), verdict
        assert "SECRET" not in str(verdict), verdict
        assert "1234567" not in str(verdict), verdict


@pytest.mark.parametrize("framework", _BEGIN)
def test_what_the_tests_do_wrong_themselves_is_not_the_students_fault(framework: str) -> None:
    tests = _BEGIN[framework].format(line="from solution import f\nprint(nothing)")
    with pytest.raises(ExerciseFaultError, match="nothing"):
        grade("LIMIT = 'ten'\ndef f(): pass\n", {framework: tests})
