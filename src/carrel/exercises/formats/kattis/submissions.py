"""submissions/: programs with the verdict that is expected of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from carrel.exercises.formats.kattis.grading import Grading
from carrel.exercises.formats.kattis.package import Package, Settings
from carrel.exercises.formats.kattis.problem import Problem
from carrel.exercises.formats.kattis.programs import (
    CODES,
    OtherLanguageError,
    PackageProgram,
    find_program,
)
from carrel.exercises.formats.types import Notes
from carrel.judge.plan import MAX_SOURCE_BYTES
from carrel.judge.verdict import Verdict
from carrel.languages.registry import GENERAL, Language

_RIGHT = (Verdict.ACCEPTED, Verdict.PARTIAL)
_VERDICTS: Mapping[str, tuple[Verdict, ...]] = {
    "AC": _RIGHT,
    "WA": (Verdict.WRONG_ANSWER,),
    "TLE": (Verdict.TIME_LIMIT, Verdict.IDLENESS_LIMIT),
    "RTE": (Verdict.RUNTIME_ERROR, Verdict.MEMORY_LIMIT, Verdict.OUTPUT_LIMIT),
}
_WRONG = ("WA", "TLE", "RTE")


@dataclass(frozen=True)
class _Rule:
    """What all tests' verdicts may be, and what one of them must be."""

    permitted: tuple[str, ...] = ("AC", *_WRONG)
    required: tuple[str, ...] = ("AC", *_WRONG)


_DEFAULTS: Mapping[str, _Rule] = {
    "accepted": _Rule(permitted=("AC",)),
    "rejected": _Rule(required=_WRONG),
    "wrong_answer": _Rule(("AC", "WA"), ("WA",)),
    "time_limit_exceeded": _Rule(("AC", "TLE"), ("TLE",)),
    "run_time_error": _Rule(("AC", "RTE"), ("RTE",)),
    "brute_force": _Rule(("AC", "RTE", "TLE"), ("RTE", "TLE")),
}
_LEGACY: Mapping[str, _Rule] = {
    "accepted": _Rule(permitted=("AC",)),
    "partially_accepted": _Rule(required=_WRONG),
    # Too slow may be wrong as well, and whatever crashes may be both: the worst one counts.
    "wrong_answer": _Rule(("AC", "WA"), ("WA",)),
    "time_limit_exceeded": _Rule(("AC", "WA", "TLE"), ("TLE",)),
    "run_time_error": _Rule(required=("RTE",)),
    "rejected": _Rule(required=_WRONG),
    "slow_accepted": _Rule(("AC", "TLE")),
}
_TAG = re.compile(rb"@EXPECTED_(?:RESULTS|SCORE)@\s*:?\s*([^\n\r*]*)")
_TAGS = {
    "CORRECT": "AC",
    "ACCEPTED": "AC",
    "WRONG-ANSWER": "WA",
    "WRONG_ANSWER": "WA",
    "NO-OUTPUT": "WA",
    "TIMELIMIT": "TLE",
    "TIME_LIMIT_EXCEEDED": "TLE",
    "RUN-ERROR": "RTE",
    "RUN_TIME_ERROR": "RTE",
    "OUTPUT-LIMIT": "RTE",
    "CHECK-MANUALLY": "",
}


@dataclass
class Submissions:
    """`tables` are the `[[solutions]]`, `files` what they name."""

    tables: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)


def languages_of(problem: Problem, notes: Notes) -> tuple[Language, ...]:
    """Return the languages that the problem may be solved in."""
    if problem.languages is None:
        return GENERAL
    known = tuple(CODES[code] for code in problem.languages if code in CODES)
    if others := [code for code in problem.languages if code not in CODES]:
        notes.drop("languages that carrel does not have: " + ", ".join(others))
    if not known:
        notes.change("None of the package's languages is one of carrel's; all are allowed instead")
    return tuple(dict.fromkeys(known)) or GENERAL


def read_submissions(
    package: Package,
    problem: Problem,
    grading: Grading,
    languages: Sequence[Language],
    notes: Notes,
) -> Submissions:
    """Return the submissions with what is expected of them; those not kept are noted."""
    found = Submissions()
    settings = package.settings("submissions/submissions.yaml")
    _note_finer_rules(settings, notes)
    for folder in package.children("submissions"):
        for name, files in package.children(f"submissions/{folder}").items():
            path = f"{folder}/{name}"
            said = _matching(settings, path)
            try:
                program = find_program(
                    package,
                    files,
                    code=next((s.text("language") for s in said if "language" in s), ""),
                    entry=next((s.text("entrypoint") for s in said if "entrypoint" in s), ""),
                )
            except OtherLanguageError as error:
                notes.drop(f"the submission `{path}`, which {error}")
                continue
            if program.language not in languages:
                notes.drop(f"the submission `{path}`: {program.language} is not among languages")
                continue
            if len(package.read(program.main)) > MAX_SOURCE_BYTES:
                notes.drop(f"the submission `{path}`: a program has at most 1 MB")
                continue
            rule = _rule(package, problem, folder, program, said)
            if rule is None:
                notes.drop(f"the submission `{path}`: the package does not say what it is to show")
                continue
            _add(found, package, problem, program)
            found.tables[-1] |= _expectation(problem, grading, rule, folder, said)
    return found


def _add(found: Submissions, package: Package, problem: Problem, program: PackageProgram) -> None:
    def kept(name: str) -> str:
        path = "solutions/" + name.removeprefix("submissions/")
        found.files[path] = problem.filled_in_bytes(package.read(name))
        return path

    table: dict[str, Any] = {"file": kept(program.main)}
    if program.files:
        table["files"] = [kept(name) for name in program.files]
    table["language"] = program.language.value
    found.tables.append(table)


def _rule(
    package: Package,
    problem: Problem,
    folder: str,
    program: PackageProgram,
    said: Sequence[Settings],
) -> _Rule | None:
    """Return what is expected; a tag in the source goes before the folder's name."""
    tag = _TAG.search(package.read(program.main))
    if tag is not None:
        words = [word.strip().upper() for word in tag[1].decode("ascii", "replace").split(",")]
        codes = tuple(dict.fromkeys(filter(None, (_TAGS.get(word) for word in words))))
        if codes == ("AC",):
            return _Rule(permitted=("AC",))
        if codes:
            return _Rule(required=codes)
    rule = (_LEGACY if problem.legacy else {**_LEGACY, **_DEFAULTS}).get(folder)
    for settings in said:
        permitted, required = settings.words("permitted"), settings.words("required")
        if rule is None and (permitted or required or "score" in settings):
            rule = _Rule()
        if rule is None:
            continue
        replaced = settings.where.endswith(f": {folder}")
        rule = _Rule(
            _narrowed(rule.permitted, permitted, replaced=replaced),
            _narrowed(rule.required, required, replaced=replaced),
        )
    return rule


def _narrowed(
    now: tuple[str, ...], given: tuple[str, ...] | None, *, replaced: bool
) -> tuple[str, ...]:
    """Return the codes that a further rule leaves; a folder's own rule replaces the default."""
    if given is None:
        return now
    if replaced:
        return given
    return tuple(code for code in now if code in given) or given


def _expectation(
    problem: Problem, grading: Grading, rule: _Rule, folder: str, said: Sequence[Settings]
) -> dict[str, Any]:
    """Return the fields of `[[solutions]]` that say the same."""
    table: dict[str, Any] = {}
    if rule.permitted == ("AC",) and not problem.custom_score:
        return {}  # accepted is what a solution is
    verdicts = _VERDICTS if problem.custom_score else {**_VERDICTS, "AC": (Verdict.ACCEPTED,)}
    allowed = [verdict for code in rule.permitted for verdict in verdicts.get(code, ())]
    needed = [verdict for code in rule.required for verdict in verdicts.get(code, ())]
    if set(rule.permitted) != {"AC", *_WRONG}:
        table["permitted"] = [verdict.value for verdict in allowed]
    if set(rule.required) != {"AC", *_WRONG}:
        table["required"] = [verdict.value for verdict in needed]
    score = next((s.raw("score") for s in said if "score" in s), None)
    points = _points(grading, score)
    if points is None and folder == "partially_accepted" and not problem.custom_score:
        worth = [grading.whole(group.points) for group in grading.groups if group.points]
        fixed = {group.name for group in grading.groups if group.points is not None}
        loose = [one.points for one in grading.cases if one.group not in fixed and one.points]
        worth += [grading.whole(points) for points in loose]
        least, total = min(worth, default=1), grading.whole(grading.total)
        points = [min(least, total - 1), total - 1] if total > 1 else None
    if points is not None:
        table["points"] = points
    if not table:
        table["required"] = [verdict.value for verdict in Verdict if verdict.value in _ANY]
    return table


_ANY = {verdict.value for some in _VERDICTS.values() for verdict in some}


def _points(grading: Grading, score: Any) -> Any:
    numbers = score if isinstance(score, list) else [score]
    if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        return None
    points = [float(n) * grading.factor for n in numbers]
    return points if isinstance(score, list) else points[0]


def _matching(settings: Settings, path: str) -> list[Settings]:
    """Return what submissions.yaml says of a submission, the general before the special."""
    found = []
    for pattern in settings.given():
        if not isinstance(settings.raw(pattern), dict):
            continue
        for plain in _braces(pattern):
            if any(_glob(plain, part) for part in _ways(path)):
                found.append(settings.mapping(pattern))
                break
    return sorted(found, key=lambda one: one.where.count("/"))


def _ways(path: str) -> Iterator[str]:
    yield path
    yield str(PurePosixPath(path).parent)


def _glob(pattern: str, path: str) -> bool:
    """Match part by part: `*` matches within a name, and nothing else is special."""
    plain = pattern.rstrip("/").replace("[", "[[]").replace("?", "[?]").split("/")
    parts = path.split("/")
    return len(plain) == len(parts) and all(map(fnmatchcase, parts, plain))


_MAX_BRACES = 100


def _braces(pattern: str) -> list[str]:
    """Return the patterns that one with `{a,b}` stands for, at most a hundred."""
    done: list[str] = []
    pending = [pattern[:300]]
    while pending and len(done) + len(pending) <= _MAX_BRACES:
        here = pending.pop()
        found = re.search(r"\{([^{}]*)\}", here)
        if found is None:
            done.append(here)
            continue
        choices = found[1].split(",")[:_MAX_BRACES]
        pending += [here[: found.start()] + choice + here[found.end() :] for choice in choices]
    return done


def _note_finer_rules(settings: Settings, notes: Notes) -> None:
    known = {"language", "entrypoint", "authors", "model_solution", "permitted", "required"}
    for pattern in settings.given():
        rule = settings.raw(pattern)
        if not isinstance(rule, dict):
            notes.drop(f"`{pattern}` in submissions.yaml, which is no rule")
            continue
        for key in rule:
            if key in ("message", "use_for_time_limit"):
                notes.drop(f"`{key}` for `{pattern}` in submissions.yaml")
            elif key not in known | {"score"}:
                notes.drop(f"what submissions.yaml expects of `{pattern}` in `{key}` alone")
