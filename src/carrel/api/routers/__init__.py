"""The routes, one module per subject.

`ALL` is what every application has, `PLATFORM` what one with accounts and courses has too,
with `SIGNED` for what other systems sign.
"""

from carrel.api.routers import (
    assignments,
    courses,
    health,
    live,
    lms,
    page,
    runs,
    sessions,
    submissions,
    welcome,
)

ALL = (welcome.router, health.router, runs.router, live.router, page.router)
PLATFORM = (
    sessions.router,
    courses.router,
    assignments.router,
    assignments.uploads,
    submissions.router,
)
SIGNED = (lms.router,)
