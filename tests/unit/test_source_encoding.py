"""A Python file is looked at as the interpreter reads it; signs of other languages, too."""

import codecs
import subprocess
import sys
from pathlib import Path

import pytest

from carrel.languages.registry import Language
from carrel.languages.rules.reading import (
    ENCODINGS,
    UnreadableSourceError,
    linted_text,
    source_text,
)
from carrel.languages.rules.validation import validate_code
from carrel.languages.structure.check import check
from carrel.languages.structure.code import Code
from carrel.languages.structure.rules import Failure, Rule, Subject
from carrel.languages.structure.tree import Source
from carrel.texts.message import translated

pytestmark = pytest.mark.quick

DISGUISED = {
    "raw_unicode_escape": b"# coding: raw_unicode_escape\n# \\u000afor i in 'ab': print(i)\n",
    "unicode_escape": b"# coding: unicode_escape\n# \\nfor i in 'ab': print(i)\n",
    "utf-7": b"# coding: utf-7\n# +AAo-for i in 'ab': print(i)\n",
    "in the second line": b"#\n# vim: set fileencoding=UTF_7 :\n# +AAo-for i in 'ab': print(i)\n",
    "after an old line end": b"\r# coding: utf-7\r# +AAo-for i in 'ab': print(i)\r",
    "another name": b"# coding: unicode-1-1-utf-7\n# +AAo-for i in 'ab': print(i)\n",
}


@pytest.mark.parametrize("name", DISGUISED)
def test_an_encoding_that_turns_comments_into_code_is_refused(name: str, tmp_path: Path) -> None:
    program = tmp_path / "solution.py"
    program.write_bytes(DISGUISED[name])
    ran = subprocess.run([sys.executable, program], capture_output=True, check=True)
    assert ran.stdout == b"a\nb\n", "the interpreter does run what looks like a comment"
    with pytest.raises(UnreadableSourceError, match=r"^line [12] .*UTF-8"):
        source_text(DISGUISED[name], Language.PYTHON)
    refused, said = validate_code(DISGUISED[name].decode("ascii"), "python")
    assert not refused
    assert "encoding" in said


@pytest.mark.parametrize(
    "name",
    [
        *("utf-16", "utf-32", "utf_16_le", "idna", "punycode", "rot13", "hex", "base64", "zlib"),
        *("cp037", "cp500", "hz", "iso2022_jp", "johab", "undefined", "no-such-encoding", "utf_7"),
        *("shift_jisx0213", "../x", "utf8x"),
    ],
)
def test_only_listed_encodings_are_accepted(name: str) -> None:
    with pytest.raises(UnreadableSourceError, match="encoding"):
        source_text(f"# coding: {name}\nx = 1\n".encode(), Language.PYTHON)


@pytest.mark.parametrize("name", sorted(ENCODINGS))
def test_ascii_stays_ascii_in_each_encoding_and_nothing_else_becomes_it(name: str) -> None:
    assert codecs.lookup(name).name == name
    ascii_bytes = bytes(range(1, 128))
    assert ascii_bytes.decode(name) == ascii_bytes.decode("ascii")
    for first in range(128, 256):
        single = bytes([first]).decode(name, "ignore")
        assert not single or ord(single[0]) > 127 or name == "ascii"
        for second in range(64, 256, 3):
            text = bytes([first, second]).decode(name, "ignore")
            assert all(ord(sign) > 127 or ord(sign) == second for sign in text)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"x = 1\n", "x = 1\n"),
        (b"", ""),
        (codecs.BOM_UTF8 + b"x = 1\n", "x = 1\n"),
        ("é = 'ü'\n".encode(), "é = 'ü'\n"),
        (b"# -*- coding: latin-1 -*- \xe9\nx = '\xfc'\n", "# -*- coding: latin-1 -*- é\nx = 'ü'\n"),
        (b"#\n# coding: ISO-8859-15\nx = '\xa4'\n", "#\n# coding: ISO-8859-15\nx = '€'\n"),
        (b"# coding=gbk\nx = '\x81\x5c'\n", "# coding=gbk\nx = '乗'\n"),
        (b"# coding: utf-8-unix\nx = 1\n", "# coding: utf-8-unix\nx = 1\n"),
        (b"x = 1\n# coding: utf-7\n", "x = 1\n# coding: utf-7\n"),
        (b"\n\n# coding: utf-7\n", "\n\n# coding: utf-7\n"),
        (b"x = 1\r# y\r\nz = 2\n", "x = 1\n# y\nz = 2\n"),
    ],
)
def test_what_python_reads_is_what_is_looked_at(data: bytes, text: str) -> None:
    read = source_text(data, Language.PYTHON)
    assert read == text.encode()
    tree = compile(data, "x", "exec")
    assert [c for c in tree.co_consts if c] == [
        c for c in compile(text, "x", "exec").co_consts if c
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"x = 1\ny = '\xe9'\n", "line 2: not all of it is text in the encoding utf-8"),
        (b"# coding: ascii\n\n'\xe9'\n", "line 3: not all of it is text in the encoding ascii"),
        (b"x = 1\n\0\n", "line 2 has a null byte"),
        (b"PK\3\4\0", "line 1 has a null byte"),
        ("x = 1\n".encode("utf-16"), "line 1 has a null byte"),
    ],
)
def test_bytes_that_are_no_text_are_told_with_their_line(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableSourceError) as caught:
        source_text(data, Language.PYTHON)
    assert said in caught.value.reason
    with pytest.raises(UnreadableSourceError, match=r"^more\.py: line"):
        source_text(data, Language.PYTHON, "more.py")


def test_the_reason_is_told_in_german() -> None:
    with pytest.raises(UnreadableSourceError) as caught:
        source_text(b"# coding: utf-7\n", Language.PYTHON)
    assert "als UTF-8" in str(translated(caught.value.reason, "de"))


HIDDEN_LOOPS = [
    ("java", "class A { void f() { // \\u000a for(;;){}\n}}\n", 2),
    ("java", "class A { void f() { /* \\u002a\\u002f for(;;){} /* */\n}}\n", 1),
    ("java", "class A { void f() { \\u0066\\uu006fr(;;){}\n}}\n", 1),
    ("c", "int main(void) { fo\\\nr(;;); }\n", 1),
    ("c", "int main(void) { fo\\ \f\nr(;;); }\n", 1),
    ("c", "// ??/\nint main(void) { for(;;); }\n", 2),
    ("c", "%:define X 1\nint main(void) <% int a<:1:>; for(;;); %>\n", 2),
    ("cpp", "%: define EACH for\nint main() <% EACH(;;); %>\n", 1),
    ("javascript", "<!-- `\nfor(;;){}\n//`\n", 2),
    ("javascript", "0\n--> `\nfor(;;){}\n//`\n", 3),
    ("javascript", "// x\u2028for(;;){}\n", 1),
    ("javascript", "// x\rfor(;;){}\n", 2),
]


@pytest.mark.parametrize(("language", "text", "line"), HIDDEN_LOOPS)
def test_a_loop_that_the_compiler_sees_is_seen(language: str, text: str, line: int) -> None:
    code = Code([Source("", source_text(text.encode(), Language(language)))], language)
    outcome = check([Rule(Subject.CONSTRUCT, ("loop",), most=0)], code)[0]
    assert outcome.failure is Failure.FORBIDDEN
    assert outcome.places[0].line in (line, 1 if language == "java" else line)


def test_an_include_written_with_a_digraph_is_one() -> None:
    code = Code([Source("", b"%:include <stdlib.h>\nint main(void) <% return 0; %>\n")], "c")
    outcome = check([Rule(Subject.IMPORT, ("stdlib.h",), most=0)], code)[0]
    assert (outcome.failure, outcome.places[0].line) == (Failure.FORBIDDEN, 1)
    assert not code.has_errors


def test_digraphs_in_strings_and_comments_and_templates_stay() -> None:
    text = b'char *a = "<%"; /* %: */ // :>\nstd::vector<::A> b; c<:0:>;\n'
    assert linted_text(text, Language.CPP) == text.replace(b"<:0:>", b"[ 0] ")
    assert linted_text(b"\xff = '%:';", Language.C) == b"\xff = '%:';"


def test_a_linter_gets_java_without_escapes_that_can_be_code() -> None:
    text = rb"// \u000a int\u0020a; char b = '\u001b', c = '\u00e9'; d = '\\u0041'; /* \u002a\u002f"
    expected = b"// \n int a; char b = '\\u001b', c = '\\u00e9'; d = '\\\\u0041'; /* */"
    assert linted_text(text, Language.JAVA) == expected
    assert linted_text(b"\xff\r\n", Language.JAVA) == b"\xff\r\n"
