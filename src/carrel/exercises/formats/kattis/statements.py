"""The problem statement in each language, as Markdown, with samples and attachments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import quote

from carrel.exercises.formats.kattis.data import Data
from carrel.exercises.formats.kattis.package import Package
from carrel.exercises.formats.kattis.problem import Problem
from carrel.exercises.formats.latex import to_markdown
from carrel.exercises.formats.types import FormatError, Notes
from carrel.exercises.statement import files_shown

_FOLDERS = ("statement", "problem_statement")
_NAME = re.compile(r"problem(?:[._]([A-Za-z]{2,3}(?:-[A-Za-z]{2})?))?\.(tex|md|pdf)")
_SHOWN_SAMPLE = 4000
_NEXT, _REST = "CARRELNEXTSAMPLE", "CARRELREMAININGSAMPLES"

_MACROS = r"""
\newcommand{\problemname}[1]{}
\newcommand{\illustration}[3]{\begin{figure}\includegraphics{#2}\caption{#3}\end{figure}}
\newenvironment{Input}{\section*{Input}}{}
\newenvironment{Output}{\section*{Output}}{}
\newenvironment{Interaction}{\section*{Interaction}}{}
\newcommand{\nextsample}{

CARRELNEXTSAMPLE

}
\newcommand{\remainingsamples}{

CARRELREMAININGSAMPLES

}
"""
"""What the format's LaTeX class offers, in terms that pandoc knows."""


@dataclass
class Statements:
    """`statement.md` and its translations among `files`, images and attachments too."""

    files: dict[str, bytes] = field(default_factory=dict)
    title: str = ""


def read_statements(package: Package, problem: Problem, data: Data, notes: Notes) -> Statements:
    """Return the statements; English, or else the first language, is `statement.md`."""
    found = _find(package)
    if not found:
        allowed = "add problem.en.tex or problem.en.md"
        raise FormatError("problem_statement", "no problem statement", allowed)
    result = Statements()
    codes = sorted(found, key=lambda code: (code != "en", code))
    for path, name in _files_beside(package, found.values(), notes):
        result.files[path] = package.read(name)
    attachments = _attachments(package, result)
    samples = _samples(package, problem, data)
    for code in codes:
        title, text = _statement(package, problem, found[code], notes)
        title = problem.names.get(code) or title or problem.names.get("en", "")
        text = _with_samples(text, samples)
        if attachments:
            links = "\n".join(f"- [{PurePosixPath(p).name}]({quote(p)})" for p in attachments)
            text += f"\n\n## Attachments\n\n{links}"
        text = _linked(f"# {title}\n\n{text.strip()}\n" if title else text, result, notes)
        name = "statement.md" if code == codes[0] else f"statement.{code}.md"
        result.files[name] = text.encode()
        result.title = result.title or title
    if len(codes) > 1:
        others = ", ".join(f"`statement.{code}.md`" for code in codes[1:])
        notes.change(f"`statement.md` is the one in `{codes[0]}`; kept beside it: {others}")
    return result


def _find(package: Package) -> dict[str, str]:
    """Return the statement's file for each language; Markdown before LaTeX before PDF."""
    found: dict[str, str] = {}
    for ending in ("md", "tex", "pdf"):
        for folder in _FOLDERS:
            for child, files in package.children(folder).items():
                match = _NAME.fullmatch(child)
                if match and match[2] == ending and files == [f"{folder}/{child}"]:
                    found.setdefault(match[1] or "en", files[0])
    return found


def _files_beside(package: Package, used: Iterable[str], notes: Notes) -> Iterable[tuple[str, str]]:
    """Yield what lies beside the statements: its path beside statement.md, and its name."""
    for folder in _FOLDERS:
        for name in package.below(folder):
            path = name.removeprefix(f"{folder}/")
            shown_as_file = name in used or not _NAME.fullmatch(path)
            if shown_as_file and not name.endswith((".tex", ".md", ".sty")):
                yield path, name
            elif name not in used:
                notes.drop(f"`{name}`, which is no statement and no picture")


def _attachments(package: Package, result: Statements) -> list[str]:
    names = package.below("attachments")
    for name in names:
        result.files[name] = package.read(name)
    return names


def _statement(package: Package, problem: Problem, name: str, notes: Notes) -> tuple[str, str]:
    """Return a statement's own title, and its text."""
    if name.endswith(".pdf"):
        file = PurePosixPath(name).name
        notes.change(f"`{name}` is a PDF: the statement only links to it")
        return "", f"The statement is in [{file}]({file})."
    text = package.text(name)
    if name.endswith(".md"):
        text = problem.filled_in(text)
        text = text.replace("{{nextsample}}", _NEXT).replace("{{remainingsamples}}", _REST)
        # A footnote that is one link would be read as a link's definition, of another address.
        text = re.sub(
            r"^(\[\^\w+\]: )\[([^\[\]]*)\]\((\S+)\)$", r"\1\2 <\3>", text, flags=re.MULTILINE
        )
        return "", _images_of_html(text)
    # Comments could hide a brace; pandoc would read on to the end for its partner.
    title = _latex_title(text)
    text = re.sub(r"\\constant\{([^{}]*)\}", lambda m: problem.filled_in(f"{{{{{m[1]}}}}}"), text)
    converted = to_markdown(_MACROS + _known_environments(problem.filled_in(text)), name)
    for piece in converted.left_out:
        notes.drop(f"``{piece}`` in `{name}`, which pandoc does not know")
    return title, re.sub(r"^(#+) ", r"#\1 ", converted.markdown, flags=re.MULTILINE)


def _known_environments(text: str) -> str:
    """Return LaTeX with environments that pandoc does not know as ones that it knows."""
    text = re.sub(r"\\begin\{wrapfigure\}(\[[^\]]*\]|\{[^{}]*\})*", r"\\begin{figure}", text)
    return text.replace(r"\end{wrapfigure}", r"\end{figure}")


def _latex_title(text: str) -> str:
    plain = re.search(r"^%+\s*plainproblemname:\s*(.+)$", text, re.MULTILINE)
    if plain:
        return plain[1].strip()
    named = re.search(r"\\problemname\{((?:[^{}]|\{[^{}]*\})*)\}", text)
    return to_markdown(named[1], "problemname").markdown.strip().replace("\n", " ") if named else ""


def _images_of_html(text: str) -> str:
    """Return Markdown whose plain `<img>` are Markdown's own images."""

    def image(found: re.Match[str]) -> str:
        source = re.search(r"""\bsrc\s*=\s*["']([^"'<>()\s]+)["']""", found[0])
        alt = re.search(r"""\balt\s*=\s*["']([^"'<>\[\]]*)["']""", found[0])
        return f"![{alt[1] if alt else ''}]({source[1]})" if source else found[0]

    return re.sub(r"<img\b[^<>]*>", image, text)


def _samples(package: Package, problem: Problem, data: Data) -> list[str]:
    """Return each sample as Markdown, in order; the headings come later."""
    found: dict[str, str] = {}
    # What an interactive problem's validator reads is not for students.
    for case in () if problem.interactive else data.sample.all_cases():
        shown = []
        for heading, names in (
            ("Input", (f"data/{case.name}.in.statement", case.input)),
            ("Output", (f"data/{case.name}.ans.statement", f"data/{case.name}.out", case.answer)),
        ):
            name = next((name for name in names if name and name in package), None)
            if name is not None:
                text = package.read(name).decode("utf-8", "replace")
                shown.append(f"{heading}:\n\n{_block(text)}")
        found[case.name] = "\n\n".join(shown)
    for name in package.children("data/sample"):
        if name.endswith(".interaction"):
            text = package.text(f"data/sample/{name}")
            said = "Lines with `<` are read by your program, those with `>` it writes:"
            found[f"sample/{name[:-12]}"] = f"{said}\n\n{_block(text)}"
    return [found[name] for name in sorted(found)]


def _block(text: str) -> str:
    if len(text) > _SHOWN_SAMPLE:
        text = text[:_SHOWN_SAMPLE] + "\n… (shortened)"
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text.rstrip()}\n{fence}"


def _with_samples(text: str, samples: list[str]) -> str:
    """Return a statement with the samples where it wants them, else at its end."""
    rest = [f"## Sample {number}\n\n{sample}" for number, sample in enumerate(samples, 1)]

    def take(found: re.Match[str]) -> str:
        count = 1 if found[0] == _NEXT else len(rest)
        taken, rest[:count] = rest[:count], []
        return "\n\n".join(taken)

    text = re.sub(f"{_NEXT}|{_REST}", take, text)
    return "\n\n".join([text.strip(), *rest])


def _linked(text: str, result: Statements, notes: Notes) -> str:
    """Return a statement that names no file that is not there."""
    there: Mapping[str, bytes] = result.files
    for name in files_shown(text):
        if name in there:
            continue
        stem = name.rsplit("/", 1)[-1]
        # LaTeX may leave an image's extension out.
        whole = [path for path in there if path in {f"{name}{e}" for e in (".png", ".jpg", ".pdf")}]
        if whole:
            text = text.replace(f"]({name})", f"]({whole[0]})")
            continue
        notes.drop(f"`{stem}`, which a statement shows, is not in the package")
        written = "|".join(re.escape(one) for one in {name, quote(name)})
        text = re.sub(rf"!?\[([^\]]*)\]\(<?(?:{written})>?[^)]*\)", r"\1", text)
        # What a link's definition names is gone with it.
        text = re.sub(rf"^ *\[[^\]]*\]: *<?(?:{written})>?.*$", "", text, flags=re.MULTILINE)
    return text
