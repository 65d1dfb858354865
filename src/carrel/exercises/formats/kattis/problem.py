"""problem.yaml: what a problem is, in both generations of the format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from carrel.exercises.formats.kattis.package import PROBLEM, Package, Settings
from carrel.exercises.formats.types import FormatError, Notes

_LEGACY = ("legacy", "legacy-icpc")
_KNOWN = frozenset(
    {
        "problem_format_version",
        "type",
        "name",
        "uuid",
        "version",
        "author",
        "credits",
        "source",
        "source_url",
        "license",
        "rights_owner",
        "limits",
        "validation",
        "validator_flags",
        "grading",
        "keywords",
        "languages",
        "constants",
        "embargo_until",
        "allow_file_writing",
    }
)
_TYPES = frozenset({"pass-fail", "scoring", "interactive", "multi-pass", "submit-answer"})
_LICENCES = {
    "public domain": "public domain",
    "cc0": "CC0-1.0",
    "cc by": "CC-BY-4.0",
    "cc by-sa": "CC-BY-SA-4.0",
}


@dataclass(frozen=True)
class Problem:
    """What problem.yaml says. `names` are titles by language code; the one without is English.

    `flags` are the output validator's for all tests, `custom` that the package has one of
    its own, `custom_score` that it may give points.
    """

    legacy: bool
    types: frozenset[str]
    names: Mapping[str, str]
    authors: tuple[str, ...]
    source: str
    licence: str
    keywords: tuple[str, ...]
    languages: tuple[str, ...] | None
    limits: Settings
    flags: tuple[str, ...]
    custom: bool | None
    custom_score: bool
    minimize: bool
    constants: Mapping[str, str] = field(default_factory=dict)

    @property
    def scoring(self) -> bool:
        """Whether submissions get points, not only accepted or not."""
        return "scoring" in self.types

    @property
    def interactive(self) -> bool:
        """Whether submissions talk to the output validator."""
        return "interactive" in self.types

    def filled_in(self, text: str) -> str:
        """Return a text with the problem's constants in the place of `{{name}}`."""
        if not self.constants:
            return text
        return re.sub(
            r"\{\{([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)?)\}\}",
            lambda found: self.constants.get(found[1], found[0]),
            text,
        )

    def filled_in_bytes(self, data: bytes) -> bytes:
        """Return a program's source with the constants filled in."""
        if not self.constants:
            return data
        constants = {name.encode(): text.encode() for name, text in self.constants.items()}
        pattern = rb"\{\{([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)?)\}\}"
        return re.sub(pattern, lambda found: constants.get(found[1], found[0]), data)


def read_problem(package: Package, notes: Notes) -> Problem:
    """Return what problem.yaml says; what of it is not kept is noted."""
    settings = package.settings(PROBLEM)
    version = settings.text("problem_format_version", "legacy")
    legacy = version in _LEGACY
    if not legacy and not re.fullmatch(r"20\d\d-\d\d(-draft)?|draft", version):
        allowed = "carrel reads legacy, 2023-07-draft and 2025-09"
        raise FormatError(f"{PROBLEM}: problem_format_version", version, allowed)
    for key in settings.given():
        if key not in _KNOWN:
            notes.drop(f"`{key}` in problem.yaml, which is not a field of the format")
    validation = settings.text("validation").split()
    types = frozenset(settings.words("type") or ("pass-fail",))
    if unknown := types - _TYPES:
        raise FormatError(f"{PROBLEM}: type", ", ".join(unknown), "give " + ", ".join(_TYPES))
    if "interactive" in validation:
        types |= {"interactive"}
    if "multi-pass" in validation:
        types |= {"multi-pass"}
    for kind in ("multi-pass", "submit-answer"):
        if kind in types:
            allowed = "carrel has no such kind of test; the package cannot be imported"
            raise FormatError(f"{PROBLEM}: type", kind, allowed)
    grading = settings.mapping("grading")
    return Problem(
        legacy=legacy,
        types=types,
        names=_names(settings),
        authors=_authors(settings),
        source=_sources(settings),
        licence=_LICENCES.get(settings.text("license"), settings.text("license")),
        keywords=settings.words("keywords") or (),
        languages=_languages(settings),
        limits=settings.mapping("limits"),
        flags=settings.words("validator_flags") or (),
        custom=None if not legacy else bool(validation and validation[0] == "custom"),
        custom_score="score" in validation or (not legacy and "scoring" in types),
        minimize=grading.text("objective") == "min",
        constants=_constants(settings),
    )


def note_facts(package: Package, notes: Notes) -> None:
    """Note what the package says of itself and carrel has no field for."""
    settings = package.settings(PROBLEM)
    for key in ("uuid", "version", "source_url", "rights_owner", "embargo_until"):
        if key in settings:
            notes.facts.append(f"{key}: {settings.text(key)}")
    credit = settings.raw("credits")
    if isinstance(credit, dict):
        for role, people in credit.items():
            if role != "authors" and not isinstance(people, dict):
                notes.facts.append(f"{role}: {', '.join(_people(people))}")
            elif isinstance(people, dict) and role == "translators":
                said = "; ".join(f"{code}: {', '.join(_people(p))}" for code, p in people.items())
                notes.facts.append(f"translators: {said}")


def _names(settings: Settings) -> dict[str, str]:
    value = settings.raw("name")
    if isinstance(value, dict):
        return {str(code): str(name) for code, name in value.items()}
    return {"en": settings.text("name")} if value is not None else {}


def _people(value: Any) -> list[str]:
    if isinstance(value, list):
        return [person for one in value for person in _people(one)]
    if isinstance(value, dict):
        return [str(value.get("name", ""))]
    return [re.sub(r"\s*<[^>]*>", "", str(value)).strip()] if value is not None else []


def _authors(settings: Settings) -> tuple[str, ...]:
    credit = settings.raw("credits")
    if isinstance(credit, dict):
        return tuple(filter(None, _people(credit.get("authors"))))
    if credit is not None:
        return tuple(filter(None, _people(credit)))
    names = re.split(r",\s*|\s+and\s+|\s+&\s+", settings.text("author"))
    return tuple(name.strip() for name in names if name.strip())


def _sources(settings: Settings) -> str:
    value = settings.raw("source")
    return ", ".join(_people(value))


def _languages(settings: Settings) -> tuple[str, ...] | None:
    words = settings.words("languages")
    return None if words is None or words == ("all",) else words


def _constants(settings: Settings) -> dict[str, str]:
    found: dict[str, str] = {}
    constants = settings.mapping("constants")
    for name in constants.given():
        value = constants.raw(name)
        if not isinstance(value, dict):
            found[name] = found[f"{name}.value"] = constants.text(name)
            continue
        for variant, text in value.items():
            found[f"{name}.{variant}"] = str(text)
        if "value" in value:
            found[name] = str(value["value"])
    return found
