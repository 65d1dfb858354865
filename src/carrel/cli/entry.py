"""What the `carrel` script calls: quiet about Ctrl-C from the first moment on."""

from __future__ import annotations

import sys

EXIT_INTERRUPTED = 130


def main() -> int:
    """Run the command line; loading it takes long enough to be interrupted."""
    try:
        from carrel.cli.main import main as run  # noqa: PLC0415

        return run()
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
