"""Linters on real sandboxes: findings, points, advice, and everything that is not a finding."""

from __future__ import annotations

import pytest

from carrel.core.errors import ExerciseFaultError
from carrel.facade import portal
from carrel.judge.judge import Job, judge
from carrel.judge.kinds.lint import LintTest
from carrel.judge.kinds.lint_tools import LintRules, LintTool
from carrel.judge.kinds.rules import RulesTest, TaughtRule
from carrel.judge.plan import Submission
from carrel.judge.verdict import SubmissionVerdict, TestVerdict, Verdict
from carrel.languages.registry import Language
from carrel.languages.structure.rules import Rule, Subject
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.pool import SandboxPool

pytestmark = pytest.mark.usefixtures("nothing_left")

LIMITS = RunLimits(cpu_ms=20_000, wall_ms=60_000)

CLEAN = {
    LintTool.RUFF: (Language.PYTHON, "print(int(input()) + 1)\n"),
    LintTool.ESLINT: (Language.JAVASCRIPT, "const x = 1;\nconsole.log(x);\n"),
    LintTool.CPPCHECK: (Language.C, "int main(void) {\n    return 0;\n}\n"),
    LintTool.CHECKSTYLE: (
        Language.JAVA,
        (
            "/** Adds. */\nclass Main {\n  /** Starts. */\n"
            "  public static void main(String[] args) {\n    System.out.println(1);\n  }\n}\n"
        ),
    ),
}
DIRTY = {
    LintTool.RUFF: ("import os\nprint(1)\n", "F401", 1),
    LintTool.ESLINT: ("const x = 1;\nlet unused = 2;\nconsole.log(x);\n", "no-unused-vars", 2),
    LintTool.CPPCHECK: (
        "int main(void) {\n    int a[2];\n    a[2] = 0;\n    return 0;\n}\n",
        "arrayIndexOutOfBounds",
        3,
    ),
    LintTool.CHECKSTYLE: (
        (
            "/** Adds. */\nclass Main {\n  /** Starts. */\n"
            "  public static void main(String[] args) {\n\tSystem.out.println(1);\n  }\n}\n"
        ),
        "FileTabCharacter",
        5,
    ),
}
BROKEN = {
    LintTool.RUFF: "print((\n",
    LintTool.ESLINT: "const x = ;\n",
    LintTool.CPPCHECK: "int main(void) { return }\n",
    LintTool.CHECKSTYLE: "class Main { void f( { } }\n",
}


def judged(
    language: Language,
    source: str | bytes,
    *tests: LintTest | RulesTest,
    files: dict[str, bytes] | None = None,
) -> SubmissionVerdict:
    data = source.encode() if isinstance(source, str) else source
    job = Job(Submission(language, data, files or {}), tests, LIMITS)

    async def work(pool: SandboxPool) -> SubmissionVerdict:
        return await judge(pool, job)

    return portal.run(work)


def linted(
    language: Language, source: str | bytes, test: LintTest | RulesTest, **more: object
) -> TestVerdict:
    return judged(language, source, test, **more).tests[0]  # type: ignore[arg-type]


@pytest.mark.parametrize("tool", LintTool)
def test_a_clean_program_has_all_points(tool: LintTool) -> None:
    language, source = CLEAN[tool]
    verdict = linted(language, source, LintTest(tool))
    assert (verdict.verdict, verdict.parts) == (Verdict.ACCEPTED, ()), verdict.reason


@pytest.mark.parametrize("tool", LintTool)
def test_a_finding_names_its_rule_and_line_and_costs_its_share(tool: LintTool) -> None:
    source, rule, line = DIRTY[tool]
    verdict = linted(CLEAN[tool][0], source, LintTest(tool, penalty=0.25))
    found = {(part.name, f"line {line}" in part.reason) for part in verdict.parts}
    assert (rule, True) in found, verdict
    assert verdict.verdict is Verdict.PARTIAL
    assert verdict.score == 1 - 0.25 * len(verdict.parts)
    assert f"line {line}" in verdict.reason


@pytest.mark.parametrize("tool", LintTool)
def test_what_does_not_parse_is_a_compile_error(tool: LintTool) -> None:
    verdict = judged(CLEAN[tool][0], BROKEN[tool], LintTest(tool))
    assert verdict.verdict is Verdict.COMPILE_ERROR
    assert verdict.compile_message


def test_advice_takes_nothing_off() -> None:
    verdict = linted(Language.PYTHON, DIRTY[LintTool.RUFF][0], LintTest(LintTool.RUFF, advice=True))
    assert verdict.verdict is Verdict.ACCEPTED
    assert [part.name for part in verdict.parts] == ["F401"]


def test_some_findings_may_be_free_and_no_score_is_below_nothing() -> None:
    source = "import os\nimport sys\nimport re\n"
    free = LintTest(LintTool.RUFF, allowed=2, penalty=0.5)
    assert linted(Language.PYTHON, source, free).score == 0.5
    assert linted(Language.PYTHON, source, LintTest(LintTool.RUFF, allowed=3)).score == 1
    harsh = linted(Language.PYTHON, source, LintTest(LintTool.RUFF, penalty=1.0))
    assert (harsh.verdict, harsh.score) == (Verdict.WRONG_ANSWER, 0)


HIDDEN = {
    "noqa": (LintTool.RUFF, "import os  # noqa\nprint(1)\n"),
    "noqa for the file": (LintTool.RUFF, "# ruff: noqa\nimport os\nprint(1)\n"),
    "flake8 for the file": (LintTool.RUFF, "# flake8: noqa\nimport os\nprint(1)\n"),
    "ruff's own comments": (
        LintTool.RUFF,
        "# ruff: disable[F401]\nimport os\n# ruff: enable[F401]\nprint(1)\n",
    ),
    "eslint-disable": (LintTool.ESLINT, "/* eslint-disable */\nlet unused = 2;\n"),
    "eslint-disable-line": (LintTool.ESLINT, "let unused = 2; // eslint-disable-line\n"),
    "eslint in a comment": (LintTool.ESLINT, "/* eslint no-unused-vars: off */\nlet unused = 2;\n"),
    "cppcheck-suppress": (
        LintTool.CPPCHECK,
        (
            "int main(void) {\n    int a[2];\n    // cppcheck-suppress arrayIndexOutOfBounds\n"
            "    a[2] = 0;\n    return 0;\n}\n"
        ),
    ),
    "suppress warnings": (
        LintTool.CHECKSTYLE,
        '@SuppressWarnings("all")\nclass Main {\n\t// CHECKSTYLE:OFF\n\tint X;\n}\n',
    ),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_comment_does_not_make_the_linter_look_away(name: str) -> None:
    tool, source = HIDDEN[name]
    verdict = linted(CLEAN[tool][0], source, LintTest(tool))
    assert verdict.parts, verdict
    assert verdict.score < 1


def test_a_students_own_settings_do_not_count() -> None:
    files = {
        "pyproject.toml": b"[tool.ruff.lint]\nignore = ['F401']\n",
        "ruff.toml": b"lint.select = []\n",
        ".ruff.toml": b"exclude = ['*']\n",
        ".gitignore": b"*\n",
    }
    source = DIRTY[LintTool.RUFF][0]
    assert linted(Language.PYTHON, source, LintTest(LintTool.RUFF), files=files).parts
    files = {
        "eslint.config.js": b"module.exports = [{ ignores: ['**'] }];\n",
        "eslint.config.mjs": b"export default [];\n",
        "package.json": b"{}",
    }
    source = DIRTY[LintTool.ESLINT][0]
    assert linted(Language.JAVASCRIPT, source, LintTest(LintTool.ESLINT), files=files).parts


def test_the_teacher_chooses_the_rules() -> None:
    rules = LintRules(select=("E501", "N"))
    source = "import os\ndef Loud():\n    return 1\n"
    verdict = linted(Language.PYTHON, source, LintTest(LintTool.RUFF, rules))
    assert [part.name for part in verdict.parts] == ["N802"]
    rules = LintRules(select=("eqeqeq", "no-var"))
    verdict = linted(Language.JAVASCRIPT, "var x = 1 == 2;\n", LintTest(LintTool.ESLINT, rules))
    assert sorted(part.name for part in verdict.parts) == ["eqeqeq", "no-var"]
    rules = LintRules(select=("MagicNumber", "LineLength"))
    source = "class Main {\n  int x(int y) {\n    return y * 4711;\n  }\n}\n"
    verdict = linted(Language.JAVA, source, LintTest(LintTool.CHECKSTYLE, rules))
    assert [part.name for part in verdict.parts] == ["MagicNumber"]
    rules = LintRules(ignore=("arrayIndexOutOfBounds",))
    verdict = linted(Language.C, DIRTY[LintTool.CPPCHECK][0], LintTest(LintTool.CPPCHECK, rules))
    assert "arrayIndexOutOfBounds" not in [part.name for part in verdict.parts]


def test_the_teachers_own_settings_count() -> None:
    rules = LintRules(config=b'lint.select = ["D"]\nlint.ignore = ["D212", "D203"]\n')
    verdict = linted(Language.PYTHON, "import os\n", LintTest(LintTool.RUFF, rules))
    assert {part.name for part in verdict.parts} == {"D100"}
    rules = LintRules(config=b'module.exports = [{ rules: { "no-var": "error" } }];\n')
    verdict = linted(Language.JAVASCRIPT, "var x = 1;\n", LintTest(LintTool.ESLINT, rules))
    assert [part.name for part in verdict.parts] == ["no-var"]


@pytest.mark.parametrize(
    ("tool", "rules"),
    [
        (LintTool.RUFF, LintRules(select=("XYZ9",))),
        (LintTool.RUFF, LintRules(config=b"this is no TOML")),
        (LintTool.ESLINT, LintRules(select=("no-such-rule",))),
        (LintTool.ESLINT, LintRules(config=b"throw new Error('no');")),
        (LintTool.CHECKSTYLE, LintRules(select=("NoSuchCheck",))),
        (LintTool.CHECKSTYLE, LintRules(config=b"<module")),
    ],
)
def test_wrong_settings_are_the_exercises_fault(tool: LintTool, rules: LintRules) -> None:
    language, source = CLEAN[tool]
    with pytest.raises(ExerciseFaultError, match=r"(Ruff|ESLint|Checkstyle) (ended|gave)"):
        linted(language, source, LintTest(tool, rules))


def test_a_program_that_is_newer_than_the_linter_is_not_held_against_the_student() -> None:
    source = "sealed interface Main permits A {}\nrecord A(int x) implements Main {}\n"
    verdict = linted(Language.JAVA, source, LintTest(LintTool.CHECKSTYLE))
    assert verdict.verdict is Verdict.ACCEPTED
    assert "nothing was checked" in verdict.reason


UNREAD = {
    "utf-7": b"# coding: utf-7\n# +AAo-import os\nprint(1)\n",
    "raw_unicode_escape": b"# coding: raw_unicode_escape\n# \\u000aimport os\nprint(1)\n",
}


@pytest.mark.parametrize("name", UNREAD)
def test_an_encoding_that_hides_code_has_no_points(name: str) -> None:
    verdict = linted(Language.PYTHON, UNREAD[name], LintTest(LintTool.RUFF))
    assert (verdict.verdict, verdict.score) == (Verdict.WRONG_ANSWER, 0)
    assert verdict.reason.startswith(f"line 1 says that the file is in the encoding {name}")
    assert "Ruff checked nothing" in verdict.note
    test = RulesTest((TaughtRule(Rule(Subject.IMPORT, ("os",), most=0)),))
    assert linted(Language.PYTHON, UNREAD[name], test).reason == verdict.reason
    further = judged(
        Language.PYTHON,
        b"import more\n",
        LintTest(LintTool.RUFF),
        test,
        files={"more.py": UNREAD[name]},
    )
    assert [one.score for one in further.tests] == [0, 0]
    assert [one.reason for one in further.tests] == [f"more.py: {verdict.reason}"] * 2
    advice = linted(Language.PYTHON, UNREAD[name], LintTest(LintTool.RUFF, advice=True))
    assert (advice.verdict, advice.reason) == (Verdict.ACCEPTED, verdict.reason)


def test_an_honest_old_encoding_is_linted() -> None:
    source = "# coding: latin-1\nimport os\nx = 'é'\n".encode("latin-1")
    for rules in (LintRules(), LintRules(select=("F",))):
        verdict = linted(Language.PYTHON, source, LintTest(LintTool.RUFF, rules))
        assert [part.name for part in verdict.parts] == ["F401"]
        assert "line 2, column 8" in verdict.reason


def test_bytes_that_are_no_text_are_a_compile_error() -> None:
    verdict = judged(Language.PYTHON, b"import os\nx = '\x00'\n", LintTest(LintTool.RUFF))
    assert verdict.verdict is Verdict.COMPILE_ERROR


DISGUISED = {
    "digraphs": (
        LintTool.CPPCHECK,
        "%:define N 2\nint main(void)<%\n    int a<:N:>;\n    a<:2:> = 0;\n    return 0;\n%>\n",
        "arrayIndexOutOfBounds",
    ),
    "escapes": (
        LintTool.CHECKSTYLE,
        "class Main {\n  // \\u000a int X = 4711\\u003b\n}\n",
        "MemberName",
    ),
    "module": (
        LintTool.ESLINT,
        "import fs from 'fs';\nlet unused = 2;\nconsole.log(fs.name);\n",
        "no-unused-vars",
    ),
}


@pytest.mark.parametrize("name", DISGUISED)
def test_what_the_compiler_reads_is_what_is_linted(name: str) -> None:
    tool, source, rule = DISGUISED[name]
    verdict = linted(CLEAN[tool][0], source, LintTest(tool))
    assert rule in [part.name for part in verdict.parts], verdict


def test_what_compiles_and_cannot_be_linted_has_no_points() -> None:
    config = b"module.exports = [{ languageOptions: { ecmaVersion: 5 }, rules: {} }];\n"
    test = LintTest(LintTool.ESLINT, LintRules(config=config))
    verdict = linted(Language.JAVASCRIPT, "const x = 1;\nconsole.log(x);\n", test)
    assert (verdict.verdict, verdict.score) == (Verdict.WRONG_ANSWER, 0)
    assert verdict.reason.startswith("ESLint could not read this program")
    assert "ESLint checked nothing, although the program compiles" in verdict.note


HOSTILE = {
    "no text": bytes(range(256)) * 40,
    "deep": b"x = " + b"(" * 20_000 + b"1" + b")" * 20_000 + b"\n",
    "endless line": b"x = '" + b"a" * 900_000 + b"'\n",
    "many findings": b"import os\n" * 5000,
    "forged report": b'print("]}")  # <error line="1"/> [{"code": "F401"}]\n',
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("tool", [LintTool.RUFF, LintTool.ESLINT])
def test_a_hostile_program_gets_a_verdict(tool: LintTool, name: str) -> None:
    verdict = judged(CLEAN[tool][0], HOSTILE[name], LintTest(tool))
    assert len(verdict.tests) == 1
    assert len(verdict.tests[0].parts) <= 100
