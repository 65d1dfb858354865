"""Run a checker or an interactor in the examiner's sandbox."""

from __future__ import annotations

import secrets
from dataclasses import replace

from carrel.core.errors import ExerciseFaultError, SandboxFileError
from carrel.judge.dialogue import Dialogue, Party, converse
from carrel.judge.opinion import Convention, Examiner, Opinion
from carrel.judge.stage import Stage
from carrel.judge.teacher import with_arguments
from carrel.judge.verdict import Verdict
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.program import Execution, Identity, Program
from carrel.texts.message import Message

_INPUT, _OUTPUT, _ANSWER = "/data/input", "/data/output", "/data/answer"
_FEEDBACK_FILES = ("score.txt", "score_multiplier.txt", "teammessage.txt", "judgemessage.txt")
_FEEDBACK_BYTES = 64 * 1024


async def check(
    stage: Stage, examiner: Examiner, given: bytes, output: bytes, answer: bytes
) -> Opinion:
    """Return what a checker thinks of `output`; ExerciseFaultError when it failed itself.

    One that breaks on the output and not on the expected answer was broken by the output:
    that is a wrong answer, or students could keep themselves from being graded.
    """
    execution, feedback = await _checked(stage, examiner, given, output, answer)
    try:
        return examiner.understand(execution, feedback)
    except ExerciseFaultError as fault:
        if examiner.gave_up(execution):
            raise
        examiner.understand(*await _checked(stage, examiner, given, answer, answer))
        return _broken(fault)


async def interact(
    stage: Stage, examiner: Examiner, given: bytes, answer: bytes
) -> tuple[Dialogue, Opinion | None]:
    """Let the submission talk to an interactor.

    Returns the dialogue and what the interactor thinks; None when the student's program
    failed and the interactor had only a broken line to think about.
    ExerciseFaultError when the interactor failed itself, also without anything to read.
    """
    box, program, folder = await _interactor(stage, examiner, given, answer)
    student = Party(await stage.box(), stage.plan.program(None))
    dialogue = await converse(student, Party(box, program), idle_ms=stage.plan.limits.wall_ms)
    if dialogue.examiner_told and stage.failed(dialogue.student) is not None:
        return dialogue, None
    try:
        return dialogue, examiner.understand(dialogue.examiner, await _feedback(box, folder))
    except ExerciseFaultError as fault:
        if examiner.gave_up(dialogue.examiner):
            raise
        box, program, folder = await _interactor(stage, examiner, given, answer)
        alone = await box.execute(replace(program, stdin=b""))
        examiner.understand(alone, await _feedback(box, folder))
        return dialogue, _broken(fault)


def _broken(fault: ExerciseFaultError) -> Opinion:
    return Opinion(Verdict.WRONG_ANSWER, 0.0, Message("broke-its-checker"), str(fault))


async def _checked(
    stage: Stage, examiner: Examiner, given: bytes, output: bytes, answer: bytes
) -> tuple[Execution, dict[str, bytes]]:
    files = {_INPUT: given, _ANSWER: answer}
    kattis = examiner.convention is Convention.KATTIS
    if not kattis:
        files[_OUTPUT] = output
    box, program, folder = await _ready(stage, examiner, files)
    arguments = _arguments(examiner, folder, _OUTPUT)
    program = replace(with_arguments(program, arguments), stdin=output if kattis else b"")
    execution = await box.execute(program)
    return execution, await _feedback(box, folder)


async def _interactor(
    stage: Stage, examiner: Examiner, given: bytes, answer: bytes
) -> tuple[LiveSandbox, Program, str]:
    box, program, folder = await _ready(stage, examiner, {_INPUT: given, _ANSWER: answer})
    return box, with_arguments(program, _arguments(examiner, folder, f"{folder}/output")), folder


async def _ready(
    stage: Stage, examiner: Examiner, files: dict[str, bytes]
) -> tuple[LiveSandbox, Program, str]:
    """Return the examiner's sandbox, its program, and an empty folder to run it in."""
    box, program = await examiner.program.installed(stage)
    for path, data in files.items():
        await box.write_file(path, data)
    folder = f"/data/feedback-{secrets.token_hex(4)}"
    await box.make_directory(folder)
    # It owns that folder while it runs, and nothing else.
    return box, replace(program, identity=Identity.BUILDER, cwd=folder), folder


def _arguments(examiner: Examiner, folder: str, output: str) -> list[str]:
    if examiner.convention is Convention.KATTIS:
        return [_INPUT, _ANSWER, f"{folder}/", *examiner.arguments]
    return [_INPUT, output, _ANSWER, *examiner.arguments]


async def _feedback(box: LiveSandbox, folder: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name in _FEEDBACK_FILES if box.is_alive else ():
        try:
            found[name] = await box.read_file(f"{folder}/{name}", max_bytes=_FEEDBACK_BYTES)
        except SandboxFileError:
            continue  # it left none, or something that is no file, or too large
    return found
