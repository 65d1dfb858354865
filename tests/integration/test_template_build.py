"""Builds of templates, with a real image at the end.

The Debian tree is the slow and networked part: most tests put a small program in
the place of mmdebstrap. One builds a real tree.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from carrel.core.errors import MissingToolError, TemplateError
from carrel.sandbox.recipes import recipes_directory
from carrel.sandbox.templates import Template, TemplateStore

RECIPE = 'summary = "A tiny one"\nsuite = "bookworm"\npackages = []\n'
EROFS_MAGIC = bytes.fromhex("e2e1f5e0")

# Its target is the argument after the suite.
FAKE_MMDEBSTRAP = """\
#!/bin/sh
for word; do
    [ "$last" != bookworm ] || tree=$word
    last=$word
done
mkdir -p "$tree/var/lib/dpkg" "$tree/dev"
printf 'Package: make\\nStatus: install ok installed\\nVersion: 4.3\\n' \\
    >"$tree/var/lib/dpkg/status"
echo content >"$tree/file"
"""


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if os.geteuid() != 0:
        pytest.fail("templates are built by root")
    folder = tmp_path / "tools"
    folder.mkdir()
    write_tool(folder / "mmdebstrap", FAKE_MMDEBSTRAP)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    (folder / "tiny").mkdir(parents=True)
    (folder / "tiny" / "recipe.toml").write_text(RECIPE)
    return folder


@pytest.fixture
def store(tmp_path: Path, recipes: Path, tools: Path) -> TemplateStore:  # noqa: ARG001
    return TemplateStore(tmp_path / "home", recipes)


def write_tool(file: Path, script: str) -> None:
    file.write_text(script)
    file.chmod(0o755)


def change(recipes: Path, text: str = "# changed\n") -> None:
    with (recipes / "tiny" / "recipe.toml").open("a") as recipe:
        recipe.write(text)


def leftovers(home: Path) -> list[Path]:
    return [*home.glob("templates/*/.build-*"), *home.glob("cache/trees/*/.build-*")]


def assert_usable(store: TemplateStore, template: Template) -> None:
    assert store.get("tiny") == template
    with template.image.open("rb") as image:
        image.seek(1024)
        assert image.read(4) == EROFS_MAGIC


def test_what_is_built_is_found_again(tmp_path: Path, store: TemplateStore) -> None:
    steps: list[str] = []
    template = store.build("tiny", progress=lambda _, step: steps.append(step))
    assert_usable(store, template)
    assert template.packages == {"make": "4.3"}
    assert template.image.parent == tmp_path / "home/templates/tiny" / template.key
    assert steps == ["installing Debian packages", "making the image"]
    assert leftovers(tmp_path / "home") == []
    steps.clear()
    assert store.build("tiny", progress=lambda _, step: steps.append(step)) == template
    assert steps == []


def test_the_same_inputs_give_the_same_image(
    tmp_path: Path, recipes: Path, store: TemplateStore
) -> None:
    first = store.build("tiny")
    second = TemplateStore(tmp_path / "another-home", recipes).build("tiny")
    assert (first.key, first.image_sha256) == (second.key, second.image_sha256)


def test_a_changed_agent_costs_an_image_but_no_tree(
    tmp_path: Path, recipes: Path, tools: Path
) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    images = []
    for code in (1, 2):
        (sources / "agent.c").write_text(f"int main(void) {{ return {code}; }}\n")
        images.append(TemplateStore(tmp_path / "home", recipes, sources).build("tiny"))
        write_tool(tools / "mmdebstrap", "#!/bin/sh\nexit 1\n")
    assert images[0].key != images[1].key
    assert images[0].image_sha256 != images[1].image_sha256


def test_a_failed_step_is_named_and_the_old_template_stays(
    tmp_path: Path, recipes: Path, store: TemplateStore, tools: Path
) -> None:
    old = store.build("tiny")
    change(recipes)
    write_tool(tools / "mmdebstrap", "#!/bin/sh\necho first\necho the mirror is down >&2\nexit 9\n")
    with pytest.raises(TemplateError) as caught:
        store.build("tiny")
    message = str(caught.value)
    assert "template tiny failed while installing Debian packages (exit code 9)" in message
    assert "the mirror is down" in message
    assert_usable(store, old)
    assert not store.is_current("tiny")
    assert leftovers(tmp_path / "home") == []


def test_a_failed_image_is_named_and_the_old_one_stays(
    tmp_path: Path, recipes: Path, store: TemplateStore, tools: Path
) -> None:
    old = store.build("tiny")
    change(recipes)
    write_tool(tools / "mkfs.erofs", "#!/bin/sh\necho no space left\nexit 1\n")
    with pytest.raises(TemplateError, match=r"making the image[^\n]*\n.*no space left"):
        store.build("tiny")
    assert_usable(store, old)
    assert leftovers(tmp_path / "home") == []


def test_a_build_killed_midway_leaves_no_process_and_no_mount(
    tmp_path: Path, recipes: Path, store: TemplateStore, tools: Path
) -> None:
    old = store.build("tiny")
    change(recipes)
    started, mounted = tmp_path / "started", tmp_path / "mounted"
    mounted.mkdir()
    seconds = str(10**6 + os.getpid())  # nobody else's
    script = f"mount -t tmpfs tmpfs {mounted}\ntouch {started}\nsleep {seconds}\n"
    write_tool(tools / "mmdebstrap", FAKE_MMDEBSTRAP + script)
    code = (
        "import sys; from pathlib import Path; from carrel.sandbox.templates import TemplateStore;"
        "TemplateStore(Path(sys.argv[1]), Path(sys.argv[2])).build('tiny')"
    )
    builder = subprocess.Popen([sys.executable, "-c", code, tmp_path / "home", recipes])
    wait_until(started.exists)
    assert leftovers(tmp_path / "home")
    builder.send_signal(signal.SIGKILL)
    builder.wait()

    wait_until(lambda: not processes_named(seconds))
    assert str(mounted) not in Path("/proc/self/mounts").read_text()
    assert_usable(store, old)

    write_tool(tools / "mmdebstrap", FAKE_MMDEBSTRAP)
    new = store.build("tiny")
    assert new.key != old.key
    assert_usable(store, new)
    assert leftovers(tmp_path / "home") == []


def test_the_image_before_stays_until_the_next(
    tmp_path: Path, recipes: Path, store: TemplateStore
) -> None:
    built = [store.build("tiny")]
    for _ in range(2):
        change(recipes)
        built.append(store.build("tiny"))
    assert [template.image.exists() for template in built] == [False, True, True]
    assert len(list((tmp_path / "home/cache/trees/tiny").iterdir())) == 1


NPM = """
[[npm]]
lock = "npm/package-lock.json"
target = "/opt/packages"
node = "/opt/node"
client = "/opt/client.js"
"""
# In the place of Node and npm: it installs the one package, and says what it was called with.
FAKE_NODE = """
mkdir "$tree/opt"
cat >"$tree/opt/node" <<'NODE'
#!/bin/sh
while [ "$1" != --prefix ]; do said="$said $1"; shift; done
cd "$2"
test -s package.json && test -s package-lock.json
mkdir -p node_modules/left-pad
echo "{\\"version\\": \\"1.3.0\\"}" >node_modules/left-pad/package.json
echo "$said $*" >node_modules/said
NODE
chmod +x "$tree/opt/node"
"""


def test_npm_packages_are_installed_as_their_lock_says(
    tmp_path: Path, recipes: Path, store: TemplateStore, tools: Path
) -> None:
    change(recipes, NPM)
    write_tool(tools / "mmdebstrap", FAKE_MMDEBSTRAP + FAKE_NODE)
    folder = recipes / "tiny" / "npm"
    folder.mkdir()
    (folder / "package.json").write_text('{"dependencies": {"left-pad": "^1"}}')
    lock = folder / "package-lock.json"
    lock.write_text('{"packages": {"node_modules/left-pad": {"version": "1.3.0"}}}')
    with pytest.raises(TemplateError, match="left-pad has no sha512 integrity"):
        store.build("tiny")
    lock.write_text('{"packages": {"node_modules/left-pad": {"integrity": "sha512-abc"}}}')
    assert store.build("tiny").packages == {"make": "4.3", "npm:left-pad": "1.3.0"}
    (tree,) = (tmp_path / "home/cache/trees/tiny").glob("*/tree")
    said = (tree / "opt/packages/node_modules/said").read_text()
    assert "client.js ci --prefix" in said
    assert "--ignore-scripts" in said
    # What npm was given is not part of the template.
    assert [path.name for path in (tree / "opt/packages").iterdir()] == ["node_modules"]


def test_force_builds_again_under_the_same_key(store: TemplateStore, tools: Path) -> None:
    old = store.build("tiny")
    write_tool(tools / "mmdebstrap", FAKE_MMDEBSTRAP + 'echo newer >"$tree/file"\n')
    new = store.build("tiny", force=True)
    assert new.key == old.key
    assert new.image_sha256 != old.image_sha256
    assert_usable(store, new)


def test_remove_takes_all_of_it(tmp_path: Path, store: TemplateStore) -> None:
    store.build("tiny")
    assert store.remove("tiny")
    assert not store.is_built("tiny")
    assert not (tmp_path / "home/templates/tiny").exists()
    assert not (tmp_path / "home/cache/trees/tiny").exists()
    assert not store.remove("tiny")


def test_a_missing_tool_is_named_with_its_package(
    tmp_path: Path, store: TemplateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match="apt-get install erofs-utils mmdebstrap util-linux"):
        store.build("tiny")


@pytest.mark.full  # scripts/setup has just made real trees
@pytest.mark.timeout(600)
def test_a_real_tree_has_what_every_template_has(tmp_path: Path) -> None:
    recipes = tmp_path / "images"
    (recipes / "tiny").mkdir(parents=True)
    (recipes / "tiny" / "recipe.toml").write_text(RECIPE)
    (recipes / "_all").symlink_to(recipes_directory() / "_all")
    devices = set(Path("/dev").iterdir())
    home = tmp_path / "home"
    store = TemplateStore(home, recipes)
    template = store.build("tiny")
    assert_usable(store, template)
    # A script that clears the tree's /dev must not reach the machine's.
    assert devices <= set(Path("/dev").iterdir())
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()
    (tree,) = home.glob("cache/trees/tiny/*/tree")
    assert not [
        path for path in tree.rglob("*") if path.lstat().st_mode & 0o6000 and path.is_file()
    ]
    for folder in ("app", "data", "work", "home/student"):
        assert (tree / folder).stat().st_uid == 1000
    assert (tree / "tmp").stat().st_mode & 0o7777 == 0o1777
    assert (tree / "etc/hostname").read_text() == "carrel\n"
    assert "localhost" in (tree / "etc/hosts").read_text()
    assert (tree / "etc/machine-id").read_bytes() == b""
    agent = tree / ".carrel/agent"
    assert (agent.stat().st_mode & 0o777, agent.stat().st_uid) == (0o700, 0)
    for empty in ("dev", "proc", "sys", "run", "var/log", "var/lib/apt/lists"):
        assert list((tree / empty).iterdir()) == [], empty
    assert not (tree / "usr/share/man").exists()


def wait_until(condition: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def processes_named(word: str) -> list[str]:
    """Return the processes with `word` among their arguments."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = file.read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if word.encode() in arguments:
            found.append(file.parent.name)
    return found
