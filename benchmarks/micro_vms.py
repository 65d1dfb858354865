"""Where a clone's time goes, and what it takes of the memory.

    sudo .venv/bin/python benchmarks/micro_vms.py [ROUNDS] [CLONES]

A clone as the pool makes it takes turns with one that is nothing but QEMU: the same command,
memory and state, started as root without jail, control group, pool or protocol, until the
same agent answers. The difference is our own code, as long as the machine is idle: a sandbox is
prepared at low CPU priority, so that what else runs delays it more than QEMU alone. The CPU
times tell the same on a busy machine. Then the memory of many clones at the same time is
held against as many machines that booted by themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from carrel.bench.figures import median, spread
from carrel.bench.memory import several
from carrel.bench.sandboxes import TEMPLATE, TRUE, backing_mib, ms_since, proportional_mib
from carrel.bootstrap import default_settings, open_pool
from carrel.core.sizes import MIB
from carrel.sandbox.backends import snapshot
from carrel.sandbox.backends.qemu import Emulator
from carrel.sandbox.backends.snapshot import Snapshot
from carrel.sandbox.live import LiveSandbox
from carrel.wire.frames import encode_request
from carrel.wire.messages import Request

RUN_DIR = Path("/run/carrel-micro-vms")
GOAL_MS, GOAL_OWN_MS = 80, 15
_COMMANDS: tuple[dict[str, Any], ...] = (
    {"execute": "qmp_capabilities"},
    {
        "execute": "migrate-set-capabilities",
        "arguments": {"capabilities": [{"capability": "x-ignore-shared", "state": True}]},
    },
)

machines: list[Emulator] = []
frozen: list[Snapshot] = []
booted_mib: list[float] = []
answered: list[tuple[float, float, float]] = []
"""When a sandbox first answered, our own CPU time then in s, and the sandbox's in ms."""


def watch() -> None:
    """Note the machine that is booted, what it is frozen as, its memory, and first answers."""
    take, warm_up = snapshot.take, snapshot.warm_up

    async def noted_take(emulator: Emulator, *args: Any, **kwargs: Any) -> Snapshot:
        found = await take(emulator, *args, **kwargs)
        machines.append(emulator)
        frozen.append(found)
        return found

    async def noted_warm_up(*args: Any, **kwargs: Any) -> None:
        await warm_up(*args, **kwargs)
        booted_mib.append(proportional_mib(_booting()))

    snapshot.take, snapshot.warm_up = noted_take, noted_warm_up
    ready = LiveSandbox.ready

    async def noted_ready(self: LiveSandbox) -> None:
        await ready(self)
        answered.append((time.monotonic(), time.process_time(), self.usage().cpu_us / 1000))

    LiveSandbox.ready = noted_ready  # type: ignore[method-assign]


def _booting() -> Iterator[int]:
    """Yield the processes in the control group of a machine of ours that boots."""
    (owner,) = (place.name for place in RUN_DIR.glob("own_*"))
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if f"{owner}/boot-" in (entry / "cgroup").read_text():
                    yield int(entry.name)


def bare_clone() -> tuple[float, float, float, float]:
    """Return after how many ms QEMU alone greets, has its state, and the agent answers.

    The last is the CPU time of all that in ms, which a busy machine changes less.
    """
    before = _children_ms()
    times = _bare_clone()
    return (*times, _children_ms() - before)


def _children_ms() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (used.ru_utime + used.ru_stime)


def _bare_clone() -> tuple[float, float, float]:
    emulator, template = machines[-1], frozen[-1]
    with contextlib.ExitStack() as stack:
        ours, theirs = (stack.enter_context(end) for end in socket.socketpair())
        reading, writing = os.pipe()
        log = os.open(os.devnull, os.O_WRONLY)
        for descriptor in (reading, log):
            stack.callback(os.close, descriptor)
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, max(len(template.state), 65536))
        os.write(writing, template.state)
        os.close(writing)
        command = emulator.command(
            uid=0, memory=template.memory, image=template.image, log=log, monitor=theirs.fileno()
        )
        start = time.monotonic()
        process = subprocess.Popen(
            command[command.index("--") + 1 :],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[template.memory, template.image, log, theirs.fileno(), reading],
        )
        stack.callback(process.wait)
        stack.callback(process.kill)
        assert process.stdin is not None
        assert process.stdout is not None
        incoming = {"execute": "migrate-incoming", "arguments": {"uri": f"fd:{reading}"}}
        for step in (*_COMMANDS, incoming):
            ours.sendall(json.dumps(step, separators=(",", ":")).encode() + b"\n")
        process.stdin.write(encode_request(Request.HELLO, 0, b""))
        process.stdin.flush()
        answers = ours.makefile("rb")
        answers.readline()
        greeted = ms_since(start)
        for line in answers:
            if b'"RESUME"' in line:
                break
        loaded = ms_since(start)
        process.stdout.read(1)
        return greeted, loaded, ms_since(start)


async def main(rounds: int, clones: int) -> None:
    """Measure and print."""
    watch()
    settings = default_settings().model_copy(
        update={
            "run_dir": RUN_DIR,
            "isolation": "microvm",
            "pool_size": 0,
            "max_sandboxes": clones + 1,
        }
    )
    pool = await open_pool(settings)
    ours: list[float] = []
    lent: list[float] = []
    ours_cpu: list[float] = []
    bare: list[tuple[float, float, float, float]] = []
    try:
        start = time.monotonic()
        async with pool.sandbox(TEMPLATE) as box:
            print(f"{pool.isolation}; booted and cloned in {ms_since(start) / 1000:.1f} s")
            await box.execute(TRUE)
        for _ in range(rounds):
            bare.append(await asyncio.to_thread(bare_clone))
            start, used = time.monotonic(), time.process_time()
            box = await pool.acquire(TEMPLATE)
            lent.append(ms_since(start))
            await box.destroy()
            moment, own_s, sandbox_ms = answered[-1]
            ours.append(1000 * (moment - start))
            ours_cpu.append(1000 * (own_s - used) + sandbox_ms)
        greeted, loaded, said, bare_cpu = ([*column] for column in zip(*bare, strict=True))
        print(f"clone to its first answer     {spread(ours)} ms, goal {GOAL_MS}")
        print(f"  QEMU alone: it greets       {spread(greeted)}")
        print(f"              it has its state {spread(loaded)}")
        print(f"              the agent answers {spread(said)}")
        own = median(ours) - median(said)
        print(f"  of which our own code       {own:.1f} ms, goal {GOAL_OWN_MS}")
        print(f"  and until it can be lent    {spread(lent)}")
        print(f"  CPU time, all of it         {spread(ours_cpu)}, QEMU alone {spread(bare_cpu)}")
        async with several(pool, clones) as boxes:
            await asyncio.sleep(1)
            processes = [process for one in boxes for process in one.host_processes()]
            total, once = proportional_mib(processes), backing_mib(processes)
            charged = sum(one.usage().memory_bytes for one in boxes) / MIB
        print(f"{clones} idle clones             {total:.0f} MiB (PSS) + {once:.0f} once")
        print(f"  in their control groups     {charged:.0f} MiB")
        print(f"  {clones} x a booted machine    {clones} x {booted_mib[-1]:.0f} MiB")
        print(f"  of that                     {(total + once) / clones / booted_mib[-1]:.1%}")
    finally:
        await pool.close()
        shutil.rmtree(RUN_DIR, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(main(*(int(word) for word in [*sys.argv[1:], "20", "100"][:2])))
