"""The linters: how each is called in its sandbox, and what its report means.

None reads a configuration that the student brings, and none is told by a comment in the
program to look away: where a tool has a switch for that it is given. The program is data
to the linter, in a sandbox of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from xml.sax.saxutils import quoteattr

from carrel.judge.kinds.lint_reports import Report, checkstyle, cppcheck, eslint, ruff
from carrel.languages.registry import Language
from carrel.sandbox.program import Execution

FOLDER = "/data/program"
"""Where the program lies in the linter's sandbox."""

_SETTINGS = "/data/settings"
_MODULES = "/opt/carrel/npm/node_modules"


class LintTool(StrEnum):
    """A linter."""

    RUFF = "ruff"
    ESLINT = "eslint"
    CPPCHECK = "cppcheck"
    CHECKSTYLE = "checkstyle"


@dataclass(frozen=True)
class LintRules:
    """Which rules a linter applies: chosen by name, or a configuration of the teacher's.

    Empty `select` means the tool's usual ones. `config` is the content of a file in the
    tool's own format; the rules in it count then.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    config: bytes | None = None


@dataclass(frozen=True)
class Linter:
    """A tool: its name, the template it is in, the languages it reads.

    `select` and `ignore` are what names of rules look like; None: they cannot be given.
    `alone` are sets of rules that cannot be combined with others. `configurable` says
    whether it reads a file of settings, `combines` whether further rules may be named
    beside one, `is_old` that it does not know all of the language. `files` are put into
    the sandbox for some rules, `command` is run on the program's files, and `read` makes a
    report of what it left, or raises ValueError.
    """

    title: str
    template: str
    languages: frozenset[Language]
    select: re.Pattern[str]
    ignore: re.Pattern[str] | None
    files: Callable[[LintRules], Mapping[str, bytes]]
    command: Callable[[LintRules, Sequence[str], Language], tuple[str, ...]]
    read: Callable[[Execution], Report]
    alone: tuple[str, ...] = ()
    configurable: bool = True
    combines: bool = False
    is_old: bool = False


_RUFF_USUAL = ("E4", "E7", "E9", "F")
"""Mistakes, and hardly any taste."""


def _ruff_command(rules: LintRules, names: Sequence[str], _language: Language) -> tuple[str, ...]:
    own = ("--config", f"{_SETTINGS}/ruff.toml") if rules.config is not None else ("--isolated",)
    select = rules.select or (() if rules.config is not None else _RUFF_USUAL)
    chosen = [f"--select={','.join(select)}"] if select else []
    ignored = [f"--ignore={','.join(rules.ignore)}"] if rules.ignore else []
    return (
        *("ruff", "check", "--no-cache", "--output-format=json", "--ignore-noqa", "--no-fix"),
        *("--no-respect-gitignore", "--target-version=py311"),
        *(*own, *chosen, *ignored, "--extend-select=E902", "--", *names),
    )


def _ruff_files(rules: LintRules) -> Mapping[str, bytes]:
    return {} if rules.config is None else {f"{_SETTINGS}/ruff.toml": rules.config}


_ESLINT = """\
const js = require("{modules}/@eslint/js");
const globals = require("{modules}/globals");
const espree = require("{modules}/espree");
const fs = require("node:fs");
const parses = (path, sourceType) => {{
  try {{
    espree.parse(fs.readFileSync(path, "utf8"), {{ ecmaVersion: "latest", sourceType }});
    return true;
  }} catch {{
    return false;
  }}
}};
// As Node does: what is only right as a module is one, whatever its name ends with.
const isModule = (path) =>
  path.endsWith(".js") && !parses(path, "commonjs") && parses(path, "module");
const rules = {rules};
const presets = {presets}.map((name) => js.configs[name]);
const known = {{ ecmaVersion: "latest", globals: {{ ...globals.node }} }};
module.exports = [
  ...presets,
  {{ files: ["**/*.js", "**/*.cjs"], languageOptions: {{ ...known, sourceType: "commonjs" }} }},
  {{ files: ["**/*.mjs", isModule], languageOptions: {{ ...known, sourceType: "module" }} }},
  {{ rules }},
];
"""


def _eslint_files(rules: LintRules) -> Mapping[str, bytes]:
    if rules.config is not None:
        return {f"{_SETTINGS}/eslint.config.cjs": rules.config}
    chosen = rules.select or ("recommended",)
    presets = [name for name in chosen if name in ("recommended", "all")]
    named = dict.fromkeys([name for name in chosen if name not in presets], "error")
    named |= dict.fromkeys(rules.ignore, "off")
    text = _ESLINT.format(modules=_MODULES, rules=json.dumps(named), presets=json.dumps(presets))
    return {f"{_SETTINGS}/eslint.config.cjs": text.encode()}


def _eslint_command(
    _rules: LintRules, names: Sequence[str], _language: Language
) -> tuple[str, ...]:
    return (
        *("eslint", "--no-config-lookup", "-c", f"{_SETTINGS}/eslint.config.cjs", "-f", "json"),
        *("--no-inline-config", "--no-ignore", "--no-warn-ignored", "--", *names),
    )


_CPPCHECK_USUAL = ("warning", "style", "performance", "portability")


def _cppcheck_command(
    rules: LintRules, names: Sequence[str], language: Language
) -> tuple[str, ...]:
    chosen = [name for name in rules.select or _CPPCHECK_USUAL if name != "error"]
    return (
        *("cppcheck", "--xml", "--quiet", "--inconclusive", "--max-configs=4"),
        *([f"--enable={','.join(chosen)}"] if chosen else []),
        *(f"--suppress={name}" for name in (*rules.ignore, "missingIncludeSystem")),
        *("--std=c++17" if language is Language.CPP else "--std=c11", *names),
    )


_CHECKSTYLE = """\
<?xml version="1.0"?>
<!DOCTYPE module PUBLIC "-//Checkstyle//DTD Checkstyle Configuration 1.3//EN"
  "https://checkstyle.org/dtds/configuration_1_3.dtd">
<module name="Checker">
  <property name="charset" value="UTF-8"/>
{whole}  <module name="TreeWalker">
{tree}  </module>
</module>
"""
_OF_WHOLE_FILES = frozenset(
    {
        *("FileLength", "FileTabCharacter", "Header", "LineLength", "NewlineAtEndOfFile"),
        *("JavadocPackage", "RegexpHeader", "RegexpMultiline", "RegexpSingleline"),
        *("RegexpOnFilename", "OrderedProperties", "UniqueProperties", "Translation"),
    }
)


def _checkstyle_files(rules: LintRules) -> Mapping[str, bytes]:
    if rules.config is not None:
        return {f"{_SETTINGS}/checkstyle.xml": rules.config}
    checks = [name for name in rules.select if name not in ("google", "sun")]
    if not checks:
        return {}
    modules = {name: f"    <module name={quoteattr(name)}/>\n" for name in checks}
    text = _CHECKSTYLE.format(
        whole="".join(line for name, line in modules.items() if name in _OF_WHOLE_FILES),
        tree="".join(line for name, line in modules.items() if name not in _OF_WHOLE_FILES),
    )
    return {f"{_SETTINGS}/checkstyle.xml": text.encode()}


def _checkstyle_command(
    rules: LintRules, names: Sequence[str], _language: Language
) -> tuple[str, ...]:
    settings = f"{_SETTINGS}/checkstyle.xml"
    if rules.config is None and rules.select in ((), ("google",), ("sun",)):
        settings = "/sun_checks.xml" if rules.select == ("sun",) else "/google_checks.xml"
    return ("checkstyle", "-f", "xml", "-c", settings, *names)


def _nothing(_rules: LintRules) -> Mapping[str, bytes]:
    return {}


LINTERS: Mapping[LintTool, Linter] = MappingProxyType(
    {
        LintTool.RUFF: Linter(
            title="Ruff",
            template="code-interpreter",
            languages=frozenset({Language.PYTHON}),
            select=re.compile(r"[A-Z]{1,10}[0-9]{0,5}"),
            ignore=re.compile(r"[A-Z]{1,10}[0-9]{0,5}"),
            combines=True,
            files=_ruff_files,
            command=_ruff_command,
            read=ruff,
        ),
        LintTool.ESLINT: Linter(
            title="ESLint",
            template="node",
            languages=frozenset({Language.JAVASCRIPT}),
            select=re.compile(r"[a-z][a-z0-9-]{0,60}"),
            ignore=re.compile(r"[a-z][a-z0-9-]{0,60}"),
            files=_eslint_files,
            command=_eslint_command,
            read=eslint,
        ),
        LintTool.CPPCHECK: Linter(
            title="Cppcheck",
            template="base",
            languages=frozenset({Language.C, Language.CPP}),
            select=re.compile(r"error|warning|style|performance|portability"),
            ignore=re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,80}"),
            configurable=False,
            files=_nothing,
            command=_cppcheck_command,
            read=cppcheck,
        ),
        LintTool.CHECKSTYLE: Linter(
            title="Checkstyle",
            template="base",
            languages=frozenset({Language.JAVA}),
            select=re.compile(r"[A-Z][A-Za-z0-9]{0,80}|google|sun"),
            ignore=None,
            alone=("google", "sun"),
            is_old=True,
            files=_checkstyle_files,
            command=_checkstyle_command,
            read=checkstyle,
        ),
    }
)
"""Every linter."""
