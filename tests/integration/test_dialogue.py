"""Two programs in two sandboxes that talk to each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from carrel.core.sizes import KIB, MIB
from carrel.facade import portal
from carrel.judge.dialogue import Dialogue, Party, converse
from carrel.sandbox.limits import RunLimits, SandboxLimits
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Ended, Identity, Program

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.namespaces]

LIMITS = RunLimits(cpu_ms=20_000, wall_ms=60_000, memory_bytes=64 * MIB, output_bytes=256 * KIB)
GUESSED = """
import sys
secret, low = 700, 0
for line in sys.stdin:
    guess = int(line)
    print("higher" if guess < secret else "lower" if guess > secret else "right", flush=True)
    if guess == secret:
        sys.exit(42)
sys.exit(43)
"""
GUESSING = """
low, high = 1, 1000
while True:
    middle = (low + high) // 2
    print(middle, flush=True)
    answer = input()
    if answer == "right": break
    low, high = (middle + 1, high) if answer == "higher" else (low, middle - 1)
"""


def talk(student: str, examiner: str, *, idle_ms: int = 5000, **limits: int) -> Dialogue:
    async def work(pool: SandboxPool) -> Dialogue:
        async with (
            pool.sandbox("code-interpreter", SandboxLimits(memory_bytes=64 * MIB)) as ours,
            pool.sandbox("code-interpreter", SandboxLimits(memory_bytes=64 * MIB)) as theirs,
        ):
            own = replace(LIMITS, **limits)  # type: ignore[arg-type]
            parties = [
                Party(box, Program(("python", "-c", code), which, Identity.FRESH))
                for box, code, which in ((ours, student, own), (theirs, examiner, LIMITS))
            ]
            return await converse(*parties, idle_ms=idle_ms)

    return portal.run(work)


def test_a_game_is_played_to_its_end() -> None:
    done = talk(GUESSING, GUESSED)
    assert (done.student.exit_code, done.examiner.exit_code) == (0, 42)
    assert done.examiner.stdout.endswith(b"right\n")


def test_a_program_that_ends_early_ends_the_others_input() -> None:
    done = talk("print(1, flush=True); raise SystemExit(3)", GUESSED)
    assert (done.student.exit_code, done.examiner.exit_code) == (3, 43)
    assert done.examiner_told


def test_two_that_wait_for_each_other_are_ended_as_idle() -> None:
    done = talk("import sys\nsys.stdout.write('5\\n')\nsys.stdin.read()", GUESSED, idle_ms=1000)
    assert done.student.ended is Ended.WALL_LIMIT
    assert done.student.wall_ms < 8000  # its own clock is set to ten seconds
    assert done.examiner.exit_code == 43


def test_waiting_for_a_slow_partner_is_not_idle() -> None:
    done = talk(
        "print(700, flush=True); input()",
        "import time\ninput()\nend = time.process_time() + 0.8\n"
        "while time.process_time() < end: pass\nprint('right', flush=True); raise SystemExit(42)",
        idle_ms=500,
    )
    assert (done.student.exit_code, done.examiner.exit_code) == (0, 42)


def test_a_flood_is_stopped_at_the_limit_and_not_kept_by_anybody() -> None:
    done = talk("while True: print('7' * 1000)", "import time\ntime.sleep(0.5)")
    assert done.student.ended is Ended.OUTPUT_LIMIT
    assert done.examiner.exit_code == 0


def test_a_student_that_does_not_end_after_the_examiner_is_ended() -> None:
    done = talk("import time\ninput()\ntime.sleep(60)", "print('go')", idle_ms=1000)
    assert done.student.ended is Ended.WALL_LIMIT
    assert not done.examiner_told


def test_memory_of_one_does_not_touch_the_other() -> None:
    done = talk("x = bytearray(200 * 1024 * 1024)", GUESSED)
    assert done.student.ended is Ended.MEMORY_LIMIT
    assert done.examiner.exit_code == 43
