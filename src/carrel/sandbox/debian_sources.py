"""Where this machine gets Debian from: the same mirror serves the trees of the templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DEFAULT_MIRROR = "http://deb.debian.org/debian"
DEFAULT_SECURITY = "http://deb.debian.org/debian-security"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

_RELEASES = ("bookworm", "trixie", "stable")
_ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<rest>.+)")


@dataclass(frozen=True)
class _Entry:
    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str


def debian_lines(suite: str, etc_apt: Path = Path("/etc/apt")) -> tuple[str, ...]:
    """Return the apt source lines for a tree of `suite`, from the machine's own mirror.

    The suite of the machine may be another one (a bookworm tree on trixie): only
    the mirror's address is taken over. Without a Debian mirror in the machine's
    sources it is deb.debian.org.
    """
    mirror, security = DEFAULT_MIRROR, DEFAULT_SECURITY
    for entry in _entries(etc_apt):
        # Others use Debian's suite names too; Debian's own archive is signed by Debian.
        if "main" not in entry.components or not _by_debian(entry):
            continue
        if set(entry.suites) & set(_RELEASES):
            mirror = entry.uris[0]
        elif set(entry.suites) & {f"{release}-security" for release in _RELEASES}:
            security = entry.uris[0]
    option = f"[signed-by={KEYRING}]"
    return (
        f"deb {option} {mirror} {suite} main",
        f"deb {option} {mirror} {suite}-updates main",
        f"deb {option} {security} {suite}-security main",
    )


def _by_debian(entry: _Entry) -> bool:
    return not entry.signed_by or "debian-archive" in entry.signed_by


def _entries(etc_apt: Path) -> Iterator[_Entry]:
    lists = sorted((etc_apt / "sources.list.d").glob("*"))
    for file in (etc_apt / "sources.list", *lists):
        if not file.is_file():
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        if file.suffix == ".list":
            yield from _one_line_entries(text)
        elif file.suffix == ".sources":
            yield from _deb822_entries(text)


def _one_line_entries(text: str) -> Iterator[_Entry]:
    for line in text.splitlines():
        match = _ONE_LINE.match(line.split("#", 1)[0].strip())
        if match is None:
            continue
        signed_by = re.search(r"signed-by=(\S+)", match["options"] or "")
        suite, *components = match["rest"].split()
        yield _Entry(
            (match["uri"],), (suite,), tuple(components), signed_by[1] if signed_by else ""
        )


def _deb822_entries(text: str) -> Iterator[_Entry]:
    for stanza in re.split(r"\n\s*\n", text):
        lines = [line for line in stanza.splitlines() if not line.startswith("#")]
        fields = {
            name.strip().lower(): value.split()
            for name, separator, value in (line.partition(":") for line in lines)
            if separator and not name.startswith((" ", "\t"))
        }
        enabled = fields.get("enabled", ["yes"])[:1] != ["no"]
        if enabled and fields.get("uris") and "deb" in fields.get("types", []):
            yield _Entry(
                tuple(fields["uris"]),
                tuple(fields.get("suites", [])),
                tuple(fields.get("components", [])),
                " ".join(fields.get("signed-by", [])),
            )
