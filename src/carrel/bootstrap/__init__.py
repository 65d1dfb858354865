"""The one place that picks implementations and connects them.

Here stand the names that every command needs; what serves HTTP is in `web`, which only
`carrel serve` imports.
"""

from carrel.bootstrap.isolation import (
    chosen_isolation,
    gvisor_release,
    isolations,
    make_guest_system,
    probe_kvm,
    runc_release,
)
from carrel.bootstrap.sandboxes import make_admission, max_live, open_pool, open_templates
from carrel.ops.settings import Settings

__all__ = [
    "chosen_isolation",
    "default_settings",
    "gvisor_release",
    "isolations",
    "make_admission",
    "make_guest_system",
    "max_live",
    "open_pool",
    "open_templates",
    "probe_kvm",
    "runc_release",
]


def default_settings() -> Settings:
    """Return the settings of the environment; InvalidValueError names a bad variable."""
    return Settings.load()
