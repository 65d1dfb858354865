"""`carrel login`: remember a server and a token for `carrel submit`."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from carrel.cli.server import Server

_EPILOG = """\
Examples:

    carrel login https://carrel.example.org

    carrel login https://carrel.example.org --token crl_…

Without --token it asks for login and password, and makes a personal token for this computer;
the password is not kept. The token is kept in ~/.config/carrel/login.json, which only you may
read. Revoke it on the page when you do not need it any more.

Exit code: 0 if you are signed in, 2 for wrong usage, 3 if the server does not answer, 4 if it
does not know you.
"""


def register(app: typer.Typer) -> None:
    """Add `login` to the command line."""
    app.command("login", epilog=_EPILOG)(login)


def login(
    url: Annotated[str, typer.Argument(metavar="URL", help="The server's address.")],
    token: Annotated[
        str | None, typer.Option("--token", help="A personal token, made on the page.")
    ] = None,
) -> None:
    """Sign in to a server, to hand in programs from the command line."""
    from carrel.cli.server import Server, parse_url, remember  # noqa: PLC0415 - help comes first

    address = parse_url(url)
    if token is None:
        with Server(address) as server:
            token = _new_token(server)
    with Server(address, token) as server:
        me = server.get("/me")
    file = remember(address, token)
    typer.echo(f"Signed in to {address} as {me['name']} ({me['login']}); kept in {file}")


def _new_token(server: Server) -> str:
    """Sign in by password and return a new token; the session is ended again."""
    name = typer.prompt("Login")
    password = typer.prompt("Password", hide_input=True)
    server.post("/session", {"login": name, "password": password})
    try:
        made = server.post("/me/tokens", {"name": f"carrel on {socket.gethostname()}"[:100]})
    finally:
        server.delete("/session")
    return str(made["token"])
