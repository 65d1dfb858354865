"""The floor under every backend: programs of a template as bare processes; a program of its own.

Theory of operation. A ratio says what isolation costs only if the same program runs on
both sides of it, and the host's compilers and runtimes are other ones than a template's,
or not there. So this process mounts the template's image in a mount namespace of its own
(`unshare` starts it so), changes its root to it and then starts programs as plainly as
Python can: no limits, no other user, no control group, nothing cleaned up but a directory.
When its standard input ends, it ends, and the mounts go with its namespace.

One request per line, JSON, answered in any order. Only programs of our own run here.
Standard library only.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

_APP = "/app"
_TIMEOUT_S = 120
_writing = threading.Lock()


def _say(answer: dict[str, Any]) -> None:
    with _writing:
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _enter(image: str, place: str) -> None:
    """Make the image this process's root, with a writable /tmp and what runtimes look for."""
    for options in (
        ["-t", "erofs", "-o", "ro,loop", image, place],
        ["-t", "tmpfs", "-o", "mode=1777,nosuid,nodev", "tmpfs", f"{place}/tmp"],  # noqa: S108
        ["--bind", "/dev", f"{place}/dev"],
        ["--bind", "/proc", f"{place}/proc"],
    ):
        subprocess.run(["mount", *options], check=True)
    os.chroot(place)
    os.chdir("/tmp")  # noqa: S108 - the one just mounted


def _inside(word: str, directory: str) -> str:
    if word == _APP or word.startswith(f"{_APP}/"):
        return directory + word[len(_APP) :]
    return word


def _run(request: dict[str, Any]) -> dict[str, Any]:
    """Run the request's commands in its directory, or one for it alone, which stands for /app."""
    start = time.monotonic()
    with contextlib.ExitStack() as stack:
        directory = request["directory"] or stack.enter_context(tempfile.TemporaryDirectory())
        for name, text in request["files"].items():
            Path(directory, name).write_text(text, encoding="utf-8")
        each: list[float] = []
        outputs: list[str] = []
        for argv, text in request["commands"]:
            words = [_inside(word, directory) for word in argv]
            begin = time.monotonic()
            done = subprocess.run(
                words,
                input=text.encode(),
                capture_output=True,
                timeout=_TIMEOUT_S,
                cwd=directory,
                check=False,
            )
            each.append(1000 * (time.monotonic() - begin))
            if done.returncode != 0:
                said = done.stderr.decode("utf-8", "replace")[-300:]
                return {"error": f"{words[0]} ended with {done.returncode}: {said}"}
            outputs.append(done.stdout.decode("utf-8", "replace"))
    return {"ms": 1000 * (time.monotonic() - start), "each_ms": each, "outputs": outputs}


def _hold(request: dict[str, Any]) -> dict[str, Any]:
    """Return the memory share, in KiB, of a process that was sent a line and has written one."""
    with subprocess.Popen(
        request["argv"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/"
    ) as process:
        assert process.stdin is not None  # noqa: S101 - asked for
        assert process.stdout is not None  # noqa: S101 - asked for
        process.stdin.write(b"\n")
        process.stdin.flush()
        process.stdout.readline()
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="utf-8")
        process.kill()
    return {"pss_kib": next(int(x.split()[1]) for x in rollup.splitlines() if x[:4] == "Pss:")}


def _make(_: dict[str, Any]) -> dict[str, Any]:
    """Make a directory that stays until the end."""
    return {"directory": tempfile.mkdtemp()}


_ANSWERS = {"run": _run, "hold": _hold, "make": _make}


def _serve(line: str) -> None:
    request = json.loads(line)
    try:
        answer = _ANSWERS[request["do"]](request)
    except (OSError, subprocess.SubprocessError, StopIteration) as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    _say({"id": request["id"]} | answer)


def main() -> None:
    """Serve the image and the empty directory that are named on the command line."""
    image, place = sys.argv[1:]
    os.environ.update(PATH="/usr/local/bin:/usr/bin:/bin", LANG="C.UTF-8", HOME="/tmp")  # noqa: S108
    try:
        _enter(image, place)
    except (OSError, subprocess.SubprocessError) as error:
        _say({"error": f"cannot mount {image}: {error}"})
        return
    _say({"ready": True})
    for line in sys.stdin:
        threading.Thread(target=_serve, args=(line,), daemon=True).start()


if __name__ == "__main__":
    main()
