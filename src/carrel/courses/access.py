"""The way into a course: who is not in it learns nothing of it, not even that it exists."""

from __future__ import annotations

from carrel.accounts.types import User
from carrel.core.errors import NotFoundError
from carrel.courses.exercise_store import ExerciseStore
from carrel.courses.store import CourseStore
from carrel.courses.types import Actor, Assignment, AssignmentId, Course, CourseId
from carrel.db.engine import Unit

_NO_COURSE = "There is no such course, or you are not in it."
_NO_ASSIGNMENT = "There is no such assignment, or you are not in its course."


async def enter(
    unit: Unit, user: User, course_id: CourseId, *, lock: bool = False
) -> tuple[Course, Actor]:
    """Return a course and who `user` is in it now; NotFoundError for who is not in it.

    With `lock`, other units that enter with it for the same user wait for this one.
    """
    store = CourseStore(unit)
    role = await store.role(course_id, user.id, lock=lock)
    course = await store.course(course_id)
    if role is None or course is None:
        raise NotFoundError(_NO_COURSE)
    return course, Actor(user, role)


async def enter_assignment(
    unit: Unit, user: User, assignment_id: AssignmentId, *, lock: bool = False
) -> tuple[Assignment, Actor]:
    """Return an assignment and who `user` is in its course; NotFoundError as for `enter`."""
    assignment = await ExerciseStore(unit).assignment(assignment_id)
    if assignment is None:
        raise NotFoundError(_NO_ASSIGNMENT)
    role = await CourseStore(unit).role(assignment.course_id, user.id, lock=lock)
    if role is None:
        raise NotFoundError(_NO_ASSIGNMENT)
    return assignment, Actor(user, role)
