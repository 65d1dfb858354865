"""Feedback in sentences: the first failure in full, the further ones in short.

Everything is made from a `StudentView`, and so may be shown to the student. All sentences
are Messages: `in_language` says them in another language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from carrel.grading.diagnostics import Diagnostic
from carrel.grading.student import StudentTest, StudentView, TestDetails
from carrel.grading.traces import Frame, Trace
from carrel.judge.checkers.forms import quoted
from carrel.judge.verdict import Verdict
from carrel.texts.message import Message

_MOST_DIAGNOSTICS = 5
_MOST_PARTS = 20
_MOST_LINES = 20
_LONGEST_NAME = 200
_LONGEST_LINE = 160


@dataclass(frozen=True)
class Feedback:
    """What to tell a student, in the order of what helps most.

    `summary` counts the tests, hidden ones apart. `refusal` says why the program does not
    compile. `first` is the first failed visible test, `explanation` says what happened in
    it; `others` are the further failed visible tests, a sentence each. `advice` is what
    visible tests remark that are passed, such as a linter's that costs nothing. `texts` are the
    teacher's, for passed and for failed tests.
    """

    summary: Message
    refusal: tuple[Message, ...] = ()
    first: StudentTest | None = None
    explanation: tuple[Message, ...] = ()
    others: tuple[Message, ...] = ()
    advice: tuple[Message, ...] = ()
    texts: tuple[Message, ...] = ()
    hidden_failed: int = 0

    @property
    def sentences(self) -> list[str]:
        """What went wrong, most important first, and the teacher's texts; empty if all is well.

        The summary is among them where hidden tests failed: those it alone tells about.
        """
        told = [*self.refusal, *self.explanation, *self.others, *self.advice]
        if self.hidden_failed and not self.refusal:
            told.append(self.summary)
        return [*told, *self.texts]


def feedback(view: StudentView) -> Feedback:
    """Return what to tell the student about a graded submission."""
    failed = [test for test in view.tests if not test.passed]
    if view.compile_message is not None:  # that is why they failed, and told once
        failed = [test for test in failed if test.verdict is not Verdict.COMPILE_ERROR]
    visible = [test for test in failed if not test.hidden]
    first = visible[0] if visible else None
    return Feedback(
        summary=_summary(view),
        refusal=tuple(_refusal(view)),
        first=first,
        explanation=() if first is None else tuple(_explanation(first)),
        others=tuple(_short(test) for test in visible[1:]),
        advice=tuple(_advice(view)),
        texts=tuple(
            Message("text-for-test", name=_name(test), text=test.text)
            for test in view.tests
            if test.text
        ),
        hidden_failed=sum(test.hidden for test in failed),
    )


def verdict_words(verdict: Verdict) -> Message:
    """Return a verdict as a person reads it, e.g. `time limit exceeded`."""
    return Message("verdict", verdict=verdict.value)


def describe(test: StudentTest) -> Message:
    """Return how a test came out, e.g. `Test 'zero' failed: runtime error: …`."""
    if test.passed:
        return Message("test-passed", name=_name(test))
    reason = None if test.details is None else _reason(test.details)
    if not reason:
        return _short(test)
    words = verdict_words(test.verdict)
    return Message("test-failed-because", name=_name(test), verdict=words, reason=reason)


def describe_diagnostic(said: Diagnostic) -> Message:
    """Return one thing a compiler said with its place, e.g. `sum.c, line 3, column 5: …`."""
    if said.file is None:
        return Message("said", text=said.text)
    if said.line is None:
        return Message("said-in-file", file=said.file, text=said.text)
    if said.column is None:
        return Message("said-in-line", file=said.file, line=said.line, text=said.text)
    return Message("said-at", file=said.file, line=said.line, column=said.column, text=said.text)


def describe_trace(trace: Trace) -> Iterator[Message]:
    """Yield the lines of a stack trace: the student's frames, outermost first, then the error."""
    if trace.more:
        yield Message("more-frames", count=trace.more)
    for frame in reversed(trace.frames):
        place = _place(frame)
        yield Message("with-code", said=place, code=frame.excerpt) if frame.excerpt else place
    yield Message("said", text=trace.error)
    for cause in trace.causes:
        yield Message("caused-by", text=cause)


def _refusal(view: StudentView) -> Iterator[Message]:
    if view.compile_message is None:
        return
    yield Message("does-not-compile")
    errors = [said for said in view.diagnostics if said.severity == "error"] or view.diagnostics
    if not errors and isinstance(view.compile_message, Message):
        yield view.compile_message
    elif not errors:
        lines = view.compile_message.split("\n")[:_MOST_LINES]
        yield Message("said", text="\n".join(quoted(line, _LONGEST_LINE) for line in lines))
    for said in errors[:_MOST_DIAGNOSTICS]:
        sentence = describe_diagnostic(said)
        yield Message("with-code", said=sentence, code=said.excerpt) if said.excerpt else sentence
    if len(errors) > _MOST_DIAGNOSTICS:
        yield Message("more-errors", count=len(errors) - _MOST_DIAGNOSTICS)


def _explanation(test: StudentTest) -> Iterator[Message]:
    yield describe(test)
    if test.details is None:
        return
    failed = [part for part in test.details.parts if part.verdict is not Verdict.ACCEPTED]
    for part in failed[:_MOST_PARTS]:
        name, words = _part_name(part.name), verdict_words(part.verdict)
        if part.reason:
            yield Message("part-failed-because", name=name, verdict=words, reason=part.reason)
        else:
            yield Message("part-failed", name=name, verdict=words)
    if len(failed) > _MOST_PARTS:
        yield Message("more-parts", count=len(failed) - _MOST_PARTS)


def _advice(view: StudentView) -> Iterator[Message]:
    """Yield what is wrong with parts of visible tests that are passed all the same."""
    remarks = [
        (test, part)
        for test in view.tests
        if test.passed and test.details is not None
        for part in test.details.parts
        if part.verdict is not Verdict.ACCEPTED
    ]
    for test, part in remarks[:_MOST_PARTS]:
        yield Message("advice", test=_name(test), part=_part_name(part.name), text=part.reason)
    if len(remarks) > _MOST_PARTS:
        yield Message("more-parts", count=len(remarks) - _MOST_PARTS)


def _part_name(name: str) -> str:
    return name if isinstance(name, Message) else quoted(name, _LONGEST_NAME)


def _place(frame: Frame) -> Message:
    if not frame.function:
        return Message("frame", file=frame.file, line=frame.line)
    return Message("frame-in-function", file=frame.file, line=frame.line, function=frame.function)


def _short(test: StudentTest) -> Message:
    return Message("test-failed", name=_name(test), verdict=verdict_words(test.verdict))


def _reason(details: TestDetails) -> str:
    """Return why a test failed: the exception with its place, where the runtime named one."""
    trace = details.trace
    if trace is None:
        return details.reason
    if trace.frames:
        frame = trace.frames[0]
        return Message("crashed-at", error=trace.error, file=frame.file, line=frame.line)
    return Message("crashed-with", error=trace.error, reason=details.reason)


def _summary(view: StudentView) -> Message:
    if view.compile_message is not None and not any(test.passed for test in view.tests):
        return Message("no-test-was-run")
    visible = [test for test in view.tests if not test.hidden]
    hidden = [test for test in view.tests if test.hidden]
    if all(test.passed for test in view.tests):
        return Message("all-tests-passed", count=len(view.tests))
    if not hidden:
        return _visible(visible)
    if not visible:
        return _hidden(hidden)
    return Message("visible-and-hidden", visible=_visible(visible), hidden=_hidden(hidden))


def _visible(tests: Sequence[StudentTest]) -> Message:
    passed = sum(test.passed for test in tests)
    if passed == len(tests):
        return Message("all-visible-tests-passed", count=passed)
    return Message("visible-tests-passed", passed=passed, count=len(tests))


def _hidden(tests: Sequence[StudentTest]) -> Message:
    failed = [test for test in tests if not test.passed]
    if not failed:
        return Message("all-hidden-tests-passed", count=len(tests))
    named = [test.name for test in failed if not isinstance(test.name, Message)]
    if not named:
        return Message("hidden-tests-failed", failed=len(failed), count=len(tests))
    names = ", ".join(f"'{quoted(name, _LONGEST_NAME)}'" for name in named)
    return Message("named-hidden-tests-failed", failed=len(failed), count=len(tests), names=names)


def _name(test: StudentTest) -> str:
    return test.name if isinstance(test.name, Message) else quoted(test.name, _LONGEST_NAME)
