"""Functions that want points without being right: none gains any.

What decides is on the host: a sandbox never holds an expected value, nor the arguments of a
call before its turn. The right programs beside the cheating ones show that the calls can be
passed at all, so that a failed cheat says something.
"""

from __future__ import annotations

import textwrap

import pytest

from carrel.judge.kinds.call import CallTest, Raises
from carrel.judge.verdict import SubmissionVerdict, Verdict
from carrel.languages.registry import Language
from carrel.testing.calls import calls_of, judge_calls, signature
from carrel.testing.judging import CHEATING

SECRET = 7_919_313
NEXT = signature("after", ["int n"], "int")
VISIBLE = calls_of(NEXT, ((1,), 2), ((2,), 3))
HIDDEN = calls_of(NEXT, *[((SECRET + n,), SECRET + n + 1) for n in range(3)])


def judged(
    source: str, *tests: CallTest, language: Language = Language.PYTHON
) -> SubmissionVerdict:
    asked = tests or (VISIBLE, HIDDEN)
    return judge_calls(textwrap.dedent(source), language, *asked, limits=CHEATING)


def points(result: SubmissionVerdict) -> float:
    return sum(test.score for test in result.tests)


RIGHT = {
    Language.PYTHON: "def after(n): return n + 1",
    Language.JAVASCRIPT: "const after = (n) => n + 1;",
    Language.JAVA: "class A { static int after(int n) { return n + 1; } }",
    Language.C: "int after(int n) { return n + 1; }",
}


@pytest.mark.parametrize("language", list(RIGHT))
def test_the_calls_can_be_passed(language: Language) -> None:
    result = judge_calls(RIGHT[language], language, VISIBLE, HIDDEN)
    assert result.verdict is Verdict.ACCEPTED, result


EARLY = """
#include <stdlib.h>
__attribute__((constructor)) void early(void) { _Exit(0); }
int after(int n) { return n + 1; }
"""
EXITS = {
    "os._exit": (Language.PYTHON, "import os\ndef after(n): os._exit(0)"),
    "sys.exit": (Language.PYTHON, "import sys\ndef after(n): sys.exit(0)"),
    "while loading": (Language.PYTHON, "import os\nos._exit(0)"),
    "exit handler": (
        Language.PYTHON,
        "import atexit, os, sys\natexit.register(lambda: os._exit(0))\ndef after(n): sys.exit(3)",
    ),
    "killed": (Language.PYTHON, "import os, signal\ndef after(n): os.kill(os.getpid(), 9)"),
    "replaced": (Language.PYTHON, "import os\ndef after(n): os.execv('/bin/true', ['true'])"),
    "process.exit": (Language.JAVASCRIPT, "function after(n) { process.exit(0); }"),
    "reallyExit": (Language.JAVASCRIPT, "function after(n) { process.reallyExit(0); }"),
    "System.exit": (
        Language.JAVA,
        "class A { static int after(int n) { System.exit(0); return n; } }",
    ),
    "halt": (
        Language.JAVA,
        "class A { static int after(int n) { Runtime.getRuntime().halt(0); return n; } }",
    ),
    "_Exit": (Language.C, "#include <stdlib.h>\nint after(int n) { _Exit(0); }"),
    "constructor": (Language.C, EARLY),
}


@pytest.mark.parametrize("name", list(EXITS))
def test_whoever_ends_the_process_has_not_answered(name: str) -> None:
    language, source = EXITS[name]
    result = judged(source, language=language)
    assert points(result) == 0
    assert {test.verdict for test in result.tests} == {Verdict.RUNTIME_ERROR}


FORGE = """
import os, struct, sys

def frame(number, value, status=b"R"):
    body = number + status + b"i" + struct.pack(">q", value)
    return struct.pack(">I", len(body)) + body

def pipes():
    for descriptor in range(3, 20):
        try:
            if os.readlink(f"/proc/self/fd/{descriptor}").startswith("pipe"):
                yield descriptor
        except OSError:
            pass

def write(data):
    for descriptor in pipes():
        try:
            os.write(descriptor, data)
        except OSError:
            pass
"""
FORGED = {
    "answers without a number": "def after(n):\n  write(frame(bytes(8), 2) * 5)\n  os._exit(0)",
    "answers before the call": "write(frame(bytes(8), 2) * 5)\ndef after(n): os._exit(0)",
    "another ready": (
        "write(struct.pack('>I', 9) + bytes(8) + b'Y')\nwrite(frame(bytes(8), 2) * 5)\nos._exit(0)"
    ),
    "a frame without an end": (
        "def after(n):\n  write(b'\\xff\\xff\\xff\\xff' + b'x' * 100)\n  return n"
    ),
    "half a frame": "def after(n):\n  write(struct.pack('>I', 500) + b'x')\n  os._exit(0)",
    "an empty frame": "def after(n):\n  write(bytes(4))\n  os._exit(0)",
    "prints": (
        "def after(n):\n"
        "  print('accepted'); print('{\"verdict\": \"accepted\"}'); print(2); os._exit(0)"
    ),
    "closes all": "def after(n):\n  os.closerange(0, 64)\n  os._exit(0)",
}


@pytest.mark.parametrize("name", list(FORGED))
def test_a_forged_answer_is_none(name: str) -> None:
    result = judged(FORGE + FORGED[name])
    assert points(result) == 0, result


def test_the_answers_to_later_calls_cannot_be_given_in_advance() -> None:
    """It reads the call itself, and answers it and what may follow with guesses."""
    source = FORGE + textwrap.dedent(
        """
        def after(n):
            import gc, types
            number = None
            for f in sys._current_frames().values():
                while f:
                    number = f.f_locals.get("number", number)
                    f = f.f_back
            write(frame(number, n + 1) + frame(number, n + 2) + frame(number, n + 3))
            while True:
                pass
        """
    )
    result = judged(source)
    # The call at hand was answered rightly by hand, which is what a function is for. What
    # was answered in advance was no answer, and the process was not asked again.
    for test in result.tests:
        assert [part.passed for part in test.parts[:2]] == [True, False]
        assert test.parts[1].verdict is Verdict.RUNTIME_ERROR


EQUAL = {
    "int": "class N(int):\n  __eq__ = lambda a, b: True\n  __hash__ = int.__hash__\n"
    "def after(n): return N()",
    "object": "class N:\n  __eq__ = lambda a, b: True\n  __class__ = int\n"
    "  __int__ = __index__ = lambda s: 2\ndef after(n): return N()",
    "bool": "def after(n): return True",
    "text": "def after(n): return str(n + 1)",
    "float": "def after(n): return float(n + 1)",
    "list": "def after(n): return [n + 1]",
    "all": "def after(n): return list(range(n + 2))[:5000]",
    "none": "def after(n): pass",
    "nan": "def after(n): return float('nan')",
    "function": "def after(n): return lambda *a: True",
    "cycle": "def after(n):\n  a = []\n  a.append(a)\n  return a",
    "digits": "def after(n): return 10 ** 5000",
    "raises": "def after(n): raise AssertionError(n + 1)",
}


@pytest.mark.parametrize("name", list(EQUAL))
def test_what_only_claims_to_be_equal_is_not(name: str) -> None:
    result = judged(EQUAL[name], calls_of(NEXT, ((SECRET,), SECRET + 1)))
    assert points(result) == 0, result


PATCHES = """
import builtins, json, os, struct, sys, gc
struct.pack = struct.unpack_from = lambda *a: b""
struct.Struct = None
os.write = os.read = os._exit = lambda *a: 0
json.loads = json.dumps = lambda *a, **k: True
builtins.isinstance = lambda *a: True
builtins.type = builtins.len = builtins.int = None
builtins.print = lambda *a, **k: None
sys.stdout = sys.stderr = None
sys.excepthook = sys.settrace = sys.exit = None
def after(n): return 0
"""
JS_PATCHES = """
for (const name of ['isArray']) Array[name] = () => true;
Number.isInteger = Number.isSafeInteger = Object.is = () => true;
Buffer.concat = Buffer.from = Buffer.alloc = () => { throw 1; };
const methods = ['writeBigInt64BE', 'writeUInt32BE', 'subarray'];
for (const name of methods) Buffer.prototype[name] = () => 2;
Array.prototype.push = Array.prototype.map = () => 2;
Object.prototype.valueOf = () => 2;
require('fs').writeSync = require('fs').readSync = () => 0;
function after(n) { return 0; }
"""
JAVA_PATCHES = """
import java.lang.reflect.*;
class A {
    static int after(int n) throws Exception {
        Class<?> harness = Class.forName("CarrelHarness__");
        for (Field field : harness.getDeclaredFields()) {
            field.setAccessible(true);
            if (Modifier.isStatic(field.getModifiers()) && !field.getType().isPrimitive()) {
                System.out.println(field.getName() + " " + field.get(null));
            }
        }
        System.setOut(null);
        System.setErr(null);
        return 0;
    }
}
"""


@pytest.mark.parametrize(
    ("language", "source"),
    [
        (Language.PYTHON, PATCHES),
        (Language.JAVASCRIPT, JS_PATCHES),
        (Language.JAVA, JAVA_PATCHES),
        (Language.C, "#define return for(;;)\n#define carrel_answer(x)\nint after(int n) { }"),
        (Language.C, "int after(int n) { return 0; }\nvoid carrel_put_i64(long long v) { }"),
    ],
    ids=["python", "javascript", "java", "c macros", "c symbols"],
)
def test_what_is_redefined_brings_nothing(language: Language, source: str) -> None:
    result = judged(source, language=language)
    assert points(result) == 0, result


LOOKS = """
import ctypes, glob, os, re

def readable():
    places = ["/app/**", "/tmp/**", "/data/**", "/proc/*/cmdline", "/proc/*/environ"]
    for place in places:
        for path in glob.glob(place, recursive=True, include_hidden=True):
            try:
                yield open(path, "rb").read(10**6)
            except OSError:
                pass

def memory():
    for line in open("/proc/self/maps"):
        match = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
        if match and "[v" not in line:
            start, end = int(match[1], 16), int(match[2], 16)
            if end - start < 200_000_000:
                try:
                    with open("/proc/self/mem", "rb", 0) as file:
                        file.seek(start)
                        yield file.read(end - start)
                except OSError:
                    pass

def everything():
    yield from readable()
    yield from memory()
"""


def test_neither_expected_values_nor_later_arguments_are_in_the_sandbox() -> None:
    """A call searches files and memory for the ends of texts whose beginnings it knows."""
    look = signature("look", ["string text"], "string")
    source = LOOKS + textwrap.dedent(
        """
        def look(text):
            looked, found = 0, set()
            for data in everything():
                looked += 1
                for known in (b"expected-", b"argument-"):
                    found.update(re.findall(known + b"of-the-[a-z]+-call", data))
            return f"looked: {looked > 3}, found: {sorted(found)}"
        """
    )
    test = calls_of(
        look,
        (("argument-of-the-first-call",), "expected-of-the-first-call"),
        (("argument-of-the-second-call",), "expected-of-the-second-call"),
    )
    (verdict,) = judged(source, test).tests
    first, second = verdict.stdout.data.decode().splitlines()
    # Its own argument it finds, which shows that it can find things.
    assert first == "\"looked: True, found: [b'argument-of-the-first-call']\""
    assert "second" in second
    assert "expected" not in second
    assert verdict.score == 0


def test_the_search_above_can_find_what_is_there() -> None:
    find = signature("find", ["string text"], "bool")
    source = LOOKS + textwrap.dedent(
        """
        def find(text):
            return any(b"needle-" + b"in-memory" + b"-call" in data for data in everything())
        """
    )
    test = calls_of(find, (("needle-in-memory-call",), True), (("other",), True))
    assert judged(source, test).tests[0].parts[0].passed


def test_a_visible_call_learns_nothing_of_a_hidden_test_by_what_was_left() -> None:
    """Files, shared memory, environment, processes: nothing of one test reaches another."""
    source = """
        import glob, os, subprocess, sys
        def note(text):
            for place in ("/tmp/x", "/app/x", "/dev/shm/x", "/var/tmp/x", "x"):
                try:
                    with open(place, "a") as file:
                        file.write(text)
                except OSError:
                    pass
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    for d in range(64):
                        try: os.close(d)
                        except OSError: pass
                    import time
                    while True:
                        time.sleep(0.05)
                os._exit(0)
        def after(n):
            for place in ("/tmp/x", "/app/x", "/dev/shm/x", "/var/tmp/x", "x"):
                if os.path.exists(place) and open(place).read().count(str(n)) == 0:
                    print("left:", open(place).read())
            others = [p for p in os.listdir("/proc") if p.isdigit() and int(p) > 1]
            alive = []
            for p in others:
                try:
                    alive.append(os.readlink(f"/proc/{p}/cwd"))
                except OSError:
                    pass
            print("alive:", len([1 for a in alive if a != os.getcwd()]))
            note(str(n))
            return n + 1
    """
    one = calls_of(NEXT, ((SECRET,), SECRET + 1))
    two = calls_of(NEXT, ((1,), 2))
    result = judged(source, one, two)
    assert result.verdict is Verdict.ACCEPTED, result
    assert b"left" not in result.tests[1].stderr.data
    assert str(SECRET).encode() not in result.tests[1].stderr.data


def test_a_daemon_gains_nothing_for_later_calls() -> None:
    """It stays behind, holds the pipes, and writes answers while another process is asked."""
    source = FORGE + textwrap.dedent(
        """
        def after(n):
            if os.fork() == 0:
                os.setsid()
                while True:
                    write(frame(bytes(8), n + 2))
            os._exit(0)
        """
    )
    assert points(judged(source)) == 0


def test_a_hidden_tests_arguments_do_not_come_out_by_the_compile_message() -> None:
    """Only before any call may a program say that its function cannot be called."""
    source = FORGE + textwrap.dedent(
        """
        def after(n):
            body = bytes(8) + b"N" + b"the argument is " + str(n).encode()
            write(struct.pack(">I", len(body)) + body)
            os._exit(0)
        """
    )
    result = judged(source, HIDDEN)
    assert result.compile_message is None
    assert points(result) == 0
    early = 'body = bytes(8) + b"N" + b"x" * 5000\nwrite(struct.pack(">I", len(body)) + body)\n'
    result = judged(FORGE + early + "def after(n): return n + 1")
    assert result.verdict is Verdict.COMPILE_ERROR
    assert len(result.compile_message or "") < 1000


def test_an_expected_error_must_be_raised_and_not_only_be_meant() -> None:
    test = calls_of(NEXT, ((SECRET,), Raises("invalid-argument")))
    for cheat in (
        "def after(n): return ValueError('x')",
        "def after(n): return ValueError",
        "class ValueErrors(Exception): pass\ndef after(n): raise ValueErrors(n)",
        "import sys\ndef after(n): sys.exit('ValueError')",
        "def after(n): print('ValueError')",
        "import os\ndef after(n): os.write(2, b'ValueError: x'); os._exit(1)",
        "raise ValueError('x')",
    ):
        assert points(judged(cheat, test)) == 0, cheat
    assert points(judged("def after(n): raise ValueError(n)", test)) == 1


FLOODS = {
    "a list": "def after(n): return [0] * 3_000_000",
    "nothings": "def after(n): return [None] * 7_000_000",
    "nested": "def after(n):\n  a = 0\n  for _ in range(900): a = [a]\n  return a",
    "text": "def after(n): return 'x' * 7_000_000",
    "keys": "def after(n): return {str(i): i for i in range(300_000)}",
    "classes": "class E(Exception): pass\nfor i in range(50): E = type('E' * 9999, (E,), {})\n"
    "def after(n): raise E('x' * 10**6)",
    "message": "def after(n): raise ValueError('\\x1b[2J' * 10**5)",
}


@pytest.mark.parametrize("name", list(FLOODS))
def test_a_flood_of_an_answer_is_wrong_and_its_reason_is_short(name: str) -> None:
    result = judged(FLOODS[name], calls_of(NEXT, ((1,), 2)))
    assert points(result) == 0
    (test,) = result.tests
    assert test.verdict not in (Verdict.ACCEPTED, Verdict.PARTIAL)
    assert len(test.reason) < 1000
    assert test.reason.isprintable()
    assert len(test.stdout.data) < 5000
