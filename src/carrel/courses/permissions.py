"""Who may do what in a course: one table, which every use case asks; pure.

An auditor sees what students see of a course and hands nothing in.
"""

from __future__ import annotations

from enum import Enum

from carrel.core.errors import NotAllowedError
from carrel.courses.types import Actor, Role

_STUDENT = frozenset({Role.STUDENT})
_INSTRUCTOR = frozenset({Role.INSTRUCTOR})
_STAFF = frozenset({Role.ASSISTANT, Role.INSTRUCTOR})
_EVERYBODY = frozenset(Role)


class Action(Enum):
    """Something that one may be allowed to do, with the roles that are, and in words."""

    SEE_COURSE = (_EVERYBODY, "see this course")
    SEE_MEMBERS = (_STAFF, "see who is in this course")
    REMOVE_MEMBERS = (_INSTRUCTOR, "remove somebody from this course")
    INVITE_STUDENTS = (_STAFF, "invite students")
    INVITE_STAFF = (_INSTRUCTOR, "invite staff")
    PUBLISH = (_STAFF, "publish exercises")
    SEE_EXERCISES = (_STAFF, "see the exercises of this course")
    ASSIGN = (_STAFF, "assign exercises")
    SEE_CLOSED = (_STAFF, "see an assignment before it opens")
    HAND_IN = (_STUDENT | _STAFF, "hand in solutions")
    HAND_IN_ANY_TIME = (_STAFF, "hand in outside of the times")
    SEE_ALL_SUBMISSIONS = (_STAFF, "see what others handed in")

    def __init__(self, roles: frozenset[Role], words: str) -> None:
        self.roles = roles
        self.words = words


def may(actor: Actor, action: Action) -> bool:
    """Return whether somebody in this role may do that."""
    return actor.role in action.roles


def require(actor: Actor, action: Action) -> None:
    """Raise NotAllowedError unless somebody in this role may do that."""
    if not may(actor, action):
        allowed = " or ".join(f"{role.value}s" for role in Role if role in action.roles)
        raise NotAllowedError(f"In this course, only {allowed} may {action.words}.")


def action_to_invite(role: Role) -> Action:
    """Return what somebody must be allowed to do to give away a role."""
    return Action.INVITE_STAFF if role in _STAFF else Action.INVITE_STUDENTS
