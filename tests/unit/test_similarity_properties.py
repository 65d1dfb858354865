"""Properties of every comparison, shown on random small programs."""

from __future__ import annotations

import ast
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrel.similarity import SourceFile, Submission, calculate_similarity, compare
from carrel.similarity.tokens import locate

pytestmark = pytest.mark.quick

NAMES = ("a", "b", "total", "items", "work")
EXPRESSIONS = st.recursive(
    st.sampled_from(NAMES) | st.integers(0, 99).map(str) | st.just("'text'"),
    lambda inner: (
        st.builds(
            "({} {} {})".format, inner, st.sampled_from(("+", "-", "*", "<", "==", "and")), inner
        )
        | st.builds("work({}, {})".format, inner, inner)
        | st.builds("items[{}]".format, inner)
    ),
    max_leaves=5,
)


def _indent(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


STATEMENTS: st.SearchStrategy[list[str]] = st.recursive(
    st.builds("{} = {}".format, st.sampled_from(NAMES), EXPRESSIONS).map(lambda s: [s])
    | st.builds("return {}".format, EXPRESSIONS).map(lambda s: [s])
    | st.builds("{} += {}".format, st.sampled_from(NAMES), EXPRESSIONS).map(lambda s: [s]),
    lambda inner: (
        st.builds(lambda test, body: [f"if {test}:", *_indent(body)], EXPRESSIONS, inner)
        | st.builds(lambda test, body: [f"while {test}:", *_indent(body)], EXPRESSIONS, inner)
        | st.lists(inner, min_size=1, max_size=4).map(lambda parts: [x for p in parts for x in p])
    ),
    max_leaves=8,
)
PROGRAMS = STATEMENTS.map(lambda body: "\n".join(["def work(a, b):", *_indent(body)]) + "\n")


def similar(one: str, other: str) -> float:
    files = [(SourceFile("x.py", code.encode(), "python"),) for code in (one, other)]
    pairs = compare([Submission("1", files[0]), Submission("2", files[1])], threshold=0.0).pairs
    return pairs[0].similarity if pairs else 0.0


@settings(max_examples=40)
@given(PROGRAMS, PROGRAMS)
def test_similarity_is_symmetric_and_a_share(one: str, other: str) -> None:
    there, back = similar(one, other), similar(other, one)
    assert there == back
    assert 0.0 <= there <= 1.0


@settings(max_examples=40)
@given(PROGRAMS)
def test_a_program_equals_itself(code: str) -> None:
    assert similar(code, code) == 1.0
    assert calculate_similarity(code, code) == 1.0


class _Rename(ast.NodeTransformer):
    def __init__(self, seed: int) -> None:
        fresh = random.Random(seed).sample(range(1000), len(NAMES))  # noqa: S311
        self.names = {name: f"v{n}" for name, n in zip(NAMES, fresh, strict=True)}

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.names[node.id]
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self.names[node.arg]
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        node.value = "other" if isinstance(node.value, str) else 7
        return node


@settings(max_examples=40)
@given(PROGRAMS, PROGRAMS, st.integers(0, 99))
def test_names_literals_comments_and_layout_change_nothing(one: str, other: str, seed: int) -> None:
    renamed = ast.unparse(_Rename(seed).visit(ast.parse(one)))
    laid_out = "# hello\n\n" + renamed.replace("    ", "\t").replace("\n", "  # why\n\n")
    assert similar(one, renamed) == 1.0
    assert similar(one, laid_out) == 1.0
    assert similar(renamed, other) == similar(one, other)
    assert similar(laid_out, other) == similar(one, other)


@settings(max_examples=60)
@given(st.lists(st.lists(PROGRAMS, min_size=1, max_size=3), min_size=2, max_size=3))
def test_every_match_is_really_there(programs: list[list[str]]) -> None:
    submissions = [
        Submission(
            f"s{i}",
            tuple(SourceFile(f"f{j}.py", code.encode(), "python") for j, code in enumerate(codes)),
        )
        for i, codes in enumerate(programs)
    ]
    result = compare(submissions, threshold=0.0)
    texts = {(s.name, f.path): f.text for s in submissions for f in s.files}
    for pair in result.pairs:
        explanation = result.explain(pair)
        used: dict[str, set[tuple[str, int]]] = {"a": set(), "b": set()}
        for match in explanation.matches:
            assert match.tokens == sum(a.end_token - a.start_token for a, _ in match.pieces)
            for piece in match.pieces:
                found = []
                for side, name, place in zip("ab", (pair.a, pair.b), piece, strict=True):
                    located = locate(texts[name, place.file], "python")
                    found.append(located.tokens[place.start_token : place.end_token].tolist())
                    places = {(place.file, n) for n in range(place.start_token, place.end_token)}
                    assert not places & used[side], "a token is matched twice"
                    used[side] |= places
                    lines = texts[name, place.file].count(b"\n") + 1
                    assert 1 <= place.start_line <= place.end_line <= lines
                    first = int(located.starts[place.start_token])
                    assert texts[name, place.file][:first].count(b"\n") + 1 == place.start_line
                assert found[0] == found[1]
                assert found[0]
        assert 0 <= explanation.coverage_a <= 1
        assert 0 <= explanation.coverage_b <= 1
