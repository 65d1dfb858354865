"""From how a package gives scores to carrel's points and groups.

The legacy format's default grader takes the sum, minimum, maximum or average of the scores
in a group, and says by its flags whether a submission that fails somewhere still counts.
The newer format has a maximum score and an aggregation. Scores may be fractions; points
are whole numbers, so all of them are multiplied by the same small number if need be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from carrel.exercises.fields import MAX_POINTS
from carrel.exercises.formats.kattis.data import Case, Data, Node
from carrel.exercises.formats.kattis.package import Settings
from carrel.exercises.formats.kattis.problem import Problem
from carrel.exercises.formats.types import FormatError, Notes
from carrel.exercises.types import Scoring

_ALL = "all tests"
_SAMPLES = "samples"
_MODES = ("sum", "avg", "min", "max")
_MAX_FACTOR = 1000


@dataclass(frozen=True)
class GradedCase:
    """A test case with its points as scores, and the group that it counts in.

    `full` is the score a validator of the package's own gives for all of the case.
    """

    case: Case
    points: Fraction = Fraction(0)
    group: str | None = None
    full: float = 1.0


@dataclass(frozen=True)
class Grouping:
    """A group as exercise.toml is to have it; `points` None: the sum of its tests'."""

    name: str
    scoring: Scoring
    points: Fraction | None = None
    requires: tuple[str, ...] = ()


@dataclass
class Grading:
    """All groups and cases. Points are multiplied by `factor` to be whole."""

    groups: list[Grouping] = field(default_factory=list)
    cases: list[GradedCase] = field(default_factory=list)
    factor: int = 1

    @property
    def total(self) -> Fraction:
        """The score that all of it is worth."""
        fixed = {group.name: group.points for group in self.groups if group.points is not None}
        loose = sum((one.points for one in self.cases if one.group not in fixed), Fraction(0))
        return loose + sum(fixed.values(), Fraction(0))

    def whole(self, score: Fraction) -> int:
        """Return a score as points."""
        return round(score * self.factor)


def grade_data(problem: Problem, data: Data, notes: Notes) -> Grading:
    """Return the points of all test cases; what is not quite the same is noted."""
    if not problem.scoring:
        grading = _pass_fail(data, notes)
    elif data.legacy:
        grading = _Legacy(problem, data, notes).grading()
    else:
        grading = _Newer(data, notes).grading()
    return _made_whole(grading, notes)


def _pass_fail(data: Data, notes: Notes) -> Grading:
    notes.change(
        "A submission is accepted or it is not: all tests are in one group of 1 point. For "
        'points per test, say `scoring = "sum"` in `[[groups]]` and give it more points.'
    )
    cases = (*data.sample.all_cases(), *data.secret.all_cases())
    return Grading(
        [Grouping(_ALL, Scoring.ALL_OR_NOTHING, Fraction(1))],
        [GradedCase(case, Fraction(1), _ALL) for case in cases],
    )


class _Legacy:
    """The default grader, group by group."""

    def __init__(self, problem: Problem, data: Data, notes: Notes) -> None:
        self._problem = problem
        self._data = data
        self._notes = notes
        self._found = Grading()
        self._requires: tuple[str, ...] = ()

    def grading(self) -> Grading:
        data, found = self._data, self._found
        root, secret = _flags(data.root), _flags(data.secret.settings)
        if self._problem.minimize:
            self._notes.drop("`objective: min`: points are always the more, the better")
        self._samples(root)
        whole = not (root | secret) & {"accept_if_any_accepted", "always_accept"}
        if whole and not self._problem.custom_score:
            self._notes.change(
                "The package counts no score unless every test is passed (its grader has no "
                "`accept_if_any_accepted`), so all its tests are in one group."
            )
            points = _sum(self._worth(data.secret, []))
            self._put(data.secret, Grouping("secret", Scoring.ALL_OR_NOTHING, points))
        else:
            self._split(data.secret)
        return found

    def _samples(self, root: set[str]) -> None:
        cases = self._data.sample.all_cases()
        scores = [Fraction(str(case.accept_score)) for case in cases]
        if "ignore_sample" in root:
            scores = [Fraction(0)] * len(cases)
        self._found.cases += [
            GradedCase(case, score) for case, score in zip(cases, scores, strict=True)
        ]
        if cases and not root & {"ignore_sample", "accept_if_any_accepted", "always_accept"}:
            # Who fails a sample is rejected, whatever else is passed.
            self._found.cases = [replace(one, group=_SAMPLES) for one in self._found.cases]
            self._found.groups.append(Grouping(_SAMPLES, Scoring.ALL_OR_NOTHING, _sum(scores)))
            self._requires = (_SAMPLES,)

    def _split(self, node: Node) -> None:
        """Put a group whose parts count for themselves."""
        mode = self._mode(node)
        if mode == "min" or (mode == "avg" and not node.groups):
            self._together(node, mode)
            return
        if mode in ("max", "avg"):
            self._notes.drop(
                f"`{mode}` of the scores in `data/{node.name}`: their sum is taken instead"
            )
        for group in node.groups:
            self._split(group)
        if not node.cases:
            return
        if node.settings.get("on_reject", "break") == "break" and len(node.cases) > 1:
            self._notes.change(
                f"`data/{node.name}`: the package gives no score for tests after the first one "
                "that fails; here each test counts for itself."
            )
        name = _short(node.name)
        self._found.groups.append(Grouping(name, Scoring.SUM))
        for case in node.cases:
            worth = self._case_worth(node, case, len(node.cases))
            self._found.cases.append(GradedCase(case, worth, name, float(worth) or 1.0))

    def _together(self, node: Node, mode: str) -> None:
        """Put a group that is one for all its tests."""
        name = _short(node.name)
        if mode == "avg":
            points = self._case_worth(node, node.cases[0], 1)
            self._put(node, Grouping(name, Scoring.SUM, points), full=float(points) or 1.0)
            return
        points = min(self._worth(node, []), default=Fraction(0))
        scoring = Scoring.MINIMUM if self._problem.custom_score else Scoring.ALL_OR_NOTHING
        self._put(node, Grouping(name, scoring, points), full=float(points) or 1.0)

    def _put(self, node: Node, group: Grouping, full: float = 1.0) -> None:
        self._found.groups.append(replace(group, requires=self._requires))
        self._found.cases += [
            GradedCase(case, Fraction(1), group.name, full) for case in node.all_cases()
        ]

    def _worth(self, node: Node, found: list[Fraction]) -> list[Fraction]:
        """Return the scores that a group is made of: of its groups and of its tests."""
        for group in node.groups:
            inner = self._worth(group, [])
            mode = self._mode(group)
            found.append(
                min(inner)
                if mode == "min"
                else max(inner)
                if mode == "max"
                else _sum(inner) / (len(inner) if mode == "avg" else 1)
            )
        found += [self._case_worth(node, case, 1) for case in node.cases]
        return found

    def _case_worth(self, node: Node, case: Case, share: int) -> Fraction:
        if not self._problem.custom_score:
            return Fraction(str(case.accept_score))
        top = _range_top(node)
        if top is None:
            self._notes.change(
                f"`data/{node.name}`: the validator's score has no upper bound; 100 is taken for it"
            )
            top = Fraction(100)
        return top / share

    def _mode(self, node: Node) -> str:
        if str(node.settings.get("grading", "default")) == "custom":
            self._notes.drop(
                f"the grader of the package's own for `data/{node.name}`; the sum is taken"
            )
        return next((flag for flag in reversed(_flag_list(node.settings)) if flag in _MODES), "sum")


class _Newer:
    """`max_score` and `score_aggregation`."""

    def __init__(self, data: Data, notes: Notes) -> None:
        self._data = data
        self._notes = notes
        self._found = Grading()

    def grading(self) -> Grading:
        secret, found = self._data.secret, self._found
        found.cases += [GradedCase(case) for case in self._data.sample.all_cases()]
        top = Settings("data/secret/test_group.yaml", secret.settings)
        mode = top.text("score_aggregation", "sum")
        groups = [group for group in secret.groups if group.settings]
        if mode == "pass-fail" or not groups:
            self._put(secret, "secret", mode, self._most(top, Fraction(100)))
            return found
        if mode == "min":
            self._notes.drop("the minimum of the groups' scores: their sum is taken instead")
        for group in groups:
            settings = Settings(f"data/{group.name}/test_group.yaml", group.settings)
            inner = settings.text("score_aggregation", "pass-fail")
            self._put(group, _short(group.name), inner, self._most(settings, None))
        required = {name for group in found.groups for name in group.requires}
        if _SAMPLES in required:
            found.groups.append(Grouping(_SAMPLES, Scoring.ALL_OR_NOTHING, Fraction(0)))
            samples = {case.name for case in self._data.sample.all_cases()}
            found.cases = [
                replace(one, group=_SAMPLES) if one.case.name in samples else one
                for one in found.cases
            ]
        return found

    def _put(self, node: Node, name: str, mode: str, points: Fraction) -> None:
        settings = Settings(f"data/{node.name}/test_group.yaml", node.settings)
        scoring = {
            "sum": Scoring.SUM,
            "min": Scoring.MINIMUM,
            "pass-fail": Scoring.ALL_OR_NOTHING,
        }.get(mode)
        if scoring is None:
            raise settings.wrong("score_aggregation", "give sum, min or pass-fail")
        required = settings.raw("require_pass")
        names = required if isinstance(required, list) else [required] if required else []
        requires = tuple(_SAMPLES if str(n) == "sample" else _short(str(n)) for n in names)
        cases = node.all_cases()
        full = points / len(cases) if scoring is Scoring.SUM else points
        self._found.groups.append(Grouping(name, scoring, points, requires))
        self._found.cases += [
            GradedCase(case, Fraction(1), name, float(full) or 1.0) for case in cases
        ]

    def _most(self, settings: Settings, default: Fraction | None) -> Fraction:
        value = settings.raw("max_score")
        if value is None and default is not None:
            return default
        if value in (None, "unbounded"):
            self._notes.change(
                f"`{settings.where}`: its score has no upper bound; 100 points are taken for it"
            )
            return Fraction(100)
        number = settings.number("max_score", most=MAX_POINTS)
        return Fraction(str(number))


def _made_whole(grading: Grading, notes: Notes) -> Grading:
    """Choose the factor that makes all points whole."""
    points = [one.points for one in grading.cases]
    points += [group.points for group in grading.groups if group.points is not None]
    factor = math.lcm(*(point.denominator for point in points)) if points else 1
    if factor > _MAX_FACTOR:
        factor = 100
        notes.change("The package's scores are fractions; points are rounded to hundredths of them")
    if any(point * factor > MAX_POINTS for point in points):
        allowed = f"points are at most {MAX_POINTS:,}"
        raise FormatError("data", f"a score of {float(max(points)):g}", allowed)
    grading.factor = factor
    if factor > 1:
        notes.change(f"The package's scores are fractions: all points are {factor} times as many")
    return grading


def _flag_list(settings: Any) -> list[str]:
    return str(settings.get("grader_flags") or "").split()


def _flags(settings: Any) -> set[str]:
    return set(_flag_list(settings))


def _range_top(node: Node) -> Fraction | None:
    words = str(node.settings.get("range") or "").split()
    try:
        top = float(words[1])
    except (IndexError, ValueError):
        return None
    return Fraction(str(top)) if math.isfinite(top) and top > 0 else None


def _short(name: str) -> str:
    """Return a group's name as students see it: `group1` for `secret/group1`."""
    return name.removeprefix("secret/")


def _sum(scores: list[Fraction]) -> Fraction:
    return sum(scores, Fraction(0))
