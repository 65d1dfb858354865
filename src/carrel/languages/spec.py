"""What carrel must know about a programming language.

A language is data plus a few small functions, so that the judge never asks
which language it has in hand. Paths are inside the sandbox; the source lies
under `APP`, is compiled there once, and every test runs from there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from carrel.core.sizes import KIB, MIB
from carrel.languages.source_text import utf8
from carrel.sandbox.limits import RunLimits, SandboxLimits
from carrel.sandbox.program import Waiter

APP = "/app"
"""Where a submission is installed inside its sandbox."""


@dataclass(frozen=True)
class Entry:
    """Where a submission's source goes and what is started in the end.

    `source` is a file name relative to `APP`; `main` is what the run command
    needs: a path (`/app/solution`) or, in Java, a class name (`shop.Till`). `empty`
    says that the source seems to hold nothing that could be started.
    """

    source: str
    main: str
    empty: bool = False


@dataclass(frozen=True)
class Smoke:
    """A tiny program that shows that the language works in a template."""

    code: str
    stdin: str
    stdout: str


@dataclass(frozen=True)
class SyntaxCheck:
    """How to confirm, after the fact, that an interpreter refused the source.

    An interpreted program needs no compile step: its first run tells. When that
    run fails and its stderr holds one of `signs`, `argv` checks the source
    without running it and without any test's input; only what this check prints
    is ever shown. The run's own stderr could not be trusted: a program that
    prints a forged syntax error could put a hidden test's input into it. `several`:
    it takes the program's further files, by their paths, as further arguments.
    """

    argv: Callable[[Entry], tuple[str, ...]]
    signs: tuple[bytes, ...]
    several: bool = False


@dataclass(frozen=True)
class Compiler:
    """How a source becomes something to run; `argv` runs in `APP`.

    Further files that it is told of come as further arguments; `several` is the command
    for that where it is another one.
    """

    argv: Callable[[Entry], tuple[str, ...]]
    limits: RunLimits
    several: Callable[[Entry], tuple[str, ...]] | None = None
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AtOnce:
    """How a runtime is told to write at once what a program prints, also into a pipe.

    `before` comes before the run command's argv, `env` on top of its environment.
    """

    before: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


C_AT_ONCE = AtOnce(before=("stdbuf", "-o0"))
"""For programs that write by the C library."""


def _no_env(_memory_bytes: int) -> Mapping[str, str]:
    return {}


def _no_files(_files: Mapping[str, bytes]) -> Sequence[str]:
    return ()


def _own_name(name: str, _data: bytes) -> str:
    return name


def _own_folder(folder: str, _data: bytes) -> str:
    return folder


@dataclass(frozen=True)
class SeveralFiles:
    """How a language deals with a program of several files.

    `place` says where a further source file is installed, by its name and content,
    relative to `APP`. `told` says which of the installed source files the compiler is told
    of beside the first; it finds the others itself, or does not need them. `starts` says
    whether a file is where the program begins; None where its text does not tell. `root` is
    the folder beside and below which further files lie, by the first file's folder and
    content. Files that end in `products` are what a compiler made of the others, and in
    its way.
    """

    place: Callable[[str, bytes], str] = _own_name
    told: Callable[[Mapping[str, bytes]], Sequence[str]] = _no_files
    starts: Callable[[bytes], bool] | None = None
    root: Callable[[str, bytes], str] = _own_folder
    products: tuple[str, ...] = ()


def all_files(files: Mapping[str, bytes]) -> Sequence[str]:
    """Have the compiler told of every source file."""
    return sorted(files)


_C_MAIN = re.compile(rb"\bmain\s*\(")
C_FILES = SeveralFiles(told=all_files, starts=lambda data: _C_MAIN.search(data) is not None)
"""For C and C++."""


@dataclass(frozen=True)
class LanguageSpec:
    """One language.

    `entry` maps the source (bytes, any content) to its file and main program.
    `run_argv` gets the entry and the memory limit in bytes, for runtimes that
    size their heap by an option; `memory_env` is the same for those that do so by
    environment variables, which come on top of `env`. `out_of_memory` are the words on stderr with
    which the runtime itself gives up for lack of memory. `runtime_threads` is how
    many threads the runtime starts for itself; they come on top of the student's.
    `cores` is how many processor cores its sandbox may use at a time; the CPU time
    of all of them is added up and limited as usual. `input_is_setup` is true where a
    test's input is no data for the program to read, but a script of the language that
    runs before it: only exercises made for the language can be solved in it. `files` is
    how it deals with a program of several files.
    `files_come_first`: one beside the source takes the place of the language's own module of
    that name, which a runtime that waits may have loaded by then.
    `text` turns a source file as it was handed in into the text that its tools read.
    `waiters` are its runtimes as they can be started before a submission is there, in the
    order in which a submission needs them. `at_once` is for a person who reads along.
    """

    name: str
    title: str
    extensions: tuple[str, ...]
    template: str
    entry: Callable[[bytes], Entry]
    run_argv: Callable[[Entry, int], tuple[str, ...]]
    smoke: Smoke
    compiler: Compiler | None = None
    syntax_check: SyntaxCheck | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    runtime_threads: int = 0
    cores: float = 1.0
    out_of_memory: tuple[bytes, ...] = ()
    memory_env: Callable[[int], Mapping[str, str]] = _no_env
    input_is_setup: bool = False
    files: SeveralFiles = field(default_factory=SeveralFiles)
    files_come_first: bool = False
    text: Callable[[bytes], bytes] = utf8
    waiters: tuple[Waiter, ...] = ()
    at_once: AtOnce = field(default_factory=AtOnce)


COMPILE_LIMITS = RunLimits(
    cpu_ms=20_000,
    wall_ms=30_000,
    memory_bytes=512 * MIB,
    output_bytes=256 * KIB,  # a page of compiler messages helps, a megabyte of them does not
    processes=64,
    file_bytes=64 * MIB,
)
"""What a compiler may use; a program that needs more is refused as a compile error."""

WAITING = "/opt/carrel/waiting"
"""Where a template holds what makes runtimes wait."""

WAITING_LIMITS = RunLimits(wall_ms=120_000, processes=256)
"""What a runtime gets until it is told what to run, and then gets its program's limits."""

USUAL_MEMORY = SandboxLimits().memory_bytes
"""The memory limit for which runtimes wait that are told of it at their start."""

_RUNTIME_BYTES = 64 * MIB


def heap_bytes(memory_bytes: int) -> int:
    """Return the heap to allow a runtime in a program's memory limit, both in bytes.

    The runtime's own memory counts against the limit as well; leaving it room
    makes the runtime report that its heap is full instead of being killed.
    """
    return max(memory_bytes - _RUNTIME_BYTES, memory_bytes // 2)
