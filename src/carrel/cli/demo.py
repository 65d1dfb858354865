"""`carrel demo`: a course with everything in it, to try the platform with."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from carrel.cli.privilege import require_root
from carrel.core.errors import InvalidValueError

if TYPE_CHECKING:
    from carrel.ops.settings import Settings

_EPILOG = """\
Examples:

    sudo carrel demo

    sudo carrel demo --json

Run it again as often as you like: what is there already stays as it is. The submissions are
graded as soon as `carrel serve` runs. Everybody has a personal token for programs: send it in
the header `Authorization: Bearer TOKEN`. Everybody gets a new link, too, which signs in on the
page once, within a day.

Do not use it on a server that others reach: whoever knows a token of the demo may do what
its user may.

Exit code: 0 if the demo is there, 2 for wrong usage, 3 for a platform fault, 4 if a
privilege is missing.
"""


def register(app: typer.Typer) -> None:
    """Add `demo` to the command line."""
    app.command("demo", epilog=_EPILOG)(demo)


def demo(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    url: Annotated[
        str, typer.Option(help="Where the server is, for the addresses that are printed.")
    ] = "http://127.0.0.1:8000",
) -> None:
    """Make a course with exercises, a teacher, an assistant, students and submissions."""
    if not url.startswith(("http://", "https://")):
        raise InvalidValueError("--url", url, "give the server's address: http://127.0.0.1:8000")
    require_root("carrel demo")
    from carrel.ops.settings import Settings  # noqa: PLC0415 - help must come quickly

    found = asyncio.run(_demo(Settings.load(), url.rstrip("/")))
    if as_json:
        typer.echo(json.dumps(found))
    else:
        _show(found)


async def _demo(settings: Settings, url: str) -> dict[str, Any]:
    from carrel.bootstrap.demo import seed  # noqa: PLC0415 - slow
    from carrel.bootstrap.platform import prepared_platform  # noqa: PLC0415
    from carrel.processes.privileges import web_user  # noqa: PLC0415

    uid, gid = web_user()
    async with prepared_platform(settings, uid=uid, gid=gid) as platform:
        return {"url": url, **await seed(platform, settings.data, url)}


def _show(found: dict[str, Any]) -> None:
    console = Console()
    console.print(f"The demo is there: {found['url']}", soft_wrap=True)
    for user in found["users"]:
        console.print(f"{user['name']} ({user['login']}), {user['role']}", soft_wrap=True)
        console.print(f"  sign in once: {user['link']}", soft_wrap=True)
        console.print(f"  token:        {user['token']}", soft_wrap=True)
    for course in found["courses"]:
        console.print(f"Course {course['title']} ({course['id']})", soft_wrap=True)
    for assignment in found["assignments"]:
        console.print(f"  {assignment['title']} ({assignment['id']})", soft_wrap=True)
