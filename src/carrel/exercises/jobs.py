"""What the judge is asked when somebody answers an exercise."""

from __future__ import annotations

from carrel.exercises.types import Exercise
from carrel.judge.judge import Job
from carrel.judge.plan import Submission


def job_for(exercise: Exercise, submission: Submission) -> Job:
    """Return the job that judges a submission against an exercise's tests and limits."""
    return Job(
        submission=submission,
        tests=[test.judge for test in exercise.tests],
        limits=exercise.limits[submission.language],
        data=exercise.data,
    )
