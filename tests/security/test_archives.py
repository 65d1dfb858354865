"""Archives that somebody made to do harm (abuse case 21), and those that are only odd."""

from __future__ import annotations

import contextlib
import gzip
import io
import stat
import struct
import tarfile
import tracemalloc
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from carrel.archives.opening import (
    INNER,
    ArchiveError,
    ArchiveLimits,
    FileTree,
    is_archive_name,
    open_archive,
)
from carrel.core.sizes import MIB

pytestmark = pytest.mark.quick


@pytest.fixture(autouse=True)
def unaffected_host() -> None:
    """No sandbox is started here, so none has to be looked for."""


@pytest.fixture(scope="module", autouse=True)
def unaffected_afterwards() -> None:
    """And nothing is taken from the next submission."""


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes], **options: Any) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", **options) as archive:
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, data in entries:
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(*members: tuple[tarfile.TarInfo | str, bytes], **options: Any) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", **options) as archive:
        for member, data in members:
            info = tarfile.TarInfo(member) if isinstance(member, str) else member
            if info.isreg():
                info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def files(data: bytes, **options: Any) -> dict[str, bytes]:
    tree = open_archive(data, name="upload.zip", **options)
    try:
        return {name: tree.read(name) for name in tree.sizes}
    finally:
        tree.close()


def refused(data: bytes, **options: Any) -> dict[str, str]:
    tree = open_archive(data, name=options.pop("name", "upload.zip"), **options)
    tree.close()
    return {entry.name: entry.reason for entry in tree.refused}


HOSTILE_NAMES = {
    "../../etc/cron.d/x": "leads out",
    "a/../../x": "leads out",
    "..\\..\\x": "leads out",
    "/etc/passwd": "absolute",
    "\\\\server\\share": "absolute",
    "C:\\Windows\\x": "absolute",
    "c:x": "absolute",
    "a\x1b[2Jb": "cannot be shown",
    "a\nb": "cannot be shown",
    "x" * 300: "too long",
    "/".join(["d" * 200] * 8): "too long",
    "d/" * 40 + "x": "folders deep",
}


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=lambda name: ascii(name)[:24])
@pytest.mark.parametrize("make", [zipped, tarred], ids=["zip", "tar"])
def test_names_that_lead_elsewhere_are_refused_and_the_rest_is_read(
    make: Callable[..., bytes], name: str
) -> None:
    data = make((name, b"evil"), ("ada/main.py", b"good"))
    options = {"name": "a.tar"}
    tree = open_archive(data, **options)  # type: ignore[arg-type]
    assert list(tree.sizes) == ["ada/main.py"]
    assert tree.read("ada/main.py") == b"good"
    assert [HOSTILE_NAMES[name] in entry.reason for entry in tree.refused] == [True]
    assert all(entry.name.isprintable() for entry in tree.refused)
    tree.close()


def special(kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("special")
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    return info


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_in_a_zip_are_refused(kind: int) -> None:
    found = refused(zipped((special(kind), b"/etc/shadow"), ("a.py", b"")))
    assert list(found) == ["special"]
    assert "link" in found["special"] or "regular" in found["special"]


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"Z"],
)
def test_links_and_devices_in_a_tar_are_refused(kind: bytes) -> None:
    info = tarfile.TarInfo("special")
    info.type, info.linkname = kind, "/etc/shadow"
    found = refused(tarred((info, b""), ("a.py", b"x")), name="a.tar")
    assert list(found) == ["special"]


def test_of_two_entries_of_one_name_neither_is_read() -> None:
    data = zipped(("a.py", b"shown to the teacher"), ("a.py", b"run"), ("./b//c.py", b"c"))
    assert files(data) == {"b/c.py": b"c"}
    assert "more than once" in refused(data)["a.py"]


def test_two_spellings_of_one_name_count_as_one() -> None:
    data = zipped(("Müller.py", b"1"), ("Mu\N{COMBINING DIAERESIS}ller.py", b"2"))
    assert files(data) == {}


def test_a_file_that_is_also_a_folder_is_refused() -> None:
    assert files(zipped(("a", b"1"), ("a/b.py", b"2"))) == {"a/b.py": b"2"}


def test_what_the_systems_of_students_add_is_left_out_without_a_word() -> None:
    data = zipped(
        ("__MACOSX/ada/._main.py", b""),
        ("ada/.DS_Store", b""),
        ("ada/Thumbs.db", b""),
        ("ada/main.py", b"x"),
    )
    assert files(data) == {"ada/main.py": b"x"}
    assert refused(data) == {}


def test_a_bomb_by_ratio_is_refused_before_it_is_unpacked() -> None:
    data = zipped(
        *((f"{n}.txt", bytes(10 * MIB)) for n in range(5)), compression=zipfile.ZIP_DEFLATED
    )
    assert len(data) < MIB
    with pytest.raises(ArchiveError, match="200 times its size: that is a zip bomb"):
        open_archive(data)


def test_a_bomb_in_gzip_is_refused_while_it_is_unpacked() -> None:
    data = gzip.compress(bytes(200 * MIB))
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveError, match="200 times its size"):
            open_archive(data)
        assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    finally:
        tracemalloc.stop()


def test_one_file_that_is_too_large_is_refused_and_the_rest_is_read() -> None:
    limits = ArchiveLimits(entry_bytes=1000)
    data = zipped(("large", bytes(1001)), ("fits", bytes(1000)))
    assert list(files(data, limits=limits)) == ["fits"]
    assert refused(data, limits=limits) == {"large": "is too large (1001, allowed are 1000)"}


@pytest.mark.parametrize("make", [zipped, tarred], ids=["zip", "tar"])
def test_total_size_and_number_are_limited(make: Callable[..., bytes]) -> None:
    data = make(*((f"{n}", bytes(600)) for n in range(10)))
    for limits, message in [
        (ArchiveLimits(total_bytes=5999), "unpacked it has more than"),
        (ArchiveLimits(entries=9), "more than 9 entries"),
    ]:
        with pytest.raises(ArchiveError, match=message):
            open_archive(data, name="a.tar", limits=limits)
    open_archive(data, name="a.tar", limits=ArchiveLimits(total_bytes=6000, entries=10)).close()


def overlapping(count: int) -> bytes:
    """Return a zip whose entries are all the same bytes, each under a name of its own."""
    kernel = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = kernel.compress(bytes(4 * MIB)) + kernel.flush()
    crc = zlib.crc32(bytes(4 * MIB))
    sizes = struct.pack("<LLL", crc, len(packed), 4 * MIB)
    local = b"PK\3\4" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes + struct.pack("<HH", 1, 0)
    body = local + b"0" + packed
    directory = b"".join(
        b"PK\1\2"
        + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33)
        + sizes
        + struct.pack("<HHHHHLL", 4, 0, 0, 0, 0, 0, 0)
        + f"{n:04}".encode()
        for n in range(count)
    )
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + end


def test_overlapping_entries_are_refused() -> None:
    with pytest.raises(ArchiveError, match="overlap"):
        open_archive(overlapping(500))


def test_a_directory_larger_than_memory_is_not_read() -> None:
    data = bytearray(zipped(*((f"{n}", b"") for n in range(3000))))
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveError, match="directory or header of more than"):
            open_archive(bytes(data), limits=ArchiveLimits(entries=100))
        assert tracemalloc.get_traced_memory()[1] < MIB
    finally:
        tracemalloc.stop()


def test_a_header_of_a_tar_larger_than_memory_is_not_read() -> None:
    info = tarfile.TarInfo("long")
    info.type, info.size = tarfile.XHDTYPE, 8 * MIB
    header = info.tobuf(tarfile.USTAR_FORMAT)
    with pytest.raises(ArchiveError, match="directory or header"):
        open_archive(header + bytes(8 * MIB), name="a.tar")


def test_an_entry_that_lies_about_its_size_is_not_believed() -> None:
    data = bytearray(zipped(("a", b"x" * 1000), compression=zipfile.ZIP_DEFLATED))
    at = data.rindex(b"PK\1\2") + 24
    data[at : at + 4] = struct.pack("<L", 10)
    with pytest.raises(ArchiveError):
        files(bytes(data))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_compression_is_refused(method: int) -> None:
    """Their decompressors give out gigabytes for the 4 KiB that they are handed."""
    assert "deflate" in refused(zipped(("a.py", b"x"), compression=method))["a.py"]


def test_encrypted_entries_are_refused_by_name() -> None:
    data = bytearray(zipped(("secret.py", b"x")))
    for at in (data.index(b"PK\3\4") + 6, data.index(b"PK\1\2") + 8):
        data[at] |= 1
    assert refused(bytes(data)) == {"secret.py": "is encrypted"}


def named(raw: bytes, *, utf8: bool = False, extra: bytes = b"") -> bytes:
    """Return a zip with one empty file whose name is these bytes."""
    flag = 0x800 if utf8 else 0
    middle = struct.pack("<HHHHHLLL", 20, flag, 0, 0, 33, 0, 0, 0)
    local = b"PK\3\4" + middle + struct.pack("<HH", len(raw), 0) + raw
    directory = (
        b"PK\1\2\x14\0"
        + middle
        + struct.pack("<HHHHHLL", len(raw), len(extra), 0, 0, 0, 0, 0)
        + raw
        + extra
    )
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(directory), len(local), 0)
    return local + directory + end


def unicode_path(name: str, raw: bytes) -> bytes:
    data = b"\1" + struct.pack("<I", zlib.crc32(raw)) + name.encode()
    return struct.pack("<HH", 0x7075, len(data)) + data


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (named("Jörg Müller_12_x/a.py".encode(), utf8=True), "Jörg Müller_12_x/a.py"),
        (named("Jörg Müller.py".encode()), "Jörg Müller.py"),
        (named("Jörg Müller.py".encode("cp437")), "Jörg Müller.py"),
        (named(b"J?rg.py", extra=unicode_path("Jörg.py", b"J?rg.py")), "Jörg.py"),
        (named(b"other.py", extra=unicode_path("Jörg.py", b"J?rg.py")), "other.py"),
        (named(b"a.py", extra=unicode_path("../../a.py", b"a.py")), None),
        (named(b"ada\\main.py"), "ada/main.py"),
        (named(b"a.py\0.txt"), None),
    ],
)
def test_names_are_read_as_their_writers_meant_them(data: bytes, name: str | None) -> None:
    assert list(files(data)) == ([] if name is None else [name])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK",
        b"PK\3\4",
        b"PK\5\6",
        b"PK\3\4" + bytes(5000),
        b"not an archive",
        b"\x1f\x8b\x08",
        b"\x1f\x8b" + bytes(100),
        gzip.compress(b"not a tar"),
        gzip.compress(b""),
        named(b"a.py", extra=b"\x75\x70\xff\xff\1"),
        zipped(("a.py", b"x" * 1000))[:-30],
        zipped(("a.py", b"x" * 1000))[40:],
        gzip.compress(tarred(("a.py", b"x" * 5000)))[:-40],
        gzip.compress(tarred(("a.py", b"x" * 5000))[:2000]),
        gzip.compress(tarred(("a", b"x"))[:1024] + b"garbage" * 200),
    ],
    ids=range(16),
)
def test_what_is_no_archive_or_broken_is_said(data: bytes) -> None:
    with pytest.raises(ArchiveError, match=r"archive='upload.zip' is not possible: "):
        files(data)


def test_no_damage_of_an_archive_leads_to_another_error() -> None:
    originals = [
        zipped(("ada/main.py", b"print(1)" * 50), ("b.py", b""), compression=zipfile.ZIP_DEFLATED),
        tarred(("ada/main.py", b"print(1)" * 50), ("é" * 120, b"x"), format=tarfile.PAX_FORMAT),
    ]
    read = 0
    for original in originals:
        for at in range(0, len(original), 3):
            for value in (0, 0x7F, 0xFF, original[at] ^ 1):
                data = bytearray(original)
                data[at] = value
                tree: FileTree | None = None
                try:
                    tree = open_archive(bytes(data), name="a.tar", limits=INNER)
                    for name in tree.sizes:
                        assert len(tree.read(name)) == tree.sizes[name]
                        read += 1
                except ArchiveError:
                    pass
                finally:
                    if tree:
                        tree.close()
    assert read > 100


def test_a_tar_gz_is_read(tmp_path: Path) -> None:
    folder = tarfile.TarInfo("empty")
    folder.type = tarfile.DIRTYPE
    path = tmp_path / "class.tar.gz"
    path.write_bytes(gzip.compress(tarred(("ada/main.py", b"x"), (folder, b""))))
    tree = open_archive(path)
    assert dict(tree.sizes) == {"ada/main.py": 1}
    assert tree.folders == {"ada", "empty"}
    assert tree.read("ada/main.py") == b"x"
    tree.close()
    assert sorted(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("what", ["missing", "folder"])
def test_a_path_that_cannot_be_read_is_said(tmp_path: Path, what: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ValueError, match=r"archive='.*/(missing|folder)' is not possible"):
        open_archive(tmp_path / what)


def test_opening_archives_leaves_no_descriptor_open(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    before = len(list(Path("/proc/self/fd").iterdir()))
    for data in [b"PK\3\4broken", zipped(("a", b"")), gzip.compress(b"x"), b"?", overlapping(2)]:
        path.write_bytes(data)
        with contextlib.suppress(ArchiveError):
            open_archive(path).close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_which_names_are_archives() -> None:
    assert [is_archive_name(n) for n in ("a.ZIP", "a.tar.gz", "a.tgz", "zip", "a.zip.py")] == [
        *[True] * 3,
        *[False] * 2,
    ]
