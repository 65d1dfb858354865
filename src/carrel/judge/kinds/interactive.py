"""A test by conversation: the program and an interactor talk to each other."""

from __future__ import annotations

from dataclasses import dataclass, field

from carrel.judge.examine import interact
from carrel.judge.opinion import Examiner
from carrel.judge.plan import Setup
from carrel.judge.stage import Stage
from carrel.judge.verdict import TestVerdict, Verdict
from carrel.sandbox.program import Ended
from carrel.texts.message import Message


@dataclass(frozen=True)
class InteractiveTest:
    """One conversation with `interactor`, which alone knows `input` and `answer`."""

    interactor: Examiner
    input: bytes = field(default=b"", repr=False)
    answer: bytes = field(default=b"", repr=False)

    @property
    def setup(self) -> Setup | None:
        """The language's own way."""
        return None

    @property
    def shown(self) -> tuple[bytes, bytes]:
        """Nothing: what the interactor knows is what the program has to find out."""
        return b"", b""

    async def run(self, stage: Stage) -> TestVerdict:
        """Let both talk. A wrong answer stands, however the program ended."""
        dialogue, opinion = await interact(stage, self.interactor, self.input, self.answer)
        failed = stage.failed(dialogue.student)
        if opinion is None and dialogue.student.ended is Ended.WALL_LIMIT:
            return stage.verdict(dialogue.student, Verdict.IDLENESS_LIMIT, Message("both-wait"))
        if failed is not None and (opinion is None or opinion.verdict is not Verdict.WRONG_ANSWER):
            return failed
        if opinion is None:  # it ended well, or it would have failed
            raise AssertionError
        return stage.verdict(
            dialogue.student,
            opinion.verdict,
            opinion.message,
            note=opinion.note,
            share=opinion.share,
        )
