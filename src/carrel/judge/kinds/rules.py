"""Rules on the parsed program: what it must or must not have, with a text that teaches.

The program is not run. It is read in a process of its own (see
`carrel.languages.structure.apart`), and what was found becomes one part per rule. When
the parser cannot make sense of all of it, the compiler is asked first, so that a syntax
error is told as one. Rules are for teaching: whoever wants to deceive a parser finds a
way. Programs that run text as a program are therefore told apart from those that keep a ban.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from carrel.judge.kinds.compile_first import compile_first
from carrel.judge.kinds.rule_texts import broken, title
from carrel.judge.plan import Setup, Submission
from carrel.judge.stage import Stage
from carrel.judge.verdict import PartVerdict, TestVerdict, Verdict
from carrel.languages.registry import SPECS
from carrel.languages.rules.reading import UnreadableSourceError, source_text
from carrel.languages.structure.apart import UnreadableProgramError, examine
from carrel.languages.structure.rules import Outcome, Rule
from carrel.languages.structure.tree import Source
from carrel.texts.message import Message


@dataclass(frozen=True)
class TaughtRule:
    """A rule with what the teacher says about it.

    `name` and `message` are the teacher's, or empty for those of the catalogues. `weight`
    is its share of the test's points. `languages` limits it; empty means all.
    """

    rule: Rule
    name: str = ""
    message: str = ""
    weight: float = 1.0
    languages: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What the rule asks, in a few words."""
        return self.name or title(self.rule)


@dataclass(frozen=True)
class RulesTest:
    """Rules that a program is held against; `advice` never fails it."""

    rules: tuple[TaughtRule, ...]
    advice: bool = False

    @property
    def setup(self) -> Setup | None:
        """The language's own way, for when the compiler is asked."""
        return None

    @property
    def shown(self) -> tuple[bytes, bytes]:
        """No input; the rules are what is expected."""
        return b"", "".join(f"{rule.title}\n" for rule in self.rules).encode()

    async def run(self, stage: Stage) -> TestVerdict:
        """Hold the program against the rules."""
        submission = stage.submission
        language = submission.language.value
        rules = [one for one in self.rules if not one.languages or language in one.languages]
        try:
            sources = _sources(submission)
        except UnreadableSourceError as error:
            await compile_first(stage)
            return self._unread(error.reason)
        try:
            outcomes, has_errors = await examine([one.rule for one in rules], sources, language)
        except UnreadableProgramError:
            return self._unread(Message("rules-unreadable"))
        if has_errors:
            await compile_first(stage)
        return self._verdict(rules, outcomes)

    def _unread(self, reason: Message) -> TestVerdict:
        return TestVerdict(Verdict.ACCEPTED if self.advice else Verdict.WRONG_ANSWER, reason)

    def _verdict(self, rules: Sequence[TaughtRule], outcomes: Sequence[Outcome]) -> TestVerdict:
        parts = tuple(map(_part, rules, outcomes))
        failed = [part for part in parts if not part.passed]
        if not failed:
            return TestVerdict(Verdict.ACCEPTED, parts=parts)
        if self.advice:
            return TestVerdict(Verdict.ACCEPTED, failed[0].reason, parts=parts)
        total = sum(part.weight for part in parts)
        share = sum(part.weight for part in parts if part.passed) / total
        verdict = Verdict.PARTIAL if share else Verdict.WRONG_ANSWER
        return TestVerdict(verdict, failed[0].reason, share=share, parts=parts)


def _sources(submission: Submission) -> list[Source]:
    """Return the files to look at; the program itself has no name, as students call it theirs.

    Raises UnreadableSourceError when one of them is in an encoding that is not accepted.
    """
    language = submission.language
    extensions = SPECS[language].extensions
    sources = [Source("", source_text(submission.source, language))]
    for name, data in sorted(submission.files.items()):
        if PurePosixPath(name).suffix.lower() in extensions or name.endswith((".h", ".hpp")):
            sources.append(Source(name, source_text(data, language, name)))
    return sources


def _part(taught: TaughtRule, outcome: Outcome) -> PartVerdict:
    if outcome.failure is None:
        return PartVerdict(taught.title, Verdict.ACCEPTED, weight=taught.weight, score=1.0)
    reason = broken(taught.rule, outcome, taught.message)
    return PartVerdict(taught.title, Verdict.WRONG_ANSWER, reason, weight=taught.weight)
