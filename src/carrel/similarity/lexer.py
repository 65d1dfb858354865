"""Tokens of code without a grammar, by words only.

The fallback for languages without a grammar, and for files that a grammar must
not be fed (nested too deep). It knows comments, strings, numbers and names in
the styles of most languages, and gives the same abstract tokens as the grammars
do. One regular expression without nested repetition reads the text once, so
that the time is linear in its length.
"""

from __future__ import annotations

import re

from carrel.similarity.vocabulary import ANONYMOUS, T, Token

_WORDS: dict[tuple[Token, ...], str] = {
    (T.FUNCTION,): "def function func fn fun sub procedure lambda proc defun",
    (T.CLASS,): "class struct interface enum record trait object union",
    (T.LOOP,): "for while until repeat foreach loop do",
    (T.IF,): "if unless when",
    (T.IF, T.EQUAL): "case",
    (T.ELSE,): "else default otherwise",
    (T.ELSE, T.IF): "elif elsif elseif",
    (T.RETURN,): "return",
    (T.BREAK,): "break exit last",
    (T.CONTINUE,): "continue next",
    (T.GOTO,): "goto",
    (T.TRY,): "try begin",
    (T.CATCH,): "catch except rescue",
    (T.FINALLY,): "finally ensure",
    (T.THROW,): "throw raise die",
    (T.YIELD,): "yield",
    (T.AWAIT,): "await",
    (T.NEW,): "new",
    (T.LOGIC,): "and or AND OR",
    (T.MEMBERSHIP,): "in",
    (T.REMAINDER,): "mod",
    (T.DIVIDE,): "div",
    (T.OUTPUT,): "echo",
}
_IGNORED_LINES = frozenset({"import", "from", "using", "use", "package", "require", "library"})
_BY_WORD = {word: tokens for tokens, words in _WORDS.items() for word in words.split()}
_BY_SIGN = {sign: tokens for tokens, signs in ANONYMOUS.items() for sign in signs.split()}

_HASH_COMMENTS = "bash r julia perl python ruby"
_DASH_COMMENTS = "haskell lua sql vhdl"
_STRING = r"\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?"
_TAIL = (
    rf"(?P<string>{_STRING})|(?P<number>\d[\w.]*+)|(?P<word>[^\W\d]\w*+)"
    r"|(?P<sign>[-+*/%=<>!&|^:~?]++)|(?P<index>\[)"
)


def _pattern(language: str) -> re.Pattern[str]:
    comments = [r"/\*[\s\S]*?(?:\*/|\Z)", r"//[^\n]*+"]
    if language in _HASH_COMMENTS.split():
        comments = [r"#[^\n]*+"]
    elif language in _DASH_COMMENTS.split():
        comments = [r"--[^\n]*+", r"\{-[\s\S]*?(?:-\}|\Z)"]
    elif language == "fortran":
        comments = [r"![^\n]*+"]
    elif language == "assembly":
        comments = [r"[;#][^\n]*+"]
    elif language == "matlab":
        comments = [r"%[^\n]*+"]
    elif language in {"ocaml", "pascal"}:
        comments = [r"\(\*[\s\S]*?(?:\*\)|\Z)", r"//[^\n]*+"]
    return re.compile(f"(?P<comment>{'|'.join(comments)})|{_TAIL}")


_PATTERNS: dict[str, re.Pattern[str]] = {}


def lex(text: bytes, language: str) -> tuple[list[int], list[int], list[int]]:
    """Return the tokens of `text`, and the byte offsets where each starts and ends."""
    pattern = _PATTERNS.get(language)
    if pattern is None:
        pattern = _PATTERNS[language] = _pattern(language)
    decoded = text.decode("latin-1")  # one character for each byte, so that offsets stay
    tokens: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    skip_until = 0
    for match in pattern.finditer(decoded):
        start, end = match.span()
        if start < skip_until:
            continue
        kind = match.lastgroup
        found: tuple[Token, ...] = ()
        if kind == "word":
            word = match[0]
            if word in _IGNORED_LINES:
                line_end = decoded.find("\n", end)
                skip_until = len(decoded) if line_end < 0 else line_end
                continue
            found = _BY_WORD.get(word, ())
            if not found and decoded[end : end + 1] == "(":
                found = (T.CALL,)
        elif kind == "sign":
            found = _BY_SIGN.get(match[0], ())
        elif kind == "index" and start and (decoded[start - 1].isalnum()):
            found = (T.INDEX,)
        for token in found:
            tokens.append(int(token))
            starts.append(start)
            ends.append(end)
    return tokens, starts, ends
