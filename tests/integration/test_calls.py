"""Functions in every language, called in real sandboxes."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from carrel.core.sizes import MIB
from carrel.judge.kinds.call import Raises
from carrel.judge.kinds.call_compare import Rules
from carrel.judge.kinds.call_values import Value
from carrel.judge.verdict import Verdict
from carrel.languages.harness.registry import HARNESSES
from carrel.languages.registry import Language
from carrel.testing.calls import calls_of, judge_calls, signature, verdict_on_calls
from carrel.testing.judging import AMPLE

pytestmark = pytest.mark.usefixtures("nothing_left")

LIMITS = replace(AMPLE, memory_bytes=192 * MIB)
ALL = pytest.mark.parametrize("language", list(HARNESSES))

# `pick(words, which)` does what `which` says, so that one program shows many things.
PICK = signature("pick", ["list<string> words", "int which"], "string")
RIGHT, WRONG, CRASH, ENDLESS, RAISE, EXIT, SHOUT = range(7)
PROGRAMS = {
    Language.PYTHON: """
import os, sys
def pick(words, which):
    if which == 1: return words[0] + "!"
    if which == 2: os.abort()
    while which == 3: pass
    if which == 4: raise ValueError("no words")
    if which == 5: sys.exit(0)
    if which == 6: print("looking at", words, flush=False)
    return words[0]
""",
    Language.JAVASCRIPT: """
function pick(words, which) {
  if (which === 1) return words[0] + "!";
  if (which === 2) process.abort();
  while (which === 3);
  if (which === 4) throw new RangeError("no words");
  if (which === 5) process.exit(0);
  if (which === 6) console.log("looking at", words);
  return words[0];
}
""",
    Language.TYPESCRIPT: """
export async function pick(words: string[], which: number): Promise<string> {
  await Promise.resolve();
  if (which === 1) return words[0] + "!";
  if (which === 2) process.abort();
  while (which === 3);
  if (which === 4) throw new Error("no words");
  if (which === 5) process.exit(0);
  if (which === 6) console.log("looking at", words);
  return words[0]!;
}
""",
    Language.JAVA: """
class Solution {
    static String pick(String[] words, int which) {
        if (which == 1) return words[0] + "!";
        if (which == 2) Runtime.getRuntime().halt(3);
        while (which == 3) { }
        if (which == 4) throw new NumberFormatException("no words");
        if (which == 5) System.exit(0);
        if (which == 6) System.out.print("looking at " + words.length);
        return words[0];
    }
}
""",
    Language.CPP: """
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>
struct Early { Early() { std::puts("printed before main"); } } early;
std::string pick(const std::vector<std::string>& words, int which) {
    volatile int w = which;
    if (which == 1) return words[0] + "!";
    if (which == 2) std::abort();
    while (w == 3) { }
    if (which == 4) throw std::invalid_argument("no words");
    if (which == 5) std::exit(0);
    if (which == 6) std::cout << "looking at " << words.size();
    return words[0];
}
""",
    Language.C: """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
const char *pick(char **words, int words_count, int which) {
    volatile int w = which;
    if (which == 1) return strcat(strcpy(malloc(99), words[0]), "!");
    if (which == 2) abort();
    while (w == 3) { }
    if (which == 5) exit(0);
    if (which == 6) printf("looking at %d", words_count);
    return words[0];
}
""",
    Language.GO: """
package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

func init() { fmt.Println("printed before main") }

func pick(words []string, which int) (string, error) {
	switch which {
	case 1:
		return words[0] + "!", nil
	case 2:
		syscall.Kill(os.Getpid(), syscall.SIGABRT)
		select {}
	case 4:
		return "", errors.New("no words")
	case 5:
		os.Exit(0)
	case 6:
		fmt.Print("looking at ", words)
	}
	for which == 3 {
	}
	return words[0], nil
}
""",
    Language.RUST: """
fn pick(words: &[String], which: usize) -> Result<String, String> {
    match which {
        1 => return Ok(words[0].clone() + "!"),
        2 => std::process::abort(),
        3 => loop { std::hint::black_box(which); },
        4 => return Err("no words".into()),
        5 => std::process::exit(0),
        6 => print!("looking at {words:?}"),
        _ => (),
    }
    Ok(words[0].clone())
}
""",
}


@ALL
def test_each_call_is_judged_by_itself(language: Language) -> None:
    order = [RIGHT, WRONG, CRASH, RIGHT, ENDLESS, RIGHT, EXIT, SHOUT]
    test = calls_of(PICK, *[((("a", "é€😀"), which), "a") for which in order])
    short = replace(LIMITS, cpu_ms=2000)  # for the call without an end
    verdict = verdict_on_calls(PROGRAMS[language], language, test, limits=short)
    assert [part.verdict for part in verdict.parts] == [
        Verdict.ACCEPTED,
        Verdict.WRONG_ANSWER,
        Verdict.RUNTIME_ERROR,
        Verdict.ACCEPTED,
        Verdict.TIME_LIMIT,
        Verdict.ACCEPTED,
        Verdict.RUNTIME_ERROR,
        Verdict.ACCEPTED,
    ], [f"{part.verdict}: {part.reason}" for part in verdict.parts]
    assert verdict.verdict is Verdict.PARTIAL
    assert verdict.share == pytest.approx(4 / 8)
    assert verdict.parts[0].name == 'pick(["a", "é€😀"], 0)'
    assert verdict.parts[1].reason == 'expected "a", got "a!"'
    assert "ended before the function returned" in verdict.parts[6].reason
    lines = verdict.stdout.data.decode().splitlines()
    assert lines[:2] == ['"a"', '"a!"']
    assert lines[4] == "(time limit exceeded)"
    assert b"looking at" in verdict.stderr.data
    assert b"looking at" not in verdict.stdout.data


@ALL
def test_an_error_can_be_what_is_expected(language: Language) -> None:
    if language is Language.C:
        return  # nothing is raised there, and no exercise with errors loads for it
    words = ("a",)
    test = calls_of(
        PICK,
        ((words, RAISE), Raises()),
        ((words, RAISE), Raises("invalid-argument")),
        ((words, RIGHT), Raises()),
        ((words, RAISE), "a"),
        ((words, RAISE), Raises("any", ((language, "Unheard"),))),
    )
    verdict = verdict_on_calls(PROGRAMS[language], language, test, limits=LIMITS)
    assert [part.verdict for part in verdict.parts] == [
        Verdict.ACCEPTED,
        Verdict.ACCEPTED,
        Verdict.WRONG_ANSWER,
        Verdict.RUNTIME_ERROR,
        Verdict.WRONG_ANSWER,
    ], [f"{part.verdict}: {part.reason}" for part in verdict.parts]
    assert verdict.parts[2].reason == 'expected error, got "a"'
    assert "no words" in verdict.parts[3].reason
    assert "expected error: Unheard" in verdict.parts[4].reason


FLOATS: tuple[Value, ...] = (0.1, -0.0, math.nan, math.inf, -math.inf, 1.7e308, 5e-324, 2.0**60)
TEXTS: tuple[Value, ...] = ("", "é€😀", "a\nb\tc", '"\\{}[],', "\x01\x7f", " x ", "x" * 70_000)
ECHO_FLOATS = signature("echo", ["list<float> values"], "list<float>")
ECHO_TEXTS = signature("echo", ["list<string> values"], "list<string>")
ECHOES = {
    Language.PYTHON: "def echo(values): return tuple(values)",
    Language.JAVASCRIPT: "const echo = (values) => values;",
    Language.TYPESCRIPT: "function echo<T>(values: T[]): T[] { return values; }",
    Language.GO: "package main\n\nfunc echo(values []{}) []{} { return values }\n",
    Language.RUST: "fn echo(values: Vec<{}>) -> Vec<{}> { values }",
    Language.CPP: "#include <string>\n#include <vector>\n"
    "std::vector<{}> echo(std::vector<{}> values) { return values; }",
    Language.JAVA: "class Solution { public {}[] echo({}[] values) { return values; } }",
    Language.C: "{} *echo({} *values, int n, int *m) { *m = n; return values; }",
}
ITEMS = {
    Language.GO: ("float64", "string"),
    Language.RUST: ("f64", "String"),
    Language.CPP: ("double", "std::string"),
    Language.JAVA: ("double", "String"),
    Language.C: ("double", "char *"),
}


@ALL
def test_values_go_in_and_come_back_unchanged(language: Language) -> None:
    floats, texts = ITEMS.get(language, ("", ""))
    exactly = Rules(tolerance=0.0)
    as_floats = ECHOES[language].replace("{}", floats) if floats else ECHOES[language]
    as_texts = ECHOES[language].replace("{}", texts) if texts else ECHOES[language]
    test = calls_of(ECHO_FLOATS, ((FLOATS,), FLOATS), (((),), ()), rules=exactly)
    verdict = verdict_on_calls(as_floats, language, test, limits=LIMITS)
    assert verdict.verdict is Verdict.ACCEPTED, verdict.reason
    test = calls_of(ECHO_TEXTS, ((TEXTS,), TEXTS), (((),), ()))
    verdict = verdict_on_calls(as_texts, language, test, limits=LIMITS)
    assert verdict.verdict is Verdict.ACCEPTED, verdict.reason


STARTED = {
    "in-place": signature("sort_all", ["list<list<float>> rows", "bool down"], changes=0),
    "plain": signature("mix", ["long n", "float x", "bool b", "string text"], "list<string>"),
    "maps": signature(
        "count_of", ["map<string, list<long>> known", "optional<int> most"], "map<string, bool>"
    ),
}
ARGUMENTS: dict[str, tuple[Value, ...]] = {
    "in-place": (((1.5, 2.0), ()), True),
    "plain": (2**52, 0.5, False, "x"),
    "maps": ({"a": (1, 2)}, None),
}


@ALL
@pytest.mark.parametrize("name", list(STARTED))
def test_what_the_starter_declares_can_be_called(language: Language, name: str) -> None:
    harness, function = HARNESSES[language], STARTED[name]
    if harness.refuses(function) is not None:
        assert language is Language.C
        return
    test = calls_of(function, (ARGUMENTS[name], Raises()))
    result = judge_calls(harness.starter(function), language, test, limits=LIMITS)
    # It says that it is not written yet: with an error, or, in C, by giving up.
    (verdict,) = result.tests
    right = Verdict.RUNTIME_ERROR if language is Language.C else Verdict.ACCEPTED
    assert verdict.verdict is right, (result.compile_message, verdict.reason)


CHANGES = signature("bump", ["int by", "list<list<int>> rows"], changes=1)
CHANGING = {
    Language.PYTHON: "def bump(by, rows):\n for row in rows:\n  row[:] = [x + by for x in row]\n",
    Language.JAVASCRIPT: "function bump(by, rows) {"
    " for (const row of rows) row.forEach((x, i) => { row[i] = x + by; }); }",
    Language.TYPESCRIPT: "function bump(by: number, rows: number[][]): void {"
    " for (const row of rows) row.forEach((x, i) => { row[i] = x + by; }); }",
    Language.JAVA: "import java.util.*; public class A { static void bump(int by,"
    " List<List<Integer>> rows) { for (List<Integer> row : rows) row.replaceAll(x -> x + by); } }",
    Language.CPP: "#include <vector>\nvoid bump(int by, std::vector<std::vector<int>>& rows) {"
    " for (auto& row : rows) for (auto& x : row) x += by; }",
    Language.C: "void bump(int by, int **rows, int n, const int *counts) {"
    " for (int i = 0; i < n; i++) for (int j = 0; j < counts[i]; j++) rows[i][j] += by; }",
    Language.GO: "package main\n\nfunc bump(by int, rows [][]int) {\n"
    " for _, row := range rows {\n  for i := range row {\n   row[i] += by\n  }\n }\n}\n",
    Language.RUST: "fn bump(by: i32, rows: &mut Vec<Vec<i32>>) {"
    " for row in rows { for x in row { *x += by; } } }",
}


@ALL
def test_a_parameter_that_is_changed_is_the_result(language: Language) -> None:
    test = calls_of(CHANGES, ((5, ((1, 2), (), (-5,))), ((6, 7), (), (0,))))
    verdict = verdict_on_calls(CHANGING[language], language, test, limits=LIMITS)
    assert verdict.verdict is Verdict.ACCEPTED, verdict.reason


# A function of the right name and another declaration; None where a call tells.
OTHERWISE = {
    Language.PYTHON: ("# one\ndef pick(words): return 1", "line 2"),
    Language.JAVASCRIPT: (None, ""),
    Language.TYPESCRIPT: (None, ""),
    Language.JAVA: ("class A {\n static int pick(String word) { return 1; } }", "line 2"),
    Language.CPP: (
        "#include <vector>\nint pick(std::vector<int> a, int b) { return 1; }",
        "line 2",
    ),
    Language.C: ("// one\nint pick(char *words, int n) { return 1; }", "line 2"),
    Language.GO: ("package main\n\nfunc pick(words string) int { return 1 }", "line 3"),
    Language.RUST: ("// one\nfn pick(words: Vec<i32>) -> i32 { 1 }", "line 2"),
}
MISSING = {
    Language.PYTHON: "def picks(words, which): return 1",
    Language.JAVASCRIPT: "function picks(words, which) { return 1; }",
    Language.TYPESCRIPT: "function picks(words: string[], which: number) { return 1; }",
    Language.JAVA: "class A { static int picks(String word) { return 1; } }",
    Language.CPP: "int picks(int a) { return 1; }",
    Language.C: "int picks(int a) { return 1; }",
    Language.GO: "package main\n\nfunc picks(words string) int { return 1 }",
    Language.RUST: "fn picks(words: i32) -> i32 { 1 }",
}


@ALL
def test_a_function_declared_otherwise_is_a_compile_error_that_says_how(
    language: Language,
) -> None:
    source, words = OTHERWISE[language]
    declaration = HARNESSES[language].declaration(PICK)
    test = calls_of(PICK, ((("a",), 0), "a"))
    if source is not None:
        result = judge_calls(source, language, test, limits=LIMITS)
        assert result.verdict is Verdict.COMPILE_ERROR, result
        assert f"{words}: the function should be declared `{declaration}`; found: " in (
            result.compile_message or ""
        )
    result = judge_calls(MISSING[language], language, test, limits=LIMITS)
    assert result.verdict is Verdict.COMPILE_ERROR, result
    assert result.compile_message == (
        f"there is no function `{declaration}`; is it the one called `picks`?"
    )


BROKEN = {
    Language.PYTHON: ("def pick(words, which):\n    return (", "line 2"),
    Language.JAVASCRIPT: ("function pick(words {", "solution.js:1"),
    Language.TYPESCRIPT: ("function pick(words: string) { return x; }", "solution.ts(1,"),
    Language.JAVA: ("class A { static String pick() { return x; } }", "A.java:1"),
    Language.CPP: ("int pick(int n) {\n return x; }", "solution.cpp:2"),
    Language.C: ("int pick(int n) {\n return x; }", "solution.c:2"),
    Language.GO: ("package main\n\nfunc pick() int { return x }", "solution.go:3"),
    Language.RUST: ("fn pick(n: i32) -> i32 {\n x }", "solution.rs:2"),
}


@ALL
def test_a_mistake_of_the_students_is_shown_at_its_line_and_nothing_of_ours(
    language: Language,
) -> None:
    source, words = BROKEN[language]
    result = judge_calls(source, language, calls_of(PICK, ((("a",), 0), "a")), limits=LIMITS)
    assert result.verdict is Verdict.COMPILE_ERROR, result
    assert words in (result.compile_message or "")
    assert "carrel" not in (result.compile_message or "").lower()
