"""The languages in which functions can be called, each with its module."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

from carrel.languages.harness import c, cpp, go, java, javascript, python, rust, typescript
from carrel.languages.harness.installation import Harness
from carrel.languages.registry import Language

HARNESSES: Mapping[Language, Harness] = MappingProxyType(
    {
        Language.PYTHON: cast("Harness", python),
        Language.RUST: cast("Harness", rust),
        Language.TYPESCRIPT: cast("Harness", typescript),
        Language.C: cast("Harness", c),
        Language.CPP: cast("Harness", cpp),
        Language.GO: cast("Harness", go),
        Language.JAVA: cast("Harness", java),
        Language.JAVASCRIPT: cast("Harness", javascript),
    }
)
