"""The exit codes of the `carrel` command; docs/reference/cli.md explains each."""

from __future__ import annotations

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_PLATFORM = 3
EXIT_PRIVILEGE = 4
EXIT_INTERRUPTED = 130

# `carrel run` ends as the program did; these stand for what ended it otherwise.
RUN_COMPILE_ERROR = 1
RUN_TIME_LIMIT = 124  # as timeout(1) does
RUN_MEMORY_LIMIT = 137  # 128 + SIGKILL, as the kernel's memory limit does
RUN_OUTPUT_LIMIT = 153  # 128 + SIGXFSZ
