"""What holds on namespaces alone, where a program's kernel is the host's."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from carrel.facade import portal
from carrel.sandbox.live import LiveSandbox
from carrel.sandbox.pool import SandboxPool
from carrel.sandbox.program import Execution, Identity, Program
from carrel.testing.judging import QUICK, lent

_CREATE_RULESET = 444  # on every architecture
_LANDLOCK_NEEDED = 2

_RECEIVE = """\
import errno, os, socket
listener = socket.socket(socket.AF_UNIX)
listener.bind("\\0leak")
listener.listen()
print("listening", flush=True)
_, (leaked,), _, _ = socket.recv_fds(listener.accept()[0], 1, 1)
try: print(os.read(os.open("secret", os.O_RDONLY, dir_fd=leaked), 99))
except OSError as error: print(errno.errorcode[error.errno])
os.makedirs("one/two"); open("one/file", "w").close(); os.rename("one/file", "one/two/file")
print(os.listdir("one/two"))
"""
_SEND = """\
import os, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect("\\0leak")
socket.send_fds(line, [b"."], [os.open(sys.argv[1], os.O_RDONLY)])
"""


@pytest.fixture
def namespaces(sandboxes: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the sandboxes isolated by namespaces, whatever the other tests use."""
    del sandboxes
    portal.shutdown()
    monkeypatch.setenv("CARREL_ISOLATION", "namespaces")
    yield
    portal.shutdown()


def _has_landlock() -> bool:
    libc = ctypes.CDLL(None)
    return int(libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), 1)) >= _LANDLOCK_NEEDED


@pytest.mark.usefixtures("namespaces")
def test_a_directory_of_the_host_that_leaked_into_a_program_opens_nothing() -> None:
    program = Program(argv=("python3", "-c", _RECEIVE), limits=QUICK, identity=Identity.FRESH)
    with tempfile.TemporaryDirectory() as name, lent() as box:
        Path(name).chmod(0o755)
        Path(name, "secret").write_text("of the host")

        async def leak(_: SandboxPool, live: LiveSandbox) -> Execution:
            net = f"--net=/proc/{live.host_processes()[0]}/ns/net"
            sender = ["nsenter", net, sys.executable, "-I", "-S", "-c", _SEND, name]

            def send(_: bytes) -> None:
                if not senders:  # it listens
                    senders.append(subprocess.Popen(sender))

            run = live.start(program, on_stdout=send)
            return await run.wait()

        senders: list[subprocess.Popen[bytes]] = []
        done = portal.run(leak, box.live)
        for sender in senders:
            sender.wait(10)
    words = done.stdout.decode().splitlines()
    assert words[0] == "listening", done
    assert words[1] == ("EACCES" if _has_landlock() else "b'of the host'"), done
    assert words[2] == "['file']", done
