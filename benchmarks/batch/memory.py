"""Does the host process of a batch stay flat: `sudo .venv/bin/python -m benchmarks.batch.memory`.

Runs `carrel batch` once for each size, in a process of its own, on that many different
programs (each prints 4 KB and fails a test, so that there is something to keep), and
prints that process's peak resident memory as the kernel counted it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXERCISE = """\
id = "flat"
title = "Flat"
statement = "statement.md"
languages = ["python"]
[limits]
time = 10.0
[[tests]]
name = "first"
input = ""
expected = "x"
[[tests]]
name = "second"
input = ""
expected = "y"
"""
CHILD = """\
import sys
from pathlib import Path
from carrel.cli.main import main
code = main(sys.argv[1:])
status = Path("/proc/self/status").read_text()
peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
print("PEAK", code, peak.split()[1])
"""


def measure(count: int) -> dict[str, float]:
    """Return the peak in MB of a batch of `count`, and its seconds."""
    with tempfile.TemporaryDirectory(prefix="carrel-bench-") as name:
        place = Path(name)
        exercise, folder = place / "flat", place / "class"
        exercise.mkdir()
        folder.mkdir()
        (exercise / "exercise.toml").write_text(EXERCISE)
        (exercise / "statement.md").write_text("Print.")
        for number in range(count):
            (folder / f"s{number}.py").write_text(f"# {number}\nprint('{number} ' * 800)\n")
        start = time.monotonic()
        done = subprocess.run(
            [
                *(sys.executable, "-c", CHILD, "batch", str(exercise), str(folder)),
                *("--out", str(place / "out"), "--student-view"),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        line = next(line for line in done.stdout.splitlines() if line.startswith("PEAK "))
        _, code, peak = line.split()
        assert code == "0", done.stderr
        return {
            "submissions": count,
            "peak_mb": round(int(peak) / 1024, 1),
            "seconds": round(time.monotonic() - start, 1),
        }


def main() -> None:
    """Measure and print JSON lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", default="100,500,2000", help="numbers of submissions")
    for size in parser.parse_args().sizes.split(","):
        print(json.dumps(measure(int(size))), flush=True)


if __name__ == "__main__":
    main()
