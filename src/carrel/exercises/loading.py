"""Load an exercise folder: read, validate, and hand over a complete value."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from pydantic import ValidationError

from carrel.core.sizes import MIB, format_size
from carrel.exercises.checkers import load_checker
from carrel.exercises.errors import ExerciseError
from carrel.exercises.files import FILE, Files
from carrel.exercises.folder import RefusedPathError, read_file
from carrel.exercises.kinds.stdio import TESTS, StdioTable
from carrel.exercises.kinds.types import Context, TestTable
from carrel.exercises.problems import describe
from carrel.exercises.schema import (
    MAX_TESTS,
    ExerciseTable,
    HintTable,
    LimitsTable,
    MetadataTable,
    SolutionTable,
)
from carrel.exercises.statement import files_shown
from carrel.exercises.types import Exercise, ExerciseTest, Group, Hint, Metadata, Solution
from carrel.judge.verdict import Verdict
from carrel.languages.registry import Language, language_of_file
from carrel.sandbox.limits import RunLimits

_DEFAULT_TIME_S = 2.0
_DEFAULT_MEMORY = 256 * MIB
_IDLE_FACTOR = 3
MAX_DATA_BYTES = 32 * MIB
"""All data files together; they count towards what a sandbox may keep on disk."""


def load_exercise(folder: Path | str) -> Exercise:
    """Return the exercise in `folder`.

    Raises ExerciseError with every problem found, each naming its file, field
    and value.
    """
    folder = Path(folder)
    table = _read_table(folder)
    return _Loader(folder, table).load()


def find_exercises(folder: Path | str) -> list[Path]:
    """Return the exercise folders directly in `folder` (or itself), sorted by name."""
    folder = Path(folder)
    if (folder / FILE).is_file():
        return [folder]
    return sorted(path.parent for path in folder.glob(f"*/{FILE}"))


def _read_table(folder: Path) -> ExerciseTable:
    try:
        text = read_file(folder, FILE).decode("utf-8")
        return ExerciseTable.model_validate(tomllib.loads(text))
    except RefusedPathError as error:
        raise ExerciseError(folder, [f"{FILE} {error}"]) from None
    except UnicodeDecodeError as error:
        raise ExerciseError(folder, [f"{FILE} is not UTF-8 (byte {error.start})"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ExerciseError(folder, [f"{FILE} is not TOML: {error}"]) from None
    except RecursionError:  # whoever publishes an exercise may have got it from a stranger
        raise ExerciseError(folder, [f"{FILE} is not TOML: it is nested too deeply"]) from None
    except ValidationError as error:
        raise ExerciseError(folder, [f"{FILE}: {text}" for text in describe(error)]) from None


class _Loader:
    """Reads the files that a table names, collecting every problem on the way."""

    def __init__(self, folder: Path, table: ExerciseTable) -> None:
        self._folder = folder
        self._table = table
        self._files = Files(folder)
        self._functions = {name: each.signature(name) for name, each in table.functions.items()}
        self._checker = load_checker(table.checker, "checker", self._files)

    def load(self) -> Exercise:
        table, files = self._table, self._files
        limits = {
            language: _merge(table.limits, getattr(table.limits, language)) for language in Language
        }
        statement = files.text("statement", table.statement)
        folder = PurePosixPath(table.statement).parent
        assets = {
            name: files.bytes("statement", str(folder / name)) for name in files_shown(statement)
        }
        tests = self._tests(limits)
        solutions = tuple(
            self._solution(f"solutions[{number}]", entry)
            for number, entry in enumerate(table.solutions, 1)
        )
        starters = {
            language: files.text(f"starter.{language}", name)
            for language, name in table.starter.items()
        }
        exercise = Exercise(
            id=table.id,
            title=table.title,
            statement=statement,
            languages=tuple(dict.fromkeys(table.languages)),
            tests=tests,
            limits=MappingProxyType(limits),
            starters=MappingProxyType(starters),
            hints=_hints(table.hints),
            solutions=solutions,
            groups=self._groups(),
            data=self._data(),
            assets=assets,
            hidden_names=table.hidden_names,
            metadata=_metadata(table.metadata),
            version=files.version(),
        )
        if files.problems:
            raise ExerciseError(self._folder, files.problems)
        return exercise

    def _groups(self) -> tuple[Group, ...]:
        names = [group.name for group in self._table.groups]
        for number, name in enumerate(names, 1):
            if name in names[: number - 1]:
                self._files.problem(f"groups[{number}].name", f"= {name!r} is used twice")
        used = {test.group for test in self._table.tests or ()}
        for number, name in enumerate(names, 1):
            if name not in used:
                self._files.problem(f"groups[{number}].name", f"= {name!r} has no tests")
        for number, group in enumerate(self._table.groups, 1):
            for other in group.requires:
                if other not in names or other == group.name:
                    self._files.problem(
                        f"groups[{number}].requires",
                        f"= {other!r} is not another one of [[groups]]",
                    )
        return tuple(
            Group(group.name, group.scoring, group.points, tuple(group.requires))
            for group in self._table.groups
        )

    def _data(self) -> dict[str, bytes]:
        """Return the data files by the names that programs find them under."""
        found: dict[str, bytes] = {}
        for number, path in enumerate(self._table.data, 1):
            field, name = f"data[{number}]", PurePosixPath(path).name
            if name in found:
                self._files.problem(field, f"= {path!r}: another data file is called {name!r} too")
            found[name] = self._files.bytes(field, path)
        total = sum(map(len, found.values()))
        if total > MAX_DATA_BYTES:
            size, allowed = format_size(total), format_size(MAX_DATA_BYTES)
            self._files.problem("data", f"is too large together ({size}, allowed are {allowed})")
        return found

    def _tests(self, limits: Mapping[Language, RunLimits]) -> tuple[ExerciseTest, ...]:
        entries = self._table.tests
        if entries is None:
            entries = [StdioTable(file=name) for name in self._test_files()]
        if not entries:
            self._files.problem(
                TESTS, f"is empty; write [[tests]] or put NAME.in files in {TESTS}/"
            )
        tests = tuple(self._test(number, entry, limits) for number, entry in enumerate(entries, 1))
        names = [test.name for test in tests]
        for number, name in enumerate(names, 1):
            if name in names[: number - 1]:
                self._files.problem(f"tests[{number}].name", f"= {name!r} is used twice")
        return tests

    def _test_files(self) -> list[str]:
        names = self._files.names(TESTS, TESTS)
        stems = [name.removesuffix(".in") for name in names if name.endswith(".in")]
        return sorted(stems, key=_natural)[:MAX_TESTS]

    def _test(
        self, number: int, entry: TestTable, limits: Mapping[Language, RunLimits]
    ) -> ExerciseTest:
        table = self._table
        context = Context(
            field=f"tests[{number}]",
            files=self._files,
            languages=tuple(dict.fromkeys(table.languages)),
            limits=limits,
            checker=self._checker,
            functions=self._functions,
        )
        name = entry.name or entry.own_name or f"test {number}"
        if entry.group is not None and entry.group not in {group.name for group in table.groups}:
            self._files.problem(
                f"{context.field}.group", f"= {entry.group!r} is not among [[groups]]"
            )
        return ExerciseTest(
            name=name,
            judge=entry.load(context),
            points=entry.points,
            hidden=entry.hidden,
            group=entry.group,
            said_if_passed=entry.feedback.passed,
            said_if_failed=entry.feedback.failed,
        )

    def _solution(self, field: str, entry: SolutionTable) -> Solution:
        language = entry.language or language_of_file(entry.file)
        if language is None:
            self._files.problem(
                f"{field}.file", f"= {entry.file!r} has no known extension; add language"
            )
        elif language not in self._table.languages:
            self._files.problem(f"{field}.language", f"= {language.value!r} is not among languages")
        listed = entry.permitted or entry.required
        points = entry.points
        return Solution(
            file=entry.file,
            language=language or Language.PYTHON,
            source=self._files.bytes(f"{field}.file", entry.file),
            verdict=None if listed else entry.verdict or Verdict.ACCEPTED,
            points=(points[0], points[1]) if isinstance(points, list) else points,
            permitted=tuple(entry.permitted),
            required=tuple(entry.required),
            files={
                _beside(entry.file, name): self._files.bytes(f"{field}.files", name)
                for name in entry.files
            },
        )


def _beside(main: str, name: str) -> str:
    """Return where a file lies relative to a program's main file; by its name if elsewhere."""
    path, folder = PurePosixPath(name), PurePosixPath(main).parent
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else path.name


def _hints(hints: Sequence[str | HintTable]) -> tuple[Hint, ...]:
    return tuple(
        Hint(hint, after_attempts=number)
        if isinstance(hint, str)
        else Hint(hint.text, hint.after_attempts, hint.below_score)
        for number, hint in enumerate(hints, 1)
    )


def _metadata(table: MetadataTable) -> Metadata:
    return Metadata(
        tags=tuple(table.tags),
        difficulty=table.difficulty,
        licence=table.licence,
        authors=tuple(table.authors),
        source=table.source,
    )


def _merge(general: LimitsTable, special: LimitsTable) -> RunLimits:
    """Return the limits of `special`, with `general` and then the defaults for the rest."""
    time_s = special.time or general.time or _DEFAULT_TIME_S
    idle_s = special.idle or general.idle or time_s * _IDLE_FACTOR
    default = RunLimits(wall_ms=0)
    return RunLimits(
        cpu_ms=round(time_s * 1000),
        # A wall limit below the CPU limit would never let the CPU limit speak.
        wall_ms=round(max(idle_s, time_s) * 1000),
        memory_bytes=special.memory or general.memory or _DEFAULT_MEMORY,
        output_bytes=special.output or general.output or default.output_bytes,
        processes=special.processes or general.processes or default.processes,
    )


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key that puts `2` before `10`."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)
    ]
