"""All tables. What a row means stands in the `types` of its slice.

Names of constraints follow one convention, so that a migration can name what it changes:
SQLite itself gives them none. Times are UTC, ids are prefixed random text. Secrets that
somebody shows to us (tokens, links, codes) are stored as SHA-256 only.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from carrel.db.columns import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_ID = 32
_HASH = 64
_WORD = 32
_TEXT = 200


def _key() -> Column[str]:
    return Column("id", String(_ID), primary_key=True)


def _to(table: str, name: str, **options: Any) -> Column[str]:
    """Return a column that names a row of `table`, and is removed with it."""
    options.setdefault("nullable", False)
    return Column(name, String(_ID), ForeignKey(f"{table}.id", ondelete="CASCADE"), **options)


def _moment(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, UtcDateTime(), nullable=nullable)


def _secret(*, primary_key: bool = False) -> Column[str]:
    name = "secret_hash"
    if primary_key:
        return Column(name, String(_HASH), primary_key=True)
    return Column(name, String(_HASH), nullable=False, unique=True)


users = Table(
    "users",
    metadata,
    _key(),
    Column("login", String(_TEXT), nullable=False, unique=True),
    Column("name", String(_TEXT), nullable=False),
    Column("administrator", Boolean, nullable=False),
    Column("password_hash", String(_TEXT)),
    _moment("created_at"),
)

sessions = Table(
    "sessions",
    metadata,
    _secret(primary_key=True),
    _to("users", "user_id", index=True),
    _moment("created_at"),
    _moment("expires_at"),
)

personal_tokens = Table(
    "personal_tokens",
    metadata,
    _key(),
    _secret(),
    _to("users", "user_id", index=True),
    Column("name", String(_TEXT), nullable=False),
    _moment("created_at"),
    _moment("last_used_at", nullable=True),
    _moment("expires_at", nullable=True),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    _secret(primary_key=True),
    _to("users", "user_id", index=True),
    _moment("expires_at"),
)

courses = Table(
    "courses",
    metadata,
    _key(),
    Column("title", String(_TEXT), nullable=False),
    _moment("created_at"),
)

memberships = Table(
    "memberships",
    metadata,
    _to("courses", "course_id", primary_key=True),
    _to("users", "user_id", primary_key=True, index=True),
    Column("role", String(_WORD), nullable=False),
    _moment("joined_at"),
)

invitations = Table(
    "invitations",
    metadata,
    _key(),
    _secret(),
    _to("courses", "course_id", index=True),
    Column("role", String(_WORD), nullable=False),
    Column("uses", Integer, nullable=False),
    Column("most_uses", Integer),
    _moment("created_at"),
    _moment("expires_at", nullable=True),
    CheckConstraint("most_uses IS NULL OR uses <= most_uses", name="uses"),
)

packages = Table(
    "packages",
    metadata,
    Column("hash", String(_HASH), primary_key=True),
    _moment("created_at"),
)

package_files = Table(
    "package_files",
    metadata,
    Column(
        "hash", String(_HASH), ForeignKey("packages.hash", ondelete="CASCADE"), primary_key=True
    ),
    Column("name", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

exercise_versions = Table(
    "exercise_versions",
    metadata,
    _key(),
    _to("courses", "course_id"),
    Column("hash", String(_HASH), ForeignKey("packages.hash"), nullable=False, index=True),
    Column("exercise", String(_TEXT), nullable=False),
    Column("title", String(_TEXT), nullable=False),
    Column("shown", JSON, nullable=False),
    _moment("published_at"),
    UniqueConstraint("course_id", "hash"),
)

assignments = Table(
    "assignments",
    metadata,
    _key(),
    _to("courses", "course_id", index=True),
    Column(
        "exercise_version_id",
        String(_ID),
        ForeignKey("exercise_versions.id"),
        nullable=False,
        index=True,
    ),
    Column("title", String(_TEXT), nullable=False),
    _moment("opens_at", nullable=True),
    _moment("due_at", nullable=True),
    _moment("closes_at", nullable=True),
    Column("max_attempts", Integer),
    _moment("created_at"),
)

submissions = Table(
    "submissions",
    metadata,
    _key(),
    _to("assignments", "assignment_id"),
    _to("users", "user_id", index=True),
    Column(
        "exercise_version_id",
        String(_ID),
        ForeignKey("exercise_versions.id"),
        nullable=False,
        index=True,
    ),
    Column("attempt", Integer, nullable=False),
    Column("language", String(_WORD), nullable=False),
    _moment("created_at"),
    UniqueConstraint("assignment_id", "user_id", "attempt"),
)

submission_files = Table(
    "submission_files",
    metadata,
    _to("submissions", "submission_id", primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", String(_TEXT), nullable=False),
    Column("content", LargeBinary, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    _to("submissions", "submission_id", unique=True),
    Column("status", String(_WORD), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("lease", Integer, nullable=False),
    Column("worker", String(_TEXT)),
    Column("faults", Integer, nullable=False),
    Column("losses", Integer, nullable=False),
    Column("phase", String(_WORD)),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    _moment("available_at"),
    _moment("lease_until", nullable=True),
    # Looking for work costs the same whatever is stored.
    Index("ix_jobs_status_priority_number", "status", "priority", "number"),
    sqlite_autoincrement=True,
)

results = Table(
    "results",
    metadata,
    _to("submissions", "submission_id", primary_key=True),
    Column("lease", Integer, nullable=False),
    Column("verdict", String(_WORD), nullable=False),
    Column("earned", Float, nullable=False),
    Column("total", Float, nullable=False),
    Column("view", JSON, nullable=False),
    Column("staff_view", JSON, nullable=False),
    Column("seconds", Float, nullable=False),
    _moment("graded_at"),
    Index("ix_results_graded_at", "graded_at"),
)

workers = Table(
    "workers",
    metadata,
    Column("name", String(_TEXT), primary_key=True),
    Column("places", Integer, nullable=False),
    _moment("seen_at"),
)
