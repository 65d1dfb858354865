"""The catalogues say the same things, and all that the code asks for."""

from __future__ import annotations

import ast
import copy
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

import carrel
from carrel.judge.verdict import Verdict
from carrel.texts.message import LANGUAGES, Message, translated

pytestmark = pytest.mark.quick

SOURCE = Path(carrel.__file__).parent


class Variables(Visitor):
    def __init__(self) -> None:
        self.names: set[str] = set()
        self.selected: set[tuple[str, tuple[str, ...]]] = set()

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:  # noqa: N802
        self.names.add(node.id.name)

    def visit_SelectExpression(self, node: ftl.SelectExpression) -> None:  # noqa: N802
        """Keep what is chosen by a word; forms of a number are each language's own."""
        keys = [v.key.name for v in node.variants if isinstance(v.key, ftl.Identifier)]
        if not set(keys) <= {"zero", "one", "two", "few", "many", "other"}:
            assert isinstance(node.selector, ftl.VariableReference)
            self.selected.add((node.selector.id.name, tuple(sorted(keys))))
        self.generic_visit(node)


def entries(language: str) -> list[ftl.Message]:
    text = resources.files("carrel.texts").joinpath(f"catalogues/{language}.ftl").read_text("utf-8")
    body = FluentParser().parse(text).body
    junk = [entry for entry in body if isinstance(entry, ftl.Junk)]
    assert junk == [], [entry.content for entry in junk]
    return [entry for entry in body if isinstance(entry, ftl.Message)]


def catalogue(language: str) -> dict[str, Variables]:
    found = {}
    for entry in entries(language):
        found[entry.id.name] = variables = Variables()
        assert entry.value is not None, entry.id.name
        variables.visit(entry.value)
    return found


ENGLISH = catalogue("en")


def used() -> Iterator[tuple[str, ast.Call]]:
    """Yield every `Message("id", name=…)` of the code with where it stands."""
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Message":
                yield f"{file.relative_to(SOURCE)}:{node.lineno}", node


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_catalogue_has_the_same_messages_with_the_same_places(language: str) -> None:
    other = catalogue(language)
    assert list(other) == list(ENGLISH), "same ids in the same order"
    assert len({entry.id.name for entry in entries(language)}) == len(entries(language))
    for message_id, variables in ENGLISH.items():
        assert other[message_id].names == variables.names, message_id
        assert other[message_id].selected == variables.selected, message_id


def test_every_message_of_the_code_is_in_the_catalogues_and_filled() -> None:
    calls = list(used())
    assert len(calls) > 10
    for where, call in calls:
        given = call.args[0]
        if isinstance(given, ast.Constant):
            names = {keyword.arg for keyword in call.keywords}
            message_id = str(given.value)
            assert message_id in ENGLISH, f"{where}: {message_id}"
            if None not in names:  # `**values` cannot be read here
                assert names == ENGLISH[message_id].names, f"{where}: {message_id}"


def test_no_message_is_left_that_nobody_says() -> None:
    words = set()
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
    for file in SOURCE.rglob("*.j2"):
        words.update(re.findall(r"[\"']([a-z0-9-]+)[\"']", file.read_text(encoding="utf-8")))
    assert set(ENGLISH) - words == set()


def test_a_message_is_a_str_that_can_be_said_in_another_language() -> None:
    message = Message("hidden-test-name", number=3)
    assert message == "hidden test 3"
    assert message.in_language("de") == message.in_language("de-AT") == "verborgener Test 3"
    assert message.in_language("xx") == message
    assert translated(message, "de") == "verborgener Test 3"
    assert translated("as it is", "de") == "as it is"


def test_a_message_survives_copies_and_other_processes() -> None:
    message = Message("hidden-test-name", number=3)
    for again in (copy.deepcopy(message), pickle.loads(pickle.dumps(message))):  # noqa: S301
        assert isinstance(again, Message)
        assert again.in_language("de") == "verborgener Test 3"


def test_a_value_of_any_length_is_shown_to_a_bound() -> None:
    message = Message("ended-by-signal", signal="x" * 10**6)
    assert len(message) < 5000
    assert message.in_language("de").endswith("… beendet")


def test_a_message_without_its_values_is_our_mistake() -> None:
    with pytest.raises(LookupError, match="hidden-test-name"):
        Message("hidden-test-name")
    with pytest.raises(LookupError, match="no message 'nonsense'"):
        Message("nonsense")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_has_words(language: str) -> None:
    said = {v: Message("verdict", verdict=v.value).in_language(language) for v in Verdict}
    assert len(set(said.values())) == len(Verdict)
    assert all(words != verdict.value for verdict, words in said.items() if language != "en")
    if language == "en":
        assert said == {verdict: verdict.words for verdict in Verdict}


@pytest.mark.parametrize(
    "code",
    [
        "import carrel; carrel.AutoGrader, carrel.ExerciseRunner, carrel.CodeRunner",
        "from carrel.cli.main import main; main(['--help'])",
        "from carrel.cli.main import main; main(['grade', '--help'])",
    ],
)
def test_nobody_waits_for_the_catalogues_who_does_not_need_them(code: str) -> None:
    check = f"{code}\nimport sys; sys.exit('fluent.runtime' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
