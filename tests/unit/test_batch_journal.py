"""The journal: whatever happens to the process or the disk, no grade is lost or made up."""

from __future__ import annotations

import os
import stat
import zlib
from pathlib import Path

import pytest

from carrel import InvalidValueError, PlatformFaultError
from carrel.batch.journal import FILE, Journal
from carrel.batch.records import GradeRecord, Stored

pytestmark = pytest.mark.quick


def grade(points: float) -> Stored:
    record = GradeRecord(
        verdict="accepted", earned=points, total=10, compile_message="Müller\n", tests=()
    )
    return Stored(teacher=record, student={"en": record})


def fill(folder: Path, *keys: str) -> None:
    with Journal(folder) as journal:
        journal.begin({"version": "v1"}, again=False)
        for number, key in enumerate(keys):
            journal.add(key, grade(number))


def test_grades_are_there_again_after_it_was_opened_anew(tmp_path: Path) -> None:
    fill(tmp_path / "out", "a", "b")
    with Journal(tmp_path / "out") as journal:
        assert journal.last_run == {"format": 3, "version": "v1"}
        assert ("a" in journal, "b" in journal, "c" in journal) == (True, True, False)
        assert journal.get("b") == grade(1)
        assert journal.get("c") is None
        assert len(journal) == 2


def test_its_files_are_private(tmp_path: Path) -> None:
    fill(tmp_path / "out", "a")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()}
    assert modes == {FILE: 0o600, ".lock": 0o600}
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


def test_files_belong_to_whoever_owns_the_folder(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.fail("only root can give files away, and this test is about that")
    os.chown(tmp_path, 1234, 1234)
    fill(tmp_path / "out", "a")
    owners = {path.stat().st_uid for path in ((tmp_path / "out"), *(tmp_path / "out").iterdir())}
    assert owners == {1234}


@pytest.mark.parametrize("cut", range(1, 30, 3))
def test_a_torn_last_line_is_cut_away_and_the_rest_believed(tmp_path: Path, cut: int) -> None:
    fill(tmp_path, "a", "b")
    with (tmp_path / FILE).open("r+b") as file:
        file.truncate(file.seek(0, os.SEEK_END) - cut)
    with Journal(tmp_path) as journal:
        assert ("a" in journal, "b" in journal) == (True, False)
        assert journal.damaged == 1
        journal.add("c", grade(3))
    with Journal(tmp_path) as journal:
        assert journal.get("a") == grade(0)
        assert journal.get("c") == grade(3)
        assert journal.damaged == 0


def test_a_damaged_line_in_the_middle_is_not_believed(tmp_path: Path) -> None:
    fill(tmp_path, "a", "b", "c")
    data = (tmp_path / FILE).read_bytes()
    at = data.index(b'"key":"b"') + 40
    (tmp_path / FILE).write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    with Journal(tmp_path) as journal:
        assert [key in journal for key in "abc"] == [True, False, True]
        assert journal.damaged == 1


@pytest.mark.parametrize("data", [b"\n", b"x\n", b"00000000 {}\n", b"zz [1]\n", os.urandom(500)])
def test_no_content_of_the_file_is_an_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / FILE).write_bytes(data)
    with Journal(tmp_path) as journal:
        assert len(journal) == 0
        journal.add("a", grade(1))
        assert journal.get("a") == grade(1)


def test_grades_of_another_format_are_not_read(tmp_path: Path) -> None:
    fill(tmp_path, "a")
    text = b'{"run":{"format":1}}'
    with (tmp_path / FILE).open("ab") as file:
        file.write(b"%08x %s\n" % (zlib.crc32(text), text))
        file.writelines((tmp_path / FILE).read_bytes().splitlines(keepends=True)[1:2])
    with Journal(tmp_path) as journal:
        assert "a" in journal, "that of the first run"
        journal.begin({}, again=False)
        journal.add("b", grade(1))
    with Journal(tmp_path) as journal:
        assert ("a" in journal, "b" in journal) == (True, True)
    data = (tmp_path / FILE).read_bytes()
    _, rest = data.split(b"\n", 1)
    (tmp_path / FILE).write_bytes(b"%08x %s\n" % (zlib.crc32(text), text) + rest)
    with Journal(tmp_path) as journal:
        assert ("a" in journal, "b" in journal) == (False, True)


def test_two_batches_cannot_write_the_same(tmp_path: Path) -> None:
    with (
        Journal(tmp_path),
        pytest.raises(InvalidValueError, match="another batch is writing there"),
    ):
        Journal(tmp_path)
    with Journal(tmp_path):
        pass


def test_again_forgets_what_there_was(tmp_path: Path) -> None:
    fill(tmp_path, "a")
    with Journal(tmp_path) as journal:
        journal.begin({}, again=True)
        assert "a" not in journal
        journal.add("b", grade(1))
    with Journal(tmp_path) as journal:
        assert ("a" in journal, "b" in journal) == (False, True)


def test_a_full_disk_is_a_fault_of_the_platform_and_leaves_a_whole_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.pwrite
    with Journal(tmp_path) as journal:
        journal.add("a", grade(0))
        monkeypatch.setattr(os, "pwrite", lambda fd, data, at: write(fd, data[:10], at))
        with pytest.raises(PlatformFaultError, match="No space left on device"):
            journal.add("b", grade(1))
        monkeypatch.undo()
        journal.add("c", grade(2))
    with Journal(tmp_path) as journal:
        assert [key in journal for key in "abc"] == [True, False, True]
        assert journal.damaged == 0


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidValueError, match="--out"):
        Journal(tmp_path / "file")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidValueError, match=r"journal\.jsonl"):
        Journal(tmp_path / "out")
    assert not (tmp_path / "elsewhere").exists()


def test_opening_and_closing_leaves_no_descriptor(tmp_path: Path) -> None:
    def count() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = count()
    fill(tmp_path, "a")
    with Journal(tmp_path), pytest.raises(InvalidValueError):
        Journal(tmp_path)
    assert count() == before
