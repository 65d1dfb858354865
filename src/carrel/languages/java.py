"""Java 17."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from carrel.core.sizes import MIB
from carrel.languages.java_names import JavaNames, find_main_class
from carrel.languages.spec import (
    APP,
    COMPILE_LIMITS,
    USUAL_MEMORY,
    WAITING,
    WAITING_LIMITS,
    Compiler,
    Entry,
    LanguageSpec,
    SeveralFiles,
    Smoke,
    heap_bytes,
)
from carrel.sandbox.program import Identity, Program, Waiter

# A student's program lives for a second: a simple collector and the quick
# compiler start faster than the ones made for servers, and no performance
# file is mapped into /tmp.
_QUICK = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Xshare:auto",
)
_COMPILER_HEAP = 256
_LONGEST_PATH = 1000
# Files with a package are apart from the classes made of them, whose folders the compiler
# makes as its own. No package can be in a folder of this name.
_SOURCES = "java.src"
# A sixteenth of the memory for the stack: enough for recursion 100,000 calls deep. With
# a quarter, an endless recursion took more than all memory, and seconds, to be noticed.
_MAX_STACK = 64 * MIB
_STACK_SHARE = 16


# javac has nothing against a file of comments only, and `java` would say that it cannot find
# a class that nobody has written.
_WITH_A_CLASS = """\
"$@" || exit
find . -name '*.class' | grep -q . && exit
echo "$0:1: error: there is no class in this file, and a Java program begins in one" >&2
exit 1
"""


def _names(source: bytes) -> JavaNames:
    return find_main_class(source.decode("utf-8", "replace"))


def _entry(source: bytes) -> Entry:
    found = _names(source)
    name = f"{_SOURCES}/{found.folder}{found.file_stem}.java"
    if not found.package or len(name) > _LONGEST_PATH:
        name = f"{found.file_stem}.java"  # javac says what is wrong with such a package
    return Entry(name, found.main, empty=not found.found)


def _place(_name: str, source: bytes) -> str:
    """Return where javac looks for the file, whatever folder an IDE had it in."""
    return _entry(source).source


def _told(files: Mapping[str, bytes]) -> list[str]:
    """Return the files with a class that javac cannot find by the file's name.

    It finds the others where it needs them, so that one that is not used, and perhaps
    broken, does no harm. A student's own unit tests are never needed.
    """
    return sorted(
        name
        for name, source in files.items()
        if b"junit" not in source and set(_names(source).types) - {PurePosixPath(name).stem}
    )


def _root(folder: str, source: bytes) -> str:
    """Return the folder that the packages begin in, if the file lies where its package wants."""
    package = _names(source).folder.rstrip("/")
    if folder == package:
        return ""
    return folder.removesuffix(f"/{package}") if package else folder


_COMPILING = (*_QUICK, f"-Xmx{_COMPILER_HEAP}m")
_JAVAC = ("javac", *(f"-J{flag}" for flag in _COMPILING))
_ENV = {"LANG": "C.UTF-8"}


def _compile(entry: Entry) -> tuple[str, ...]:
    return (
        *(("sh", "-c", _WITH_A_CLASS, entry.source) if entry.empty else ()),
        *_JAVAC,
        # No annotation processors: they would be code that runs while compiling.
        "-proc:none",
        *("-encoding", "UTF-8", "-sourcepath", f"{APP}:{APP}/{_SOURCES}", "-d", APP, entry.source),
    )


def _options(memory_bytes: int) -> tuple[str, ...]:
    heap = heap_bytes(memory_bytes)
    stack = min(_MAX_STACK, memory_bytes // _STACK_SHARE)
    return (*_QUICK, f"-Xmx{heap // MIB}m", f"-Xss{stack // MIB}m", "-Dfile.encoding=UTF-8")


def _run(entry: Entry, memory_bytes: int) -> tuple[str, ...]:
    return ("java", *_options(memory_bytes), "-cp", APP, entry.main)


_LAUNCH = f"{WAITING}/java"
_COMPILER = "com.sun.tools.javac.Main"
_WAITERS = (
    Waiter(
        name="javac",
        # Like javac's own launcher: where the compiler looks for classes does not follow from
        # where its own are.
        argv=(
            *(_LAUNCH, "Compiling", _COMPILER, *_COMPILING, f"-Djava.class.path={WAITING}"),
            *(f"-Dapplication.home={WAITING}", f"-Duser.dir={APP}"),
        ),
        becomes=Program(_JAVAC, WAITING_LIMITS, Identity.BUILDER, env=_ENV, cwd=APP),
    ),
    Waiter(
        name="java",
        argv=(_LAUNCH, "Running", "-", *_options(USUAL_MEMORY), f"-Djava.class.path={APP}"),
        becomes=Program(
            ("java", *_options(USUAL_MEMORY), "-cp", APP), WAITING_LIMITS, Identity.FRESH, env=_ENV
        ),
    ),
)


JAVA = LanguageSpec(
    name="java",
    title="Java",
    extensions=(".java",),
    aliases=("jdk",),
    template="base",
    entry=_entry,
    files=SeveralFiles(
        place=_place,
        told=_told,
        starts=lambda source: _names(source).starts,
        root=_root,
        products=(".class",),
    ),
    compiler=Compiler(
        argv=_compile,
        limits=replace(COMPILE_LIMITS, processes=128),
        env=_ENV,
    ),
    run_argv=_run,
    env=_ENV,
    runtime_threads=64,
    # The JVM compiles and collects beside the program: a fifth off javac's time.
    cores=2.0,
    out_of_memory=(b"java.lang.OutOfMemoryError",),
    smoke=Smoke(
        "import java.util.Scanner;\n"
        "public class Adder {\n"
        "    public static void main(String[] args) {\n"
        "        Scanner in = new Scanner(System.in);\n"
        "        System.out.println(in.nextInt() + in.nextInt());\n"
        "    }\n"
        "}\n",
        "2 3\n",
        "5\n",
    ),
    waiters=_WAITERS,
)
