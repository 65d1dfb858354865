"""The results as pages: one file each, nothing loaded, opened without a server.

Students write names, programs and outputs; teachers open the page. Everything is escaped
by the template engine or by `similarity.html_text`, which also shows characters that
would hide or reorder text. The page's only script and style are named by their hashes in
its Content-Security-Policy, so nothing that slipped in could run.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import resources
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from carrel.batch.changes import Change
from carrel.batch.reports.writing import private_folder, whole_file
from carrel.batch.results import Result, Results
from carrel.batch.rows import Row
from carrel.similarity.html_text import escape, source_lines
from carrel.texts.message import ENGLISH, Message, Value

_FOLDER = "templates"
_BUFFER = 50

Source = Callable[[Row], bytes | None]


def write_report(results: Results, source: Source, changes: list[Change], path: Path) -> None:
    """Write the teacher's page: every student, hidden tests, programs, differences."""
    page = _environment(ENGLISH).get_template("report.html.j2")
    style, script = _asset("page.css"), _asset("page.js")
    counts = {status.value: number for status, number in sorted(results.counts().items())}
    stream = page.stream(
        policy=_policy(style, script),
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        about=results.about,
        counts=counts,
        left_over=results.left_over,
        changes=changes,
        rows=_numbered(results),
        details=_with_source(results, source),
    )
    stream.enable_buffering(_BUFFER)
    with whole_file(path) as file:
        file.writelines(stream)


def write_feedback(results: Results, folder: Path, language: str = ENGLISH) -> int:
    """Write a page per graded student, of what students may see; return how many.

    The page is made from the student's half of the grade and nothing else. Pages of
    earlier runs go.
    """
    private_folder(folder)
    page = _environment(language).get_template("feedback.html.j2")
    style = _asset("page.css")
    names: set[str] = set()
    for result in results:
        if result.grade is None:
            continue
        name = file_name(result.row.student.id, names)
        names.add(name)
        text = page.render(
            policy=_policy(style, None),
            style=Markup(style),  # noqa: S704 - our own file
            title=results.about.title,
            student=result.row.student,
            late=result.row.late,
            grade=result.grade.student[language],
        )
        with whole_file(folder / f"{name}.html") as file:
            file.write(text)
    for old in folder.glob("*.html"):
        if old.stem not in names:
            old.unlink()
    return len(names)


def file_name(identity: str, taken: set[str]) -> str:
    """Return a student's id as a name for a file, another one for each student."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", identity).strip("._")[:80]
    if plain and plain == identity and plain.casefold() not in {name.casefold() for name in taken}:
        return plain
    return f"{plain or 'student'}-{hashlib.sha256(identity.encode()).hexdigest()[:10]}"


def _numbered(results: Results) -> Iterator[tuple[int, Result]]:
    yield from enumerate(results, 1)


def _with_source(
    results: Results, source: Source
) -> Iterator[tuple[int, Result, list[Markup], int]]:
    """Yield the students whose work there is something to say of, with their programs."""
    for number, result in enumerate(results, 1):
        if result.grade is None:
            continue
        text = source(result.row)
        lines, more = source_lines(text) if text is not None else ([], 0)
        yield number, result, [Markup(line) for line in lines], more  # noqa: S704 - escaped there


def _environment(language: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("carrel.batch", _FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"line": _line, "block": _block, "number": _number}

    @lru_cache(4096)  # a page has the same few words hundreds of times
    def say(message: str, /, **values: Value) -> str:
        return Message(message, **values).in_language(language)

    environment.globals |= {"language": language, "say": say}
    return environment


def _line(text: object) -> Markup:
    """Return a text of one line, characters that cannot be seen shown."""
    return Markup(escape(str(text)))  # noqa: S704 - escaped here


def _block(text: str) -> Markup:
    """Return a text of several lines likewise."""
    return Markup("\n").join(_line(line.rstrip("\r")) for line in text.split("\n"))


def _number(value: float) -> str:
    return f"{value:g}"


def _asset(name: str) -> str:
    text = resources.files("carrel.batch").joinpath(_FOLDER, name).read_text("utf-8")
    if "</" in text:
        raise AssertionError(f"{name} would end its own element")
    return text


def _policy(style: str, script: str | None) -> str:
    rules = ["default-src 'none'", f"style-src {_hash(style)}"]
    if script is not None:
        rules.append(f"script-src {_hash(script)}")
    return "; ".join([*rules, "base-uri 'none'", "form-action 'none'"])


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
