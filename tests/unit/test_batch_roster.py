"""Rosters, and finding in them whom a download means."""

from __future__ import annotations

from pathlib import Path

import pytest

from carrel import InvalidValueError
from carrel.batch.layouts.types import Sorted
from carrel.batch.people import HandIn, Roster, Student, Who
from carrel.batch.roster import read_roster
from carrel.batch.rows import Status, assign

pytestmark = pytest.mark.quick

ADA = Student("1815", "Ada Lovelace", "ada@example.org", "A")
BOB = Student("1912", "Müller, Bob Lee", "bl7@example.org", "B")
ALS = Student("77", "Al Smith", "al.smith@example.org")
ALZ = Student("78", "Al Smith", "al2@example.org")
ROSTER = Roster([ADA, BOB, ALS, ALZ])


def read(tmp_path: Path, data: str | bytes) -> list[Student]:
    path = tmp_path / "course.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(read_roster(path).students)


@pytest.mark.parametrize(
    "data",
    [
        "id,name,email,section\n1815,Ada Lovelace,ada@example.org,A\n",
        "\ufeffid;name;email;section\r\n1815;Ada Lovelace;ada@example.org;A\r\n\r\n",
        "Section\tEmail address\tStudent ID\tFull name\nA\tada@example.org\t1815\tAda  Lovelace\n",
        "Matrikelnummer,Vorname,Nachname,E-Mail,Gruppe,Note\n1815,Ada,Lovelace,ada@example.org,A,\n",
        '"SIS User ID","Student","Email","Section"\n"1815","Ada Lovelace","ada@example.org","A"\n',
        "ID,NAME,EMAIL,SECTION\n1815,Ada Lovelace,ada@example.org,A".encode("utf-16"),
    ],
    ids=range(6),
)
def test_a_roster_is_read_however_it_was_written(tmp_path: Path, data: str | bytes) -> None:
    assert read(tmp_path, data) == [ADA]


def test_a_roster_from_a_western_excel_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, "id;name\n1;Jörg Müß\n".encode("cp1252"))[0].name == "Jörg Müß"


def test_without_an_id_the_email_or_the_name_is_it(tmp_path: Path) -> None:
    found = read(tmp_path, "name,email\nAda,ada@x\nBob,\n")
    assert [student.id for student in found] == ["ada@x", "Bob"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "names no column that tells who a student is"),
        ("color,shape\nred,round\n", r"line 1 .*\(found: color, shape\)"),
        ("id,name\n", "it has 0 students"),
        ("id,name\n1,Ada\n2,Bob\n1,Cid\n", "line 4 has the id '1' of line 2"),
        ("id,name\n,\n1,Ada\n,  ,\n , ,x\n", "line 5 has more cells than the first line"),
        ("id,name,section\n1,Ada,A\n,,B\n", "line 3 has neither an id nor an email nor a name"),
        ("id,id\n1,2\n", "names two columns for the id"),
        ('id,name\n1,"Ada\n', "line 2 is not CSV: unexpected end of data"),
        (b"PK\3\4\0\0", "not a spreadsheet's own format"),
    ],
)
def test_what_is_wrong_with_a_roster_is_said_by_line(
    tmp_path: Path, data: str | bytes, message: str
) -> None:
    with pytest.raises(InvalidValueError, match=message) as caught:
        read(tmp_path, data)
    assert "course.csv" in str(caught.value)


def test_a_missing_roster_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="No such file"):
        read_roster(tmp_path / "none.csv")


def who(label: str) -> Who:
    return Who(Student(label), ids=(label,), emails=(label,), names=(label,))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (who("1815"), (ADA,)),
        (who("ADA@example.org"), (ADA,)),
        (who("bl7"), (BOB,)),
        (who("Ada Lovelace"), (ADA,)),
        (who("lovelace_ada"), (ADA,)),
        (who("Lovelace, Ada"), (ADA,)),
        (who("1912-hw3"), (BOB,)),
        (Who(Student("x"), names=("lovelaceada",)), (ADA,)),
        (Who(Student("x"), names=("mullerboblee",)), (BOB,)),
        (Who(Student("x"), names=("Bob Lee Muller",)), (BOB,)),
        (Who(Student("x"), names=("Group 1815", "Lee Bob Müller")), (BOB,)),
        (who("Al Smith"), (ALS, ALZ)),
        (who("Eve"), ()),
        (Who(Student("1815"), names=("Eve",)), ()),
        (who(""), ()),
    ],
)
def test_whom_a_download_means(given: Who, expected: tuple[Student, ...]) -> None:
    assert ROSTER.find(given) == expected


def hand_in(label: str, **options: bool) -> HandIn:
    return HandIn(label, (who(label),), {f"{label}.py": label}, **options)


def test_everybody_gets_one_row_and_nothing_is_dropped() -> None:
    found = Sorted(
        "folders",
        (
            hand_in("bl7"),
            hand_in("ada"),
            hand_in("1815"),
            hand_in("eve"),
            hand_in("Al Smith"),
            hand_in("grades.csv", doubtful=True),
        ),
    )
    assigned = assign(found, ROSTER)
    assert [(row.student.id, row.status, row.note) for row in assigned.rows] == [
        ("1815", Status.UNCLEAR, "handed in more than once: ada, 1815"),
        ("1912", Status.GRADED, ""),
        ("77", Status.MISSING, ""),
        ("78", Status.MISSING, ""),
        ("Al Smith", Status.GRADED, "may be several of the roster: 77, 78"),
        ("eve", Status.GRADED, "is not in the roster"),
    ]
    assert [entry.name for entry in assigned.left_over] == ["grades.csv"]


def test_a_doubtful_file_of_somebody_in_the_roster_is_theirs() -> None:
    found = Sorted("folders", (hand_in("ada", doubtful=True),))
    assert assign(found, ROSTER).rows[0].status is Status.GRADED
    assert assign(found, None).rows == ()


def test_those_who_handed_in_together_get_a_row_each() -> None:
    found = Sorted("gradescope", (HandIn("s1", (who("1815"), who("1912")), {"a.py": "a.py"}),))
    rows = assign(found, ROSTER).rows
    assert [(row.student.id, row.label) for row in rows[:2]] == [("1815", "s1"), ("1912", "s1")]


def test_rows_are_in_the_order_that_people_count_in() -> None:
    found = Sorted("folders", tuple(hand_in(f"s{n}") for n in (10, 2, 1)))
    assert [row.student.id for row in assign(found, None).rows] == ["s1", "s2", "s10"]
