"""From source text to abstract tokens, in linear time and without recursion.

The parser's tree is walked once with a cursor; only node kinds are collected in
Python, and numpy turns the kinds of a whole batch of files into tokens (see
vocabulary.py). Positions are needed for few files only, those that a report
shows, and are found by walking again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import tree_sitter

from carrel.similarity.grammars import Grammar, load_grammar
from carrel.similarity.lexer import lex

Tokens = npt.NDArray[np.uint8]

MAX_PARSED_BYTES = 128 * 1024
"""Longer files are compared by words: a parser may need seconds for hostile ones."""

_MAX_OPEN = 400
# Java's grammar needs memory quadratic in the length of `a<a<a<…` (2.3 GB at 32 KB).
_MANY = 4 * _MAX_OPEN
_NESTING = re.compile(rb"[<>;{}()\[\]]")
_BATCH_NODES = 400_000
_FREE_REPORTS = 300
_BYTES_A_REPORT = 40
_PATIENCE_S = 2.0
_CHUNK = 64 * 1024
_GAVE_UP = "compared by words only: the parser gave up"


@dataclass(frozen=True)
class Located:
    """A file's tokens with the byte offsets where each starts and ends; shape (n,) each."""

    tokens: Tokens
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]


def tokenise(files: Sequence[tuple[bytes, str]]) -> tuple[list[Tokens], list[str]]:
    """Return each file's tokens, and for each file why it was not parsed ("" if it was).

    `files` are pairs of text and language; the order of the results is theirs.
    """
    results: list[Tokens] = [np.zeros(0, np.uint8)] * len(files)
    notes = [""] * len(files)
    by_language: dict[str, list[int]] = {}
    for i, (text, language) in enumerate(files):
        notes[i] = unparsable(text, language)
        if notes[i]:
            results[i] = np.array(lex(text, language)[0], np.uint8)
        else:
            by_language.setdefault(language, []).append(i)
    for language, members in by_language.items():
        grammar = load_grammar(language)
        assert grammar is not None  # noqa: S101 - unparsable() said so
        kinds: list[int] = []
        lengths: list[int] = []
        batch: list[int] = []
        for i in members:
            tree = parse(grammar, files[i][0], _PATIENCE_S / (1 + notes.count(_GAVE_UP)))
            before = len(kinds)
            if tree is None:
                notes[i] = _GAVE_UP
                results[i] = np.array(lex(*files[i])[0], np.uint8)
            else:
                _walk(tree, grammar.dropped, kinds)
                batch.append(i)
                lengths.append(len(kinds) - before)
            if batch and (len(kinds) >= _BATCH_NODES or i == members[-1]):
                for j, tokens in zip(batch, _translate(grammar, kinds, lengths), strict=True):
                    results[j] = tokens
                kinds, lengths, batch = [], [], []
    return results, notes


def locate(text: bytes, language: str) -> Located:
    """Return a file's tokens, the same as `tokenise` finds, with their places."""
    grammar = None if unparsable(text, language) else load_grammar(language)
    tree = None if grammar is None else parse(grammar, text)
    if grammar is None or tree is None:
        lexed, first, last = lex(text, language)
        return Located(
            np.array(lexed, np.uint8), np.array(first, np.int64), np.array(last, np.int64)
        )
    kinds: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    cursor = tree.walk()
    dropped = grammar.dropped
    while True:
        node = cursor.node
        assert node is not None  # noqa: S101 - a cursor always stands on a node
        if node.kind_id not in dropped:
            kinds.append(node.kind_id)
            starts.append(node.start_byte)
            # A compound node is shown by its first line: its parts have tokens of their own.
            ends.append(node.end_byte if node.child_count == 0 else node.start_byte + 1)
            if cursor.goto_first_child():
                continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                pairs = _pairs(grammar, np.array(kinds, np.uint16))
                keep = pairs.ravel() != 0
                return Located(
                    pairs.ravel()[keep],
                    np.repeat(np.array(starts, np.int64), 2)[keep],
                    np.repeat(np.array(ends, np.int64), 2)[keep],
                )


def parse(
    grammar: Grammar, text: bytes, patience_s: float = _PATIENCE_S
) -> tree_sitter.Tree | None:
    """Return the tree of `text`, None if the parser needs far more steps than usual.

    Broken text can send a grammar into an endless loop (TypeScript's, with 2 KB of
    random signs). The parser reports every few hundred steps; usual programs need
    a report for each 100 bytes. Counting them, not seconds, keeps results the same
    on slow machines; the clock, `patience_s`, is the last resort where each step
    itself takes ever longer.
    """
    deadline = time.monotonic() + patience_s
    left = _FREE_REPORTS + len(text) // _BYTES_A_REPORT

    def stop(_offset: int, _has_error: bool) -> bool:  # noqa: FBT001 - tree-sitter's signature
        nonlocal left
        left -= 1
        return left < 0 or time.monotonic() > deadline

    def read(offset: int, _point: object) -> bytes:
        return text[offset : offset + _CHUNK]

    try:
        return grammar.parser.parse(read, progress_callback=stop)
    except ValueError:
        grammar.parser.reset()
        return None


def unparsable(text: bytes, language: str) -> str:
    """Return why a file is compared by words only, in plain words; "" if it is parsed."""
    if load_grammar(language) is None:
        return "compared by words only: no grammar for this language"
    if len(text) > MAX_PARSED_BYTES:
        return f"compared by words only: over {MAX_PARSED_BYTES:,} bytes"
    if text.count(b"<") <= _MANY and text.count(b"(") + text.count(b"[") <= _MANY:
        return ""
    angles = brackets = 0
    for match in _NESTING.finditer(text):
        sign = match[0]
        if sign == b"<":
            angles += 1
        elif sign in b";{}":
            angles = 0
        elif sign in b"([":
            brackets += 1
        elif sign in b")]":
            brackets = max(0, brackets - 1)
        else:
            angles = max(0, angles - 1)
        if angles > _MAX_OPEN or brackets > _MAX_OPEN:
            return f"compared by words only: nested more than {_MAX_OPEN} deep"
    return ""


def error_share(text: bytes, language: str) -> float:
    """Return the share of `text` that the grammar could not read, 0..1."""
    grammar = load_grammar(language)
    if grammar is None or unparsable(text, language) or not text.strip():
        return 1.0
    tree = parse(grammar, text)
    if tree is None:
        return 1.0
    root = tree.root_node
    if not root.has_error:
        return 0.0
    bad = 1
    stack = [root]
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            bad += node.end_byte - node.start_byte
        elif node.has_error:
            stack.extend(node.children)
    return min(1.0, bad / len(text))


def _walk(tree: tree_sitter.Tree, dropped: frozenset[int], kinds: list[int]) -> None:
    """Append every node's kind in the order of the text, without the dropped subtrees."""
    cursor = tree.walk()
    append = kinds.append
    down, right, up = cursor.goto_first_child, cursor.goto_next_sibling, cursor.goto_parent
    while True:
        kind = cursor.node.kind_id  # type: ignore[union-attr]
        if kind not in dropped:
            append(kind)
            if down():
                continue
        while not right():
            if not up():
                return


def _pairs(grammar: Grammar, kinds: npt.NDArray[np.uint16]) -> Tokens:
    """Return the two token places of each kind, shape (n, 2)."""
    pairs = np.stack((grammar.first[kinds], grammar.second[kinds]), axis=1)
    pairs[1:][grammar.signed[kinds[:-1]]] = 0
    pairs[2:][grammar.named_values[kinds[:-2]]] = 0
    return pairs


def _translate(grammar: Grammar, kinds: list[int], lengths: list[int]) -> list[Tokens]:
    pairs = _pairs(grammar, np.array(kinds, np.uint16))
    flat = pairs.ravel()
    keep = flat != 0
    counts = np.concatenate(([0], np.cumsum(keep)))
    bounds = counts[2 * np.cumsum(lengths)]
    return np.split(flat[keep], bounds[:-1])
