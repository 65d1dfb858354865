"""Tests by function calls as exercise.toml describes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carrel.exercises.errors import ExerciseError
from carrel.exercises.loading import load_exercise
from carrel.judge.kinds.call import CallTest, Raises
from carrel.languages.harness.registry import HARNESSES
from carrel.languages.registry import Language

pytestmark = pytest.mark.quick

HEAD = """
id = "x"
title = "X"
languages = {languages}
[functions.f]
parameters = ["list<int> numbers", "optional<string> word"]
returns = "float"
[functions.sort]
parameters = ["list<int> numbers"]
changes = "numbers"
[functions.greet]
parameters = []
[functions.far]
parameters = ["long n"]
returns = "long"
"""
TEST = '[[tests]]\nkind = "call"\nfunction = "f"\n'
RIGHT = '[[tests.calls]]\narguments = [[1, 2], "a"]\nexpected = 2\n'


def load(tmp_path: Path, body: str, languages: str = '["python", "java"]') -> CallTest:
    (tmp_path / "statement.md").write_text("Do it.\n")
    (tmp_path / "exercise.toml").write_text(HEAD.replace("{languages}", languages) + body)
    test = load_exercise(tmp_path).tests[0].judge
    assert isinstance(test, CallTest)
    return test


def problem(tmp_path: Path, body: str, languages: str = '["python", "java"]') -> str:
    with pytest.raises(ExerciseError) as caught:
        load(tmp_path, body, languages)
    return str(caught.value)


def test_calls_get_values_of_their_types(tmp_path: Path) -> None:
    body = TEST + RIGHT + "weight = 3\n"
    body += '[[tests.calls]]\narguments = [[], { none = true }]\nraises = "invalid-argument"\n'
    test = load(tmp_path, body)
    first, second = test.calls
    assert first.arguments == ((1, 2), "a")
    assert (first.expected, type(first.expected), first.weight) == (2.0, float, 3)
    assert second.arguments == ((), None)
    assert second.expected == Raises("invalid-argument")
    assert test.shown == (
        b'f([1, 2], "a")\nf([], none)\n',
        b"2.0\nerror: invalid-argument\n",
    )


def test_tests_of_one_function_share_a_sandbox_and_others_do_not(tmp_path: Path) -> None:
    other = TEST.replace('"f"', '"greet"') + "[[tests.calls]]\n"
    body = TEST + RIGHT + TEST + "hidden = true\n" + RIGHT + other
    load(tmp_path, body)
    first, second, third = (test.judge.setup for test in load_exercise(tmp_path).tests)
    assert first == second
    assert hash(first) == hash(second)
    assert first != third


def test_a_file_of_calls_is_json(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    calls = [
        {"arguments": [[1], None], "expected": 1},
        {"arguments": [[], "x"], "raises": {"python": "ValueError", "java": "MyError"}},
    ]
    (tmp_path / "tests/many.json").write_text(json.dumps(calls))
    test = load(tmp_path, TEST + 'file = "many"\n')
    assert test.calls[0].arguments == ((1,), None)
    raises = test.calls[1].expected
    assert isinstance(raises, Raises)
    assert raises.accept(Language.JAVA, ["de.MyError", "java.lang.Exception"])
    assert not raises.accept(Language.PYTHON, ["KeyError"])
    assert load_exercise(tmp_path).tests[0].name == "many"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "has 0 calls"),
        ('[{"argument": []}]', "[1].argument: extra"),
        ('[{"arguments": [[1], "x"]}]', "give `expected`, or `raises`"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/many.json").write_text(text)
    assert words in problem(tmp_path, TEST + 'file = "many"\n')


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("arguments = [[1]]\nexpected = 1\n", "1 arguments are given, and f(list<int> numbers"),
        ('arguments = [["a"], "b"]\nexpected = 1\n', "arguments[1][1] = 'a' is no int"),
        ('arguments = [[1], "b"]\nexpected = "c"\n', "expected = 'c' is no float"),
        ('arguments = [[1], "b"]\n', "give `expected`, or `raises`"),
        ('arguments = [[1], "b"]\nexpected = 1\nraises = true\n', "give either"),
        ('arguments = [[1], "b"]\nraises = "bad"\n', "'bad' is not known; give true, invalid"),
        ('arguments = [[1], "b"]\nraises = { python = "E" }\n', "names no class for java"),
        ('arguments = [[1], "b"]\nraises = false\n', "raises"),
        ('arguments = [[1], "b"]\nexpected = 1\nweight = 0\n', "tests[1].calls[1].weight = 0"),
        ('arguments = [[1], "b"]\nexpect = 1\n', "tests[1].calls[1].expect is not known"),
        ('arguments = [[3000000000], "b"]\nexpected = 1\n', "write `long`"),
        ("arguments = [[1], 1979-05-27]\nexpected = 1\n", "is no string"),
    ],
)
def test_what_is_wrong_with_a_call_is_said_with_its_place(
    tmp_path: Path, call: str, words: str
) -> None:
    said = problem(tmp_path, TEST + "[[tests.calls]]\n" + call)
    assert words in said
    assert "tests[1].calls[1]" in said


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (TEST.replace('"f"', '"g"') + RIGHT, "'g' is not among [functions] (f, sort, greet, far)"),
        (TEST, "give either `calls` or `file`"),
        (TEST + "any_order = true\n" + RIGHT, "any_order is for lists"),
        (TEST + "tolerance = 2\n" + RIGHT, "tests[1].tolerance = 2"),
        (TEST + "callz = 1\n" + RIGHT, "tests[1].callz is not known; did you mean `calls`"),
        ('[functions.Bad]\nreturns = "int"\n' + TEST + RIGHT, "'Bad' is no name"),
        ('[functions.g]\nreturns = "inte"\n' + TEST + RIGHT, "'inte' is no type"),
        ('[functions.g]\nparameters = ["x"]\n' + TEST + RIGHT, "'x' is no parameter"),
        ('[functions.g]\nparameters = ["int x", "int x"]\n' + TEST + RIGHT, "the same name"),
        ('[functions.g]\nchanges = "x"\n' + TEST + RIGHT, "names no parameter"),
        (
            '[functions.g]\nparameters = ["int x"]\nchanges = "x"\n' + TEST + RIGHT,
            "only a list or a map",
        ),
        (
            '[functions.g]\nparameters = ["list<int> x"]\nchanges = "x"\nreturns = "int"\n' + TEST,
            "leave `returns` out",
        ),
        ('[functions.g]\nnames = { java = "a b" }\n' + TEST + RIGHT, "functions.g.names.java"),
        ('[functions.g]\nnames = { perl = "a" }\n' + TEST + RIGHT, "functions.g.names"),
    ],
)
def test_what_is_wrong_with_a_function_or_a_test_is_said(
    tmp_path: Path, body: str, words: str
) -> None:
    assert words in problem(tmp_path, body)


def test_a_language_that_cannot_is_refused_when_the_exercise_is_loaded(tmp_path: Path) -> None:
    for language in set(Language) - set(HARNESSES):
        said = problem(tmp_path, TEST + RIGHT, f'["python", "{language}"]')
        assert f"functions cannot be called in {language}" in said
        assert f"leave '{language}' out" in said
    maps = '[functions.g]\nparameters = ["map<string, int> m"]\nreturns = "int"\n'
    test = TEST.replace('"f"', '"g"') + "[[tests.calls]]\narguments = [{ a = 1 }]\nexpected = 1\n"
    said = problem(tmp_path, maps + test, '["python", "c"]')
    assert "tests[1].function = 'g': C has no map; leave 'c' out" in said


def test_what_c_and_javascript_cannot_hold_is_refused(tmp_path: Path) -> None:
    far = '[[tests]]\nkind = "call"\nfunction = "far"\n[[tests.calls]]\n'
    large = far + "arguments = [9007199254740993]\nexpected = 1\n"
    assert "no exact number in javascript" in problem(tmp_path, large, '["javascript"]')
    load(tmp_path, large, '["python", "c"]')
    raises = far + "arguments = [1]\nraises = true\n"
    assert "nothing can be raised in c" in problem(tmp_path, raises, '["python", "c"]')


def test_a_function_that_returns_nothing_is_called_without_an_expectation(tmp_path: Path) -> None:
    body = '[[tests]]\nkind = "call"\nfunction = "greet"\n[[tests.calls]]\n'
    assert load(tmp_path, body).calls[0].expected is None
    assert "returns nothing" in problem(tmp_path, body + "expected = 1\n")


def test_a_changed_parameter_is_the_result(tmp_path: Path) -> None:
    body = '[[tests]]\nkind = "call"\nfunction = "sort"\n[[tests.calls]]\n'
    test = load(tmp_path, body + "arguments = [[2, 1]]\nexpected = [1, 2]\n")
    assert test.signature.changes == 0
    assert str(test.signature.result) == "list<int>"
    assert test.calls[0].expected == (1, 2)
