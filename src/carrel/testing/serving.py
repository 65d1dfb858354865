"""A real `carrel serve` in a process group of its own, for tests that talk to it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from carrel.testing.leaks import Traces, assert_nothing_left

COMMAND = (sys.executable, "-X", "faulthandler", "-m", "carrel.cli.main", "serve")
READY_S = 60.0


@dataclass
class ServerProcess:
    """A server that listens; `url` has no slash at its end.

    `sign_in` is the secret of the link by which the administrator signs in, once.
    """

    process: subprocess.Popen[str]
    url: str
    run_dir: Path
    sign_in: str = ""

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it as Ctrl-C in a terminal does, and return its exit code."""
        os.killpg(self.process.pid, number)
        return self.process.wait(timeout=60)


@contextlib.contextmanager
def serving(*, playground: bool = True) -> Iterator[ServerProcess]:
    """Run the server on a free port until the block ends, and let nothing of it survive.

    Raises AssertionError when it does not begin to listen, and when it leaves anything behind.
    """
    # In a place of its own: another server's sandboxes come and go, and are no traces of it.
    with (
        tempfile.TemporaryDirectory(prefix="carrel-test-", dir="/run") as place,
        tempfile.TemporaryDirectory(prefix="carrel-test-data-", dir="/var/tmp") as data,
    ):
        run_dir = Path(place)
        before = Traces.of(run_dir)
        with subprocess.Popen(
            [*COMMAND, *(["--playground"] if playground else []), "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ
            | {
                "CARREL_RUN_DIR": place,
                "CARREL_DATA": str(Path(data) / "data"),
                "CARREL_POOL_SIZE": "1",
            },
            start_new_session=True,
        ) as process:
            try:
                url, _, sign_in = _link_when_ready(process).partition("/sign-in#token=")
                yield ServerProcess(process, url, run_dir, sign_in)
            finally:
                process.kill()
        assert_nothing_left(before, run_dir)


def _link_when_ready(process: subprocess.Popen[str]) -> str:
    """Wait for the server's word; one that does not give it says where each thread stood."""
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    started = time.monotonic()
    patience = threading.Timer(READY_S, process.send_signal, (signal.SIGABRT,))
    patience.start()
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if link := re.search(r"http://\S+/sign-in#token=\S+", line):
            patience.cancel()
            return link[0]
    patience.cancel()
    elapsed, load = time.monotonic() - started, os.getloadavg()[0]
    raise AssertionError(
        f"the server was not ready after {elapsed:.1f} s and ended with {process.wait()} "
        f"(load {load:.1f} on {os.cpu_count()} cores):\n{''.join(said)}"
    )
