"""Builds the benchmark's labelled directories: honest programs, and disguised copies of them."""

from __future__ import annotations

import ast
import random
import zlib
from dataclasses import dataclass
from pathlib import Path

from benchmarks.similarity.disguise import disguise
from benchmarks.similarity.render import LANGUAGES, Renderer, honest_style

HERE = Path(__file__).parent
LEVELS = (1, 2, 3, 4, 5, 6)


@dataclass(frozen=True)
class Labelled:
    """One directory's programs (file name to text) and the pairs that are copies."""

    exercise: str
    language: str
    level: int
    files: dict[str, str]
    copies: frozenset[frozenset[str]]


def _random(key: str) -> random.Random:
    return random.Random(zlib.crc32(key.encode()))  # noqa: S311 - nothing here is secret


def exercises() -> dict[str, list[ast.Module]]:
    """Return every exercise's honest programs, parsed."""
    found = {}
    for path in sorted((HERE / "exercises").glob("*.mini")):
        parts = path.read_text(encoding="utf-8").split("\n=== ")[1:]
        found[path.stem] = [ast.parse(part.split("\n", 1)[1]) for part in parts]
    return found


def labelled(language: str, level: int, seed: int = 0) -> list[Labelled]:
    """Return one directory for each exercise: its honest programs, and a copy of each."""
    result = []
    for exercise, programs in exercises().items():
        rng = _random(f"{exercise}/{language}/{level}/{seed}")
        extension = LANGUAGES[language]
        files: dict[str, str] = {}
        copies = set()
        for i, module in enumerate(programs):
            style = honest_style(rng)
            name, other = f"s{i:02}.{extension}", f"t{i:02}.{extension}"
            files[name] = Renderer(language, style).render(module)
            changed, new_style = disguise(module, style, level, rng)
            files[other] = Renderer(language, new_style).render(changed)
            copies.add(frozenset((name, other)))
        result.append(Labelled(exercise, language, level, files, frozenset(copies)))
    return result


def crowd(language: str, count: int, lines: int, seed: int = 0) -> dict[str, str]:
    """Return `count` unrelated-looking programs of about `lines` lines, for measuring speed.

    Programs are random selections of functions of all exercises, disguised at a
    random level, so that pairs share a little code, as a real course's do.
    """
    pool = [
        (module, function)
        for programs in exercises().values()
        for module in programs
        for function in module.body
    ]
    files = {}
    for i in range(count):
        rng = _random(f"{language}/{lines}/{seed}/{i}")
        style = honest_style(rng)
        parts: list[str] = []
        while sum(part.count("\n") for part in parts) < lines:
            _, function = rng.choice(pool)
            changed, other = disguise(ast.Module([function], []), style, rng.randint(2, 6), rng)
            renderer = Renderer(language, other)
            parts.extend(
                renderer._function(node)  # noqa: SLF001
                for node in changed.body
                if isinstance(node, ast.FunctionDef)
            )
        text = "\n\n".join(parts)
        if language == "java":
            text = "public class Main {\n" + text + "\n}"
        files[f"p{i:04}.{LANGUAGES[language]}"] = "\n".join(text.splitlines()[: lines + 5]) + "\n"
    return files


def write(files: dict[str, str], folder: Path) -> None:
    """Write the programs into a new folder."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
