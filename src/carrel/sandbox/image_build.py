"""The steps that turn a recipe into an EROFS image.

Debian tree → wheels, npm packages → scripts in the tree → agent → image. Every step that may
mount something or leave processes runs in a mount and PID namespace of its own
that dies with this process (`_JAILED`): even after `kill -9` there is no mount
left to find and no process still writing.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from carrel.core.errors import MissingToolError, TemplateError
from carrel.sandbox.debian_sources import KEYRING, debian_lines
from carrel.sandbox.durable import remove_tree, sync
from carrel.sandbox.npm_lock import check_lock
from carrel.sandbox.recipes import NpmSet, Recipe, WheelSet

EPOCH = 1735689600
"""The time of every file in an image (2025-01-01): the same inputs give the same image."""

Report = Callable[[str], None]

_JAILED = (
    *("setpriv", "--pdeathsig", "KILL", "--"),
    *("unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child", "--mount-proc", "--"),
)
_IN_TREE = """
set -eu
# Never the machine's own /dev: a script that clears the tree's would clear that one.
mount -t tmpfs -o size=1m tmpfs "$1/dev"
for node in null zero full random urandom; do
    : >"$1/dev/$node"
    mount --bind "/dev/$node" "$1/dev/$node"
done
mkdir -m 1777 "$1/dev/shm"
mount -t proc -o ro proc "$1/proc"
exec chroot "$1" /bin/sh /.carrel-step
"""
_TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "mkfs.erofs": "erofs-utils",
    "setpriv": "util-linux",
    "unshare": "util-linux",
}
_BALLAST = (
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/info/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
)
_WHEEL_PLATFORMS = {
    "x86_64": "x86_64-manylinux_2_28",
    "aarch64": "aarch64-manylinux_2_28",
}
_STEP_TIMEOUT_S = 1800
_LAST_LINES = 12


@dataclass(frozen=True)
class Tree:
    """A finished Debian tree, the agent still missing, and the versions in it."""

    root: Path
    packages: Mapping[str, str]


def check_tools(recipe: Recipe, home: Path) -> None:
    """Raise MissingToolError naming what to install when `recipe` cannot be built here."""
    missing = sorted({package for tool, package in _TOOLS.items() if shutil.which(tool) is None})
    if missing:
        raise MissingToolError(
            f"template {recipe.name} needs {', '.join(missing)}: "
            f"apt-get install {' '.join(missing)}"
        )
    if not Path(KEYRING).is_file():
        raise MissingToolError(
            f"template {recipe.name} needs Debian's keys: apt-get install debian-archive-keyring"
        )
    if recipe.wheels:
        _uv(home)


def cached_tree(folder: Path) -> Tree | None:
    """Return the tree kept in `folder`, or None when there is none that is complete."""
    try:
        packages = json.loads((folder / "packages.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Tree(folder / "tree", packages)


def build_tree(recipe: Recipe, folder: Path, home: Path, report: Report) -> Tree:
    """Build the tree of `recipe` in the empty `folder`, which then holds all of it.

    Raises TemplateError naming the step that failed, with the end of its output.
    """
    tree = folder / "tree"
    report("installing Debian packages")
    _run(_debian_command(recipe, tree), recipe, "installing Debian packages", folder)
    tree.chmod(0o755)  # it becomes the image's `/`
    for wheels in recipe.wheels:
        report("installing wheels")
        _install_wheels(recipe, wheels, tree, folder, home)
    for npm in recipe.npm:
        report("installing npm packages")
        _install_npm(recipe, npm, tree, folder)
    packages = _packages(tree, recipe.npm)
    for script in recipe.scripts:
        step = f"running {script.parent.name}/{script.name}"
        report(step)
        copy = tree / ".carrel-step"
        shutil.copyfile(script, copy)
        beside = tree / ".carrel-files"  # what the script needs besides
        shutil.copytree(script.parent, beside)
        command = [*_JAILED, "unshare", "--net", "sh", "-c", _IN_TREE, "sh", str(tree)]
        _run(command, recipe, step, folder, env=_TREE_ENV)
        copy.unlink()
        remove_tree(beside)
    # The nodes that mmdebstrap made; a sandbox brings its own.
    _run(
        ["find", str(tree / "dev"), "-xdev", "-mindepth", "1", "-delete"],
        recipe,
        "trimming",
        folder,
    )
    file = folder / "packages.json"
    file.write_text(json.dumps(packages, sort_keys=True), encoding="utf-8")
    sync(file)
    return Tree(tree, packages)


def make_image(
    recipe: Recipe, tree: Tree, agent: Path, waiting: Sequence[Path], *, image: Path, key: str
) -> None:
    """Put `agent` into `tree` and write the EROFS `image` of it; on the disk when it returns.

    `waiting` are the files that make runtimes wait.

    Raises TemplateError with the tool's output when the image cannot be made.
    """
    folder = tree.root / ".carrel"
    folder.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(agent, folder / "agent")
    (folder / "agent").chmod(0o700)
    os.chown(folder / "agent", 0, 0)
    beside = tree.root / "opt/carrel/waiting"
    beside.mkdir(mode=0o755, parents=True, exist_ok=True)
    for file in waiting:
        shutil.copyfile(file, beside / file.name)
        (beside / file.name).chmod(0o644)
    command = [
        "mkfs.erofs",
        # gVisor does not read Debian 12's inlined tails.
        *("-E", "noinline_data"),
        *("-T", str(EPOCH)),
        *("-U", str(uuid.uuid5(uuid.NAMESPACE_OID, key))),
        # No extended attributes: a file capability is a setuid bit by another name.
        "-x-1",
        "--quiet",
        str(image),
        str(tree.root),
    ]
    _run(command, recipe, "making the image", image.parent)
    sync(image)


_TREE_ENV = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "HOME": "/root",
    "SOURCE_DATE_EPOCH": str(EPOCH),
}


def _debian_command(recipe: Recipe, tree: Path) -> list[str]:
    return [
        *_JAILED,
        "mmdebstrap",
        "--mode=root",
        "--variant=minbase",
        *(f"--dpkgopt={option}" for option in _BALLAST),
        # Without its manual pages, the JDK's installation still links to where they were.
        '--essential-hook=mkdir -p "$1/usr/share/man/man1"',
        '--aptopt=APT::Install-Recommends "false"',
        '--aptopt=Acquire::Retries "3"',
        *([f"--include={','.join(recipe.packages)}"] if recipe.packages else []),
        recipe.suite,
        str(tree),
        *debian_lines(recipe.suite),
    ]


def _install_wheels(recipe: Recipe, wheels: WheelSet, tree: Path, folder: Path, home: Path) -> None:
    target = tree / wheels.target.lstrip("/")
    target.mkdir(parents=True, exist_ok=True)
    # Used once: a tree is built again when its recipe changes, and then with other wheels.
    cache = folder / "wheels"
    command = [
        *_JAILED,
        *(str(_uv(home)), "pip", "install", "--quiet"),
        *("--python", sys.executable),
        *("--target", str(target)),
        *("--python-version", wheels.python_version),
        *("--python-platform", _WHEEL_PLATFORMS[platform.machine()]),
        *("--only-binary", ":all:", "--require-hashes", "--no-deps"),
        *("--link-mode", "hardlink"),
        *("--cache-dir", str(cache)),
        *("--requirements", str(wheels.requirements)),
    ]
    _run(command, recipe, f"installing {wheels.requirements.name}", folder)
    remove_tree(cache)
    # Scripts name the host's Python; a .pth file would run at every start of Python.
    scripts = [file for file in (target / "bin").glob("*") if file.read_bytes()[:2] == b"#!"]
    for file in (*scripts, *target.glob("*.pth"), target / ".lock"):
        file.unlink(missing_ok=True)
    # The rest are programs, for finish.sh to put where they belong.
    gone = tuple(f"bin/{file.name}," for file in scripts)
    for record in target.glob("*.dist-info/RECORD"):
        lines = record.read_text(encoding="utf-8").splitlines(keepends=True)
        record.write_text("".join(line for line in lines if not line.startswith(gone)), "utf-8")


def _install_npm(recipe: Recipe, npm: NpmSet, tree: Path, folder: Path) -> None:
    check_lock(npm.lock)
    target = tree / npm.target.lstrip("/")
    target.mkdir(parents=True, exist_ok=True)
    described = ("package.json", "package-lock.json")
    for name in described:
        shutil.copyfile(npm.lock.parent / name, target / name)
    cache = folder / "npm"
    command = [
        *_JAILED,
        *(str(tree / npm.node.lstrip("/")), str(tree / npm.client.lstrip("/"))),
        # `ci` installs what the lock names, by its hashes, or fails.
        *("ci", "--prefix", str(target), "--cache", str(cache)),
        # A package's own scripts would run as root on this machine.
        *("--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--no-update-notifier"),
    ]
    _run(command, recipe, f"installing {npm.lock.parent.name}/{npm.lock.name}", folder)
    remove_tree(cache)
    # npm's own copy of the lock, and what it was given.
    for name in (*described, "node_modules/.package-lock.json"):
        (target / name).unlink(missing_ok=True)


def _uv(home: Path) -> Path:
    for place in (shutil.which("uv"), home / "tools" / "uv" / "bin" / "uv"):
        if place is not None and Path(place).is_file():
            return Path(place)
    raise MissingToolError(
        "uv is not installed, and wheels are installed with it: run scripts/setup, "
        "or `pip install uv`"
    )


def _packages(tree: Path, npm: Sequence[NpmSet]) -> dict[str, str]:
    """Return the version of every Debian package, wheel and npm package asked for in `tree`."""
    status = (tree / "var/lib/dpkg/status").read_text(encoding="utf-8")
    packages: dict[str, str] = {}
    for stanza in status.split("\n\n"):
        fields = dict(
            line.split(": ", 1)
            for line in stanza.splitlines()
            if ": " in line and not line.startswith(" ")
        )
        if fields.get("Status", "").endswith(" installed"):
            packages[fields["Package"]] = fields["Version"]
    for info in (tree / "usr/local/lib").glob("python3*/dist-packages/*.dist-info"):
        name, _, version = info.name.removesuffix(".dist-info").partition("-")
        packages[f"pypi:{name.replace('_', '-').lower()}"] = version
    for packed in npm:
        modules = tree / packed.target.lstrip("/") / "node_modules"
        asked = json.loads((packed.lock.parent / "package.json").read_text(encoding="utf-8"))
        for name in asked["dependencies"]:
            installed = (modules / name / "package.json").read_text(encoding="utf-8")
            packages[f"npm:{name}"] = json.loads(installed)["version"]
    return packages


def _run(
    command: Sequence[str],
    recipe: Recipe,
    step: str,
    folder: Path,
    env: Mapping[str, str] | None = None,
) -> None:
    log = folder / "log"
    environment = dict(env) if env is not None else {**os.environ, **_TREE_ENV_HOST}
    failure = ""
    with log.open("wb") as output:
        try:
            done = subprocess.run(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                timeout=_STEP_TIMEOUT_S,
                check=False,
            )
            if done.returncode != 0:
                failure = f"exit code {done.returncode}"
        except subprocess.TimeoutExpired:
            failure = f"no end after {_STEP_TIMEOUT_S} s"
        except OSError as error:
            failure = str(error)
    if failure:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        raise TemplateError(
            f"building template {recipe.name} failed while {step} ({failure}); "
            "the template built before, if any, is still in use\n"
            + "\n".join(f"  {line}" for line in lines[-_LAST_LINES:])
        )
    log.unlink()


_TREE_ENV_HOST = {"LC_ALL": "C.UTF-8", "SOURCE_DATE_EPOCH": str(EPOCH)}
