"""The OCI bundle: how a sandbox is described to gVisor and to runc."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carrel.sandbox.backends import seccomp

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

NAMESPACES = ("pid", "network", "ipc", "uts", "mount")

# What of the host's kernel a program could read in /proc, beyond what runtimes ask for
# (cpuinfo, meminfo, stat, loadavg, uptime): empty.
_HIDDEN = (
    *("acpi", "asound", "bus/pci", "buddyinfo", "cmdline", "config.gz", "consoles", "crypto"),
    *("device-tree", "devices", "diskstats", "dma", "driver", "execdomains", "fb", "interrupts"),
    *("iomem", "ioports", "irq", "kallsyms", "kcore", "key-users", "keys", "kmsg", "kpagecgroup"),
    *("kpagecount", "kpageflags", "latency_stats", "locks", "mdstat", "misc", "modules", "mtrr"),
    *("pagetypeinfo", "partitions", "sched_debug", "schedstat", "scsi", "slabinfo", "softirqs"),
    *("swaps", "sysrq-trigger", "timer_list", "timer_stats", "tty", "vmallocinfo", "zoneinfo"),
)
_READ_ONLY = ("bus", "fs", "sys")


@dataclass(frozen=True)
class SharedKernel:
    """What a sandbox without a kernel of its own needs beside: host ids and a control group.

    Ids from 0 to `id_count` inside are the host's from `first_id`. `cgroup` is the path
    below each hierarchy's mount point.
    """

    first_id: int
    id_count: int
    cgroup: str


def bundle(
    *, root: str, annotations: Mapping[str, str], shared: SharedKernel | None = None
) -> dict[str, Any]:
    """Return the configuration of a sandbox whose first process is the agent."""
    capabilities = list(AGENT_CAPABILITIES)
    config: dict[str, Any] = {
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
        "linux": {"namespaces": [{"type": kind} for kind in NAMESPACES]},
        "annotations": dict(annotations),
    }
    if shared is not None:
        _confine(config, shared)
    return config


def _confine(config: dict[str, Any], shared: SharedKernel) -> None:
    """Add what gVisor's own kernel makes unnecessary."""
    ids = [{"containerID": 0, "hostID": shared.first_id, "size": shared.id_count}]
    config["mounts"] = [
        {
            "destination": "/proc",
            "type": "proc",
            "source": "proc",
            "options": ["nosuid", "nodev", "noexec"],
        },
        {
            "destination": "/dev",
            "type": "tmpfs",
            "source": "tmpfs",
            "options": ["nosuid", "noexec", "mode=755", "size=64k", "nr_inodes=64"],
        },
    ]
    config["linux"] |= {
        "namespaces": [{"type": kind} for kind in (*NAMESPACES, "user", "cgroup")],
        "uidMappings": ids,
        "gidMappings": ids,
        "cgroupsPath": shared.cgroup,
        "rootfsPropagation": "private",
        "seccomp": seccomp.profile(),
        "maskedPaths": [f"/proc/{name}" for name in _HIDDEN],
        "readonlyPaths": [f"/proc/{name}" for name in _READ_ONLY],
    }
