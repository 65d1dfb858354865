"""SQL, as SQLite understands it.

A test's input is a script of its own, in SQL or with the dot-commands of the
`sqlite3` shell: it fills the empty database, and only then the submission runs.
What a query answers is printed as the shell prints it: a row a line, columns
with `|` between them, no headings; the submission may change that (`.headers
on`). Both stop at the first error.

The submission runs in the shell's safe mode: no programs, no files, no other
databases. The sandbox keeps it in anyway; it is for the exercise's sake, that
the answer comes from a query.
"""

from __future__ import annotations

from carrel.languages.spec import APP, Entry, LanguageSpec, Smoke, SyntaxCheck

# The shell reads an `-init` file before its safe mode begins, and stdin in it.
_RUN = 'exec 3<&0 <"$1"; exec sqlite3 -batch -bail -init /dev/fd/3 -safe :memory:'

# On an empty database no name is known, so only what can be no SQL at all counts.
_CHECK = """\
said=$(sqlite3 -batch -init /dev/null -safe :memory: <"$1" 2>&1 >/dev/null)
case $said in
    *': syntax error'* | *'incomplete input'* | *'unrecognized token'*)
        printf '%s\\n' "$said" | grep -A 2 -E 'syntax error|incomplete input|unrecognized token' >&2
        exit 1 ;;
esac
"""

SQL = LanguageSpec(
    name="sql",
    title="SQL",
    extensions=(".sql",),
    aliases=("sqlite", "sqlite3"),
    template="base",
    entry=lambda _source: Entry("solution.sql", f"{APP}/solution.sql"),
    run_argv=lambda entry, _memory: ("sh", "-c", _RUN, "sh", entry.main),
    syntax_check=SyntaxCheck(
        argv=lambda entry: ("sh", "-c", _CHECK, "sh", entry.main),
        signs=(b": syntax error", b"incomplete input", b"unrecognized token"),
    ),
    env={"LANG": "C.UTF-8"},
    out_of_memory=(b"out of memory",),
    input_is_setup=True,
    smoke=Smoke(
        "SELECT a + b FROM pair;\n",
        "CREATE TABLE pair (a INTEGER, b INTEGER);\nINSERT INTO pair VALUES (2, 3);\n",
        "5\n",
    ),
)
