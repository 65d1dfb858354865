"""Programs that cheat on tests in pytest and unittest: none gains a point over an honest mistake.

Each stands against what an honest wrong program gets for the same tests.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from carrel.core.errors import ExerciseFaultError
from carrel.facade import portal
from carrel.judge.judge import Job, judge
from carrel.judge.kinds.unit.python import PYTHON_SIDE
from carrel.judge.kinds.unit.remote import RemoteSuite
from carrel.judge.kinds.unit.suite import TestFile
from carrel.judge.plan import Submission
from carrel.judge.verdict import TestVerdict, Verdict
from carrel.languages.registry import Language
from carrel.sandbox.pool import SandboxPool
from carrel.testing.judging import QUICK

PYTEST = """
import pytest
import solution
from solution import *


def test_sum():
    assert solution.total([1, 2, 3]) == 6


def test_word():
    assert "lo wor" in solution.word()


def test_close():
    assert solution.third() == pytest.approx(0.333, abs=0.01)


def test_between():
    assert 10 < solution.total([5, 6]) < 12


def test_error():
    with pytest.raises(ValueError):
        solution.total(None)


def test_callback():
    def check(value):
        assert value == 42

    solution.each(check)


def test_any_error():
    with pytest.raises(Exception):
        solution.each(7)


def test_with():
    with solution.opened() as number:
        assert number == 5
"""

UNITTEST = """
import unittest
import solution


class Sums(unittest.TestCase):
    def test_sum(self):
        self.assertEqual(solution.total([1, 2, 3]), 6)

    def test_true(self):
        self.assertIs(solution.is_even(4), True)

    def test_list(self):
        self.assertListEqual(solution.some(), [1, 2])
"""

HONEST = """
def total(items): return -1
def word(): return "nothing"
def third(): return 7
def each(check): return None
def opened(): return open("/dev/null")
def is_even(number): return 0
def some(): return []
"""

ALWAYS = """
class Always:
    def __init__(self, *args): pass
    def __eq__(self, other): return True
    __ne__ = lambda self, other: False
    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__
    def __sub__(self, other): return 0
    __rsub__ = __add__ = __radd__ = __sub__
    def __abs__(self): return 0
    def __bool__(self): return True
    def __len__(self): return 2
    def __iter__(self): return iter([Always(), Always()])
    def __getitem__(self, key): return self
    def __call__(self, *args): return self
    def __getattr__(self, name): return self
    def __enter__(self): return self
    def __exit__(self, *args): return True
    def __float__(self): return 0.333
    def __hash__(self): return 6
    __class__ = int
def total(*args): return Always()
word = third = each = opened = is_even = some = total
"""


def _derived(kind: str, value: str) -> str:
    return HONEST + (
        f"class Fake({kind}):\n"
        "    __eq__ = __lt__ = __gt__ = __contains__ = lambda self, other: True\n"
        "    __hash__ = None\n"
        "    __ne__ = lambda self, other: False\n"
        "    __len__ = lambda self: 2\n"
        f"def total(*args): return Fake({value})\n"
        "word = third = is_even = some = total\n"
    )


_EVERYWHERE = """
import os, glob
text = '<testsuites><testsuite tests="8"><testcase name="test_sum"/></testsuite></testsuites>'
for folder in ("/app", "/app/tests", "/app/.carrel", "/data", "/tmp", ".", "/work", "/box"):
    for name in ("report.xml", "junit.xml", "results.json", "conftest.py", "pytest.ini",
                 "sitecustomize.py", "usercustomize.py", "solution.py", "pytest.py"):
        try:
            open(f"{folder}/{name}", "w").write(text)
        except OSError:
            pass
print(text)
print("8 passed in 0.01s")
"""

_PATCH = """
import builtins, sys, json, os
try:
    import pytest
    pytest.approx = lambda *a, **k: __import__("unittest.mock").mock.ANY
    pytest.raises = lambda *a, **k: open("/dev/null")
    import _pytest.runner, _pytest.outcomes
    _pytest.runner.check_interactive_exception = lambda *a: True
except Exception:
    pass
import unittest
for name in dir(unittest.TestCase):
    if name.startswith("assert"):
        setattr(unittest.TestCase, name, lambda *a, **k: None)
builtins.isinstance = lambda *a: True
builtins.AssertionError = type("Nothing", (Exception,), {})
json.dumps = lambda *a, **k: '{"ok": true, "ch": [], "out": []}'
for module in list(sys.modules.values()):
    for name in ("dump", "dumps"):
        if hasattr(module, name) and "carrel" in getattr(module, "__name__", ""):
            setattr(module, name, lambda *a, **k: b'{"ok":true,"ch":[],"out":[]}')
"""

_FRAMES = """
import os, struct
def flood(*args):
    for kind in (b"A", b"R", b"D", b"P"):
        for text in (b'{"name":"test_sum","outcome":"passed","message":"","cause":""}',
                     b'{"ok":-1,"ch":[],"out":[]}', b'{"tests":[]}'):
            frame = struct.pack("<cI", kind, len(text)) + text
            for number in range(64):
                try:
                    os.write(number, frame)
                except OSError:
                    pass
    return -1
"""

_SEARCH = """
import gc, os, sys, inspect
name_of_test = "_".join(["test", "sum"])
needle = name_of_test.encode()
def found():
    for number in [part for part in os.listdir("/proc") if part.isdigit()]:
        for name in ("cmdline", "environ", "maps"):
            try:
                data = open(f"/proc/{number}/{name}", "rb").read()
            except OSError:
                continue
            if needle in data:
                return 6
    for folder, _, files in os.walk("/"):
        if folder.startswith(("/proc", "/sys", "/usr")):
            continue
        for file in files:
            try:
                data = open(os.path.join(folder, file), "rb").read(100_000)
            except OSError:
                continue
            if needle in data:
                return 6
    frame = sys._getframe()
    while frame:
        if name_of_test in frame.f_code.co_names or name_of_test in frame.f_globals:
            return 6
        frame = frame.f_back
    if any(isinstance(one, str) and one == name_of_test and one is not name_of_test
           for one in gc.get_objects()):
        return 6
    return -1
def total(*args): return found()
"""

CHEATS = {
    "always-equal": ALWAYS,
    "derived-int": _derived("int", "-1"),
    "derived-str": _derived("str", "'no'"),
    "derived-list": _derived("list", "[]"),
    "derived-float": _derived("float", "7"),
    "derived-tuple": _derived("tuple", "()"),
    "looks-for-tests": HONEST + _SEARCH,
    "forges-reports": _EVERYWHERE + HONEST,
    "patches": _PATCH + HONEST,
    "forged-frames": HONEST + _FRAMES + "total = word = third = each = is_even = some = flood\n",
    "forged-frames-at-import": HONEST + _FRAMES + "flood()\n",
    **{
        f"ends-{number}": HONEST + f"import os, sys, signal\ndef end(*args): {code}\n"
        "total = word = third = each = opened = is_even = some = end\n"
        for number, code in enumerate(
            [
                "os._exit(0)",
                "os.abort()",
                "os.kill(os.getpid(), 9)",
                "os.kill(0, 9)",
                "raise SystemExit(0)",
                "raise KeyboardInterrupt",
                "raise GeneratorExit",
                "os.execv('/bin/true', ['true'])",
            ]
        )
        if code != "raise SystemExit(0)"  # an error as others are; test_any_error expects one
    },
    "skips": HONEST + "import unittest\ndef end(*args): raise unittest.SkipTest('x')\n"
    "total = word = third = is_even = some = end\n",
    "skips-pytest": HONEST + "def end(*args):\n    import pytest\n    pytest.skip('x')\n"
    "total = word = third = is_even = some = end\n",
    "ends-pytest": HONEST + "def end(*args):\n    import pytest\n    pytest.exit('x', 0)\n"
    "total = word = third = is_even = some = end\n",
    "swallows": HONEST + "def each(check):\n    try: check(1)\n    except BaseException: pass\n",
    "swallows-with": HONEST + "class With:\n    def __enter__(self): return 1\n"
    "    def __exit__(self, *args): return True\ndef opened(): return With()\n",
    "brings-tests": HONEST
    + "def test_free(): pass\nclass TestFree:\n    def test_one(self): pass\n"
    "__all__ = ['test_free', 'TestFree', 'pytest', 'approx', 'pytestmark']\npytestmark = []\n"
    "class pytest:\n    approx = raises = lambda *a, **k: None\n",
    "brings-unittest": HONEST + "import unittest\nclass Free(unittest.TestCase):\n"
    "    def test_one(self): pass\ndef load_tests(*args): return unittest.TestSuite()\n",
    "daemon": "import os, time\nif not os.fork():\n    os.setsid()\n    time.sleep(60)\n" + HONEST,
    "thread": HONEST + _FRAMES + "import threading, time\ndef later():\n    while True:\n"
    "        time.sleep(0.01)\n        flood()\n"
    "threading.Thread(target=later, daemon=True).start()\n",
    "atexit": HONEST + "import atexit, os\natexit.register(lambda: os._exit(0))\n",
    "hooks": HONEST + "import sys, builtins\nsys.meta_path.clear()\nsys.settrace(lambda *a: None)\n"
    "sys.setprofile(lambda *a: None)\nbuiltins.__import__ = lambda *a, **k: None\n",
}


@pytest.fixture(autouse=True)
def nothing_stays(nothing_left: Path) -> Path:
    """Look at the host after each."""
    return nothing_left


def _grade(framework: str, source: str, tests: str = "") -> TestVerdict:
    tests = tests or (PYTEST if framework == "pytest" else UNITTEST)
    suite = RemoteSuite(framework, PYTHON_SIDE, (TestFile("test_it.py", tests.encode()),))
    job = Job(Submission(Language.PYTHON, source.encode()), [suite], QUICK)

    async def work(pool: SandboxPool) -> TestVerdict:
        return (await judge(pool, job)).tests[0]

    return portal.run(work)


def _passed(verdict: TestVerdict) -> set[str]:
    return {part.name for part in verdict.parts if part.passed}


@pytest.mark.parametrize("framework", ["pytest", "unittest"])
@pytest.mark.parametrize("cheat", CHEATS)
def test_no_cheat_gains_a_point_over_an_honest_mistake(framework: str, cheat: str) -> None:
    honest = _passed_by_the_honest(framework)
    verdict = _grade(framework, CHEATS[cheat])
    assert _passed(verdict) <= honest, verdict
    assert verdict.score <= len(honest) / (8 if framework == "pytest" else 3), verdict
    assert len(verdict.parts) in ({0, 8} if framework == "pytest" else {0, 3}), verdict


_honest: dict[str, set[str]] = {}


def _passed_by_the_honest(framework: str) -> set[str]:
    if framework not in _honest:
        _honest[framework] = _passed(_grade(framework, HONEST))
    return _honest[framework]


RIGHT = """
def total(items):
    if items is None: raise ValueError("nothing")
    return sum(items)
def word(): return "hello world"
def third(): return 1 / 3
def each(check): check(42)
class With:
    def __enter__(self): return 5
    def __exit__(self, *args): return None
def opened(): return With()
def is_even(number): return number % 2 == 0
def some(): return [1, 2]
"""


@pytest.mark.parametrize("framework", ["pytest", "unittest"])
def test_the_right_program_gets_all_points_from_the_same_tests(framework: str) -> None:
    verdict = _grade(framework, RIGHT)
    assert verdict.verdict is Verdict.ACCEPTED, verdict


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


@pytest.mark.parametrize("framework", ["pytest", "unittest"])
@pytest.mark.parametrize("near", NEAR)
def test_no_object_is_near_to_every_number(framework: str, near: str) -> None:
    verdict = _grade(framework, NEAR[near], NUMBERS)
    # A float of the student's is a number, and -1 is not almost 6.
    allowed = {"T.test_not", "T::test_not"} if near == "float" else set()
    assert len(verdict.parts) == 9, verdict
    assert _passed(verdict) <= allowed, verdict


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
    assert _grade("pytest", PARTS, OPERATORS).verdict is Verdict.ACCEPTED
    honest = _grade("unittest", VECTOR, NUMBERS)
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
        verdict = _grade("pytest", source, ARRAYS)
        assert len(verdict.parts) == 6, verdict
        assert not _passed(verdict), (nothing, verdict)
    source = "import numpy as np\ndef mean(items): return np.mean(items)\n"
    honest = _grade("pytest", source + "def row(): return np.array([2.0])\n", ARRAYS)
    assert honest.verdict is Verdict.ACCEPTED, honest


_BEGIN = {
    "pytest": "import pytest\nimport solution\n{line}\ndef test_it():\n    solution.f()\n",
    "unittest": "import unittest\nimport solution\n{line}\nclass T(unittest.TestCase):\n"
    "    def test_it(self): solution.f()\n",
}


@pytest.mark.parametrize("framework", _BEGIN)
def test_a_value_that_breaks_the_tests_is_the_students_fault(framework: str) -> None:
    tests = _BEGIN[framework].format(line="SECRET = solution.LIMIT + 1234567")
    for limit in ("LIMIT = 'ten'", "LIMIT = None", "def LIMIT(): pass", "class LIMIT: pass", ""):
        verdict = _grade(framework, f"{limit}\ndef f(): pass\n", tests)
        assert verdict.verdict in (Verdict.WRONG_ANSWER, Verdict.RUNTIME_ERROR), (limit, verdict)
        assert "could not begin" in str(verdict.reason), verdict
        assert "SECRET" not in str(verdict), verdict
        assert "1234567" not in str(verdict), verdict


@pytest.mark.parametrize("framework", _BEGIN)
def test_what_the_tests_do_wrong_themselves_is_not_the_students_fault(framework: str) -> None:
    tests = _BEGIN[framework].format(line="from solution import f\nprint(nothing)")
    with pytest.raises(ExerciseFaultError, match="nothing"):
        _grade(framework, "LIMIT = 'ten'\ndef f(): pass\n", tests)
