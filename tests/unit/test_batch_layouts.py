"""Who is who in what course systems give out."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from carrel import InvalidValueError
from carrel.archives.folder_tree import FolderTree
from carrel.archives.opening import FileTree, open_archive
from carrel.batch.choosing import NOT_WRITTEN
from carrel.batch.layouts.sorting import sort_out
from carrel.batch.layouts.types import Sorted
from carrel.batch.people import HandIn

pytestmark = pytest.mark.quick


def tree(*names: str, **contents: str) -> FileTree:
    """Return an archive with these files; a name ending in / is an empty folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, contents.get(name.rpartition("/")[2].replace(".", "_"), "x"))
    return open_archive(buffer.getvalue(), name="download.zip")


def labels(found: Sorted) -> list[str]:
    return [hand_in.label for hand_in in found.hand_ins]


def files(hand_in: HandIn) -> list[str]:
    return sorted(hand_in.files)


def ids(found: Sorted) -> list[tuple[str, str]]:
    return [(who.student.id, who.student.name) for h in found.hand_ins for who in h.who]


def test_folders_and_single_files_are_named_after_students() -> None:
    found = sort_out(tree("ada/main.py", "ada/lib/x.py", "bob.py", "cid.tar.gz", "dee/"))
    assert found.layout == "folders"
    assert ids(found) == [("ada", ""), ("dee", ""), ("bob", ""), ("cid", "")]
    assert [files(h) for h in found.hand_ins] == [
        ["lib/x.py", "main.py"],
        [],
        ["bob.py"],
        ["cid.tar.gz"],
    ]


def test_two_files_of_one_name_are_one_hand_in() -> None:
    found = sort_out(tree("ada.py", "ada.txt", "bob.py"))
    assert labels(found) == ["ada.py, ada.txt", "bob.py"]


def test_a_file_that_is_no_program_is_doubtful() -> None:
    found = sort_out(tree("ada.py", "grades.csv"))
    assert [(h.label, h.doubtful) for h in found.hand_ins] == [
        ("ada.py", False),
        ("grades.csv", True),
    ]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("hw1/ada/main.py", "hw1/bob/main.py"), ["ada", "bob"]),
        (("hw1/ada.py", "hw1/bob.py"), ["ada", "bob"]),
        (("ada/main.py",), ["ada"]),
    ],
)
def test_one_folder_around_everything_in_an_archive_is_looked_into(
    names: tuple[str, ...], expected: list[str]
) -> None:
    found = sort_out(tree(*names), archive=True)
    assert [student for student, _ in ids(found)] == expected


def test_one_folder_in_a_folder_is_a_student() -> None:
    found = sort_out(tree("ada/main.py", "ada/helper.py"), archive=False)
    assert labels(found) == ["ada/"]


def test_moodle_with_folders() -> None:
    found = sort_out(
        tree(
            "Ada Lovelace_657693_assignsubmission_file_/main.py",
            "Ada Lovelace_657693_assignsubmission_file_/pkg/x.py",
            "Jörg M_ller_657694_assignsubmission_file/Main.java",
            "Group A-Bob Ray_657695_assignsubmission_file_/a.py",
            "Bob Ray_657695_assignsubmission_onlinetext_/onlinetext.html",
            "grades.xlsx",
        )
    )
    assert found.layout == "moodle"
    assert ids(found) == [
        ("657693", "Ada Lovelace"),
        ("657695", "Bob Ray"),
        ("657695", "Group A-Bob Ray"),
        ("657694", "Jörg M ller"),
    ]
    assert files(found.hand_ins[0]) == ["main.py", "pkg/x.py"]
    assert files(found.hand_ins[1]) == ["onlinetext.html"]
    assert found.hand_ins[2].who[0].names == ("Group A-Bob Ray", "Bob Ray")
    assert found.hand_ins[2].who[0].ids == ()
    assert [entry.name for entry in found.left_over] == ["grades.xlsx"]


def test_moodle_without_folders() -> None:
    found = sort_out(
        tree(
            "Ada Lovelace_657693_assignsubmission_file_main.py",
            "Ada Lovelace_657693_assignsubmission_file_my_helper.py",
            "Bob Ray_657695_assignsubmission_file_a_b.py",
        )
    )
    assert found.layout == "moodle"
    assert [(h.label, files(h)) for h in found.hand_ins] == [
        ("Ada Lovelace_657693", ["main.py", "my_helper.py"]),
        ("Bob Ray_657695", ["a_b.py"]),
    ]


def test_canvas() -> None:
    found = sort_out(
        tree(
            "lovelaceada_12345_67890_main.py",
            "lovelaceada_12345_67891_helper.py",
            "rayboblee_LATE_12346_67892_hw_1.py",
            "vonneumann_12347_67893_Main-1.java",
            "vonneumann_12347_67880_Main.java",
            "turingalan_12348_text.html",
            "anon_x8Yz1_67895_a.py",
            "LATE_anon_x8Yz2_67896_a.py",
            "notes.docx",
        )
    )
    assert found.layout == "canvas"
    by_id = {h.who[0].student.id: h for h in found.hand_ins}
    assert files(by_id["12345"]) == ["helper.py", "main.py"]
    assert files(by_id["12346"]) == ["hw_1.py"]
    assert dict(by_id["12347"].files) == {"Main.java": "vonneumann_12347_67893_Main-1.java"}
    assert files(by_id["12348"]) == ["text.html"]
    assert {student for student, h in by_id.items() if h.late} == {"12346", "x8Yz2"}
    assert [entry.name for entry in found.left_over] == ["notes.docx"]


METADATA = """\
---
submission_1:
  :submitters:
  - :name: Ada Lovelace
    :sid: '007'
    :email: ada@example.org
  - :name: Bob Ray
    :sid: 8
    :email: bob@example.org
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: 2023-09-01 10:00:00.000000000 Z
  :score: 7.5
submission_2:
  :submitters: []
submission_9:
  :submitters:
  - :name: Has No File
    :sid: '9'
"""


def test_gradescope() -> None:
    found = sort_out(
        tree(
            "assignment_12_export/submission_metadata.yml",
            "assignment_12_export/submission_1/main.py",
            "assignment_12_export/submission_2/main.py",
            "assignment_12_export/submission_3/main.py",
            "assignment_12_export/readme.txt",
            submission_metadata_yml=METADATA,
        )
    )
    assert found.layout == "gradescope"
    assert [[w.student.id for w in h.who] for h in found.hand_ins] == [
        ["007", "8"],
        ["submission_2"],
        ["submission_3"],
    ]
    assert found.hand_ins[0].who[0].student.email == "ada@example.org"
    assert files(found.hand_ins[0]) == ["main.py"]
    assert [entry.name for entry in found.left_over] == ["readme.txt"]


BOMB = "a: &a [x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
)


@pytest.mark.parametrize(
    "text", ["{", "- a\n- b", "submission_1: !!python/object/apply:os.system [id]", "[" * 5000]
)
def test_metadata_that_cannot_be_read_are_an_error(text: str) -> None:
    with pytest.raises(InvalidValueError, match=r"submission_metadata\.yml"):
        sort_out(tree("submission_metadata.yml", "submission_1/a.py", submission_metadata_yml=text))


def test_a_bomb_of_references_in_the_metadata_costs_nothing() -> None:
    found = sort_out(
        tree("submission_metadata.yml", "submission_1/a.py", submission_metadata_yml=BOMB)
    )
    assert labels(found) == ["submission_1"]


def test_the_layout_can_be_said() -> None:
    names = ("a_1_2_x.py", "b_3_4_y.py")
    assert sort_out(tree(*names)).layout == "canvas"
    assert ids(sort_out(tree(*names), "folders")) == [("a_1_2_x", ""), ("b_3_4_y", "")]
    assert sort_out(tree("ada.py"), "moodle").left_over[0].name == "ada.py"
    with pytest.raises(InvalidValueError, match="give one of auto, gradescope, moodle"):
        sort_out(tree("ada.py"), "blackboard")


def test_a_folder_on_disk_is_read_without_following_anything(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada/main.py").write_text("print(1)")
    (tmp_path / "ada/.git").mkdir()
    (tmp_path / "ada/.git/config").write_text("x")
    (tmp_path / "bob").symlink_to("/etc")
    (tmp_path / "cid.py").symlink_to("/etc/passwd")
    found = FolderTree(tmp_path, passed_over=NOT_WRITTEN)
    assert dict(found.sizes) == {"ada/main.py": 8}
    assert {entry.name for entry in found.refused} == {"bob", "cid.py"}
    assert found.read("ada/main.py") == b"print(1)"


def test_a_file_that_becomes_a_link_or_another_one_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada/main.py").write_text("print(1)")
    found = FolderTree(tmp_path, passed_over=NOT_WRITTEN)
    (tmp_path / "ada/main.py").write_text("print(100)")
    with pytest.raises(InvalidValueError, match="has changed since it was listed"):
        found.read("ada/main.py")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/main.py").write_text("secrets!")
    (tmp_path / "ada/main.py").unlink()
    (tmp_path / "ada").rmdir()
    (tmp_path / "ada").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidValueError, match="cannot be read"):
        found.read("ada/main.py")
