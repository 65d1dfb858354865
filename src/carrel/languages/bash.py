"""Bash, with Debian's usual small programs (coreutils, grep, sed, awk, find, bc)."""

from __future__ import annotations

from carrel.languages.source_text import unix_lines, utf8
from carrel.languages.spec import APP, Entry, LanguageSpec, Smoke, SyntaxCheck

_CHECK = 'for file; do bash -n "$file" || exit; done'

BASH = LanguageSpec(
    name="bash",
    title="Bash",
    extensions=(".sh", ".bash"),
    aliases=("sh", "shell"),
    template="base",
    entry=lambda _source: Entry("solution.sh", f"{APP}/solution.sh"),
    run_argv=lambda entry, _memory: ("bash", entry.main),
    syntax_check=SyntaxCheck(
        argv=lambda entry: ("bash", "-c", _CHECK, "bash", entry.main),
        signs=(b"syntax error", b"unexpected EOF", b"unexpected end of file"),
        several=True,
    ),
    text=lambda data: unix_lines(utf8(data)),
    env={"LANG": "C.UTF-8"},
    out_of_memory=(b"xmalloc: cannot allocate", b"xrealloc: cannot allocate"),
    smoke=Smoke("read -r a b\necho $((a + b))\n", "2 3\n", "5\n"),
)
