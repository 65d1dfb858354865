"""The settings: environment variables that begin with `CARREL_`, read here.

Only CARREL_DEBUG is not among them: `cli.main` reads it when an error ends the command,
which may be one about a setting.

`CARREL_POOL_SIZE=4 carrel serve` sets `pool_size`; an empty variable counts as
not set. Only `cli` and `bootstrap` ask for settings; inner code receives values.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from carrel.core.errors import InvalidValueError
from carrel.core.sizes import GIB, MIB, parse_size

PREFIX = "CARREL_"


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("give an absolute path, such as /var/lib/carrel")
    return path


def _words(value: object) -> object:
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _size_of_machine(size: str) -> str:
    try:
        return str(parse_size(size, field="", minimum=512 * MIB, maximum=64 * GIB))
    except InvalidValueError as error:
        raise ValueError(error.allowed) from error  # `load` names the variable and the value


class Settings(BaseSettings):
    """What an operator may set; every field is the variable CARREL_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    home: Annotated[Path, AfterValidator(_absolute)] = Path("/var/lib/carrel")
    """What is kept: templates and their caches (about 7 GB)."""

    data: Annotated[Path, AfterValidator(_absolute)] = Path("/var/lib/carrel/data")
    """What must not be lost: the database of courses and submissions, unless it is elsewhere."""

    database_url: Annotated[str | None, Field(repr=False)] = None
    """The database, as postgresql+psycopg://user:password@host/database; by default an SQLite
    file in CARREL_DATA."""

    lms_secret: Annotated[str | None, Field(repr=False)] = None
    """The secret that a learning platform signs its requests to /lms/submit with; without
    one they are refused."""

    hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)] = ()
    """Names under which the server may be called beside its address, such as that of the
    proxy in front of it."""

    run_dir: Annotated[Path, AfterValidator(_absolute)] = Path("/run/carrel")
    """What lives as long as the machine runs: the state of running sandboxes."""

    isolation: Literal["auto", "microvm", "gvisor", "namespaces"] = "auto"
    """What stands between a program and this machine; auto takes microvm where hardware
    virtualisation (KVM) works, else gvisor, and never namespaces: programs would share the
    machine's kernel."""

    isolation_minimum: Literal["microvm", "gvisor", "namespaces"] = "namespaces"
    """The weakest isolation that anybody may choose: gvisor forbids namespaces, microvm both."""

    microvm_memory: Annotated[str, AfterValidator(_size_of_machine)] = "2G"
    """How much memory a micro-VM has; a sandbox's memory and disk must fit into it beside its
    kernel. What no program uses takes no memory of the host's."""

    emulation_slowdown: Annotated[float, Field(ge=1, le=100)] = 10.0
    """How many times slower programs run in a micro-VM without KVM, which is emulated: limits
    of time are stretched, and times divided, by it."""

    pool_size: Annotated[int, Field(ge=0, le=64)] = 2
    """How many sandboxes wait warm per template; 0 starts each one when it is asked for."""

    pool_total: Annotated[int, Field(ge=0, le=256)] = 6
    """How many sandboxes wait warm over all templates."""

    warm_languages: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)] = ()
    """Languages, such as java,python, whose runtimes wait started in each warm sandbox: the first
    program of a submission then begins at once, for more memory and CPU time per sandbox."""

    max_sandboxes: Annotated[int, Field(ge=1, le=4096)] | None = None
    """How many sandboxes exist at the same time; by default what the memory is good for."""

    lang: Literal["en", "de"] = "en"
    """The language of what students are told."""

    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    """From which severity on messages are logged to stderr."""

    @property
    def microvm_memory_bytes(self) -> int:
        """`microvm_memory` as a number of bytes."""
        return int(self.microvm_memory)

    @classmethod
    def load(cls) -> Self:
        """Return the settings; InvalidValueError names the variable that is impossible."""
        try:
            return cls()
        except ValidationError as error:
            first = error.errors()[0]
            variable = PREFIX + str(first["loc"][0]).upper()
            reason = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
            raise InvalidValueError(variable, first["input"], reason) from error
