"""How single calls of one program end, and that each counts for itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carrel.core.sizes import MIB
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language
from carrel.testing.calls import calls_of, judge_calls, signature, verdict_on_calls
from carrel.testing.judging import AMPLE

pytestmark = pytest.mark.usefixtures("nothing_left")

LIMITS = replace(AMPLE, memory_bytes=192 * MIB)
SHORT = replace(LIMITS, cpu_ms=1000, wall_ms=2000)
PICK = signature("pick", ["list<string> words", "int which"], "string")

LOADS = {
    Language.PYTHON: "raise OSError('early')",
    Language.JAVASCRIPT: "throw new Error('early')",
    Language.JAVA: "class A { static { Object[] a = {}; a[0] = 1; }"
    " static String pick(String[] words, int which) { return null; } }",
}


@pytest.mark.parametrize("language", list(LOADS))
def test_a_program_that_fails_while_it_is_loaded_fails_every_call_at_once(
    language: Language,
) -> None:
    test = calls_of(PICK, *[((("a",), 0), "a")] * 50)
    verdict = verdict_on_calls(LOADS[language], language, test, limits=LIMITS)
    assert verdict.verdict is Verdict.RUNTIME_ERROR
    assert len(verdict.parts) == 50
    said = verdict.stderr.data
    assert said.count(b"Error: early") + said.count(b"IndexOutOfBounds") == 1
    assert b"arness" not in verdict.stderr.data


def test_a_program_without_an_end_is_stopped_while_it_is_loaded() -> None:
    test = calls_of(PICK, *[((("a",), 0), "a")] * 50)
    verdict = verdict_on_calls("while True: pass", Language.PYTHON, test, limits=SHORT)
    assert verdict.verdict is Verdict.TIME_LIMIT
    assert verdict.cpu_ms < 5 * 1000


def test_a_call_may_take_the_whole_limit_and_so_may_the_next() -> None:
    busy = (
        "import time\n"
        "def pick(words, which):\n"
        "    end = time.process_time() + 0.4\n"
        "    while time.process_time() < end: pass\n"
        "    return words[0]\n"
    )
    verdict = verdict_on_calls(
        busy, Language.PYTHON, calls_of(PICK, *[((("a",), 0), "a")] * 4), limits=SHORT
    )
    assert verdict.verdict is Verdict.ACCEPTED, verdict.reason
    assert verdict.cpu_ms > 1000  # which is the limit of one call


def test_a_call_that_sleeps_is_idle() -> None:
    sleeps = "import time\ndef pick(words, which):\n  time.sleep(which * 60)\n  return words[0]\n"
    test = calls_of(PICK, ((("a",), 0), "a"), ((("a",), 1), "a"), ((("a",), 0), "a"))
    verdict = verdict_on_calls(sleeps, Language.PYTHON, test, limits=SHORT)
    assert [part.verdict for part in verdict.parts] == [
        Verdict.ACCEPTED,
        Verdict.IDLENESS_LIMIT,
        Verdict.ACCEPTED,
    ]


def test_the_call_that_takes_too_much_memory_is_the_one_that_is_told_so() -> None:
    hoards = (
        "def pick(words, which):\n    kept = bytearray(which * 260_000_000)\n    return words[0]\n"
    )
    test = calls_of(PICK, ((("a",), 0), "a"), ((("a",), 1), "a"), ((("a",), 0), "a"))
    verdict = verdict_on_calls(hoards, Language.PYTHON, test, limits=LIMITS)
    assert [part.verdict for part in verdict.parts] == [
        Verdict.ACCEPTED,
        Verdict.MEMORY_LIMIT,
        Verdict.ACCEPTED,
    ], verdict.parts


def test_calls_share_a_process_unless_the_test_says_otherwise() -> None:
    counts = "seen = []\ndef count():\n    seen.append(1)\n    return len(seen)\n"
    function = signature("count", [], "int")
    together = calls_of(function, ((), 1), ((), 2))
    apart = calls_of(function, ((), 1), ((), 1), separate=True)
    result = judge_calls(counts, Language.PYTHON, together, apart, together)
    assert [test.verdict for test in result.tests] == [Verdict.ACCEPTED] * 3, result


def test_many_large_results_need_no_more_output_than_one() -> None:
    function = signature("fill", ["int n"], "list<int>")
    limits = replace(LIMITS, output_bytes=1024 * 1024)
    source = "def fill(n): return list(range(n))"
    half = tuple(range(30_000))
    test = calls_of(function, *[((30_000,), half)] * 8)
    result = judge_calls(source, Language.PYTHON, test, limits=limits)
    assert result.verdict is Verdict.ACCEPTED, result.tests[0].reason
    test = calls_of(function, ((200_000,), half), ((3,), (0, 1, 2)))
    (verdict,) = judge_calls(source, Language.PYTHON, test, limits=limits).tests
    assert [part.verdict for part in verdict.parts] == [Verdict.OUTPUT_LIMIT, Verdict.ACCEPTED]


def test_a_missing_function_costs_only_its_own_tests() -> None:
    here = calls_of(signature("here", [], "int"), ((), 1))
    missing = calls_of(signature("missing", [], "int"), ((), 1))
    result = judge_calls("def here(): return 1", Language.PYTHON, here, missing)
    assert [t.verdict for t in result.tests] == [Verdict.ACCEPTED, Verdict.COMPILE_ERROR]
    assert "def missing() -> int" in (result.compile_message or "")


def test_a_result_that_is_no_value_is_described() -> None:
    function = signature("make", ["int n"], "list<int>")
    source = (
        "class Thing: pass\n"
        "loop = []\n"
        "loop.append(loop)\n"
        "def make(n): return [Thing(), {1, 2}, {1: 2}, lambda: 1, loop, range(2), b'x'][n]\n"
    )
    test = calls_of(function, *[((n,), (0, 1)) for n in range(7)])
    verdict = verdict_on_calls(source, Language.PYTHON, test, limits=LIMITS)
    assert {part.verdict for part in verdict.parts} == {Verdict.WRONG_ANSWER}
    reasons = [part.reason for part in verdict.parts]
    for reason, words in zip(
        reasons,
        ["type Thing", "type set", "type dict", "function", "too deep", "range", "bytes"],
        strict=True,
    ):
        assert words in reason
