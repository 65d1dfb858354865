from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest

from carrel.core.errors import MissingToolError, TemplateError
from carrel.sandbox.agent import SOURCES, agent_key, build_agent

pytestmark = pytest.mark.quick

GOOD = "int main(void) { return 7; }\n"


PT_INTERP = 3  # names the loader of a dynamic program


def program_headers(elf: bytes) -> list[int]:
    """Return the types of a 64-bit little-endian program's headers."""
    (start,) = struct.unpack_from("<Q", elf, 0x20)
    size, count = struct.unpack_from("<HH", elf, 0x36)
    return [struct.unpack_from("<I", elf, start + i * size)[0] for i in range(count)]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "main.c").write_text(GOOD)
    (folder / "main.h").write_text("#define SEVEN 7\n")
    return folder


def test_the_agent_of_this_checkout_is_one_static_program(tmp_path: Path) -> None:
    agent = build_agent(tmp_path)
    assert agent == tmp_path / "agent" / agent_key(SOURCES) / "agent"
    assert agent.stat().st_mode & 0o777 == 0o700
    assert PT_INTERP not in program_headers(agent.read_bytes())


def test_the_second_build_only_looks(tmp_path: Path, sources: Path) -> None:
    first = build_agent(tmp_path, sources)
    assert subprocess.run([first], check=False).returncode == 7
    made = first.stat().st_mtime_ns
    assert build_agent(tmp_path, sources) == first
    assert first.stat().st_mtime_ns == made
    assert [entry.name for entry in first.parent.iterdir()] == ["agent"]


@pytest.mark.parametrize(
    ("name", "text"),
    [("main.c", "int main(void) { return 8; }\n"), ("main.h", "\n"), ("more.c", "int more;\n")],
)
def test_every_source_and_header_counts(sources: Path, name: str, text: str) -> None:
    before = agent_key(sources)
    (sources / name).write_text(text)
    assert agent_key(sources) != before


def test_the_compilers_message_is_passed_on(tmp_path: Path, sources: Path) -> None:
    (sources / "main.c").write_text("int main(void) { return seven; }\n")
    with pytest.raises(TemplateError, match=r"does not compile: main\.c.*\n.*seven"):
        build_agent(tmp_path, sources)
    assert not list(tmp_path.glob("agent/*/*"))


def test_a_warning_does_not_pass(tmp_path: Path, sources: Path) -> None:
    (sources / "main.c").write_text("int main(void) { int unused; return 0; }\n")
    with pytest.raises(TemplateError, match="unused"):
        build_agent(tmp_path, sources)


def test_without_gcc_it_says_what_to_install(
    tmp_path: Path, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match="apt-get install gcc"):
        build_agent(tmp_path, sources)


def test_without_sources_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="reinstall carrel"):
        build_agent(tmp_path, tmp_path)


def test_a_home_that_is_a_file_is_named(tmp_path: Path, sources: Path) -> None:
    home = tmp_path / "home"
    home.write_text("")
    with pytest.raises(TemplateError, match=f"cannot be kept under {home}"):
        build_agent(home, sources)
