"""Compile the guest agent: the static program that every template carries as `/.carrel/agent`.

The result is kept under the hash of everything that decides it (sources and
flags), so that a second build costs a hash and a new source makes a new file.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from carrel.core.errors import MissingToolError, TemplateError

SOURCES = Path(__file__).resolve().parent.parent / "guest"

FLAGS = (
    # The image need not hold a libc that fits, and a static program starts soonest.
    "-static",
    "-O2",
    "-std=gnu11",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-D_GNU_SOURCE",
    # The agent is root inside the sandbox and reads what students' programs write.
    "-D_FORTIFY_SOURCE=2",
    "-fstack-protector-strong",
    "-fstack-clash-protection",
    "-Wl,-z,relro,-z,now,-z,noexecstack",
    # Names of the build directory would make two builds of one source differ.
    "-ffile-prefix-map=.=guest",
    "-s",
)

_COMPILE_TIMEOUT_S = 120


def agent_key(sources: Path = SOURCES) -> str:
    """Return the hash (20 hex digits) of the agent's sources and of how they are compiled.

    Raises TemplateError when there are no sources.
    """
    files = sorted([*sources.glob("*.c"), *sources.glob("*.h"), *waiting_files(sources)])
    if not any(file.suffix == ".c" for file in files):
        raise TemplateError(
            f"the guest agent's sources are missing from {sources}: reinstall carrel"
        )
    digest = hashlib.sha256(repr(FLAGS).encode())
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:20]


def waiting_files(sources: Path = SOURCES) -> list[Path]:
    """Return the files, beside the agent's, that make runtimes wait inside a sandbox."""
    return sorted(file for file in (sources / "waiting").glob("*.*") if file.is_file())


def build_agent(home: Path, sources: Path = SOURCES) -> Path:
    """Return the compiled agent, `home/agent/<key>/agent`, compiling it when it is not there.

    Safe to call from several processes at once: each compiles beside the final
    place and the last rename wins with the same content. Raises MissingToolError
    without gcc, TemplateError with the compiler's message when the sources do not
    compile or `home` cannot be written.
    """
    target = home / "agent" / agent_key(sources) / "agent"
    if target.is_file():
        return target
    gcc = shutil.which("gcc")
    if gcc is None:
        raise MissingToolError(
            "gcc is not installed, and the guest agent is compiled with it: "
            "apt-get install gcc libc6-dev"
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".build-", dir=target.parent) as scratch:
            output = Path(scratch) / "agent"
            _compile(gcc, sources, output)
            output.chmod(0o700)
            _sync(output)
            output.replace(target)
    except OSError as error:
        raise TemplateError(
            f"the guest agent cannot be kept under {home}: {error.strerror or error}"
        ) from error
    return target


def _compile(gcc: str, sources: Path, output: Path) -> None:
    names = sorted(file.name for file in sources.glob("*.c"))
    try:
        done = subprocess.run(
            [gcc, *FLAGS, "-o", str(output.resolve()), *names],
            cwd=sources,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_COMPILE_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TemplateError(
            f"compiling the guest agent took longer than {_COMPILE_TIMEOUT_S} s"
        ) from error
    if done.returncode != 0:
        message = (done.stderr or done.stdout).strip()
        raise TemplateError(f"the guest agent does not compile: {message}")


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
