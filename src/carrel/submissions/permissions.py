"""Who may see a submission; pure. Who may hand in, `courses.permissions` says."""

from __future__ import annotations

from carrel.accounts.types import UserId
from carrel.courses.permissions import Action, may
from carrel.courses.types import Actor


def may_see(actor: Actor, author: UserId) -> bool:
    """Return whether somebody may see what `author` handed in in the same course."""
    return actor.user.id == author or may(actor, Action.SEE_ALL_SUBMISSIONS)
