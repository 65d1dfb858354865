"""Which of somebody's files is the program."""

from __future__ import annotations

import io
import zipfile

import pytest

from carrel import Language
from carrel.archives.opening import ArchiveLimits, open_archive
from carrel.batch.choosing import Chosen, UnclearError, Wanted, choose
from carrel.batch.people import HandIn
from carrel.batch.rows import submission_key
from carrel.core.sizes import MIB
from carrel.judge.plan import Submission

pytestmark = pytest.mark.quick

ANY = Wanted((Language.PYTHON, Language.JAVA))


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def chosen(files: dict[str, bytes], wanted: Wanted = ANY) -> Chosen:
    tree = open_archive(zipped(files), limits=ArchiveLimits(ratio=2000))
    return choose(tree, HandIn("ada", (), {name: name for name in tree.sizes}), wanted)


@pytest.mark.parametrize(
    ("names", "wanted", "expected"),
    [
        (["hw.py"], ANY, "hw.py"),
        (["hw.py", "notes.txt", "data.csv"], ANY, "hw.py"),
        (["hw.py", "hw.c"], ANY, "hw.py"),
        (["main.py", "helper.py"], ANY, "main.py"),
        (["Solution.java", "Node.java"], ANY, "Solution.java"),
        (["src/main.py", "src/old/main.py"], ANY, "src/main.py"),
        (["a.py", "B.java"], Wanted(ANY.languages, language=Language.JAVA), "B.java"),
        (["a.py", "b.py"], Wanted(ANY.languages, entry="b.py"), "b.py"),
        (["hw.py", "notes.txt"], Wanted(ANY.languages, entry="main.py"), "hw.py"),
        (["x/a.py", "x/b.py"], Wanted(ANY.languages, entry="b.*"), "x/b.py"),
        (["x/a.py", "y/a.py"], Wanted(ANY.languages, entry="y/*"), "y/a.py"),
        (["prog.txt"], Wanted(ANY.languages, entry="prog.*", language=Language.PYTHON), "prog.txt"),
        ([".git/main.py", "node_modules/x.py", "a.py"], ANY, "a.py"),
    ],
)
def test_the_program_is_found(names: list[str], wanted: Wanted, expected: str) -> None:
    assert chosen(dict.fromkeys(names, b"x"), wanted).name == expected


SHOP = "package shop;\npublic class App { public static void main(String[] a) {} }"
MODEL = "package model;\npublic class Till {}"
GO_MAIN, GO_MORE = "package main\nfunc main() {}\n", "package main\nfunc say() {}\n"


@pytest.mark.parametrize(
    ("files", "program", "beside"),
    [
        ({"shop/App.java": SHOP, "model/Till.java": MODEL}, "shop/App.java", {"model/Till.java"}),
        (
            {"p/src/shop/App.java": SHOP, "p/src/model/Till.java": MODEL, "p/x.iml": ""},
            "p/src/shop/App.java",
            {"model/Till.java"},
        ),
        ({"App.java": SHOP, "Till.java": MODEL}, "App.java", {"Till.java"}),
        ({"x/App.java": SHOP, "x/Till.java": MODEL, "y.txt": ""}, "x/App.java", {"Till.java"}),
        ({"b.go": GO_MAIN, "a.go": GO_MORE}, "b.go", {"a.go"}),
        ({"b.c": "int main(void) {}", "a.c": "int f;"}, "b.c", {"a.c"}),
        ({"b.rs": "fn main() {}", "a.rs": "fn f() {}"}, "b.rs", {"a.rs"}),
    ],
)
def test_of_several_files_the_program_is_where_it_begins(
    files: dict[str, str], program: str, beside: set[str]
) -> None:
    found = chosen({name: text.encode() for name, text in files.items()}, Wanted(tuple(Language)))
    assert (found.name, set(found.submission.files)) == (program, beside)


@pytest.mark.parametrize(
    ("names", "wanted", "message"),
    [
        (["a.py", "b.py"], ANY, "several programs: a.py, b.py; say which one counts with --entry"),
        (["main.py", "Main.java"], ANY, "several programs"),
        (["a.docx"], ANY, "there is no program in python, java; there is a.docx"),
        ([f"{n}.txt" for n in range(9)], ANY, "4.txt and 4 more"),
        (
            ["a.py", "b.py"],
            Wanted(ANY.languages, entry="c.py"),
            "no file is named c.py; there is a",
        ),
        (["a.md"], Wanted(ANY.languages, entry="c.py"), "no file is named c.py; there is a.md"),
        (["a.md"], Wanted(ANY.languages, entry="a.md"), "a.md is in no language"),
        (["a.py"], Wanted(ANY.languages, language=Language.JAVA), "no program in java"),
        ([".git/a.py"], ANY, "there is no file in it"),
    ],
)
def test_what_is_unclear_is_said(names: list[str], wanted: Wanted, message: str) -> None:
    with pytest.raises(UnclearError, match=message):
        chosen(dict.fromkeys(names, b"x"), wanted)


def test_files_beside_the_program_come_along() -> None:
    found = chosen({"p/main.py": b"m", "p/lib/a.py": b"a", "p/data.txt": b"d", "other.txt": b"o"})
    assert found.submission.files == {"lib/a.py": b"a", "data.txt": b"d"}
    assert found.submission.source == b"m"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.py": bytes(MIB + 1)}, "a.py is too large"),
        ({"a.py": b"", "data.bin": bytes(5 * MIB)}, "beside a.py there are 1 files of 5M"),
        ({"a.py": b"", **{f"{n}.txt": b"" for n in range(201)}}, "there are 201 files"),
        ({f"{n}.py": bytes(4 * MIB) for n in range(9)}, "all files together have more than"),
    ],
)
def test_what_is_too_large_is_said(files: dict[str, bytes], message: str) -> None:
    with pytest.raises(UnclearError, match=message):
        chosen(files)


def test_an_archive_that_was_handed_in_counts_as_its_files() -> None:
    inner = zipped({"hw/main.py": b"m", "hw/x.txt": b"x", "__MACOSX/._main.py": b""})
    found = chosen({"work.zip": inner})
    assert (found.name, found.submission.files) == ("hw/main.py", {"x.txt": b"x"})


def test_archives_within_archives_within_archives_stay_closed() -> None:
    inner = zipped({"inner.zip": zipped({"main.py": b"m"})})
    with pytest.raises(UnclearError, match=r"no program in python, java; there is inner.zip"):
        chosen({"work.zip": inner})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"no archive", "work.zip: it is neither a zip nor"),
        (zipped({"../main.py": b"m"}), "main.py leads out of the archive"),
        (zipped({f"{n}": b"" for n in range(1001)}), "more than 1,000 entries"),
        (zipped({f"{n}.py": bytes(11 * MIB) for n in range(3)}), "more than 32M"),
    ],
)
def test_a_bad_archive_of_one_student_is_that_students_problem(data: bytes, message: str) -> None:
    tree = open_archive(zipped({"work.zip": data}))
    with pytest.raises(UnclearError, match=message):
        choose(tree, HandIn("ada", (), {"work.zip": "work.zip"}), ANY)


def test_a_grade_belongs_to_everything_that_decides_it() -> None:
    def key(source: bytes, language: Language, environment: str, **files: bytes) -> str:
        return submission_key(Submission(language, source, files=files), environment)

    same = key(b"x", Language.PYTHON, "v1", a=b"1")
    assert same == key(b"x", Language.PYTHON, "v1", a=b"1")
    others = {
        key(b"y", Language.PYTHON, "v1", a=b"1"),
        key(b"x", Language.JAVA, "v1", a=b"1"),
        key(b"x", Language.PYTHON, "v2", a=b"1"),
        key(b"x", Language.PYTHON, "v1", a=b"2"),
        key(b"x", Language.PYTHON, "v1", b=b"1"),
        key(b"x", Language.PYTHON, "v1"),
        key(b"xa1", Language.PYTHON, "v1"),
    }
    assert len(others) == 7
    assert same not in others
