"""What is said on the line, as models: both ends check what they get by them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from carrel.core.sizes import KIB, MIB
from carrel.judge.verdict import Verdict

MAX_CODE_BYTES = 256 * KIB
MAX_STDIN_BYTES = MIB
_NAME = 64
_WORDS = 4000


class RunRequest(BaseModel):
    """A program to run."""

    model_config = ConfigDict(extra="forbid")

    code: str
    language: Annotated[str, Field(examples=["python"])]
    stdin: str = ""


class RunResponse(BaseModel):
    """What the program did.

    `success` means exit code 0 within all limits; `reason` says in a sentence what
    else happened. `execution_time` is in seconds, `memory_used` in bytes, and
    `exit_code` is -1 after a timeout. `isolation` names what the program ran in.
    """

    stdout: str
    stderr: str
    success: bool
    execution_time: float
    exit_code: int
    verdict: Verdict
    reason: str
    memory_used: int
    truncated: bool
    isolation: str


class TemplateHealth(BaseModel):
    """One template: whether it is built, for which languages, and how many are warm."""

    built: bool
    languages: list[str]
    warm: int


class WorkerHealth(BaseModel):
    """What a worker has ready. `degraded`: some languages cannot be run; `down`: none can."""

    status: Literal["ok", "degraded", "down"]
    isolation: str
    templates: dict[str, TemplateHealth]
    sandboxes: int
    running: int
    waiting: int


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RunCall(_Said):
    """Run a program."""

    op: Literal["run"] = "run"
    program: RunRequest


class HealthCall(_Said):
    """Say what is ready."""

    op: Literal["health"] = "health"


class PokeCall(_Said):
    """There are new jobs in the database: look now, not only by the clock."""

    op: Literal["poke"] = "poke"


class SessionCall(_Said):
    """Open a live session; the connection is its line from then on."""

    op: Literal["session"] = "session"
    kind: Annotated[str, Field(max_length=_NAME)]
    options: Annotated[
        dict[Annotated[str, Field(max_length=_NAME)], Annotated[str, Field(max_length=_NAME)]],
        Field(max_length=8),
    ] = {}


Call = RunCall | HealthCall | PokeCall | SessionCall
CALL: TypeAdapter[Call] = TypeAdapter(Annotated[Call, Field(discriminator="op")])


class SessionMessage(_Said):
    """One message of a live session, in either direction; the session checks its content."""

    message: dict[str, Any]


class FailureMessage(_Said):
    """An error, by the name of its class; `words` are its message."""

    kind: Annotated[str, Field(max_length=_NAME)]
    words: Annotated[str, Field(max_length=_WORDS)]
    field: Annotated[str, Field(max_length=_NAME)] = ""
    value: Annotated[str, Field(max_length=_WORDS)] = ""
    allowed: Annotated[str, Field(max_length=_WORDS)] = ""
    retry_after_s: Annotated[int, Field(ge=0, le=3600)] = 0


class Answer(_Said):
    """What came of a call: an answer or an error."""

    answer: dict[str, Any] | None = None
    error: FailureMessage | None = None
