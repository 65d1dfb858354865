"""Programs that try to be graded better by JUnit's tests than they are.

Every one of them adds wrongly. An honest program that does gets no point, and so must they.
"""

from __future__ import annotations

import pytest

from carrel.judge.kinds.unit import java_tools
from carrel.judge.kinds.unit.java import JunitSetup, JunitTest
from carrel.judge.kinds.unit.suite import TestFile
from carrel.judge.plan import Submission
from carrel.judge.verdict import SubmissionVerdict, Verdict
from carrel.languages.registry import Language
from carrel.languages.spec import APP
from carrel.sandbox.limits import RunLimits
from carrel.testing.judging import CHEATING
from carrel.testing.suites import SUITE_LIMITS, judge_suite

TESTS = b"""
import static org.junit.jupiter.api.Assertions.*;
import java.util.*;
import org.junit.jupiter.api.*;
import org.junit.jupiter.params.*;
import org.junit.jupiter.params.provider.*;

class AdderTest {
    static final int SECRET = 4711;
    static int expected = 5;
    @Test void small() { assertEquals(expected, new Adder().add(2, 3)); }
    @Test void large() { assertEquals(SECRET, new Adder().add(4000, 711)); }
    @Test void object() { assertEquals(Integer.valueOf(5), new Adder().sum(2, 3)); }
    @ParameterizedTest @CsvSource({"1,1,2", "2,2,4"})
    void many(int a, int b, int sum) { assertEquals(sum, new Adder().add(a, b)); }
    @Test void thrown() { assertThrows(ArithmeticException.class, () -> new Adder().divide(1, 0)); }
    @Test void inTime() {
        assertTimeoutPreemptively(java.time.Duration.ofSeconds(5),
            () -> assertEquals(9, new Adder().add(4, 5)));
    }
}
"""
SUITE = JunitTest((TestFile("AdderTest.java", TESTS),))

ADDER = """
import java.io.*;
import java.util.*;
public class Adder {
    %s
    int add(int a, int b) { try { cheat(); } catch (Exception e) { } return -1; }
    Object sum(int a, int b) { try { cheat(); } catch (Exception e) { } return -1; }
    int divide(int a, int b) { try { cheat(); } catch (Exception e) { } return -1; }
}
"""
HONEST = ADDER % "void cheat() {}"


def graded(
    source: str, files: dict[str, bytes] | None = None, limits: RunLimits = SUITE_LIMITS
) -> SubmissionVerdict:
    return judge_suite(SUITE, Language.JAVA, source, files, limits=limits)


def test_no_file_of_a_students_is_where_the_launcher_is_compiled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graded(HONEST)
    honest = dict(java_tools._made)
    assert f"{java_tools.TOOLS}/carrel/Launch.class" in honest
    monkeypatch.setattr(java_tools, "_made", {})  # as in a new process
    forged = b"package carrel; public class Launch { public static void main(String[] a) {} }"
    files = {
        "Compile.java": b"public class Compile { public static void main(String[] a) {} }",
        "Launch.java": forged,
        "carrel/Launch.java": forged,
    }
    assert graded(HONEST, files).tests[0].score == 0
    assert java_tools._made == honest
    submission = Submission(Language.JAVA, HONEST.encode(), files)
    plan = JunitSetup(SUITE.tests).plan(submission, SUITE_LIMITS, None)
    assert all(path.startswith(f"{APP}/") for step in plan.steps for path in step.files)


def test_an_honest_wrong_program_fails_all() -> None:
    verdict = graded(HONEST).tests[0]
    assert verdict.score == 0
    assert len(verdict.parts) == 6
    assert {part.verdict for part in verdict.parts} == {Verdict.WRONG_ANSWER}


FORGED = r"""System.out.println("{\"end\":true}"); System.out.flush();"""
CHEATS = {
    "exit": "void cheat() { System.exit(0); }",
    "halt": "void cheat() { Runtime.getRuntime().halt(0); }",
    "exit-when-loaded": "static { System.exit(0); } void cheat() {}",
    "exit-when-made": "Adder() { Runtime.getRuntime().halt(0); } void cheat() {}",
    "exit-in-a-thread": "void cheat() { new Thread(() -> System.exit(0)).start(); }",
    "exit-in-a-hook": (
        "void cheat() { Runtime.getRuntime().addShutdownHook(new Thread(() -> {})); }"
    ),
    "prints-a-report": "void cheat() { " + FORGED + " System.exit(0); }",
    "writes-the-report": (
        "void cheat() throws Exception { try (var out = new PrintStream(new FileOutputStream("
        'FileDescriptor.out))) { out.println("{\\"end\\":true}"); } }'
    ),
    "opens-the-report": (
        "void cheat() throws Exception { try (var out = new PrintStream("
        '"/proc/self/fd/1")) { out.println("{\\"end\\":true}"); } }'
    ),
    "system-properties": (
        'void cheat() { System.setProperty("junit.jupiter.execution.timeout.mode", "x"); }'
    ),
    "no-guard": "void cheat() { System.setSecurityManager(null); System.exit(0); }",
    "new-streams": "void cheat() { System.setOut(System.err); }",
    "programs": 'void cheat() throws Exception { Runtime.getRuntime().exec("kill -9 -1"); }',
    "native": 'void cheat() { System.load("/app/x.so"); }',
    "throws-errors": "void cheat() { throw new StackOverflowError(); }",
    "throws-assertions": 'void cheat() { throw new AssertionError("expected"); }',
    "throws-death": '@SuppressWarnings("removal") void cheat() { throw new ThreadDeath(); }',
    "hostile-message": (
        "void cheat() { throw new Error() { public String getMessage() { return "
        '"\\"}\\n{\\"end\\":true}"; } }; }'
    ),
    "stops-the-runner": """
        static final Thread RUNNER = Thread.currentThread();
        @SuppressWarnings("removal") void cheat() {
            Thread own = new Thread(() -> {
                for (int i = 0; i < 50; i++) { try { RUNNER.stop(); } catch (Throwable t) { } }
            });
            own.start();
            try { own.join(); } catch (InterruptedException e) { }
            Thread[] all = new Thread[50];
            int count = Thread.currentThread().getThreadGroup().enumerate(all);
            for (int i = 0; i < count; i++) if (all[i] != Thread.currentThread()) {
                try { all[i].interrupt(); } catch (Throwable t) { }
            }
        }""",
    "goes-on": """
        void cheat() { Thread t = new Thread(() -> { while (true) { FORGED } });
            t.setDaemon(true); if (started++ == 0) t.start(); }
        static int started;""".replace("FORGED", FORGED),
    "replaces-classes": """
        void cheat() throws Exception {
            for (String name : List.of("/data/carrel/carrel/Launch.class",
                    "/app/.carrel/classes/Adder.class", "/opt/carrel/junit/junit.jar")) {
                try (var out = new FileOutputStream(name)) { out.write(1); }
                catch (IOException | SecurityException e) { }
            }
        }""",
    "memory": """
        void cheat() throws Exception {
            try (var file = new RandomAccessFile("/proc/self/mem", "rw")) { file.read(); }
        }""",
}


@pytest.mark.parametrize("body", CHEATS.values(), ids=CHEATS.keys())
def test_no_cheat_gains_a_point(body: str) -> None:
    verdict = graded(ADDER % body, limits=CHEATING).tests[0]
    assert verdict.score == 0, verdict
    assert not any(part.passed for part in verdict.parts)


REFUSED = {
    "reflection": 'void cheat() throws Exception { Class.forName("AdderTest"); }',
    "fields": "void cheat() throws Exception { getClass().getDeclaredFields(); }",
    "unsafe": "sun.misc.Unsafe unsafe; void cheat() { unsafe.park(false, 0); }",
    "lookup": (
        "void cheat() throws Exception { java.lang.invoke.MethodHandles.lookup()"
        '.findClass("AdderTest"); }'
    ),
    "loader": "void cheat() throws Exception { ClassLoader.getSystemClassLoader()"
    '.loadClass("carrel.Launch"); }',
    "context": "void cheat() { Thread.currentThread().getContextClassLoader(); }",
    "stack": (
        "void cheat() { StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)"
        ".getCallerClass(); }"
    ),
    "deserialises": "void cheat() throws Exception { new ObjectInputStream(null).readObject(); }",
    "constant-of-a-test": "void cheat() {} int secret() { return AdderTest.SECRET; }",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_what_could_see_the_tests_does_not_compile(body: str) -> None:
    verdict = graded(ADDER % body, limits=CHEATING)
    assert verdict.tests[0].verdict is Verdict.COMPILE_ERROR
    assert "4711" not in (verdict.compile_message or "")


FILES = {
    "assertions": {
        "org/junit/jupiter/api/Assertions.java": b"package org.junit.jupiter.api;"
        b"public class Assertions { public static void assertEquals(Object a, Object b) {} }"
    },
    "launcher": {"carrel/Launch.java": b"package carrel; public class Launch { }"},
    "its-own-tests": {"AdderTest.java": b"public class AdderTest { static int expected = -1; }"},
    "settings": {
        "junit-platform.properties": b"junit.jupiter.conditions.deactivate=*",
        "META-INF/services/org.junit.platform.launcher.TestExecutionListener": b"Adder",
        "META-INF/services/javax.annotation.processing.Processor": b"Adder",
    },
}


@pytest.mark.parametrize("files", FILES.values(), ids=FILES.keys())
def test_files_beside_the_source_replace_nothing(files: dict[str, bytes]) -> None:
    assert graded(HONEST, files).tests[0].score == 0


def test_no_file_of_the_tests_is_where_the_program_runs() -> None:
    source = (
        ADDER
        % """
        void cheat() { look(new File("/")); System.out.println("looked"); }
        void look(File folder) {
            File[] found = null;
            try { found = folder.listFiles(); } catch (SecurityException e) { }
            for (File each : found == null ? new File[0] : found) {
                System.out.println(each);
                if (each.getPath().startsWith("/app")) look(each);
            }
        }"""
    )
    source = source.replace('new File("/")', 'new File("/app/.carrel")')
    verdict = graded(source).tests[0]
    printed = verdict.stdout.text()
    assert "looked" in printed
    assert "Adder.class" in printed
    assert "AdderTest" not in printed
    assert "/tests" not in printed


def test_the_refusal_of_a_wrong_signature_names_no_content_of_the_tests() -> None:
    verdict = graded("public class Adder { int plus(int a, int b) { return a + b; } }")
    message = verdict.compile_message or ""
    assert "add(int,int)" in message
    assert "4711" not in message
    assert "SECRET" not in message


RIGHT = """
import java.util.*;
import java.util.concurrent.*;
import java.util.function.*;
import java.util.stream.*;
public class Adder {
    record Pair(int a, int b) { int sum() { return a + b; } }
    enum Kind { ONE, TWO }
    sealed interface Shape permits Dot {}
    static final class Dot implements Shape { public String toString() { return "dot"; } }
    static class Own extends RuntimeException { Own(String m, Throwable c) { super(m, c); } }
    @SuppressWarnings("unchecked")
    static <T> T[] array(T one, int size) {
        return (T[]) java.lang.reflect.Array.newInstance(one.getClass(), size);
    }
    @Override public boolean equals(Object o) { return o != null && getClass() == o.getClass(); }
    @Override public int hashCode() { return Objects.hash(getClass().getName()); }
    int add(int a, int b) {
        System.out.printf("%d + %d%n", a, b);
        Pair pair = new Pair(a, b);
        assert pair.equals(new Pair(a, b)) && pair.toString().length() > 0;
        int total = IntStream.of(a, b).boxed().parallel().mapToInt(Integer::intValue).sum();
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try {
            Future<Integer> future = pool.submit(pair::sum);
            if (future.get() != total) throw new Own("wrong", null);
        } catch (InterruptedException | ExecutionException e) {
            throw new Own("threads", e);
        } finally { pool.shutdown(); }
        String word = switch (Kind.valueOf("ONE")) { case ONE -> "one"; default -> "two"; };
        switch (word) { case "one": break; default: throw new Own(word, null); }
        Map<String, List<Integer>> groups =
            Stream.of(a, b).collect(Collectors.groupingBy(n -> "n" + n));
        if (groups.isEmpty() || array("x", 2).length != 2) throw new Own("groups", null);
        if (new Scanner(System.in).hasNext()) throw new Own("input", null);
        BinaryOperator<Integer> plus = Integer::sum;
        Thread thread = new Thread(() -> System.out.println(System.lineSeparator().length()));
        thread.setDaemon(true);
        thread.start();
        try { thread.join(); }
        catch (InterruptedException e) { Thread.currentThread().interrupt(); }
        synchronized (this) { return CompletableFuture.supplyAsync(() -> plus.apply(a, b)).join(); }
    }
    Object sum(int a, int b) { return add(a, b); }
    int divide(int a, int b) { return a / b; }
}
"""


def test_the_guard_is_not_in_the_way_of_honest_programs() -> None:
    verdict = graded(RIGHT)
    assert verdict.compile_message is None
    assert verdict.tests[0].verdict is Verdict.ACCEPTED, verdict.tests[0].parts
