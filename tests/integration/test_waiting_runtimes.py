"""A runtime that waited does what one does that has just been started."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from carrel.judge.plan import Submission, make_plan
from carrel.languages.registry import SPECS, Language
from carrel.sandbox.agent import SOURCES
from carrel.sandbox.limits import RunLimits
from carrel.sandbox.program import Execution, Identity, Program
from carrel.testing.judging import lent

pytestmark = pytest.mark.usefixtures("nothing_left")

LIMITS = RunLimits(cpu_ms=20_000, wall_ms=60_000)
LOOK = "echo /proc/[0-9]*"

PYTHON = {
    "traceback": "def f(n):\n    return 1 / n\nf(0)\n",
    "syntax": "print('begun'\nx = (\n",
    "exit": "import atexit, sys\natexit.register(print, 'last')\nprint('x')\nsys.exit('no')",
    "surroundings": (
        "import os, sys\n"
        "print(sys.argv, sys.orig_argv, sys.path, sys.flags, os.getcwd())\n"
        "print(__name__, __file__, __spec__, __loader__.__class__, sorted(globals()))\n"
        "print(sorted(os.environ.items()), sys._getframe().f_back, sys.warnoptions)\n"
        "print(sorted(os.listdir('/proc/self/fd')), sys.getrecursionlimit())\n"
        "print(sys.stdin.seekable(), sys.stdin.read(), sys.stdin.encoding)"
    ),
    "recursion": "def f(n): return f(n + 1)\ntry: f(0)\nexcept RecursionError as e: print(e)\nf(0)",
    "end": "import os\nprint('lost?')\nos.kill(os.getpid(), 9)",
    "children": (
        "import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', 'import sys;"
        "print(sys.path, sys.stdin.read())'], capture_output=True, text=True).stdout)"
    ),
    "beside": "import other\n",
}
JAVASCRIPT = {
    "trace": "function f() { null.g(); }\nf();\n",
    "syntax": "let a = ;\n",
    "exit": "process.on('exit', () => console.log('last')); process.exitCode = 3;",
    "surroundings": (
        "console.log(process.argv, process.execArgv, process.env, process.uptime() > 0);\n"
        "console.log(process.cwd().replace(/[0-9]+$/, ''), __filename, Object.keys(require.cache),"
        " require.main === module, module.children.length, module.paths);\n"
        "console.log(require('fs').readFileSync(0, 'utf8'),"
        " require('fs').readdirSync('/proc/self/fd').filter((n) => n < 4));\n"
    ),
    "late": "setTimeout(() => { console.log(new Error('x').stack); throw 1; }, 50);",
    "rejected": "Promise.reject(new Error('nobody'));",
    "missing": "require('./other');",
}
JAVA = {
    "Trace": (
        "public class Trace { static int f(int n) { return 1 / n; }\n"
        '  public static void main(String[] a) { System.out.print("begun");\n'
        '    try { f(0); } catch (Exception e) { throw new IllegalStateException("no", e); } } }'
    ),
    "Exit": (
        "public class Exit { public static void main(String[] a) {"
        ' Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("last")));'
        " System.exit(42); } }"
    ),
    "Threads": (
        "public class Threads { public static void main(String[] a) throws Exception {"
        " new Thread(() -> { try { Thread.sleep(50); } catch (Exception e) {}"
        ' System.out.println("late"); }).start(); throw new Exception("early"); } }'
    ),
    "Surroundings": (
        "import java.io.*; import java.nio.file.*; import java.util.*;\n"
        "public class Surroundings { public static void main(String[] a) throws Exception {\n"
        "  Map<Object, Object> all = new TreeMap<>(System.getProperties());\n"
        '  System.out.println(all.remove("user.dir") + "" + all);\n'
        "  System.out.println(new TreeMap<>(System.getenv()) + Arrays.toString(a));\n"
        '  System.out.println(new File("f").getAbsolutePath() + Path.of("f").toAbsolutePath());\n'
        '  new FileWriter("f").close(); System.out.println(new File("f").exists());\n'
        '  System.out.println(Thread.currentThread() + " " + Runtime.getRuntime().maxMemory());\n'
        "  System.out.println(Surroundings.class.getClassLoader().getClass());\n"
        '  System.out.println(new Scanner(System.in).nextInt() + " " + System.in.available());\n'
        '  new Throwable("here").printStackTrace(); } }'
    ),
    "Stack": (
        "public class Stack { static int f(int n) { return f(n + 1) + 1; }"
        " public static void main(String[] a) { try { f(0); } catch (StackOverflowError e) {"
        ' System.out.println("deep"); } int[] much = new int[100_000_000]; } }'
    ),
    # A copy of a waiting JVM would draw the same from whatever was seeded before.
    "Random": (
        "public class Random { public static void main(String[] a) throws Exception {\n"
        '  var field = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");\n'
        "  field.setAccessible(true);\n"
        "  var unsafe = (sun.misc.Unsafe) field.get(null);\n"
        '  for (String name : new String[] {"java.util.concurrent.ThreadLocalRandom",'
        ' "java.security.SecureRandom", "sun.security.provider.NativePRNG",'
        ' "java.util.Random", "java.util.SplittableRandom", "java.util.UUID"})\n'
        "    System.out.println(name + unsafe.shouldBeInitialized("
        "Class.forName(name, false, null))); } }"
    ),
    "Missing": "class Other { }",
    "warned": (
        "import java.util.*; class Warned { public static void main(String[] a) {"
        " List l = new ArrayList(); l.add(1); System.out.println(l); } }"
    ),
    "refused": 'class Refused { int f() { return "text"; } }',
}
PROGRAMS = {Language.PYTHON: PYTHON, Language.JAVASCRIPT: JAVASCRIPT, Language.JAVA: JAVA}


def ends(language: Language, sources: Mapping[str, str], *, wait: bool) -> dict[str, Execution]:
    """Return how each program ended, in one sandbox in which a runtime may wait for each.

    Java's are compiled together, and those named like classes are run.
    """
    spec = SPECS[language]
    plan = make_plan(Submission(language, next(iter(sources.values())).encode()), LIMITS)
    runs = [name for name in sources if language is not Language.JAVA or name[0].isupper()]
    builders = [w for w in spec.waiters if w.becomes.identity is Identity.BUILDER]
    runtimes = [w for w in spec.waiters if w not in builders]
    waiters = [*builders * (1 + len(sources) - len(runs)), *runtimes * len(runs)]
    found = {}
    with lent(plan.spec.template, plan.sandbox_limits, waiters=waiters if wait else ()) as box:
        before = box.run("/bin/sh", "-c", LOOK).stdout.split()
        assert len(before) == 2 + len(waiters) * wait
        compiler = plan.steps[0].program
        if compiler is not None:
            for name, source in sources.items():
                box.write(f"/app/{name}.java", source)
            alone = [name for name in sources if name not in runs]
            for names in (runs, *([name] for name in alone)):
                argv = (*compiler.argv[:-1], *(f"{name}.java" for name in names))
                found[names[0]] = box.execute(replace(compiler, argv=argv))
        for name in runs:
            if compiler is None:
                box.write(plan.run.argv[-1], sources[name])
            program = plan.program(b"17\n", ("a b", ""))
            words = [name if word == "Trace" else word for word in program.argv]
            found[f"run {name}"] = box.execute(replace(program, argv=words))
        after = box.run("/bin/sh", "-c", LOOK).stdout.split()
        assert len(after) == 2, "not those that waited have run"
    return found


@pytest.mark.parametrize("language", PROGRAMS)
def test_one_that_waited_does_the_same(language: Language) -> None:
    cold = ends(language, PROGRAMS[language], wait=False)
    warm = ends(language, PROGRAMS[language], wait=True)
    assert cold.keys() == warm.keys()
    for name, one in cold.items():
        for field in ("ended", "exit_code", "signal", "stdout", "stderr", "start_error"):
            assert getattr(warm[name], field) == getattr(one, field), (name, field)
    if language is Language.JAVA:
        drawn = warm["run Random"].stdout
        assert (drawn.count(b"true"), drawn.count(b"false")) == (6, 0)


def test_a_students_module_comes_before_one_that_a_waiting_python_has_imported() -> None:
    source = b"import string\nprint(string.whose)\n"
    files = {"string.py": b"whose = 'mine'\n"}
    plan = make_plan(Submission(Language.PYTHON, source, files=files), LIMITS)
    with lent(plan.spec.template, plan.sandbox_limits, waiters=plan.spec.waiters) as box:
        for path, data in plan.steps[0].files.items():
            box.write(path, data, readonly=True)
        assert box.execute(plan.program(b"")).stdout == b"mine\n"


def test_a_waiting_node_draws_new_random_numbers() -> None:
    # What two copies of one Node have in common while they wait: here, a seed.
    (waiter,) = SPECS[Language.JAVASCRIPT].waiters
    copy = replace(waiter, argv=(waiter.argv[0], "--random-seed=5", *waiter.argv[1:]))
    program = Program((*copy.becomes.argv,), LIMITS, Identity.FRESH, env=copy.becomes.env)
    with lent("node", waiters=[copy, copy]) as box:
        box.write("/app/solution.js", "console.log(Math.random())")
        numbers = {box.execute(program).stdout for _ in range(2)}
        assert len(box.run("/bin/sh", "-c", LOOK).stdout.split()) == 2
    assert len(numbers) == 2


def test_a_waiting_python_draws_new_random_numbers(tmp_path: Path) -> None:
    # Its own driver, in Pythons whose generator is in one state while they wait.
    driver = SOURCES / "waiting" / "sitecustomize.py"
    script = (
        "import os, random, runpy, socket, sys\n"
        "ours, theirs = socket.socketpair()\n"
        "os.dup2(ours.fileno(), 20); os.dup2(theirs.fileno(), 3)\n"
        "place = os.environ['PYTHONPATH'] = os.getcwd(); sys.path.append(place)\n"
        "message = len(place).to_bytes(4, 'little') + place.encode()\n"
        "os.write(20, len(message).to_bytes(4, 'little') + message)\n"
        "random.seed(5)\n"
        "runpy.run_path(sys.argv[1])\n"
        "import tempfile, uuid\n"
        "print(random.random(), tempfile.mktemp(), uuid.uuid4())\n"
    )
    seen = [
        subprocess.run(
            [sys.executable, "-c", script, str(driver)],
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
        ).stdout.split()
        for _ in range(2)
    ]
    assert all(one != other for one, other in zip(*seen, strict=True))
