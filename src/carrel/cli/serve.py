"""`carrel serve`: accounts, courses and programs over HTTP."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from carrel.cli.isolation import IsolationOption, settings_with
from carrel.cli.privilege import require_root
from carrel.core.errors import InvalidValueError, PlatformFaultError, TemplateError

if TYPE_CHECKING:
    from carrel.ops.settings import Settings
    from carrel.sandbox.templates import TemplateStore

_EPILOG = """\
Examples:

    carrel serve

    carrel serve --playground

    carrel serve --host 0.0.0.0 --port 80

It prints a link by which the administrator signs in, once. Everybody else needs an invitation
to a course. With --playground whoever reaches the server may run programs without
signing in. It listens on this machine only (loopback) then, unless --allow-anyone says that
others may use it too. Ctrl-C or SIGTERM ends it: running programs get 10 s to finish.

Exit code: 0 after it was told to end, 2 for wrong usage (also a port in use),
3 for a platform fault or when no template is built, 4 if a privilege or tool is missing.
"""


def register(app: typer.Typer) -> None:
    """Add `serve` to the command line."""
    app.command("serve", epilog=_EPILOG)(serve)


def serve(
    *,
    playground: Annotated[
        bool, typer.Option("--playground", help="Let anyone run programs, without sign-in.")
    ] = False,
    host: Annotated[str, typer.Option(help="The address or name to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    allow_anyone: Annotated[
        bool,
        typer.Option(
            "--allow-anyone",
            help="With --playground: listen on an address that other machines reach.",
        ),
    ] = False,
    isolation: IsolationOption = None,
) -> None:
    """Serve the platform over HTTP: courses, submissions, and programs in sandboxes."""
    address = choose_address(host, port, allow_anyone=allow_anyone or not playground)
    settings = settings_with(isolation)
    require_root("carrel serve")
    with _listen(address) as listener:
        _serve(listener, host, settings, is_playground=playground)


Address = tuple[socket.AddressFamily, str, int]


def choose_address(host: str, port: int, *, allow_anyone: bool) -> Address:
    """Return where to listen; InvalidValueError for a name without an address.

    And for one that other machines could reach, unless that is allowed: every
    address of a name counts, since any of them might be taken.
    """
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        raise InvalidValueError("--host", host, f"it has no address: {error}") from error
    addresses = [(family, str(place[0])) for family, _, _, _, place in found]
    foreign = [text for _, text in addresses if not is_loopback(text)]
    if foreign and not allow_anyone:
        raise InvalidValueError(
            "--host",
            host,
            f"other machines can reach {foreign[0]}, and the playground lets whoever reaches it "
            "run programs; leave --host out to serve this machine only, "
            "or add --allow-anyone if that is what you want",
        )
    family, text = addresses[0]
    return family, text, port


def is_loopback(text: str) -> bool:
    """Whether only this machine can reach the address."""
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _listen(address: Address) -> socket.socket:
    family, host, port = address
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            allowed = f"another program listens on {host}:{port}; give a free port, or 0 for any"
            raise InvalidValueError("--port", port, allowed) from error
        raise PlatformFaultError(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another --host or --port"
        ) from error
    return listener


def _serve(listener: socket.socket, host: str, settings: Settings, *, is_playground: bool) -> None:
    from carrel import __version__  # noqa: PLC0415 - help and refusals must come quickly
    from carrel.bootstrap import open_templates  # noqa: PLC0415
    from carrel.processes.supervisor import Serving, supervise  # noqa: PLC0415

    _check_templates(open_templates(settings))
    hosts = [host, socket.gethostname(), *settings.hosts]
    serving = Serving(listener, hosts, __version__, is_playground)
    url = _url(listener)

    def announce(sign_in: str) -> None:
        _announce(url, sign_in, is_playground=is_playground)

    asyncio.run(supervise(serving, settings, on_ready=announce))


def _check_templates(store: TemplateStore) -> None:
    missing = [name for name in store.names() if not store.is_built(name)]
    if len(missing) == len(store.names()):
        raise TemplateError("no template is built yet: run `sudo carrel template build`")
    for name in missing:
        typer.echo(
            f"carrel: template {name} is not built, so its languages cannot be run: "
            f"run `sudo carrel template build {name}`",
            err=True,
        )


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _announce(url: str, sign_in: str, *, is_playground: bool) -> None:
    """Say where the server is, and how the administrator signs in.

    The secret stands behind `#`: no browser sends that part to any server, and no proxy logs it.
    """
    if is_playground:
        body = '{"code": "print(6 * 7)", "language": "python", "stdin": ""}'
        typer.echo(
            f"carrel playground on {url} (Ctrl-C ends it)\n\n"
            f"Send a program:\n\n"
            f"    curl {url}/api/run -H 'Content-Type: application/json' \\\n"
            f"         -d '{body}'\n\n"
            f"Or open it in a browser:\n\n"
            f"    {url}/play\n"
        )
    else:
        typer.echo(f"carrel on {url} (Ctrl-C ends it)\n")
    typer.echo(
        f"Sign in as the administrator, once, within a day:\n\n    {url}/sign-in#token={sign_in}\n"
    )
    sys.stdout.flush()  # whoever reads it through a pipe waits for it
