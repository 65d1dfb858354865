"""Programs that try to be graded better by GoogleTest's tests than they are.

Every one of them adds wrongly. An honest program that does gets no point, and so must they.
"""

from __future__ import annotations

import pytest

from carrel.judge.kinds.unit.googletest import GoogletestTest
from carrel.judge.kinds.unit.suite import TestFile
from carrel.judge.verdict import SubmissionVerdict, Verdict
from carrel.languages.registry import Language
from carrel.sandbox.limits import RunLimits
from carrel.testing.judging import CHEATING
from carrel.testing.suites import SUITE_LIMITS, judge_suite

TESTS = b"""
#include <cmath>
#include <stdexcept>
#include <string>
extern "C" int add(int a, int b);
TEST(Adder, Small) { EXPECT_EQ(add(2, 3), 5); }
TEST(Adder, Large) { ASSERT_TRUE(add(4000, 711) == 4711); }
TEST(Adder, Words) { EXPECT_STREQ(std::to_string(add(1, 1)).c_str(), "2"); }
TEST(Adder, Close) { EXPECT_NEAR(add(20, 20), 40.0, 0.5); }
"""
SUITE = GoogletestTest((TestFile("adder_test.cpp", TESTS),))

ADDER = """
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <thread>
#include <pthread.h>
#include <unistd.h>
%s
extern "C" int add(int a, int b) { cheat(); return -1; }
"""


def graded(
    source: str, files: dict[str, bytes] | None = None, limits: RunLimits = SUITE_LIMITS
) -> SubmissionVerdict:
    return judge_suite(SUITE, Language.CPP, source, files, limits=limits)


def test_an_honest_wrong_program_fails_all() -> None:
    verdict = graded(ADDER % "void cheat() {}").tests[0]
    assert verdict.score == 0
    assert [part.verdict for part in verdict.parts] == [Verdict.WRONG_ANSWER] * 4


REPORT = r"""R"({"run":1,"passed":1,"skipped":0,"failures":0,"status":0,"message":""})" """
CHEATS = {
    "exit": "void cheat() { exit(0); }",
    "_Exit": "void cheat() { _Exit(0); }",
    "quick_exit": "void cheat() { quick_exit(0); }",
    "abort": "void cheat() { abort(); }",
    "exit-when-made": "struct Early { Early() { _exit(0); } } early; void cheat() {}",
    "exit-at-the-end": "struct Late { ~Late() { _exit(0); } } late; void cheat() { exit(0); }",
    "signal": (
        "void cheat() { signal(SIGSEGV, [](int) { _exit(0); });"
        " *static_cast<volatile int *>(nullptr) = 1; }"
    ),
    "terminate": "void cheat() { std::set_terminate([] { _exit(0); }); throw 1; }",
    "ends-the-thread": "void cheat() { pthread_exit(nullptr); }",
    "kill": "void cheat() { kill(getppid(), SIGKILL); kill(-1, SIGKILL); }",
    "prints-a-report": (
        'void cheat() { for (int fd = 1; fd < 256; fd++) dprintf(fd, "\\n\\x1e%032d%s\\n", 0, '
        + REPORT
        + "); _exit(0); }"
    ),
    "reads-the-secret": (
        "struct Early { Early() { char given[64] = {}; if (read(0, given, 32) > 0)"
        ' { for (int fd = 1; fd < 256; fd++) dprintf(fd, "\\n\\x1e%s%s\\n", given, '
        + REPORT
        + "); _exit(0); } } } early; void cheat() {}"
    ),
    "closes-the-report": "void cheat() { for (int fd = 0; fd < 1024; fd++) close(fd); }",
    "own-main": 'void cheat() {} int main() { puts("[  PASSED  ] 4 tests."); return 0; }',
    "own-library": (
        'extern "C" { int strcmp(const char *, const char *) { return 0; }'
        " void _exit(int) { for (;;) {} }"
        " ssize_t write(int, const void *, size_t n) { return n; }"
        " double fabs(double) { return 0; } } void cheat() {}"
    ),
    "threads": 'void cheat() { std::thread([] { for (;;) puts("x"); }).detach(); }',
    "longjmp": (
        "jmp_buf back; void cheat() { static int n; if (setjmp(back) == 0 && n++ == 0)"
        " longjmp(back, 1); }"
    ),
    "executes": 'void cheat() { execl("/bin/true", "true", nullptr); }',
    "replaces-the-program": (
        'void cheat() { for (auto name : {"/app/.carrel/run", "/proc/self/exe"}) {'
        " unlink(name); std::ofstream(name) << 1; } }"
    ),
    "environment": (
        'struct Early { Early() { setenv("GTEST_FILTER", "-*", 1);'
        ' setenv("LD_PRELOAD", "/app/x.so", 1); } } early; void cheat() {}'
    ),
}


@pytest.mark.parametrize("body", CHEATS.values(), ids=CHEATS.keys())
def test_no_cheat_gains_a_point(body: str) -> None:
    verdict = graded(ADDER % body, limits=CHEATING)
    assert verdict.compile_message is None
    assert verdict.tests[0].score == 0, verdict
    assert not any(part.passed for part in verdict.tests[0].parts)


REFUSED = {
    "assembler": 'asm(".incbin \\"/proc/self/fd/0\\""); void cheat() {}',
    "hidden-assembler": '#define A as ## m\n#define B(x) x\n__asm__("nop"); void cheat() {}',
    "framework": "namespace testing { class Test; } void cheat() {}",
    "framework-by-macro": "#define N testing\nnamespace N { void f() {} } void cheat() {}",
    "other-names": 'void f() __attribute__((alias("add"))); void cheat() {}',
    "constructor": "__attribute__((constructor)) void early() {} void cheat() {}",
    "copies": "void cheat() { if (fork()) _exit(0); }",
    "rewrites": "#include <sys/mman.h>\nvoid cheat() { mprotect(nullptr, 1, 7); }",
    "system-calls": "void cheat() { syscall(231, 0); }",
    "looks-around": '#include <dlfcn.h>\nvoid cheat() { dlsym(nullptr, "x"); }',
    "return-address": 'void cheat() { printf("%p", __builtin_return_address(0)); }',
    "includes-the-tests": '#include "adder_test.cpp"\nvoid cheat() {}',
    "a-quote-that-is-none": "int x = 1'000; asm(\"nop\"); int y = 2'000; void cheat() {}",
    "includes-a-parents-input": '#include "/proc/1/fd/0"\nvoid cheat() {}',
    "includes-its-input": '#include "/dev/stdin"\nvoid cheat() {}',
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_what_could_reach_the_tests_does_not_compile(body: str) -> None:
    verdict = graded(ADDER % body, limits=CHEATING)
    assert verdict.tests[0].verdict is Verdict.COMPILE_ERROR
    assert "4711" not in (verdict.compile_message or "")


def test_nothing_of_the_tests_lies_beside_the_program() -> None:
    source = (
        "#include <filesystem>\n"
        + ADDER
        % """
        void cheat() {
            for (auto &each : std::filesystem::recursive_directory_iterator("/app"))
                std::cout << each.path() << std::endl;
        }"""
    )
    printed = graded(source).tests[0].stdout.text()
    assert "/app/.carrel/run" in printed
    assert "test" not in printed
    assert "adder" not in printed


HEADERS = {
    "macros": "#define EXPECT_EQ(a, b) (void)0\n#define EXPECT_TRUE(a) (void)0\n#define if while\n",
    "late-macros": "#define return throw 1; return\n#undef TEST\n#define TEST(a, b) void a##b()\n",
    "operators": (
        "template <class A, class B> bool operator==(const A &, const B &) { return true; }\n"
    ),
}
HEADER_TESTS = b"""
#include "adder.h"
TEST(Adder, Small) { EXPECT_EQ(add(2, 3), 5); }
TEST(Adder, Large) { EXPECT_TRUE(add(4000, 711) == 4711); }
TEST(Adder, Words) { EXPECT_EQ(std::to_string(add(1, 1)), "2"); }
"""
HEADER = GoogletestTest((TestFile("adder_test.cpp", HEADER_TESTS),), header="adder.h")


@pytest.mark.parametrize("text", HEADERS.values(), ids=HEADERS.keys())
def test_a_header_does_not_change_the_tests(text: str) -> None:
    verdict = judge_suite(HEADER, Language.CPP, f"{text}inline int add(int, int) {{ return -1; }}")
    assert verdict.tests[0].score == 0


REFUSED_HEADERS = {
    "specialises": (
        "#include <gtest/gtest.h>\nnamespace testing { namespace internal {"
        " template <> AssertionResult CmpHelperEQ<int, int>(const char *, const char *,"
        " const int &, const int &) { return AssertionSuccess(); } } }\n"
    ),
    "by-macro": "#define T testing\nnamespace T { namespace internal { struct X; } }\n",
    "pragma": "#pragma redefine_extname strcmp add\n",
}


@pytest.mark.parametrize("text", REFUSED_HEADERS.values(), ids=REFUSED_HEADERS.keys())
def test_a_header_that_reaches_into_the_framework_is_refused(text: str) -> None:
    verdict = judge_suite(HEADER, Language.CPP, f"{text}inline int add(int, int) {{ return -1; }}")
    assert verdict.tests[0].verdict is Verdict.COMPILE_ERROR
    assert "unit tests cannot be run" in (verdict.compile_message or "")


def test_a_suite_whose_framework_was_changed_does_not_count() -> None:
    # No attack that the filters let through is known; so the canary itself is taken away.
    tests = TESTS + b"#undef EXPECT_EQ\n#define EXPECT_EQ(a, b) (void)0\n"
    suite = GoogletestTest((TestFile("adder_test.cpp", tests),))
    right = 'extern "C" int add(int a, int b) { return a + b; }'
    verdict = judge_suite(suite, Language.CPP, right).tests[0]
    assert verdict.score == 0
    assert "must fail" in verdict.reason


def test_honest_programs_are_not_refused() -> None:
    source = (
        ADDER
        % """
        #include <algorithm>
        #include <cassert>
        #include <map>
        #include <memory>
        #include <mutex>
        #include <vector>
        #define MAX 10
        struct Tree { std::unique_ptr<Tree> left; int value = 0; bool testing = false; };
        static int count(const Tree *tree) { return tree ? 1 + count(tree->left.get()) : 0; }
        int index(int n) { return n; }
        int remove(int n) { return n; }
        void cheat() {
            std::vector<int> numbers(MAX);
            std::sort(numbers.rbegin(), numbers.rend());
            std::map<std::string, int> words{{"a", 1}};
            std::mutex mutex;
            std::thread thread([&] { std::lock_guard<std::mutex> lock(mutex); words["b"] = 2; });
            thread.join();
            Tree tree;
            assert(count(&tree) == 1 && index(1) == remove(1));
            try { words.at("c"); } catch (const std::out_of_range &) { errno = 0; }
            std::cout << words.size() << std::endl;
        }
        int main() { std::cout << "my own tests"; }
        """.replace("        #", "#")
    )
    verdict = graded(source.replace("return -1;", "return a + b;"))
    assert verdict.compile_message is None
    assert verdict.tests[0].verdict is Verdict.ACCEPTED, verdict.tests[0].parts
