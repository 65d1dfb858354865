"""`carrel batch` as a teacher runs it, with real sandboxes: a class, a kill, grading again."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import pty
import random
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from carrel import PlatformFaultError
from carrel.cli.main import main
from carrel.facade import portal
from carrel.grading import submission
from carrel.judge import judge as judging
from carrel.judge.verdict import SubmissionVerdict
from carrel.sandbox.pool import SandboxPool
from carrel.testing.leaks import Traces, assert_nothing_left

RIGHT = "# {n}\na, b = map(int, input().split())\nprint(a + b)\n"
EXERCISE = """\
id = "sum"
title = "Sum"
statement = "statement.md"
languages = ["python", "c"]
[limits]
time = 2.0
memory = "64M"
[[tests]]
name = "small"
input = "4 7\\n"
expected = "11\\n"
[[tests]]
name = "secret"
input = "20 22\\n"
expected = "42\\n"
points = 2
hidden = true
"""


@pytest.fixture
def exercise(tmp_path: Path) -> Path:
    folder = tmp_path / "sum"
    folder.mkdir()
    (folder / "exercise.toml").write_text(EXERCISE)
    (folder / "statement.md").write_text("Add.")
    return folder


@pytest.fixture
def before(sandboxes: Path) -> Iterator[Traces]:
    """What is on the host before, without an owner; the same must be there afterwards."""
    portal.shutdown()
    traces = Traces.of(sandboxes)
    yield traces
    assert_nothing_left(traces, sandboxes)


def rows(out: Path) -> dict[str, dict[str, str]]:
    text = (out / "results.csv").read_text(encoding="utf-8-sig")
    return {row["id"]: row for row in csv.DictReader(text.splitlines())}


def journal_keys(out: Path) -> list[str]:
    """Return the keys of the grades in a journal, whole lines only."""
    found = []
    for line in (out / "journal.jsonl").read_text().splitlines(keepends=True):
        if line.endswith("\n"):
            entry = json.loads(line[9:])
            found += [entry["key"]] if "key" in entry else []
    return found


def test_a_class_with_everything_that_can_go_wrong(
    before: Traces, exercise: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del before
    archive = tmp_path / "download.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for number in range(6):
            name = f"Student {number}_{number}00_assignsubmission_file_"
            zipped.writestr(f"{name}/main.py", RIGHT.format(n=number % 3))
        for kind, code in {
            "Fork Bomb": "import os\nwhile True: os.fork()",
            "Memory Hog": "x = []\nwhile True: x.append(bytearray(10**7))",
            "Endless Loop": "while True: pass",
            "Huge Output": "while True: print('x' * 10_000)",
            "Waits Long": "import time\ntime.sleep(600)",
        }.items():
            zipped.writestr(f"{kind}_{len(kind)}99_assignsubmission_file_/main.py", code)
        zipped.writestr("Two Files_77_assignsubmission_file_/a.py", "")
        zipped.writestr("Two Files_77_assignsubmission_file_/b.py", "")
        zipped.writestr("Eve Unknown_78_assignsubmission_file_/main.py", "print(11)")
        zipped.writestr("../../evil.py", "x")
    roster = tmp_path / "course.csv"
    names = [f"Student {n}" for n in range(6)]
    names += ["Bomb, Fork", "Memory Hog", "Endless Loop", "Huge Output", "Waits Long"]
    names += ["Two Files", "Ada Absent"]
    lines = [f'u{number};"{name}"' for number, name in enumerate(names)]
    roster.write_text("\ufeffUsername;Full name\r\n" + "\r\n".join(lines))
    out = tmp_path / "out"
    arguments = ["batch", str(exercise), str(archive), "--roster", str(roster), "--student-view"]

    assert main([*arguments, "--out", str(out)]) == 1

    found = rows(out)
    assert list(found) == [*(f"u{n}" for n in range(13)), "78"]
    for number in range(6):
        assert (found[f"u{number}"]["verdict"], found[f"u{number}"]["points"]) == ("accepted", "3")
    assert [found[f"u{n}"]["verdict"] for n in range(7, 11)] == [
        "memory limit exceeded",
        "time limit exceeded",
        "output limit exceeded",
        "idleness limit exceeded",
    ]
    assert (found["u6"]["status"], found["u6"]["points"]) == ("graded", "0")
    assert (found["u11"]["status"], found["u11"]["points"]) == ("not gradable", "")
    assert (found["u12"]["status"], found["u12"]["points"]) == ("nothing handed in", "")
    assert (found["78"]["points"], found["78"]["note"]) == ("1", "is not in the roster")
    assert len(journal_keys(out)) == 9, "the six right ones are three programs"
    printed = capsys.readouterr()
    assert "evil.py: leads out of the archive" in printed.out
    assert "u12" in printed.out
    assert "layout moodle" in printed.err
    assert len(list((out / "feedback").iterdir())) == 12
    for page in (out / "feedback").iterdir():
        assert "secret" not in page.read_text()
        assert "20 22" not in page.read_text()
    assert "20 22" in (out / "report.html").read_text()


def command(exercise: Path, folder: Path, out: Path, *options: str) -> list[str]:
    return [
        *(sys.executable, "-m", "carrel.cli.main", "batch"),
        *(str(exercise), str(folder), "--out", str(out), *options),
    ]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_after_kill_9_the_same_command_goes_on(
    before: Traces, sandboxes: Path, exercise: Path, tmp_path: Path, share: float
) -> None:
    count = 16
    folder = tmp_path / "class"
    folder.mkdir()
    for number in range(count):
        (folder / f"s{number}.py").write_text(RIGHT.format(n=number))
    (folder / "twin.py").write_text(RIGHT.format(n=0))
    out = tmp_path / "out"
    first = subprocess.Popen(
        command(exercise, folder, out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for_grades(out, 1 + int(share * (count - 2)), first)
    time.sleep(random.random() * 0.1)  # noqa: S311 - the moment is what a kill does not choose
    first.send_signal(signal.SIGKILL)
    first.wait(30)
    assert_nothing_left(before, sandboxes)
    kept = journal_keys(out)
    assert len(kept) < count, "it was killed while it worked"
    assert not (out / "results.csv").exists()

    second = subprocess.run(
        command(exercise, folder, out), capture_output=True, text=True, timeout=120, check=False
    )

    assert second.returncode == 0, second.stderr
    assert f"{count} of them different, {len(kept)} of those graded before" in second.stderr
    counts = Counter(journal_keys(out))
    assert len(counts) == count
    assert set(counts.values()) == {1}, "nothing was graded twice"
    assert journal_keys(out)[: len(kept)] == kept
    found = rows(out)
    assert len(found) == count + 1
    assert {row["points"] for row in found.values()} == {"3"}, "nothing was lost"
    assert_nothing_left(before, sandboxes)


def wait_for_grades(out: Path, number: int, process: subprocess.Popen[bytes]) -> None:
    """Return when the journal holds so many grades. Files have no event to wait for."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "the batch ended too early"
        if (out / "journal.jsonl").exists() and len(journal_keys(out)) >= number:
            return
        time.sleep(0.01)
    raise AssertionError("the batch grades nothing")


def test_ctrl_c_ends_it_in_order_and_two_cannot_write_the_same(
    before: Traces, sandboxes: Path, exercise: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "class"
    folder.mkdir()
    for number in range(30):
        (folder / f"s{number}.py").write_text(RIGHT.format(n=number))
    out = tmp_path / "out"
    first = subprocess.Popen(
        command(exercise, folder, out),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    wait_for_grades(out, 1, first)
    second = subprocess.run(
        command(exercise, folder, out), capture_output=True, text=True, timeout=60, check=False
    )
    assert second.returncode == 2
    assert "another batch is writing there" in second.stderr
    os.killpg(first.pid, signal.SIGINT)
    _, stderr = first.communicate(timeout=60)
    assert first.returncode == 130
    assert b"Traceback" not in stderr
    assert_nothing_left(before, sandboxes)


def test_grading_again_tells_what_changed(
    before: Traces, exercise: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del before
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "ada.py").write_text(RIGHT.format(n=1))
    (folder / "bob.py").write_text("print(11)")
    out = tmp_path / "out"
    arguments = ["batch", str(exercise), str(folder), "--out", str(out)]
    assert main(arguments) == 0
    assert not (out / "changes.csv").exists()
    capsys.readouterr()

    assert main(arguments) == 0
    printed = capsys.readouterr()
    assert "2 of those graded before" in printed.err
    assert "Nothing changed" in printed.out
    assert main([*arguments, "--again"]) == 0
    assert "0 of those graded before" in capsys.readouterr().err

    toml = exercise / "exercise.toml"
    toml.write_text(EXERCISE.replace('expected = "42', 'expected = "11'))
    assert main(arguments) == 0
    printed = capsys.readouterr()
    assert "The exercise has changed" in printed.err
    assert "2 students have another result" in printed.out
    lines = list(csv.reader((out / "changes.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert lines[1:] == [
        ["ada", "", "", "accepted", "wrong answer", "3", "1"],
        ["ada", "", "secret", "accepted", "wrong answer", "2", "0"],
        ["bob", "", "", "wrong answer", "accepted", "1", "3"],
        ["bob", "", "secret", "wrong answer", "accepted", "0", "2"],
    ]


def test_a_fault_of_ours_has_its_own_exit_code_and_is_no_grade(
    before: Traces,
    exercise: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    del before
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "ada.py").write_text(RIGHT.format(n=1))
    (folder / "bob.py").write_text(RIGHT.format(n="fire"))
    out = tmp_path / "out"
    arguments = ["batch", str(exercise), str(folder), "--out", str(out)]

    async def judge(pool: SandboxPool, job: judging.Job) -> SubmissionVerdict:
        if b"fire" in job.submission.source:
            raise PlatformFaultError("the machine caught fire")
        return await judging.judge(pool, job)

    monkeypatch.setattr(submission, "judge", judge)
    assert main(arguments) == 3
    assert "bob: the machine caught fire" in capsys.readouterr().out
    found = rows(out)
    assert (found["ada"]["points"], found["bob"]["points"]) == ("3", "")
    assert found["bob"]["status"] == "platform fault"
    monkeypatch.undo()
    monkeypatch.setenv("CARREL_POOL_SIZE", "0")
    assert main(arguments) == 0
    assert "2 of them different, 1 of those graded before" in capsys.readouterr().err
    assert rows(out)["bob"]["points"] == "3"


def test_a_terminal_sees_how_far_it_is(before: Traces, exercise: Path, tmp_path: Path) -> None:
    del before
    folder = tmp_path / "class"
    folder.mkdir()
    for number in range(4):
        (folder / f"s{number}.py").write_text(RIGHT.format(n=number))
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        command(exercise, folder, tmp_path / "out"),
        stdout=subprocess.DEVNULL,
        stderr=inner,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "120"},
        start_new_session=True,
    )
    os.close(inner)
    seen = b""
    with contextlib.suppress(OSError):  # how a terminal says that nobody writes any more
        while data := os.read(outer, 65536):
            seen += data
    os.close(outer)
    assert process.wait(60) == 0
    text = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", seen).decode()
    assert "4/4" in text
    assert re.search(r"\d\.\d/s", text), text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{exercise}", "{tmp}/none"], "there is no such folder or archive"),
        (["{exercise}", "{exercise}/statement.md"], "neither a zip nor a tar.gz"),
        (["{tmp}", "{tmp}"], "exercise.toml"),
        (["{exercise}", "{tmp}", "--layout", "blackboard"], "--layout='blackboard'"),
        (["{exercise}", "{tmp}", "--language", "java"], "sum takes python, c"),
        (["{exercise}", "{tmp}", "--roster", "{tmp}/none.csv"], "roster="),
        (["{exercise}", "{tmp}", "--concurrency", "0"], "--concurrency"),
        (["{exercise}", "{tmp}", "--lang", "tlh"], "give one of en, de"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_started(
    exercise: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    given = [a.format(exercise=exercise, tmp=tmp_path) for a in arguments]
    assert main(["batch", *given, "--out", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
