"""Let a language's own compiler speak before a test that only reads the program."""

from __future__ import annotations

from carrel.judge.stage import Stage


async def compile_first(stage: Stage) -> None:
    """Compile the program, or check its syntax; the stage's RefusedError if it is wrong."""
    await stage.box()
    if stage.plan.check is not None:
        await stage.execute(stage.plan.check)
