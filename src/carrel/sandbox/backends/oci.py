"""The OCI bundle: how a sandbox is described to gVisor and to runc."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

AGENT = "/.carrel/agent"
PATH = "/usr/local/bin:/usr/bin:/bin"

# What the agent needs to start programs as other users, to kill them and to clean
# up after them. SYS_ADMIN mounts the writable layer, and read-only files onto
# themselves; SETPCAP drops all of these for programs. Student code has none of them.
AGENT_CAPABILITIES = (
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_SYS_ADMIN",
    "CAP_SYS_RESOURCE",
)


def bundle(*, root: str, annotations: Mapping[str, str]) -> dict[str, Any]:
    """Return the configuration of a sandbox whose first process is the agent."""
    capabilities = list(AGENT_CAPABILITIES)
    return {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False,
            "user": {"uid": 0, "gid": 0},
            "args": [AGENT],
            "env": [f"PATH={PATH}"],
            "cwd": "/",
            "capabilities": {
                "bounding": capabilities,
                "effective": capabilities,
                "permitted": capabilities,
            },
            "noNewPrivileges": True,
            "oomScoreAdj": 1000,
        },
        "root": {"path": root, "readonly": True},
        "hostname": "carrel",
        "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
        "linux": {
            "namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount")],
        },
        "annotations": dict(annotations),
    }
