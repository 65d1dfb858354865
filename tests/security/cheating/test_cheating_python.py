"""Programs that cheat on tests in pytest and unittest: none gains a point over an honest mistake.

Each stands against what an honest wrong program gets for the same tests.
"""

from __future__ import annotations

import pytest

from carrel.judge.kinds.unit.python import PYTHON_SIDE
from carrel.judge.verdict import TestVerdict, Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits
from carrel.testing.judging import CHEATING
from carrel.testing.suites import SUITE_LIMITS, judge_frameworks, passed

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


FRAMEWORKS = {"pytest": PYTEST, "unittest": UNITTEST}
POSSIBLE = {"pytest": 8, "unittest": 3}


def _grade(source: str, limits: RunLimits = SUITE_LIMITS) -> dict[str, TestVerdict]:
    return judge_frameworks(
        PYTHON_SIDE, Language.PYTHON, source, "test_it.py", FRAMEWORKS, limits=limits
    )


@pytest.fixture(scope="module")
def honest() -> dict[str, set[str]]:
    """What an honest wrong program gets."""
    return {framework: passed(verdict) for framework, verdict in _grade(HONEST).items()}


@pytest.mark.parametrize("cheat", CHEATS)
def test_no_cheat_gains_a_point_over_an_honest_mistake(
    honest: dict[str, set[str]], cheat: str
) -> None:
    for framework, verdict in _grade(CHEATS[cheat], CHEATING).items():
        possible = POSSIBLE[framework]
        assert passed(verdict) <= honest[framework], verdict
        assert verdict.score <= len(honest[framework]) / possible, verdict
        assert len(verdict.parts) in (0, possible), verdict


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


def test_the_right_program_gets_all_points_from_the_same_tests() -> None:
    for verdict in _grade(RIGHT).values():
        assert verdict.verdict is Verdict.ACCEPTED, verdict
