"""The reference pages name every command, option, setting and problem there is."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from carrel import api
from carrel.api import problems
from carrel.cli.main import COMMANDS
from carrel.link.messages import RunRequest, RunResponse
from carrel.ops.settings import PREFIX, Settings

pytestmark = pytest.mark.quick

DOCS = Path(__file__).parents[2] / "docs"
CLI = (DOCS / "reference/cli.md").read_text(encoding="utf-8")
HTTP = (DOCS / "reference/http.md").read_text(encoding="utf-8")
OPERATE = (DOCS / "how-to/operate.md").read_text(encoding="utf-8")


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every command's words and its click command."""
    main = typer.Typer()
    for module in COMMANDS.values():
        importlib.import_module(module).register(main)
    top: Any = typer.main.get_command(main)
    for name, command in top.commands.items():
        yield name, command
        for inner, below in getattr(command, "commands", {}).items():
            yield f"{name} {inner}", below


def section(words: str) -> str:
    """Return the part of the page about a command."""
    name = words.split(maxsplit=1)[0]
    _, found, rest = CLI.partition(f"\n## carrel {name}\n")
    assert found, f"docs/reference/cli.md has no section `carrel {name}`"
    return rest.split("\n## ", maxsplit=1)[0]


@pytest.mark.parametrize(("words", "command"), list(commands()), ids=lambda v: str(v)[:30])
def test_every_command_and_option_is_in_the_reference(words: str, command: Any) -> None:
    text = section(words)
    assert f"carrel {words}" in text
    for parameter in command.params:
        if parameter.name == "help":
            continue
        if parameter.param_type_name == "argument":
            assert parameter.name.upper() in text, f"{words}: {parameter.name}"
        for option in (*parameter.opts, *parameter.secondary_opts):
            if option.startswith("-"):
                assert f"`{option}`" in text or f"{option}]" in text, f"{words}: {option}"


def test_every_option_in_the_reference_exists() -> None:
    known = {"--version", "--help", "--install-completion", "--show-completion"}
    for _, command in commands():
        for parameter in command.params:
            known.update(parameter.opts)
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", CLI)) <= known


def test_every_exit_code_of_the_command_line_is_in_the_reference() -> None:
    module = importlib.import_module("carrel.cli.exit_codes")
    codes = {value for name, value in vars(module).items() if name.startswith("EXIT_")}
    for code in codes:
        assert f"\n| {code} |" in CLI


def test_every_setting_and_its_default_is_in_the_how_to() -> None:
    for name, field in Settings.model_fields.items():
        # Without one, the page says in words what holds.
        default = "" if field.default in (None, ()) else f" `{field.default}` |"
        assert f"| `{PREFIX}{name.upper()}` |{default}" in OPERATE, name


def test_every_setting_in_the_how_to_exists() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    assert set(re.findall(r"CARREL_[A-Z_]+", OPERATE)) <= known


def test_every_problem_is_in_the_reference() -> None:
    """Problems are made by `Problem(status, code, …)` and by the table of errors."""
    codes = {code for _, _, code, _ in problems._TABLE}
    for module in sorted(Path(inspect.getfile(api)).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Problem":
                given = node.args[1] if len(node.args) > 1 else None
                if isinstance(given, ast.Constant):
                    codes.add(str(given.value))
    assert len(codes) > 8
    for code in codes:
        assert f"`{code}`" in HTTP, code


def test_every_field_of_request_and_response_is_in_the_reference() -> None:
    for model in (RunRequest, RunResponse):
        for name in model.model_fields:
            assert f"`{name}`" in HTTP, name
