from __future__ import annotations

import ast
import inspect
import logging
import os
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from carrel import bootstrap
from carrel.cli.main import main
from carrel.core.errors import InvalidValueError
from carrel.ops import settings
from carrel.ops.settings import Settings

pytestmark = pytest.mark.quick


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("CARREL_"):
            monkeypatch.delenv(name)


def test_defaults() -> None:
    loaded = Settings.load()
    assert loaded.home == Path("/var/lib/carrel")
    assert loaded.run_dir == Path("/run/carrel")
    assert (loaded.isolation, loaded.pool_size, loaded.pool_total) == ("auto", 2, 6)


def test_the_environment_sets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARREL_HOME", "/srv/carrel")
    monkeypatch.setenv("CARREL_POOL_SIZE", "0")
    assert Settings.load().home == Path("/srv/carrel")
    assert Settings.load().pool_size == 0


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARREL_HOME", "")
    assert Settings.load().home == Path("/var/lib/carrel")


def test_languages_are_words_between_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.load().warm_languages == ()
    monkeypatch.setenv("CARREL_WARM_LANGUAGES", "java, python")
    assert Settings.load().warm_languages == ("java", "python")


@pytest.mark.anyio
async def test_a_language_that_there_is_not_is_named_with_its_variable(tmp_path: Path) -> None:
    settings = Settings(warm_languages=("cobol",), run_dir=tmp_path)
    with pytest.raises(InvalidValueError, match="CARREL_WARM_LANGUAGES='cobol'") as caught:
        await bootstrap.open_pool(settings)
    assert "java" in caught.value.allowed


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("CARREL_POOL_SIZE", "65", "64"),
        ("CARREL_POOL_SIZE", "-1", "0"),
        ("CARREL_POOL_TOTAL", "many", "integer"),
        ("CARREL_ISOLATION", "none", "gvisor"),
        ("CARREL_HOME", "here", "absolute"),
        ("CARREL_LOG_LEVEL", "loud", "debug"),
        ("CARREL_MAX_SANDBOXES", "0", "1"),
        ("CARREL_MICROVM_MEMORY", "1K", "give a size from 512M to 64G"),
    ],
)
def test_an_impossible_value_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(InvalidValueError, match=f"{variable}='{value}' is not possible") as caught:
        Settings.load()
    assert caught.value.field == variable
    assert allowed in caught.value.allowed
    assert "not possible" not in caught.value.allowed


def test_every_isolation_that_can_be_set_has_a_backend() -> None:
    choices = get_args(Settings.model_fields["isolation"].annotation)
    assert set(choices) - {"auto"} == set(bootstrap.isolations())
    minimum = get_args(Settings.model_fields["isolation_minimum"].annotation)
    assert set(minimum) == set(bootstrap.isolations())


@pytest.mark.parametrize(
    ("asked", "minimum", "chosen"),
    [
        ("", "", "gvisor"),
        ("auto", "gvisor", "gvisor"),
        ("gvisor", "namespaces", "gvisor"),
        ("namespaces", "", "namespaces"),
        ("namespaces", "gvisor", None),
        ("gvisor", "microvm", None),
        ("microvm", "microvm", "microvm"),
    ],
)
def test_namespaces_are_used_only_when_named_and_allowed(
    monkeypatch: pytest.MonkeyPatch, asked: str, minimum: str, chosen: str | None
) -> None:
    monkeypatch.setenv("CARREL_ISOLATION", asked)
    monkeypatch.setenv("CARREL_ISOLATION_MINIMUM", minimum)
    if chosen is not None:
        assert bootstrap.chosen_isolation(Settings.load()) == chosen
        return
    with pytest.raises(InvalidValueError, match="CARREL_ISOLATION_MINIMUM forbids"):
        bootstrap.chosen_isolation(Settings.load())


def test_the_number_of_sandboxes_is_set_or_follows_from_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert bootstrap.max_live(Settings.load()) >= 4
    monkeypatch.setenv("CARREL_MAX_SANDBOXES", "3")
    assert bootstrap.max_live(Settings.load()) == 3


def test_the_log_level_holds_for_every_command(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(logging, "basicConfig", lambda *, level: asked.append(level))
    monkeypatch.setenv("CARREL_LOG_LEVEL", "debug")
    assert main(["run", "--help"]) == 0
    assert asked == []
    assert main(["run", "/nowhere/program.py"]) == 2
    assert asked == ["DEBUG"]


def test_every_field_is_documented() -> None:
    class_body = next(
        node
        for node in ast.parse(inspect.getsource(settings)).body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
    ).body
    documented = {
        field.target.id
        for field, text in pairwise(class_body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
    }
    assert documented == set(Settings.model_fields)
