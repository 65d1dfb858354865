"""node:test, Jest and Vitest, against a student's module in JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carrel.core.sizes import MIB
from carrel.judge.kinds.unit.remote import OURS, TESTS, programs_in
from carrel.languages.spec import APP, heap_bytes

_LEAN = ("--v8-pool-size=0", "--disable-sigusr1")
_FOLDER = f"{OURS}/javascript"


@dataclass(frozen=True)
class JavaScriptSide:
    """The programs in programs/javascript."""

    template: str = "node"
    extension: str = ".js"

    def programs(self) -> Mapping[str, bytes]:
        """Return carrel's programs by their names."""
        return programs_in("javascript", "javascript/")

    def examiner_argv(self, framework: str, config: str) -> tuple[str, ...]:
        """Return what runs the tests; node:test takes its reporter from the command line."""
        reporter = (
            f"--test-reporter={_FOLDER}/node_reporter.mjs",
            "--test-reporter-destination=/dev/null",
        )
        options = reporter if framework == "node-test" else ()
        return ("node", *options, "--no-warnings", f"{_FOLDER}/runner.cjs", TESTS, config)

    def student_argv(self, memory_bytes: int) -> tuple[str, ...]:
        """Return what serves the student's program."""
        heap = f"--max-old-space-size={heap_bytes(memory_bytes) // MIB}"
        return ("node", *_LEAN, heap, "--no-warnings", f"{_FOLDER}/server.cjs", APP)


JAVASCRIPT_SIDE = JavaScriptSide()
