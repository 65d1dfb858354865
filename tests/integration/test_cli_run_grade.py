"""`carrel run`, `grade` and `selftest` as a user sees them: output and exit codes."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from carrel.cli.main import main

pytestmark = pytest.mark.usefixtures("nothing_left")

EXAMPLES = Path(__file__).parents[2] / "examples"
SUM = EXAMPLES / "sum-two-numbers"


def program(folder: Path, name: str, code: str) -> str:
    (folder / name).write_text(code)
    return str(folder / name)


@pytest.mark.parametrize(
    ("name", "code", "options", "exit_code"),
    [
        ("a.py", "print('out')", [], 0),
        ("a.py", "import sys; print('out'); sys.exit(42)", [], 42),
        ("a.c", "int main(void) { __builtin_trap(); }", [], 132),
        ("a.cpp", "int main() { return x; }", [], 1),
        ("a.py", "while True: pass", ["--timeout", "1"], 124),
        ("a.py", "x = b'x' * 500_000_000", ["--memory", "64M"], 137),
        ("a.txt", "", [], 2),
        ("a.py", "", ["--timeout", "0"], 2),
        ("a.py", "", ["--language", "cobol"], 2),
    ],
)
def test_run_ends_with_the_documented_exit_code(
    tmp_path: Path, name: str, code: str, options: list[str], exit_code: int
) -> None:
    assert main(["run", program(tmp_path, name, code), *options]) == exit_code


def test_run_passes_output_through_and_reads_its_input(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    code = "import sys; sys.stdout.buffer.write(b'\\xff' + input().encode()); sys.stderr.write('e')"
    given = program(tmp_path, "given", "abc\n")
    assert main(["run", program(tmp_path, "a.py", code), "--stdin", given]) == 0
    captured = capfdbinary.readouterr()
    assert captured.out == b"\xffabc"
    assert captured.err == b"e"


def test_run_reads_a_program_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"console.log(6 * 7)")))
    assert main(["run", "-", "--language", "javascript"]) == 0
    assert capfd.readouterr().out == "42\n"


def test_a_compile_error_goes_to_stderr(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["run", program(tmp_path, "a.c", "int main(void) { return x; }")]) == 1
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "solution.c:1" in captured.err


def test_grade_shows_the_first_failure_and_hides_the_hidden(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert main(["grade", str(SUM), str(SUM / "solutions/right.py")]) == 0
    assert "5 of 5 points (100%): accepted" in capfd.readouterr().out
    assert main(["grade", str(SUM), str(SUM / "solutions/glued.js")]) == 1
    out = capfd.readouterr().out
    assert out.startswith("Test 'small numbers' failed: wrong answer")
    assert "- 11" in out
    assert "+ 47" in out
    assert "2000000000" not in out
    assert "3500000000" not in out


def test_grade_prints_json_without_a_hidden_tests_data(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", str(SUM), str(SUM / "solutions/wrapped.c"), "--json"]) == 1
    out = capfd.readouterr().out
    assert "2000000000" not in out
    result = json.loads(out)
    assert (result["verdict"], result["earned"], result["total"]) == ("wrong-answer", 3, 5)
    assert result["tests"][3] == {
        "name": "hidden test 1",
        "verdict": "wrong-answer",
        "points": 2,
        "earned": 0,
        "hidden": True,
        "details": None,
        "text": "",
    }


def test_a_wrong_expectation_fails_the_selftest(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "statement.md").write_text("")
    (tmp_path / "right.py").write_text("print(1)")
    toml = 'id = "x"\ntitle = "X"\n[[tests]]\nexpected = "1"\n[[solutions]]\nfile = "right.py"\n'
    (tmp_path / "exercise.toml").write_text(toml)
    assert main(["selftest", str(tmp_path)]) == 0
    assert "1 of 1 verdicts as expected" in capfd.readouterr().out
    (tmp_path / "exercise.toml").write_text(toml + 'verdict = "wrong-answer"\n')
    assert main(["selftest", str(tmp_path), "--json"]) == 1
    (result,) = json.loads(capfd.readouterr().out)["results"]
    assert (result["expected"], result["verdict"]) == ("wrong-answer", "accepted")
    (tmp_path / "exercise.toml").write_text(toml + "points = 7\n")
    assert main(["selftest", str(tmp_path)]) == 1
