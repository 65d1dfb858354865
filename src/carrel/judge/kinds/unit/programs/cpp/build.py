"""Compile a submission, and then GoogleTest's tests against it. Runs inside the sandbox.

Called twice, as `student` and as `tests`: the student's files are compiled first and alone, while
nothing of the tests is in the sandbox. Tests then come on standard input and go to the compiler
by a pipe.

On stderr: a line that says whose words follow (`student`, `refused`, `tests`, `teacher`), and
the words.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

STUDENT = Path(".student")
"""What the first step makes; the second cannot change it."""
HERE = Path(".carrel")
INCLUDE = HERE / "include"
STANDARD = {"cpp": "-std=gnu++17", "c": "-std=gnu17"}
COMPILER = {"cpp": "g++", "c": "gcc"}
SANITIZE = ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
LIBRARIES = ("libstdc++.so.6", "libc.so.6", "libm.so.6", "libgcc_s.so.1")


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


# What reads or rewrites the process's own code and stack, or copies the process so that
# several guesses can be tried. Judged by the symbols of the object file: no honest name.
FORBIDDEN = words(
    "mprotect pkey_mprotect mremap remap_file_pages ptrace prctl syscall process_vm_readv "
    "process_vm_writev memfd_create dlopen dlmopen dlsym dlvsym dladdr dladdr1 dl_iterate_phdr "
    "fork vfork _Fork __fork clone __clone clone3 getcontext setcontext makecontext swapcontext "
    "_Unwind_Backtrace _Unwind_ForcedUnwind _Unwind_RaiseException _Unwind_GetIP "
    "_Unwind_SetIP _Unwind_GetCFA _Unwind_FindEnclosingFunction backtrace "
    "__libc_start_main pthread_atfork __register_atfork on_exit"
)
# Strings and characters are skipped exactly as the compiler does, or a quote could hide code.
WORDS = re.compile(
    r"\.?\d(?:[eEpP][-+]|'\w|[\w.])*"
    r'|(?:u8|[uUL])?R"([^()\\\s]{0,16})\(.*?\)\1"'
    r'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''
    r"|(?P<word>[A-Za-z_$\u0080-\U0010ffff][\w$]*)|(?P<mark>::|[;{])",
    re.DOTALL,
)
BAD_WORDS = words(
    "asm __asm __asm__ __builtin_return_address __builtin_frame_address __builtin_dwarf_cfa "
    "__builtin_eh_return __builtin_unwind_init __builtin_longjmp __builtin_setjmp "
    "__builtin_apply __builtin_return"
)
BAD_ATTRIBUTES = words("constructor destructor alias ifunc section weakref symver init_priority")
MARKER = re.compile(r'# (\d+) "((?:[^"\\]|\\.)*)"((?: \d)*)')
LITERAL = re.compile(r"#define ([A-Z][A-Z0-9_]*) \(?[-+]?(\d[\w.']*|\"[^\"\\]*\")\)?\s*")


def refuse(whose: str, text: str) -> NoReturn:
    """End with what the compiler said."""
    sys.stderr.write(f"{whose}\n{text}")
    sys.exit(1)


def run(*argv: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program of the toolchain; text in, text out."""
    return subprocess.run(
        argv, capture_output=True, text=True, errors="backslashreplace", check=False, **options
    )


def screen(text: str) -> None:
    """Refuse what would reach into the framework or the process, in preprocessed text.

    After the preprocessor nothing can be hidden behind a macro any more.
    """
    before = ""
    attributes = False
    for found in WORDS.finditer(text):
        word = found["word"] or found["mark"] or ""
        if word in BAD_WORDS:
            refuse("refused", word)
        if word in (";", "{"):
            attributes = False
        elif word.strip("_") in ("attribute", "gnu"):
            attributes = True
        elif attributes and word.strip("_") in BAD_ATTRIBUTES:
            refuse("refused", f"__attribute__(({word}))")
        if (word == "::" and before == "testing") or (word == "testing" and before == "namespace"):
            refuse("refused", "namespace testing")
        before = word


def preprocess(language: str, name: str, flags: list[str]) -> str:
    """Return a student's file with its macros replaced, and includes of the system kept.

    Macros are dropped, so that none of them can change the tests; constants stay.
    """
    done = run(COMPILER[language], *flags, "-E", "-dD", name)
    if done.returncode:
        refuse("student", done.stderr)
    kept: list[str] = []
    own: list[str] = []
    is_own = True
    for line in done.stdout.splitlines():
        marker = MARKER.fullmatch(line)
        if marker:
            system = " 3" in marker[3] or marker[2].startswith(("/usr/", "<"))
            if is_own and system and " 1" in marker[3] and not marker[2].startswith("<"):
                kept.append(f'#include "{marker[2]}"')
            is_own = not system
            if is_own:
                kept.append(f'#line {marker[1]} "{marker[2]}"')
        elif is_own and line.startswith("#"):
            kept += directive(line)
        elif is_own:
            kept.append(line)
            own.append(line)
    screen("\n".join(own))
    return "\n".join(kept) + "\n"


def directive(line: str) -> list[str]:
    """Return what is kept of a line that the preprocessor leaves as it is."""
    if line.startswith("#pragma"):
        if re.search(r"redefine_extname|weak|poison|_macro|optimize|target", line):
            refuse("refused", line)
        return [line] if line.startswith("#pragma pack") else []
    return [line] if LITERAL.fullmatch(line) else []


def symbols(*argv: str) -> dict[str, str]:
    """Return the kind of each symbol, by name, as nm tells."""
    found = {}
    for line in run("nm", "-P", *argv).stdout.splitlines():
        parts = line.split()
        if len(parts) > 1 and len(parts[1]) == 1:
            found[parts[0].split("@")[0]] = parts[1]
    return found


def student(task: dict[str, Any], flags: list[str]) -> None:
    """Compile the student's files by themselves."""
    language = task["language"]
    if task["header"]:
        name = task["header"]
        own = [*flags, STANDARD["cpp"], "-x", "c++"]
        checked = run("g++", *own, "-fsyntax-only", "-w", name)
        if checked.returncode:
            refuse("student", checked.stderr)
        STUDENT.joinpath(name).write_text(preprocess("cpp", name, own))
    for number, name in enumerate(task["sources"]):
        own = [*flags, STANDARD[language]]
        compiled = STUDENT / f"{number}.o"
        done = run(COMPILER[language], *own, "-c", name, "-o", str(compiled))
        if done.returncode:
            refuse("student", done.stderr)
        preprocess(language, name, own)
        for symbol, kind in symbols(str(compiled)).items():
            if "7testing" in symbol and re.match(r"_Z\w*?N?K?7testing", symbol):
                refuse("refused", "namespace testing")
            if kind == "U" and symbol in FORBIDDEN:
                refuse("refused", symbol)


def compile_tests(job: tuple[str, str, list[str], int]) -> tuple[int, str]:
    """Compile one file of tests from a pipe."""
    name, text, flags, index = job
    done = run(
        *("g++", *flags, STANDARD["cpp"], "-w", "-fno-diagnostics-show-caret"),
        *("-c", "-x", "c++", "-", "-o", f"../test{index}.o"),
        input=f'#include <gtest/gtest.h>\n#line 1 "{name}"\n{text}',
        cwd=INCLUDE,
    )
    return done.returncode, done.stderr


def only_errors(said: str) -> list[str]:
    """Return the messages of a compiler's errors, without files and lines."""
    return [line.split(" error: ", 1)[1] for line in said.splitlines() if " error: " in line]


def tests(task: dict[str, Any], flags: list[str]) -> list[str]:
    """Compile the tests and the launcher; return the object files."""
    files = [*task["tests"], ["launcher.cpp", task["launcher"]]]
    jobs = [(name, text, flags, index) for index, (name, text) in enumerate(files)]
    jobs[-1] = (*jobs[-1][:2], ["-O2"], jobs[-1][3])
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(compile_tests, jobs))
    said = "\n".join(text for code, text in results if code)
    if said:
        errors = only_errors(said)
        if not errors or re.match(r"expected |stray |missing terminating|unterminated", errors[0]):
            refuse("teacher", said)
        if "No such file" in errors[0]:
            refuse("teacher", said)
        refuse("tests", "\n".join(errors))
    return [str(HERE / f"test{index}.o") for index in range(len(jobs))]


def count_tests(objects: list[str]) -> int:
    """Return how many tests there are that are no templates."""
    defined = symbols("--defined-only", *objects)
    return sum(
        1 for name in defined if re.fullmatch(r"_ZN(?:12_GLOBAL__N_1)?\d+\w+_Test8TestBodyEv", name)
    )


def separate(student_objects: list[str], test_objects: list[str], gtest: str) -> None:
    """Make local what the student's objects define and somebody else means differently.

    Else a function called strcmp, exit or operator new would be the framework's too.
    """
    others = symbols("--defined-only", *test_objects, gtest)
    libraries: dict[str, str] = {}
    for name in LIBRARIES:
        path = run("gcc", f"-print-file-name={name}").stdout.strip()
        libraries |= symbols("-D", "--defined-only", path)
    for path in student_objects:
        local = []
        for symbol, kind in symbols("--defined-only", "-g", path).items():
            weak = kind in "WVwvu"
            if (not weak and (symbol in others or symbol in libraries)) or (
                weak and symbol in libraries and symbol not in others
            ):
                local.append(symbol)
        if local:
            listed = HERE / "local"
            listed.write_text("".join(f"{name}\n" for name in local))
            run("objcopy", f"--localize-symbols={listed}", path)


def link(objects: list[str], extra: list[str]) -> None:
    """Link the program that runs one test."""
    done = run("g++", *extra, "-s", "-o", str(HERE / "run"), *objects, "-lgmock", "-lgtest")
    if done.returncode:
        missing = re.findall(r"undefined reference to [`']([^']+)'", done.stderr)
        double = re.findall(r"multiple definition of [`']([^']+)'", done.stderr)
        if missing or double:
            lines = [f"undefined: {name}" for name in missing]
            refuse("tests", "\n".join(lines + [f"defined twice: {name}" for name in double]))
        refuse("tests", "")


def compile_student(task: dict[str, Any], flags: list[str]) -> None:
    """Do the first step: the student's files, while no test is anywhere here."""
    STUDENT.mkdir()
    student(task, flags)


def compile_all(task: dict[str, Any], flags: list[str]) -> None:
    """Do the second step: the tests, and the program of both."""
    INCLUDE.mkdir(parents=True)
    student_objects = []
    for path in sorted(STUDENT.iterdir()):
        copied = (HERE if path.suffix == ".o" else INCLUDE) / path.name
        copied.write_bytes(path.read_bytes())
        if path.suffix == ".o":
            student_objects.append(str(copied))
    # Headers of the teacher's lie beside the student's source; the tests include them too.
    for name in task["support"]:
        INCLUDE.joinpath(name).write_bytes(Path(name).read_bytes())
    test_objects = tests(task, flags)
    found = count_tests(test_objects)
    if found != task["count"]:
        refuse(
            "teacher",
            f"the files have {found} tests where {task['count']} are seen: write each as "
            "TEST(Suite, Name), TEST_F or TEST_P, not by a macro of your own",
        )
    gtest = run("gcc", "-print-file-name=libgtest.a").stdout.strip()
    separate(student_objects, test_objects, gtest)
    link([*test_objects, *student_objects], SANITIZE[1:2] if task["sanitize"] else [])
    for path in HERE.rglob("*"):
        if path.is_file() and path.name != "run":
            path.unlink()


def main() -> None:
    """Read the task and do it."""
    task = json.load(sys.stdin)
    flags = ["-O2", *(SANITIZE if task["sanitize"] else [])]
    steps = {"student": compile_student, "tests": compile_all}
    steps[sys.argv[1]](task, flags)


if __name__ == "__main__":
    main()
