"""The use case "grade a submission" with verdicts at hand: grades, views, what is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.exercises.types import Exercise, ExerciseTest, Group, Hint, Scoring
from carrel.grading import submission as use_case
from carrel.grading.diagnostics import Diagnostic
from carrel.grading.difference import Difference, DiffLine, Span, SpanKind
from carrel.grading.feedback import feedback
from carrel.grading.staff import StaffView
from carrel.grading.stored import (
    MAX_BYTES,
    StoredResultError,
    bounded,
    staff_view_from,
    student_view_from,
    to_plain,
)
from carrel.grading.student import (
    PartDetails,
    StudentGroup,
    StudentTest,
    StudentView,
    TestDetails,
)
from carrel.grading.submission import GradedSubmission, grade_submission, graded
from carrel.grading.traces import Frame, Trace
from carrel.judge.judge import Job
from carrel.judge.kinds.stdio import StdioTest
from carrel.judge.plan import Submission
from carrel.judge.progress import Phase, Progress
from carrel.judge.verdict import Captured, SubmissionVerdict, TestVerdict, Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits
from carrel.texts.message import LANGUAGES, Message, translated

pytestmark = pytest.mark.quick

ANSWER = Submission(Language.PYTHON, b"print(1)\n")
EXERCISE = Exercise(
    id="sum",
    title="Sum",
    statement="Add.",
    languages=(Language.PYTHON,),
    tests=(
        ExerciseTest("shown", StdioTest(b"1 2", b"3\n"), said_if_failed="Add them."),
        ExerciseTest("kept back", StdioTest(b"s3cret-in", b"s3cret-out"), points=2, hidden=True),
    ),
    limits={Language.PYTHON: RunLimits(cpu_ms=1000, wall_ms=1000)},
)


def wrong(text: str, note: str = "") -> TestVerdict:
    said = Captured(text.encode(), len(text))
    return TestVerdict(
        Verdict.WRONG_ANSWER, Message("does-not-compile"), 0, stdout=said, stderr=said, note=note
    )


OUTCOME = SubmissionVerdict((wrong("4\n"), wrong("s3cret-printed", "the jury's")), isolation="fake")


def stored_and_read(view: StudentView) -> StudentView:
    return student_view_from(json.loads(json.dumps(to_plain(view))))


def test_the_use_case_judges_once_and_hands_over_what_the_exercise_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Job] = []
    told: list[Progress] = []

    async def judge(_: Any, job: Job) -> SubmissionVerdict:
        asked.append(job)
        assert job.on_progress is not None
        job.on_progress(Progress(Phase.TESTING, 1, 2))
        return OUTCOME

    monkeypatch.setattr(use_case, "judge", judge)
    pool: Any = None

    async def work() -> GradedSubmission:
        return await grade_submission(
            pool,
            EXERCISE,
            ANSWER,
            file_name="c:\\mine\\ada.py",
            keep_bytes=7,
            on_progress=told.append,
        )

    found = anyio.run(work)
    (job,) = asked
    assert (job.submission, job.keep_bytes) == (ANSWER, 7)
    assert job.limits == EXERCISE.limits[Language.PYTHON]
    assert [(one.phase, one.done, one.total) for one in told] == [("testing", 1, 2)]
    assert (found.verdict, found.isolation) == (Verdict.WRONG_ANSWER, "fake")
    assert (found.grade.earned, found.view.total) == (0, 3)
    assert found.source.name == "ada.py"
    assert found.view.tests[0].text == "Add them."


def test_the_student_sees_nothing_of_a_hidden_test_and_the_staff_sees_all() -> None:
    found = graded(EXERCISE, ANSWER, OUTCOME)
    for_student = json.dumps([to_plain(found.view), found.view.as_dict("de")])
    for secret in ("s3cret", "kept back", "the jury's"):
        assert secret not in for_student
    staff = staff_view_from(json.loads(json.dumps(to_plain(found.staff))))
    assert staff == found.staff
    (shown, hidden) = staff.as_dict("en")["tests"]
    assert (shown["hidden"], shown["note"]) == (False, "")
    assert (hidden["hidden"], hidden["note"], hidden["name"]) == (True, "the jury's", "kept back")
    assert hidden["details"]["actual"] == "s3cret-printed"
    assert hidden["details"]["input"] == "s3cret-in"


NESTED = Message(
    "test-failed-because",
    name="a",
    verdict=Message("verdict", verdict="wrong-answer"),
    reason=Message("compiler-out-of-time", seconds=1.5),
)
EVERYTHING = StudentView(
    verdict=Verdict.RUNTIME_ERROR,
    earned=2.25,
    total=7,
    percentage=100 / 3,
    tests=(
        StudentTest(Message("hidden-test-name", number=2), Verdict.PARTIAL, 3, 0.5, True, None),
        StudentTest(
            name="\x00\ud800\u202e",
            verdict=Verdict.WRONG_ANSWER,
            points=4,
            earned=2,
            hidden=False,
            details=TestDetails(
                reason=NESTED,
                input="in\r\n",
                expected="",
                actual="out",
                stderr="err",
                exit_code=None,
                signal="SIGSEGV",
                cpu_ms=1,
                wall_ms=2,
                memory_bytes=3,
                difference=Difference(
                    lines=(
                        DiffLine(
                            "actual", 3, (Span("x", SpanKind.LOOK_ALIKE, changed=True), Span("y"))
                        ),
                    ),
                    notes=(Message("mark-space", mark="·"),),
                    more=True,
                ),
                trace=Trace("E: x", (Frame("a.py", 3, "f", "1/0"),), 2, ("cause",)),
                parts=(PartDetails("p", Verdict.PARTIAL, NESTED, 0.25),),
            ),
            text="Try again.",
        ),
    ),
    compile_message=Message("compiler-was-stopped", said="x", why=NESTED),
    diagnostics=(Diagnostic("bad", "a.c", 1, 2, "warning", "int"), Diagnostic("worse")),
    groups=(StudentGroup("g", Scoring.MINIMUM, 0, 4),),
    isolation="gvisor",
)


def messages(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the ids and values of all messages, which equality of texts does not compare."""
    if isinstance(value, Message):
        yield value.id, dict(value.values)
        yield from messages(tuple(value.values.values()))
    elif isinstance(value, tuple):
        for one in value:
            yield from messages(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from messages(getattr(value, field.name))


def assert_same(read: StudentView, view: StudentView) -> None:
    assert read == view
    assert repr(read) == repr(view)  # 1 and 1.0 are equal
    assert list(messages(read)) == list(messages(view))
    for language in LANGUAGES:
        assert read.as_dict(language) == view.as_dict(language)
        told, again = feedback(view).sentences, feedback(read).sentences
        assert [translated(one, language) for one in again] == [
            translated(one, language) for one in told
        ]


def test_every_field_comes_back_exactly_in_every_language() -> None:
    assert_same(stored_and_read(EVERYTHING), EVERYTHING)
    assert_same(stored_and_read(bounded(EVERYTHING)), EVERYTHING)


TEXTS = st.one_of(
    st.text(max_size=20),
    st.builds(lambda text: Message("said", text=text), st.text(max_size=20)),
    st.builds(
        lambda text, line: Message(
            "crashed-at", error=Message("said", text=text), file="a.py", line=line
        ),
        st.text(max_size=20),
        st.integers(1, 10**6),
    ),
)
NUMBERS = st.one_of(st.integers(0, 10**9), st.floats(0, 1e9))
TRACES = st.builds(
    Trace,
    st.text(max_size=9),
    st.lists(st.builds(Frame, st.text(max_size=9), st.integers(1, 99)), max_size=2).map(tuple),
)
DETAILS = st.builds(
    TestDetails,
    reason=TEXTS,
    input=st.text(max_size=20),
    expected=st.text(max_size=20),
    actual=st.text(max_size=20),
    stderr=st.text(max_size=20),
    exit_code=st.none() | st.integers(0, 255),
    signal=st.none() | st.just("SIGKILL"),
    cpu_ms=st.integers(0, 10**6),
    wall_ms=st.integers(0, 10**6),
    memory_bytes=st.integers(0, 2**40),
    difference=st.none() | st.just(Difference((), (Message("mark-tab", mark="→"),))),
    trace=st.none() | TRACES,
    parts=st.lists(
        st.builds(PartDetails, TEXTS, st.sampled_from(Verdict), TEXTS, NUMBERS), max_size=2
    ).map(tuple),
)
VIEWS = st.builds(
    StudentView,
    verdict=st.sampled_from(Verdict),
    earned=NUMBERS,
    total=st.integers(0, 10**6),
    percentage=NUMBERS,
    tests=st.lists(
        st.builds(
            StudentTest,
            TEXTS,
            st.sampled_from(Verdict),
            st.integers(0, 99),
            NUMBERS,
            st.booleans(),
            st.none() | DETAILS,
            st.text(max_size=20),
        ),
        max_size=3,
    ).map(tuple),
    compile_message=st.none() | TEXTS,
    isolation=st.text(max_size=9),
)


@given(VIEWS)
def test_any_view_comes_back_exactly(view: StudentView) -> None:
    assert_same(stored_and_read(view), view)


@given(VIEWS, st.integers(0, 1000))
def test_a_staff_view_comes_back_exactly(view: StudentView, number: int) -> None:
    count = len(view.tests)
    staff = StaffView(view, tuple(n == number for n in range(count)), (f"note {number}",) * count)
    assert staff_view_from(json.loads(json.dumps(to_plain(staff)))) == staff


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "is of version 2 and this carrel reads version 1"),
        ({"version": True}, "is of version True"),
        ({"kind": "staff"}, "is of kind 'staff', not 'student'"),
        ({"view": None}, "view=None is not an object"),
        ({"view": {"verdict": "accepted"}}, "view='earned' is not a field that must be there"),
    ],
)
def test_what_is_not_a_stored_result_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(StoredResultError, match=message):
        student_view_from(to_plain(EVERYTHING) | change)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("verdict", "nice", "view.verdict='nice' is not a Verdict"),
        ("total", True, "view.total=True is not a int"),
        ("earned", "1", "view.earned='1' is not a float"),
        ("tests", {}, r"view.tests=\{\} is not a list"),
        ("tests", [1], r"view.tests\[0\]=1 is not an object"),
        ("isolation", 3, "view.isolation=3 is not a text or a message"),
        ("isolation", {"message": 1, "values": {}, "text": ""}, "is not a message"),
        ("diagnostics", [{"text": "", "severity": "bad"}], r"\[0\].severity='bad' is not 'error'"),
        ("secret", 1, "view='secret' is not a field that is known"),
    ],
)
def test_a_damaged_result_is_refused_and_the_place_is_named(
    field: str, value: Any, message: str
) -> None:
    plain = to_plain(EVERYTHING)
    plain["view"][field] = value
    with pytest.raises(StoredResultError, match=message):
        student_view_from(plain)


@pytest.mark.parametrize("stored", [None, [], "x", {}])
def test_anything_else_is_no_stored_result(stored: Any) -> None:
    with pytest.raises(StoredResultError, match="it has no version"):
        student_view_from(stored)


def test_a_field_that_was_added_since_takes_its_default() -> None:
    plain = to_plain(EVERYTHING)
    del plain["view"]["isolation"]
    assert student_view_from(plain).isolation == ""


def test_a_message_that_no_catalogue_has_any_more_is_shown_as_it_was() -> None:
    plain = to_plain(EVERYTHING)
    plain["view"]["compile_message"] |= {"message": "of-the-year-2019", "text": "As it was."}
    read = student_view_from(plain)
    assert read.compile_message == "As it was."
    assert read.as_dict("de")["compile_message"] == "As it was."


@pytest.mark.parametrize(("count", "size"), [(4, 300_000), (60, 65_536), (1000, 65_536)])
def test_a_large_result_is_cut_to_a_megabyte_and_keeps_verdicts_and_points(
    count: int, size: int
) -> None:
    (_, one) = EVERYTHING.tests
    assert one.details is not None
    large = replace(one.details, actual="\x00" * size, reason=Message("said", text="x" * 5000))
    view = replace(EVERYTHING, tests=(replace(one, details=large),) * count)
    short = bounded(view)
    assert len(json.dumps(to_plain(short))) <= MAX_BYTES
    assert [(t.verdict, t.earned, t.points) for t in short.tests] == [
        (t.verdict, t.earned, t.points) for t in view.tests
    ]
    assert short.verdict is view.verdict
    last = short.tests[-1].details
    assert last is not None
    assert last.memory_bytes == 3
    assert "[cut: " in last.actual or last.actual == ""
    assert stored_and_read(short) == short
    assert feedback(short).summary.in_language("de")


def test_a_result_that_cannot_be_cut_enough_is_refused() -> None:
    with pytest.raises(StoredResultError, match="does not fit into 100 bytes"):
        bounded(EVERYTHING, 100)


def test_hints_are_given_as_after_a_first_attempt_and_not_for_all_points() -> None:
    hints = (
        Hint("at once"),
        Hint("after one", 1),
        Hint("after two", 2),
        Hint("far below", 1, below_score=30),
        Hint("below", 1, below_score=50),
    )
    hinting = replace(EXERCISE, hints=hints)
    half = SubmissionVerdict((TestVerdict(Verdict.ACCEPTED), wrong("x")))
    assert graded(hinting, ANSWER, half).hints == ("at once", "after one", "below")
    passed = SubmissionVerdict((TestVerdict(Verdict.ACCEPTED),) * 2)
    assert graded(hinting, ANSWER, passed).hints == ()
    assert graded(EXERCISE, ANSWER, OUTCOME).hints == ()


def test_a_group_is_counted_as_the_exercise_says() -> None:
    tests = tuple(replace(test, group="g") for test in EXERCISE.tests)
    grouped = replace(EXERCISE, tests=tests, groups=(Group("g", Scoring.ALL_OR_NOTHING, 10),))
    passed = SubmissionVerdict((TestVerdict(Verdict.ACCEPTED),) * 2)
    assert graded(grouped, ANSWER, passed).view.earned == 10
