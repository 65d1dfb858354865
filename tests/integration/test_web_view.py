"""The web process reads its own files below a directory of root's, and nothing else there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import json, os, sys
from pathlib import Path
from carrel.processes.privileges import become
from carrel.processes.view import show_only

home = Path(sys.argv[1])
show_only([home / "carrel", home / "carrel/venv"], [home / "data"], 64711)
become(64711, 64711)

def attempt(work):
    try:
        return work()
    except OSError as error:
        return type(error).__name__

print(json.dumps({
    "code": attempt(lambda: (home / "carrel/code.py").read_text()),
    "venv": attempt(lambda: (home / "carrel/venv/lib.py").read_text()),
    "change": attempt(lambda: (home / "carrel/code.py").write_text("x")),
    "make": attempt(lambda: (home / "carrel/open/new").write_text("x")),
    "data": attempt(lambda: (home / "data/rows").write_text("kept")),
    "secret": attempt(lambda: (home / "secret").read_text()),
    "there": attempt(lambda: sorted(os.listdir(home))),
    "shadow": attempt(lambda: Path("/etc/shadow").read_text()),
    "cover": attempt(lambda: (home / "mine").write_text("x")),
}))
"""


def test_only_what_it_needs_appears_below_roots_directory(tmp_path: Path) -> None:
    home = tmp_path / "root"
    (home / "carrel/venv").mkdir(parents=True)
    (home / "carrel/open").mkdir(mode=0o777)
    (home / "carrel/open").chmod(0o777)
    (home / "carrel/code.py").write_text("code")
    (home / "carrel/venv/lib.py").write_text("lib")
    (home / "secret").write_text("of root")
    (home / "secret").chmod(0o644)
    (home / "data").mkdir()
    (home / "data").chmod(0o777)
    home.chmod(0o700)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, home], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "code": "code",
        "venv": "lib",
        "change": "OSError",  # read-only
        "make": "OSError",  # also where everybody may write
        "data": 4,
        "secret": "FileNotFoundError",
        "there": ["carrel", "data"],
        "shadow": "PermissionError",
        "cover": "PermissionError",
    }
    # Nothing of it is seen outside, and what was written is there.
    assert (home / "secret").read_text() == "of root"
    assert (home / "data/rows").read_text() == "kept"
    assert str(tmp_path) not in Path("/proc/self/mountinfo").read_text()
    assert os.geteuid() == 0
