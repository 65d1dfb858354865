"""What a command needs to be allowed to do, asked before it begins."""

from __future__ import annotations

import os

from carrel.core.errors import PrivilegeError


def require_root(command: str) -> None:
    """Raise PrivilegeError, naming `command` (`carrel run`), unless this process is root."""
    if os.geteuid() != 0:
        raise PrivilegeError(f"{command} needs root (it creates sandboxes); run it with sudo")
