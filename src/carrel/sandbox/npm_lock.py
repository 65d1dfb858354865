"""The lock of npm packages: every package by its hash, and no registry's address."""

from __future__ import annotations

import json
from pathlib import Path

from carrel.core.errors import TemplateError


def check_lock(lock: Path) -> None:
    """Raise TemplateError when `lock`, a package-lock.json, does not pin every package.

    npm installs a package that has no hash without a word. A package's address
    would bind the recipe to one registry: the machine's own settings name it.
    """
    manifest = lock.parent / "package.json"
    if not manifest.is_file():
        raise TemplateError(f"{lock}: the package.json that it belongs to is missing beside it")
    try:
        packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
        asked = json.loads(manifest.read_text(encoding="utf-8"))["dependencies"]
        others = {name: entry for name, entry in packages.items() if name}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TemplateError(f"{lock} or its package.json is no npm lock: {error!r}") from error
    for name in asked:
        if f"node_modules/{name}" not in others:
            raise TemplateError(f"{lock} does not hold {name}: run npm install again")
    for name, entry in others.items():
        if not isinstance(entry, dict) or not str(entry.get("integrity", "")).startswith("sha512-"):
            raise TemplateError(f"{lock}: {name} has no sha512 integrity, so nothing pins it")
        if "resolved" in entry:
            raise TemplateError(
                f"{lock}: {name} names a registry; make the lock with "
                "`npm install --package-lock-only --omit-lockfile-registry-resolved`"
            )
