"""Say whether what `scripts/test` leaves to `scripts/test all` must be run.

An emulated micro-VM takes many minutes for the whole contract, so only `all` has it kept.
What decides whether it still would be is hashed into a file when `all` has passed.

    python scripts/contract_hash.py           says what is due, and always exits with 0
    python scripts/contract_hash.py record    notes that `all` has passed
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
NOTE = ROOT / "tests/contract/last-full-run.txt"
FOLDERS = ("src/carrel/sandbox", "src/carrel/guest", "src/carrel/testing/contract", "images")


def digest() -> str:
    """Return one hash of the names and contents of all files that decide about the contract."""
    total = hashlib.sha256()
    files = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    for path in sorted(path for path in files if path.is_file() and path.suffix != ".pyc"):
        name = path.relative_to(ROOT).as_posix()
        total.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def main() -> None:
    """Compare with the last full run, or note that it was now."""
    if sys.argv[1:] == ["record"]:
        NOTE.write_text(f"{digest()}\n")
    elif not NOTE.exists() or NOTE.read_text().strip() != digest():
        print(
            f"{', '.join(FOLDERS)}: changed since the last `scripts/test all`.\n"
            "Run it before a release: it has emulated micro-VMs keep the whole contract."
        )


if __name__ == "__main__":
    main()
