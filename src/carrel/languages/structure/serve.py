"""The other side of `apart`: what runs in the process that reads a program.

It imports little, as it starts for each program.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from dataclasses import asdict
from typing import Any

from carrel.core.sizes import GIB
from carrel.languages.structure.check import check
from carrel.languages.structure.code import Code
from carrel.languages.structure.rules import Rule, Subject
from carrel.languages.structure.tree import Source, grammar

CPU_SECONDS = 20
"""What reading a program may take; a megabyte of ordinary code takes less than half."""

TOO_MUCH = 3
"""The exit code that says that the program did not fit into the memory there is."""

_MEMORY_BYTES = 2 * GIB
_NOBODY = 65534


def serve() -> None:
    """Answer the one request on standard input; what `apart.examine` runs."""
    request = json.load(sys.stdin.buffer)
    language = str(request["language"])
    rules = [_rule(rule) for rule in request["rules"]]
    sources = [Source(name, text.encode("latin-1")) for name, text in request["sources"]]
    grammar(language)
    _give_up_rights()
    try:
        code = Code(sources, language)
        outcomes = check(rules, code)
    except (MemoryError, RecursionError):
        os._exit(TOO_MUCH)
    answer = {"outcomes": [asdict(outcome) for outcome in outcomes], "errors": code.has_errors}
    json.dump(answer, sys.stdout)


def _rule(value: dict[str, Any]) -> Rule:
    lists = {name: tuple(item) for name, item in value.items() if isinstance(item, list)}
    return Rule(**{**value, **lists, "subject": Subject(value["subject"])})


def _give_up_rights() -> None:
    """Leave the process with nothing that a parser led astray could use."""
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (value, value + (limit == resource.RLIMIT_CPU)))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
