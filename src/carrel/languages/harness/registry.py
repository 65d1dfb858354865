"""The languages in which functions can be called, each with its module."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

from carrel.languages.harness import c, cpp, java, javascript, python
from carrel.languages.harness.installation import Harness
from carrel.languages.registry import Language

HARNESSES: Mapping[Language, Harness] = MappingProxyType(
    {
        Language.PYTHON: cast("Harness", python),
        Language.C: cast("Harness", c),
        Language.CPP: cast("Harness", cpp),
        Language.JAVA: cast("Harness", java),
        Language.JAVASCRIPT: cast("Harness", javascript),
    }
)
