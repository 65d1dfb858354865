"""What each language's harness makes of a signature, without running it."""

from __future__ import annotations

import ast
import re

import pytest

from carrel.languages.harness.installation import find_declaration, similar_name
from carrel.languages.harness.raises import FAMILIES, accepted
from carrel.languages.harness.registry import HARNESSES
from carrel.languages.harness.signature import Signature
from carrel.languages.registry import SPECS, Language
from carrel.languages.spec import APP
from carrel.testing.calls import signature

pytestmark = pytest.mark.quick

WORDS = signature("longest_word", ["list<string> words", "int at_least"], "optional<string>")
SORTS = signature("sort_all", ["list<list<float>> rows", "bool down"], changes=0)
COUNTS = signature("count_of", ["map<string, list<long>> known", "optional<int> most"], "float")

DECLARATIONS = {
    Language.PYTHON: "def longest_word(words: list[str], at_least: int) -> str | None",
    Language.JAVASCRIPT: "function longestWord(words, atLeast)",
    Language.TYPESCRIPT: "function longestWord(words: string[], atLeast: number): string | null",
    Language.JAVA: "static String longestWord(String[] words, int atLeast)",
    Language.CPP: "std::optional<std::string> longest_word("
    "const std::vector<std::string>& words, int at_least)",
    Language.C: "char *longest_word(char **words, int words_count, int at_least)",
    Language.GO: "func longestWord(words []string, atLeast int) *string",
    Language.RUST: "fn longest_word(words: Vec<String>, at_least: i32) -> Option<String>",
}
IN_PLACE = {
    Language.PYTHON: "def sort_all(rows: list[list[float]], down: bool) -> None",
    Language.JAVASCRIPT: "function sortAll(rows, down)",
    Language.TYPESCRIPT: "function sortAll(rows: number[][], down: boolean): void",
    Language.JAVA: "static void sortAll(double[][] rows, boolean down)",
    Language.CPP: "void sort_all(std::vector<std::vector<double>>& rows, bool down)",
    Language.C: "void sort_all(double **rows, int rows_count, int *rows_counts, bool down)",
    Language.GO: "func sortAll(rows [][]float64, down bool)",
    Language.RUST: "fn sort_all(rows: &mut Vec<Vec<f64>>, down: bool)",
}


def test_every_harness_is_tested_here() -> None:
    assert set(HARNESSES) == set(DECLARATIONS) == set(IN_PLACE)


@pytest.mark.parametrize("language", list(HARNESSES))
def test_a_function_is_declared_as_its_language_does(language: Language) -> None:
    harness = HARNESSES[language]
    assert harness.declaration(WORDS) == DECLARATIONS[language]
    assert harness.declaration(SORTS) == IN_PLACE[language]


@pytest.mark.parametrize("language", list(HARNESSES))
@pytest.mark.parametrize("function", [WORDS, SORTS])
def test_a_starter_holds_the_declaration_and_a_place_for_code(
    language: Language, function: Signature
) -> None:
    harness = HARNESSES[language]
    starter = harness.starter(function)
    assert harness.declaration(function) in starter
    assert "our code here" in starter
    assert starter.endswith("\n")
    if language is Language.PYTHON:
        ast.parse(starter)


@pytest.mark.parametrize("language", list(HARNESSES))
def test_a_harness_holds_nothing_of_the_tests(language: Language) -> None:
    spec = SPECS[language]
    entry = spec.entry(b"")
    run = spec.run_argv(entry, 256 * 1024 * 1024)
    made = HARNESSES[language].install(WORDS, b"", entry, run)
    assert made.run
    assert all(not name.startswith("/") for name in made.files)
    known = b"".join(made.files.values()) + " ".join(made.run).encode()
    assert b"expected" not in known
    assert APP.encode() in known


def test_only_c_refuses_signatures() -> None:
    for language, harness in HARNESSES.items():
        assert harness.refuses(WORDS) is None
        assert harness.refuses(SORTS) is None
        assert (harness.refuses(COUNTS) is None) is (language is not Language.C)


@pytest.mark.parametrize(
    ("parameters", "returns", "words"),
    [
        (["map<string, int> m"], "int", "no map"),
        (["optional<int> n"], "int", "no optional but optional<string>"),
        (["list<optional<string>> n"], "int", "no optional"),
        (["list<list<list<int>>> n"], "int", "nothing deeper"),
        (["int n"], "list<list<int>>", "cannot return a list of lists"),
    ],
)
def test_c_says_what_it_cannot_have(parameters: list[str], returns: str, words: str) -> None:
    refused = HARNESSES[Language.C].refuses(signature("f", parameters, returns))
    assert words in (refused or "")


def test_a_declaration_is_found_by_its_line() -> None:
    source = b"// longest_word(\nint x;\n\nchar *  longest_word (char **w,\n  int n) {}\n"
    assert find_declaration(source, "longest_word") == (4, "char * longest_word (char **w,")
    assert find_declaration(source, "word") is None
    assert find_declaration(b"x.f(1)\n", "f") is None
    assert find_declaration(b"\xff\xfe f(" + b"x" * 10**5, "f") is not None


def test_a_similar_name_is_found() -> None:
    assert similar_name(b"def longestWord(a): pass", "longest_word") == "longestWord"
    assert similar_name(b"const longest_words = (a) => 1", "longestWord") == "longest_words"
    assert similar_name(b"def f(): print(1)", "longest_word") is None


@pytest.mark.parametrize("language", [Language.C, Language.CPP])
def test_only_errors_in_our_own_source_are_explained(language: Language) -> None:
    spec = SPECS[language]
    source = b"int longest(int n) { return n; }\n"
    made = HARNESSES[language].install(WORDS, source, spec.entry(source), ("x",))
    assert made.explain is not None
    extension = "c" if language is Language.C else "cpp"
    ours = made.explain(f".carrel_adapter.{extension}:5:27: error: 'longest_word' undeclared\n")
    assert ours.startswith("there is no function")
    theirs = (
        f"In file included from .carrel_adapter.{extension}:2:\n"
        f"solution.{extension}:1:2: error: 'x' undeclared\n"
    )
    assert made.explain(theirs) == f"solution.{extension}:1:2: error: 'x' undeclared\n"
    both = theirs + f".carrel_adapter.{extension}:5:27: error: 'longest_word' undeclared\n"
    assert made.explain(both) == f"solution.{extension}:1:2: error: 'x' undeclared\n"


def test_every_family_of_errors_has_names_in_each_language_that_raises() -> None:
    for names in FAMILIES.values():
        assert set(names) == {language.value for language in HARNESSES} - {"c"}


@pytest.mark.parametrize(
    ("wanted", "raised", "right"),
    [
        (("any",), ("Whatever",), True),
        (("ValueError",), ("UnicodeDecodeError", "UnicodeError", "ValueError", "Exception"), True),
        (("ValueError",), ("KeyError", "LookupError", "Exception"), False),
        (("IllegalArgumentException",), ("java.lang.IllegalArgumentException",), True),
        (("IllegalArgumentException",), ("my.NotIllegalArgumentException",), False),
        (("=Error",), ("Error",), True),
        (("=Error",), ("EmptyList", "Error"), True),
        (("=Error",), ("TypeError", "Error"), False),
        (("RangeError", "=Error"), ("RangeError", "Error"), True),
        (("RangeError",), (), False),
    ],
)
def test_an_error_counts_by_its_class_and_those_above(
    wanted: tuple[str, ...],
    raised: tuple[str, ...],
    right: bool,  # noqa: FBT001
) -> None:
    assert accepted(wanted, raised) is right


def test_the_harness_of_go_adds_a_main_only_where_there_is_none() -> None:
    spec = SPECS[Language.GO]

    def last(source: str) -> str:
        data = source.encode()
        made = HARNESSES[Language.GO].install(WORDS, data, spec.entry(data), ("x",))
        return made.files[".carrel/last.go"].decode()

    assert "func main()" in last("package main\n// func main() {}\n/*\nfunc main() {}\n*/")
    assert "func main()" in last(
        'package main\nvar x = `\nfunc main() {}\n`\nvar y = "func main()"'
    )
    assert "func main()" not in last("package main\n\nfunc  main () {\n}\n")
    assert re.search(r'carrelServe\(longestWord, "optional<string>", -1, "list<string>"', last(""))
