"""JavaScript on Node.js."""

from __future__ import annotations

from carrel.core.sizes import MIB
from carrel.languages.spec import (
    APP,
    USUAL_MEMORY,
    WAITING,
    WAITING_LIMITS,
    Entry,
    LanguageSpec,
    Smoke,
    SyntaxCheck,
    heap_bytes,
)
from carrel.sandbox.program import Identity, Program, Waiter

# V8's helper threads and the inspector's signal thread cost a tenth of a short
# program's time in a sandbox, and a program has one core anyway.
_LEAN = ("--v8-pool-size=0", "--disable-sigusr1")

# Node writes to a pipe what fits and the rest later; `process.exit` does not wait for that,
# and what a program had printed was lost. This costs a tenth of a short program's time.
_WHOLE_OUTPUT = (
    "--import=data:text/javascript,"
    "for(const s of[process.stdout,process.stderr])s._handle?.setBlocking?.(true)"
)


def _run(entry: Entry, memory_bytes: int) -> tuple[str, ...]:
    heap = f"--max-old-space-size={heap_bytes(memory_bytes) // MIB}"
    return ("node", *_LEAN, _WHOLE_OUTPUT, heap, entry.main)


_CHECK = 'for file; do node --check "$file" || exit; done'
_ENV = {"LANG": "C.UTF-8", "NO_COLOR": "1"}
_ENTRY = Entry("solution.js", f"{APP}/solution.js")
_USUAL = _run(_ENTRY, USUAL_MEMORY)

JAVASCRIPT = LanguageSpec(
    name="javascript",
    title="JavaScript",
    extensions=(".js", ".cjs"),
    aliases=("js", "node", "nodejs"),
    template="node",
    entry=lambda _source: _ENTRY,
    run_argv=_run,
    syntax_check=SyntaxCheck(
        argv=lambda entry: ("sh", "-c", _CHECK, "sh", entry.main),
        signs=(b"SyntaxError",),
        several=True,
    ),
    env=_ENV,
    runtime_threads=16,
    out_of_memory=(b"JavaScript heap out of memory",),
    smoke=Smoke(
        'const [a, b] = require("fs").readFileSync(0, "utf8").split(" ").map(Number);\n'
        "console.log(a + b);\n",
        "2 3\n",
        "5\n",
    ),
    waiters=(
        Waiter(
            name="javascript",
            argv=(*_USUAL[:-1], "--require", f"{WAITING}/wait.js", _USUAL[-1]),
            becomes=Program(_USUAL, WAITING_LIMITS, Identity.FRESH, env=_ENV),
        ),
    ),
)
