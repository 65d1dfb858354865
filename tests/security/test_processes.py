"""Abuse of processes, threads, descriptors and signals (cases 1-4, 15, 29)."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from carrel.core.errors import PlatformFaultError, SandboxLostError
from carrel.facade import portal
from carrel.judge.verdict import TestVerdict, Verdict
from carrel.languages.registry import Language
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Ended, Identity, Program
from carrel.testing.judging import AMPLE, QUICK, Box, judge_all, judge_one, lent

pytestmark = pytest.mark.usefixtures("next_is_unaffected")

ENDED_BY_ITS_OWN_FAULT = {
    Verdict.RUNTIME_ERROR,
    Verdict.TIME_LIMIT,
    Verdict.IDLENESS_LIMIT,
    Verdict.MEMORY_LIMIT,  # the host's kernel counts what it needs for each process
}

COUNT_OTHERS = r"""
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static int others(void) {
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    int count = 0;
    while ((entry = readdir(proc)))
        if (isdigit((unsigned char)entry->d_name[0]) && atoi(entry->d_name) != 1 &&
            atoi(entry->d_name) != getpid())
            count++;
    closedir(proc);
    return count;
}
"""


def allowance(verdict: TestVerdict) -> bool:
    """Whether the host let the run use little more than the CPU time it may have."""
    return verdict.cpu_ms < 3 * (QUICK.cpu_ms or 0)


def test_01_fork_bomb_is_contained() -> None:
    verdict = judge_one(
        "#include <unistd.h>\nint main(void) { for (;;) fork(); }", Language.C, limits=QUICK
    )
    assert verdict.verdict in ENDED_BY_ITS_OWN_FAULT
    assert allowance(verdict), verdict


def test_01_fork_bomb_meets_the_process_limit() -> None:
    source = (
        "import os, errno\ncount = 0\ntry:\n    while True:\n        if os.fork() == 0:\n"
        "            import time; time.sleep(60)\n        count += 1\n"
        "except OSError as error:\n"
        "    print(count <= 20, errno.errorcode[error.errno])\n"
    )
    limits = replace(AMPLE, processes=20)
    verdict = judge_one(source, expected="True EAGAIN", limits=limits)
    assert verdict.verdict is Verdict.ACCEPTED, verdict


def test_02_thread_bomb_is_contained() -> None:
    source = r"""
#include <pthread.h>
#include <unistd.h>
static void *work(void *p) { for (;;) pause(); return p; }
int main(void) { pthread_t t; for (;;) pthread_create(&t, 0, work, 0); }
"""
    verdict = judge_one(source, Language.C, limits=QUICK)
    assert verdict.verdict in ENDED_BY_ITS_OWN_FAULT
    assert allowance(verdict), verdict


def test_03_a_child_in_its_own_session_does_not_outlive_the_run() -> None:
    source = (
        COUNT_OTHERS
        + r"""
int main(void) {
    int c = getchar();
    if (c == 'a' && fork() == 0) { setsid(); for (;;) pause(); }
    puts(c == 'a' || others() == 0 ? "ok" : "somebody lives");
}
"""
    )
    outcome = judge_all(source, Language.C, ["a", "b"])
    assert [test.verdict for test in outcome.tests] == [Verdict.ACCEPTED] * 2, outcome


def test_04_a_grandchild_that_ignores_sigterm_is_killed_with_the_run() -> None:
    source = (
        COUNT_OTHERS
        + r"""
#include <signal.h>
int main(void) {
    int c = getchar();
    if (c == 'a' && fork() == 0) {
        setsid();
        if (fork()) _exit(0);
        for (int s = 1; s < 65; s++) signal(s, SIG_IGN);
        for (;;) if (fork() == 0) { setsid(); for (;;) pause(); } else sleep(1);
    }
    if (c == 'a') usleep(300000);
    puts(c == 'a' || others() == 0 ? "ok" : "somebody lives");
}
"""
    )
    outcome = judge_all(source, Language.C, ["a", "b"])
    assert [test.verdict for test in outcome.tests] == [Verdict.ACCEPTED] * 2, outcome


def test_04_a_process_that_forks_as_fast_as_it_dies_is_killed_with_the_run() -> None:
    # Each generation lives for a moment: no list of processes is ever complete.
    source = (
        COUNT_OTHERS
        + r"""
int main(void) {
    int c = getchar();
    if (c == 'a' && fork() == 0) { setsid(); for (;;) if (fork()) _exit(0); }
    if (c == 'a') usleep(300000);
    puts(c == 'a' || others() == 0 ? "ok" : "somebody lives");
}
"""
    )
    outcome = judge_all(source, Language.C, ["a", "b", "a", "b"])
    assert [test.verdict for test in outcome.tests] == [Verdict.ACCEPTED] * 4, outcome


def open_here() -> int:
    """How many descriptors this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_15_descriptors_run_out_inside_only() -> None:
    before = open_here()
    source = (
        "import os, errno\nheld = []\n"
        "try:\n    while True: held.append(os.open('/dev/null', os.O_RDONLY))\n"
        "except OSError as error:\n    print(errno.errorcode[error.errno])\n"
    )
    verdict = judge_one(source, expected="EMFILE")
    assert verdict.verdict is Verdict.ACCEPTED, verdict
    assert open_here() < before + 10


def test_29_the_agent_and_its_siblings_cannot_be_signalled() -> None:
    source = (
        "import os, errno\n"
        "for pid in (1, -1):\n"
        "    for number in (0, 9, 15, 19):\n"
        "        try:\n            os.kill(pid, number)\n"
        "        except OSError as error:\n            print(errno.errorcode[error.errno])\n"
        "        else:\n            print('sent', pid, number)\n"
    )
    # kill(-1) finds nobody but the agent, which it may not signal.
    verdict = judge_one(source, stdin="", expected="EPERM\n" * 8)
    words = verdict.stdout.data.decode().split()
    assert len(words) == 8, verdict
    assert set(words) <= {"EPERM", "ESRCH"}, verdict


def kill_the_agent(box: Box) -> None:
    """Kill the sandbox's first process from outside, as if a program had managed to.

    Where that is the host's, the others are gone before their turn comes.
    """
    box.live._instance.cgroup.signal(signal.SIGSTOP)  # none lives to tell of another's end
    box.live._instance.cgroup.signal(signal.SIGKILL)


def test_29_should_the_agent_die_it_is_a_platform_fault_and_never_a_pass() -> None:
    with lent() as box:

        async def work(_: SandboxPool, live: LiveSandbox) -> None:
            program = Program(
                argv=("/bin/sh", "-c", "echo ok; exec sleep 90"),
                limits=AMPLE,
                identity=Identity.FRESH,
            )
            run = live.start(program, on_stdout=lambda _data: kill_the_agent(box))
            await run.wait()

        with pytest.raises(PlatformFaultError):
            portal.run(work, box.live)


def test_29_a_hung_agent_does_not_hang_the_host() -> None:
    # Whatever stops the agent: the host's own clock ends the run, and never as a pass.
    with lent() as box:

        async def work(_: SandboxPool, live: LiveSandbox) -> Ended:
            program = Program(
                argv=("/bin/sh", "-c", "echo ok; exec sleep 90"),
                limits=AMPLE,
                identity=Identity.FRESH,
            )

            def freeze(_data: bytes) -> None:
                for pid in live._instance.cgroup.processes():
                    os.kill(pid, signal.SIGSTOP)
                run.lap(replace(AMPLE, wall_ms=500, strict_wall=True))  # from now on

            run = live.start(program, on_stdout=freeze)
            return (await run.wait()).ended

        assert portal.run(work, box.live) is Ended.WALL_LIMIT
        with pytest.raises(SandboxLostError):
            box.run("true")
