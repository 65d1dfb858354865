"""How the web process gives up root for good, and how a child ends with its parent.

The attack: a stranger's bytes find a mistake in the parser of HTTP, of JSON or of an
archive, and their author's code runs in the web process. It is then a user that owns
nothing, without capabilities in any set, in no group of others; it can gain no privilege
by a setuid program, and be looked into by no other process of its user.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import resource
import signal

from carrel.core.errors import PlatformFaultError

WEB_USER = "carrel-web"
_FALLBACK_ID = 64711
"""Where nobody made the user: an id that Debian gives to no package."""

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_MOST_CAPABILITIES = 64
_DESCRIPTORS = 8192

_libc = ctypes.CDLL(None, use_errno=True)


def web_user() -> tuple[int, int]:
    """Return the uid and gid of the web process: those of `carrel-web` if there is one."""
    try:
        found = pwd.getpwnam(WEB_USER)
    except KeyError:
        return _FALLBACK_ID, _FALLBACK_ID
    if found.pw_uid == 0:
        raise PlatformFaultError(f"the user {WEB_USER} is root; give it an id of its own")
    return found.pw_uid, found.pw_gid


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the process `parent` ends.

    After every change of user: that clears it.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it has ended already
        os.kill(os.getpid(), signal.SIGKILL)


def become(user: int, group: int) -> None:
    """Turn this process from root into that user, who can never be more. Irreversible."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for capability in range(_MOST_CAPABILITIES):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # there are no more
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _prctl(_PR_SET_DUMPABLE, 0)
    os.umask(0o077)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise PlatformFaultError(f"prctl({option}) failed: {os.strerror(number)}")
