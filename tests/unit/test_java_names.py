from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.languages.java_names import find_main_class
from carrel.languages.registry import SPECS, Language

pytestmark = pytest.mark.quick

MAIN = "public static void main(String[] args) {}"


@pytest.mark.parametrize(
    ("source", "file_stem", "main"),
    [
        (f"public class Adder {{ {MAIN} }}", "Adder", "Adder"),
        (f"class Adder {{ {MAIN} }}", "Adder", "Adder"),
        (f"package a.b . c;\nimport x.Y;\npublic class Z {{ {MAIN} }}", "Z", "a.b.c.Z"),
        (f"class Helper {{}}\npublic class App {{ {MAIN} }}", "App", "App"),
        (f"class Helper {{}}\nclass App {{ {MAIN} }}", "App", "App"),
        (f"public class Data {{}}\nclass App {{ {MAIN} }}", "Data", "App"),
        (f"/* public class Wrong {{ */ // public class Bad\nclass A {{ {MAIN} }}", "A", "A"),
        (f'class A {{ String s = "public class B {{"; {MAIN} }}', "A", "A"),
        (f"class A {{ char c = '\"'; char d = '{{'; {MAIN} }} class B {{}}", "A", "A"),
        (f'class A {{ String s = """\n "}} public class B {{ """; {MAIN} }}', "A", "A"),
        (f"class A {{ class Inner {{ }} {MAIN} }}", "A", "A"),
        (
            f'@Note(value = String.class, names = {{"x"}}) public final class A {{ {MAIN} }}',
            "A",
            "A",
        ),
        ("public interface A { static void main(String... a) {} }", "A", "A"),
        ("public enum A { X; public static final void main(final String[] a) {} }", "A", "A"),
        ("public record A(int x) { public static void main(String[] a) {} }", "A", "A"),
        ("public @interface Mark {}", "Mark", "Mark"),
        (f"public cl\\u0061ss \\u0041dder {{ {MAIN} }}", "Adder", "Adder"),
        (f'class A {{ String s = "\\\\u0022"; {MAIN} }}', "A", "A"),
        (f"public class Größe {{ {MAIN} }}", "Größe", "Größe"),
        (f"public class A<T extends Comparable<T>> {{ {MAIN} }}", "A", "A"),
        ("", "Main", "Main"),
        ("this is not Java {{{ }", "Main", "Main"),
        (f"public class {'x' * 300} {{ {MAIN} }}", "Main", "Main"),
        ('class A { String s = "unterminated', "A", "A"),
    ],
)
def test_the_class_is_found_whatever_surrounds_it(source: str, file_stem: str, main: str) -> None:
    found = find_main_class(source)
    assert (found.file_stem, found.main) == (file_stem, main)


@pytest.mark.parametrize("source", ["", "// class A {}", "import java.util.*;", "int x;"])
def test_a_source_without_a_class_is_told_apart(source: str) -> None:
    assert not find_main_class(source).found
    assert SPECS[Language.JAVA].entry(source.encode()).empty
    assert not SPECS[Language.JAVA].entry(b"class A {}").empty


WORDS = (
    r"class public package main ( ) { } \" \"\"\" ' \\ /* */ // . ; @ static void A b $ \u0041 é"
)
JAVA_LIKE = st.lists(
    st.sampled_from([*WORDS.replace(r"\"", '"').split(), "\n", " ", "\0"]), max_size=60
).map("".join)


@given(st.one_of(st.text(), JAVA_LIKE))
def test_any_text_gives_a_harmless_file_name(source: str) -> None:
    found = find_main_class(source)
    assert found.file_stem
    assert "/" not in found.file_stem
    assert "\0" not in found.file_stem + found.main
    assert not found.file_stem.startswith((".", "-"))
    assert not found.main.startswith("-")
    assert len(found.file_stem.encode()) <= 200


@given(JAVA_LIKE)
def test_a_comment_changes_nothing(noise: str) -> None:
    comment = "/*" + noise.replace("*/", "").replace("\\", "") + " */"
    source = f"package p; {comment} public {comment} class Shop {comment} {{ {comment} {MAIN} }}"
    found = find_main_class(source)
    assert (found.file_stem, found.main) == ("Shop", "p.Shop")


def test_a_long_source_is_read_in_linear_time() -> None:
    for part in ("/*", '"', "'", "\\u", '"""', "class ", "{", "a.", "\\"):
        find_main_class(part * 200_000)


@given(st.binary(max_size=200))
def test_any_bytes_have_an_entry_in_every_language(source: bytes) -> None:
    for language in Language:
        entry = SPECS[language].entry(source)
        assert "/" not in entry.source
