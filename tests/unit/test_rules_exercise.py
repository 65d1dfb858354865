"""Rules and linters in exercise.toml: what is refused, what is said, what nobody can break."""

from pathlib import Path

import anyio
import pytest

from carrel.core.errors import PlatformFaultError
from carrel.exercises.errors import ExerciseError
from carrel.exercises.loading import load_exercise
from carrel.exercises.types import Exercise
from carrel.judge.kinds.lint import LintTest
from carrel.judge.kinds.lint_reports import checkstyle, cppcheck, eslint, ruff
from carrel.judge.kinds.lint_tools import FOLDER, LINTERS, LintRules, LintTool
from carrel.judge.kinds.rule_texts import broken, title
from carrel.judge.kinds.rules import RulesTest
from carrel.languages.registry import Language
from carrel.languages.structure import apart
from carrel.languages.structure.code import Place
from carrel.languages.structure.constructs import LANGUAGES, NAMES, languages_with
from carrel.languages.structure.measures import MEASURES
from carrel.languages.structure.rules import Failure, Outcome, Rule, Subject
from carrel.languages.structure.tree import Source
from carrel.sandbox.program import Ended, Execution
from carrel.texts.message import Message

pytestmark = pytest.mark.quick

HEAD = 'id = "x"\ntitle = "X"\nlanguages = [{languages}]\n'


def load(folder: Path, tests: str, languages: str = '"python"', **files: str) -> Exercise:
    (folder / "exercise.toml").write_text(HEAD.format(languages=languages) + tests)
    (folder / "statement.md").write_text("X")
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return load_exercise(folder)


def rules(folder: Path, *tables: str, languages: str = '"python"', head: str = "") -> RulesTest:
    text = f'[[tests]]\nkind = "rules"\n{head}'
    text += "".join(f"[[tests.rules]]\n{table}\n" for table in tables)
    test = load(folder, text, languages).tests[0].judge
    assert isinstance(test, RulesTest)
    return test


def problems(folder: Path, *tables: str, languages: str = '"python"') -> str:
    with pytest.raises(ExerciseError) as caught:
        rules(folder, *tables, languages=languages)
    return str(caught.value)


def test_every_way_to_write_a_rule(tmp_path: Path) -> None:
    test = rules(
        tmp_path,
        'require = "recursion"\nmessage = "Call yourself."\nweight = 2',
        'forbid = ["for", { call = ["sum", "max"] }]',
        'require = { call = "sorted", at_least = 1, at_most = 3 }',
        'require = { import = "math", at_most = 1 }',
        'require = { function = "f", parameters = ["n"] }\nwithin = "A"',
        'require = { class = "A", methods = ["f"], extends = "B" }',
        "limit = { nesting = 3, function_lines = 20 }",
        'require = "docstring"',
        'forbid = { query = "(lambda) @x" }\nmessage = "No lambda."\nlanguages = ["python"]',
        'forbid = "except"',
    )
    assert [one.rule for one in test.rules] == [
        Rule(Subject.CONSTRUCT, ("recursion",), least=1),
        Rule(Subject.CONSTRUCT, ("for",), most=0),
        Rule(Subject.CALL, ("sum", "max"), most=0),
        Rule(Subject.CALL, ("sorted",), least=1, most=3),
        Rule(Subject.IMPORT, ("math",), least=0, most=1),
        Rule(Subject.FUNCTION, ("f",), least=1, parameter_names=("n",), within="A"),
        Rule(Subject.CLASS, ("A",), least=1, methods=("f",), extends="B"),
        Rule(Subject.MEASURE, ("nesting",), limit=3),
        Rule(Subject.MEASURE, ("function-lines",), limit=20),
        Rule(Subject.DOCSTRING, (), least=1),
        Rule(Subject.QUERY, ("(lambda) @x",), most=0),
        Rule(Subject.CONSTRUCT, ("catch",), most=0),
    ]
    assert test.rules[0].weight == 2
    assert not test.advice
    assert rules(tmp_path, 'forbid = "for"', head="points = 0\n").advice


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('require = "recusion"', "names the construct 'recusion'"),
        ("weight = 2", "exactly one of `require`, `forbid` and `limit`"),
        ('require = "for"\nforbid = "if"', "exactly one of `require`"),
        ('require = { call = "a", name = "b" }', "exactly one of `construct`"),
        ("require = {}", "exactly one of `construct`"),
        ('require = { call = "a", at_least = 3, at_most = 2 }', "`at_most` is less"),
        ('forbid = { call = "a", at_most = 2 }', "what is forbidden is not counted"),
        ('forbid = "docstring"', "can only be required"),
        ('require = { call = "a", parameters = 2 }', "belongs to `function`"),
        ('require = { call = "a", methods = ["b"] }', "belong to `class`"),
        ('forbid = { query = "(lambda) @x" }', "give a `message`"),
        ('forbid = { query = "(lamda) @x" }\nmessage = "x"', "the query does not fit python"),
        ('forbid = { query = "(lambda" }\nmessage = "x"', "the query does not fit python"),
        ("limit = {}", "give one of `nesting`"),
        ("limit = { nesting = -1 }", "tests[1].rules[1].limit.nesting"),
        ('require = "for"\nlanguages = ["cobol"]', "give one of"),
        ('forbid = "do-while"', "python has no `do-while`; javascript"),
        ('require = "for"\nwieght = 2', "wieght is not known; did you mean `weight`?"),
        ('require = { cal = "a" }', "cal is not known; did you mean `call`?"),
        ('require = { importt = "a" }', "did you mean `import`?"),
        ("limit = { nestling = 3 }", "did you mean `nesting`?"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(tmp_path: Path, table: str, said: str) -> None:
    assert said in problems(tmp_path, table)


def test_a_rule_that_one_language_cannot_express_is_refused_and_can_be_limited(
    tmp_path: Path,
) -> None:
    both = '"python", "c"'
    said = problems(tmp_path, 'forbid = "comprehension"', languages=both)
    assert "tests[1].rules[1] cannot be held: c has no `comprehension`" in said
    assert "add `languages`" in said
    limited = 'forbid = "comprehension"\nlanguages = ["python"]'
    assert "has no rule for programs in c" in problems(tmp_path, limited, languages=both)
    test = rules(tmp_path, limited, 'forbid = "goto"\nlanguages = ["c"]', languages=both)
    assert [one.languages for one in test.rules] == [("python",), ("c",)]


def test_what_is_said_about_rules_in_both_languages() -> None:
    loop = Rule(Subject.CONSTRUCT, ("loop",), most=0)
    found = Outcome(Failure.FORBIDDEN, 2, (Place("", 3), Place("", 7), Place("b.py", 1)))
    said = broken(loop, found, "")
    assert said == "lines 3, 7; b.py, line 1: not allowed here: a loop"
    assert isinstance(said, Message)
    assert said.in_language("de") == (
        "Zeilen 3, 7; b.py, Zeile 1: hier nicht erlaubt: eine Schleife"
    )
    assert broken(loop, found, "Think again.") == "lines 3, 7; b.py, line 1: Think again."
    hidden = Outcome(Failure.HIDDEN, 1, (Place("", 4, "`exec`"),))
    assert "line 4: `exec` lets the program do" in broken(loop, hidden, "Think again.")
    gone = Rule(Subject.CONSTRUCT, ("loop",), least=1, within="f")
    assert "no function or class `f`" in broken(gone, Outcome(Failure.NO_SCOPE), "x")
    assert title(gone) == "required: a loop (in `f`)"
    sort = Rule(Subject.CALL, ("sort", "sorted"), least=2)
    assert broken(sort, Outcome(Failure.TOO_FEW, 1), "") == (
        "a call of `sort`/`sorted`: found once, needed at least 2 times"
    )
    two = Rule(Subject.FUNCTION, ("f",), least=1, parameters=2)
    assert broken(two, Outcome(Failure.MISSING), "") == (
        "missing: a function `f` with 2 parameters"
    )


def test_every_subject_has_words_in_both_languages() -> None:
    asked = [Rule(Subject.CONSTRUCT, (name,), least=1) for name in NAMES]
    asked += [Rule(Subject.MEASURE, (name,), limit=3) for name in MEASURES]
    plain = [s for s in Subject if s not in (Subject.CONSTRUCT, Subject.MEASURE)]
    asked += [Rule(subject, ("it",), least=1) for subject in plain]
    for rule in asked:
        english = title(rule)
        german = english.in_language("de")
        assert english != german, rule
        name = rule.names[0]
        if name != "inheritance":  # which is the plain word for it
            assert not str(english).endswith(f": {name}"), rule


def test_a_hostile_program_is_read_in_bounded_time_or_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = [Rule(Subject.CONSTRUCT, ("loop", "recursion"), most=0)]

    def examined(data: bytes, language: str) -> Outcome:
        outcomes, _ = anyio.run(apart.examine, asked, [Source("", data)], language)
        return outcomes[0]

    assert examined(b"(" * 100_000 + b"1" + b")" * 100_000, "python").failure is None
    assert examined(b"int f() {" + b"{" * 100_000 + b"while (1);", "c").count == 1
    assert examined(bytes(range(256)) * 100, "java").failure is None
    with pytest.raises(apart.UnreadableProgramError):
        examined(b"a<" * 500_000, "cpp")
    # They read their request first, as a real one does: who is gone by then breaks the pipe.
    monkeypatch.setattr(apart, "_CHILD", "import sys; sys.stdin.read(); print('forged')")
    with pytest.raises(PlatformFaultError, match="gave no answer"):
        examined(b"", "python")
    monkeypatch.setattr(apart, "_CHILD", "import sys; sys.stdin.read(); sys.exit('broken')")
    with pytest.raises(PlatformFaultError, match="broken"):
        examined(b"", "python")


def test_the_process_that_reads_programs_has_no_rights() -> None:
    code = (
        "import os, resource\n"
        "from carrel.languages.structure.serve import _give_up_rights\n"
        "_give_up_rights()\n"
        "try:\n    open('/etc/passwd')\n    print('opened')\n"
        "except OSError as error:\n    print(error.errno)\n"
        "print(os.getuid() != 0 or os.geteuid() != 0)\n"
    )

    async def run() -> bytes:
        import sys  # noqa: PLC0415

        return (await anyio.run_process([sys.executable, "-c", code])).stdout

    import errno  # noqa: PLC0415

    assert anyio.run(run).split() == [str(errno.EMFILE).encode(), b"True"]


def lint(folder: Path, text: str, languages: str = '"python"', **files: str) -> LintTest:
    exercise = load(folder, f'[[tests]]\nkind = "lint"\n{text}\n', languages, **files)
    test = exercise.tests[0].judge
    assert isinstance(test, LintTest)
    return test


def test_a_linter_in_an_exercise(tmp_path: Path) -> None:
    text = 'tool = "ruff"\nselect = ["E", "F401"]\nignore = ["E5"]\npenalty = 0.5\nmax_findings = 2'
    assert lint(tmp_path, text) == LintTest(
        LintTool.RUFF, LintRules(("E", "F401"), ("E5",)), penalty=0.5, allowed=2
    )
    assert lint(tmp_path, 'tool = "ruff"\npoints = 0').advice
    own = lint(tmp_path, 'tool = "ruff"\nconfig = "ruff.toml"', ruff_toml="line-length = 70\n")
    assert own.rules.config == b"line-length = 70\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('tool = "pylint"', "give one of ruff, eslint"),
        ('tool = "eslint"', "reads programs in javascript, not in python"),
        ('tool = "ruff"\nselect = ["--config=/etc/passwd"]', "is no rule of Ruff"),
        ('tool = "ruff"\nselect = ["E501,F"]', "is no rule of Ruff"),
        ('tool = "ruff"\nconfig = "../ruff.toml"', "leads out of the exercise folder"),
        ('tool = "ruff"\nconfig = "none.toml"', "cannot be read"),
        ('tool = "ruff"\npenalty = 2', "penalty = 2"),
        ('tool = "ruff"\npenalty = 0', "penalty = 0"),
    ],
)
def test_a_linter_that_makes_no_sense_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ExerciseError, match=r"exercise\.toml") as caught:
        lint(tmp_path, text)
    assert said in str(caught.value)


def test_settings_that_a_linter_does_not_take_are_refused(tmp_path: Path) -> None:
    def said(text: str, language: str) -> str:
        with pytest.raises(ExerciseError) as caught:
            lint(tmp_path, text, f'"{language}"', x_cfg="")
        return str(caught.value)

    assert "config is not for Cppcheck" in said('tool = "cppcheck"\nconfig = "x.cfg"', "c")
    assert "ignore is not for Checkstyle" in said('tool = "checkstyle"\nignore = ["X"]', "java")
    both = 'tool = "checkstyle"\nselect = ["google", "MagicNumber"]'
    assert "stands for itself" in said(both, "java")
    beside = 'tool = "eslint"\nselect = ["no-var"]\nconfig = "x.cfg"'
    assert "already says which rules" in said(beside, "javascript")


def ended(stdout: bytes = b"", stderr: bytes = b"", code: int = 0) -> Execution:
    return Execution(Ended.EXITED, code, None, stdout, stderr, False, False, 0, 0, 0)


@pytest.mark.parametrize("read", [ruff, eslint])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[1]",
        b"null",
        b"[" * 100_000,
        b'[{"code": "F"}]',
        b"\xff",
        b'[{"messages": 3}]',
    ],
)
def test_a_forged_report_in_json_is_no_report(read: object, data: bytes) -> None:
    assert callable(read)
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        read(ended(data))


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    b'<results><errors><error id="&b;"/></errors></results>'
)
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><checkstyle>&a;</checkstyle>'


@pytest.mark.parametrize("data", [b"", b"<a", BOMB, OUTSIDE, b"\xff\xfe", b"<a>" * 100_000])
def test_a_forged_report_in_xml_is_no_report(data: bytes) -> None:
    with pytest.raises(ValueError, match="gave no report"):
        checkstyle(ended(data))
    with pytest.raises(ValueError, match="gave no report"):
        cppcheck(ended(stderr=data))


def test_findings_are_bounded_and_printable() -> None:
    one = (
        b'{"filename": "/data/program/x\\u001b[31m.py", "code": "F401", "message": "%s",'
        b' "location": {"row": -5, "column": 99999999999}}' % (b"long \\u0007" * 1000)
    )
    report = ruff(ended(b"[" + b",".join([one] * 1500) + b"]", code=1))
    assert (report.count, len(report.findings)) == (1500, 1000)
    finding = report.findings[0]
    assert (finding.line, finding.column) == (0, 0)
    assert len(finding.message) <= 500
    assert finding.message.isprintable()
    assert finding.file.isprintable()


def test_no_command_takes_its_settings_from_the_program() -> None:
    assert FOLDER == "/data/program"
    for linter in LINTERS.values():
        names = [f"{FOLDER}/solution"]
        argv = linter.command(LintRules(), names, next(iter(linter.languages)))
        assert argv[-1] == names[0]
    argv = LINTERS[LintTool.RUFF].command(LintRules(), [], Language.PYTHON)
    assert {"--isolated", "--ignore-noqa"} <= set(argv)
    argv = LINTERS[LintTool.ESLINT].command(LintRules(), [], Language.JAVASCRIPT)
    assert {"--no-config-lookup", "--no-inline-config"} <= set(argv)
    argv = LINTERS[LintTool.CPPCHECK].command(LintRules(), [], Language.C)
    assert "--inline-suppr" not in argv


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_process_without_files_can_hold_every_rule(language: str) -> None:
    asked = [
        *(Rule(Subject.CONSTRUCT, (n,), most=0) for n in NAMES if language in languages_with(n)),
        *(Rule(Subject.MEASURE, (name,), limit=1) for name in MEASURES),
        *(Rule(Subject(s), ("é",), most=0) for s in ("call", "import", "name", "operator")),
        Rule(Subject.DOCSTRING, ("é",), least=1),
        Rule(Subject.QUERY, ("(_) @x",), most=0),
    ]
    source = Source("é.txt", "é = 'ü'; f(é) + 1 // é\n".encode())
    outcomes, has_errors = anyio.run(apart.examine, asked, [source], language)
    assert len(outcomes) == len(asked)
    assert isinstance(has_errors, bool)
    assert any(place.file == "é.txt" for outcome in outcomes for place in outcome.places)
