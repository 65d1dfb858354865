"""Scores: what two programs and many programs get."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.core.errors import InvalidValueError
from carrel.similarity import (
    SourceFile,
    Submission,
    calculate_similarity,
    check_plagiarism,
    compare,
)
from carrel.similarity.usual import estimate

pytestmark = pytest.mark.quick


def test_the_usual_example_is_judged_sensibly() -> None:
    submissions = {
        "student1": "def add(a, b):\n    return a + b",
        "student2": "def add(a, b):\n    return a + b  # sum",
        "student3": "def sum_nums(x, y):\n    result = x + y\n    return result",
    }
    assert check_plagiarism(submissions) == [("student1", "student2", 1.0)]
    assert calculate_similarity(submissions["student1"], submissions["student3"]) < 0.8


def test_pairs_come_sorted_in_the_order_of_the_submissions() -> None:
    one = "def f(x):\n    for i in range(x):\n        print(i + 1)\n    return x * 2\n"
    submissions = {
        "zoe": one,
        "adam": one.replace("x * 2", "x - 2"),
        "mia": one.replace("f(", "g("),
        "other": "class A:\n    pass\n",
    }
    found = check_plagiarism(submissions, threshold=0.5)
    assert found[0][:2] == ("zoe", "mia")
    assert all(a in {"zoe", "adam"} for a, _, _ in found)
    assert [s for _, _, s in found] == sorted((s for _, _, s in found), reverse=True)


def test_languages_are_never_compared_across() -> None:
    assert (
        calculate_similarity("def f(a):\n    return a + 1\n", "int f(int a) { return a + 1; }") == 0
    )


def test_texts_without_statements_are_compared_as_they_stand() -> None:
    assert check_plagiarism({"a": "hello", "b": "hello", "c": "bye", "d": "", "e": ""}) == [
        ("a", "b", 1.0)
    ]
    assert calculate_similarity("", "") == 1.0
    assert calculate_similarity("hello", "world") == 0.0


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan"), float("inf")])
def test_an_impossible_threshold_is_refused(threshold: float) -> None:
    with pytest.raises(InvalidValueError, match="threshold"):
        check_plagiarism({"a": "x = 1"}, threshold)


def _crowd(count: int) -> list[Submission]:
    """Return different programs of the same parts, in different orders and numbers."""
    rng = random.Random(3)  # noqa: S311
    parts = [
        "for i in range(n):\n        t += i * {}",
        "while n > {}:\n        n = n // 2",
        "if n % 2 == {}:\n        print(n)",
        "x = [i * i for i in range({})]",
        "try:\n        f(n)\n    except ValueError:\n        return {}",
        "n = n - {} if n > 3 else n * 2",
        "print(n, t, {})",
        "y = (n + t) * (n - t) / {}",
    ]
    found = []
    for i in range(count):
        body = [rng.choice(parts).format(rng.randrange(9)) for _ in range(12)]
        text = "def work(n, t):\n    " + "\n    ".join(body) + "\n    return n\n"
        found.append(Submission(f"s{i:03}", (SourceFile("work.py", text.encode(), "python"),)))
    return found


def test_results_do_not_depend_on_the_order_of_submissions() -> None:
    crowd = _crowd(130)
    mixed = crowd[:]
    random.Random(1).shuffle(mixed)  # noqa: S311
    for every in (True, False):
        one = compare(crowd, threshold=0.6, all_pairs=every)
        assert compare(crowd, threshold=0.6, all_pairs=every).pairs == one.pairs
    assert {(p.a, p.b): p.similarity for p in compare(crowd, all_pairs=True).pairs} == {
        (p.a, p.b): p.similarity for p in compare(mixed, all_pairs=True).pairs
    }


def test_candidates_find_the_copies_that_comparing_every_pair_finds() -> None:
    crowd = _crowd(200)
    copies = [
        Submission(
            f"copy{i}",
            (
                SourceFile(
                    "w.py",
                    re.sub(rb"\bt\b", b"u", crowd[i].files[0].text) + b"print(3)\n",
                    "python",
                ),
            ),
        )
        for i in range(0, 200, 10)
    ]
    every = {(p.a, p.b): p for p in compare(crowd + copies, all_pairs=True).pairs}
    found = {(p.a, p.b): p for p in compare(crowd + copies, threshold=0.8).pairs}
    wanted = {(f"copy{i}", f"s{i:03}") for i in range(0, 200, 10)}
    assert wanted <= set(found)
    assert all(every[key] == pair for key, pair in found.items())


def test_a_copy_stands_out_among_independent_solutions() -> None:
    bodies = [
        """t = 0
    for x in a:
        if x % 2 == 0:
            t += x * x
    return t""",
        "return sum(map(lambda x: x ** 2, filter(lambda x: not x & 1, a)))",
        """i = len(a) - 1
    t = 0
    while i >= 0:
        t = t + a[i] ** 2 * (1 - a[i] % 2)
        i -= 1
    return t""",
        """if not a:
        return 0
    if a[0] % 2:
        return f(a[1:])
    return a[0] * a[0] + f(a[1:])""",
        """b = [x for x in a if x // 2 * 2 == x]
    c = []
    for x in b:
        c.append(x * x)
    t = 0
    for y in c:
        t += y
    return t""",
    ]
    tail = "\n\ndef main():\n    a = [int(x) for x in input().split()]\n    print(f(a))\n"
    texts = ["def f(a):\n    " + body + tail * (1 + i % 2) for i, body in enumerate(bodies)]
    copy = texts[4].replace("x", "value").replace("    t = 0\n", "    t = 0\n    u = 5\n")
    result = compare(
        [
            Submission(f"s{i}", (SourceFile("a.py", text.encode(), "python"),))
            for i, text in enumerate([*texts, copy])
        ]
    )
    assert (result.pairs[0].a, result.pairs[0].b) == ("s4", "s5")
    assert result.pairs[0].similarity > 0.85
    others = [p.similarity for p in result.pairs[1:]]
    assert all(s < result.pairs[0].similarity for s in others)
    assert result.groups[0].typical < 0.6


def test_starter_code_does_not_count() -> None:
    starter = (
        "def read(path):\n    with open(path) as f:\n        lines = f.readlines()\n"
        "    return [int(x) * 2 + 1 for x in lines if x != '']\n"
    )
    one = starter + "def solve(a):\n    t = 0\n    for x in a:\n        t += x\n    return t\n"
    two = (
        starter + "def solve(a):\n    if not a:\n        return 0\n    return a[0] + solve(a[1:])\n"
    )
    submissions = [
        Submission(name, (SourceFile("a.py", text.encode(), "python"),))
        for name, text in (("one", one), ("two", two), ("none", starter))
    ]
    before = compare(submissions, all_pairs=True).pairs
    result = compare(
        submissions, base=[SourceFile("b.py", starter.encode(), "python")], all_pairs=True
    )
    assert [(p.a, p.b) for p in result.pairs] == [("one", "two")]
    assert result.pairs[0].similarity < 0.3 < before[0].similarity
    assert [(s.name, "starter" in s.reason) for s in result.skipped] == [("none", True)]
    explanation = result.explain(result.pairs[0])
    assert all(match.a.start_line > 4 for match in explanation.matches)


def test_earlier_years_are_compared_with_this_year_only() -> None:
    crowd = _crowd(4)
    old = [Submission(f"old/{s.name}", s.files, earlier=True) for s in crowd]
    pairs = compare(crowd + old, all_pairs=True).pairs
    assert {(p.a.startswith("old"), p.b.startswith("old")) for p in pairs} == {
        (False, False),
        (True, False),
    }
    assert pairs[0].similarity == 1.0


def test_several_languages_in_one_run() -> None:
    python = SourceFile("a.py", b"def f(x):\n    return x + 1\n", "python")
    script = SourceFile("a.js", b"function f(x) { return x + 1; }\n", "javascript")
    result = compare(
        [
            Submission("both", (python, script)),
            Submission("p", (python,)),
            Submission("j", (script,)),
        ],
        threshold=0.0,
    )
    assert {(p.a, p.b, p.language) for p in result.pairs} == {
        ("both", "p", "python"),
        ("both", "j", "javascript"),
    }


def test_reordered_functions_in_other_files_are_still_alike() -> None:
    f = b"def f(x):\n    for i in range(x):\n        print(i * 2)\n    return x\n"
    g = b"def g(a, b):\n    while a != b:\n        if a > b:\n            a -= b\n    return a\n"
    one = Submission("one", (SourceFile("main.py", f + g, "python"),))
    two = Submission("two", (SourceFile("x/g.py", g, "python"), SourceFile("y/f.py", f, "python")))
    pair = compare([one, two]).pairs[0]
    assert pair.similarity > 0.9


def test_tiny_programs_allow_no_conclusion() -> None:
    same = [
        Submission(f"s{i}", (SourceFile("a.py", b"n = int(input())\nprint(n * 2)\n", "python"),))
        for i in range(9)
    ]
    result = compare(same)
    assert result.pairs[0].similarity == 1.0
    assert {p.confidence for p in result.pairs} == {0.0}
    assert not result.groups[0].conclusive
    assert "no conclusion" in result.groups[0].reason


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1), max_size=50), st.integers(0, 500), st.integers(2, 60))
def test_usual_is_ordered_and_confidence_rises_with_similarity(
    sample: list[float], tokens: int, submissions: int
) -> None:
    usual = estimate(np.array(sample), tokens, submissions)
    assert 0 <= usual.typical <= usual.unusual <= 1
    rising = usual.confidence(np.linspace(0, 1, 11), np.full(11, 200))
    assert (np.diff(rising) >= 0).all()
    assert (rising >= 0).all()
    assert (rising <= 1).all()


def test_two_submissions_of_one_name_are_refused() -> None:
    one = _crowd(1)[0]
    with pytest.raises(InvalidValueError, match="s000"):
        compare([one, one])
