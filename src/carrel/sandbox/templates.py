"""Templates: the root file systems that sandboxes start from, built once and shared.

    home/templates/<name>/<key>/{image.erofs, manifest.json}
    home/templates/<name>/current -> <key>
    home/cache/trees/<name>/<recipe key>/   the Debian tree, half a minute of work

`key` hashes everything that decides the image: recipe, builder, agent. A build
works in folders named `.build-*` beside the final place and ends with one
rename, so whatever interrupts it, `current` names a complete image: the last
good one. The next build removes what an interrupted one has left.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from carrel.core.errors import CarrelError, PrivilegeError, TemplateError
from carrel.core.sizes import GIB, format_size
from carrel.sandbox.agent import SOURCES, agent_key, build_agent, waiting_files
from carrel.sandbox.durable import locked, publish, remove_tree, sync
from carrel.sandbox.image_build import Tree, build_tree, cached_tree, check_tools, make_image
from carrel.sandbox.recipes import Recipe, load_recipe, recipe_names

Progress = Callable[[str, str], None]
"""Called with the template's name and the step that begins, in words."""

_MIN_FREE = 3 * GIB
_LEFTOVER = ".build-"


@dataclass(frozen=True)
class Template:
    """A built template: `image` is an EROFS image, `packages` maps names to versions."""

    name: str
    key: str
    image: Path
    summary: str
    suite: str
    packages: Mapping[str, str]
    image_bytes: int
    image_sha256: str
    built_at: datetime


class TemplateStore:
    """The templates of one `home`, built from the recipes in `recipes`."""

    def __init__(self, home: Path, recipes: Path, agent_sources: Path = SOURCES) -> None:
        self._home = home
        self._recipes = recipes
        self._agent_sources = agent_sources

    def names(self) -> tuple[str, ...]:
        """Return the names of all templates there are recipes for, sorted."""
        return recipe_names(self._recipes)

    def get(self, name: str) -> Template:
        """Return the template `name` as it was last built, also when its recipe has changed.

        Raises InvalidValueError naming the known templates when there is none of
        that name, TemplateError when it has not been built.
        """
        if name not in self.names():
            load_recipe(self._recipes, name)  # says which there are
        template = self._built(name)
        if template is None:
            raise TemplateError(
                f"template {name} has not been built yet: run `sudo carrel template build {name}`"
            )
        return template

    def summary(self, name: str) -> str:
        """Return in a line what `name` holds; InvalidValueError when there is no such template."""
        return load_recipe(self._recipes, name).summary

    def is_built(self, name: str) -> bool:
        """Return whether there is an image of `name` to start sandboxes from."""
        return self._built(name) is not None

    def is_current(self, name: str) -> bool:
        """Return whether `name` is built, from its recipe and agent as they are now."""
        template = self._built(name)
        return template is not None and template.key == self._key(load_recipe(self._recipes, name))

    def list(self) -> tuple[Template, ...]:
        """Return the templates that are built, sorted by name."""
        built = (self._built(name) for name in self.names())
        return tuple(template for template in built if template is not None)

    def build(
        self, name: str, *, force: bool = False, progress: Progress | None = None
    ) -> Template:
        """Build the template `name` unless it is up to date; `force` starts from nothing.

        `force` is also the way to Debian's newest packages. Raises InvalidValueError
        for an unknown name, PrivilegeError without root, MissingToolError, and
        TemplateError naming the step that failed; the last good one stays in use.
        """
        recipe = load_recipe(self._recipes, name)
        if os.geteuid() != 0:
            raise PrivilegeError(
                "building a template needs root (it makes a Debian tree); run it with sudo"
            )

        def report(step: str) -> None:
            if progress is not None:
                progress(name, step)

        def waiting() -> None:
            report("waiting for another build")

        try:
            with locked(self._lock(name), on_wait=waiting):
                if not force and self.is_current(name):
                    return self.get(name)
                return self._build(recipe, force=force, report=report)
        except CarrelError:
            raise
        except OSError as error:
            raise TemplateError(
                f"building template {name} failed in {self._home}: {error}"
            ) from error

    def remove(self, name: str) -> bool:
        """Remove all that was built of `name`; False when there was nothing.

        Running sandboxes keep the image until they end. Raises InvalidValueError
        for an unknown name.
        """
        load_recipe(self._recipes, name)
        with locked(self._lock(name)):
            folder = self._home / "templates" / name
            existed = folder.exists()
            (folder / "current").unlink(missing_ok=True)
            remove_tree(folder)
            remove_tree(self._home / "cache" / "trees" / name)
        return existed

    def _build(self, recipe: Recipe, *, force: bool, report: Callable[[str], None]) -> Template:
        check_tools(recipe, self._home)
        folder = self._home / "templates" / recipe.name
        trees = self._home / "cache" / "trees" / recipe.name
        folder.mkdir(parents=True, exist_ok=True)
        trees.mkdir(parents=True, exist_ok=True)
        # Until its last script has run, a tree holds Debian's setuid programs.
        (self._home / "cache").chmod(0o700)
        _sweep(folder)
        _sweep(trees)
        free = shutil.disk_usage(folder).free
        if free < _MIN_FREE:
            raise TemplateError(
                f"building template {recipe.name} needs {format_size(_MIN_FREE)} of free disk, "
                f"but {folder} has {format_size(free)}"
            )
        agent = build_agent(self._home, self._agent_sources)
        tree = self._tree(recipe, trees, force=force, report=report)
        key = self._key(recipe)
        scratch = Path(tempfile.mkdtemp(prefix=_LEFTOVER, dir=folder))
        try:
            report("making the image")
            waiting = waiting_files(self._agent_sources)
            make_image(recipe, tree, agent, waiting, image=scratch / "image.erofs", key=key)
            _write_manifest(scratch, recipe, tree, key)
            _publish(scratch, folder, key)
        finally:
            remove_tree(scratch)
        return self.get(recipe.name)

    def _tree(
        self, recipe: Recipe, trees: Path, *, force: bool, report: Callable[[str], None]
    ) -> Tree:
        place = trees / recipe.key
        if not force:
            tree = cached_tree(place)
            if tree is not None:
                return tree
        scratch = Path(tempfile.mkdtemp(prefix=_LEFTOVER, dir=trees))
        try:
            build_tree(recipe, scratch, self._home, report)
            for old in trees.iterdir():
                if old != scratch:
                    remove_tree(old)
            scratch.rename(place)
        except BaseException:
            remove_tree(scratch)
            raise
        tree = cached_tree(place)
        if tree is None:
            raise TemplateError(f"the tree of template {recipe.name} vanished from {place}")
        return tree

    def _built(self, name: str) -> Template | None:
        current = self._home / "templates" / name / "current"
        try:
            folder = current.parent / current.readlink()
            written = (folder / "manifest.json").stat().st_mtime_ns
            template = _read_manifest(name, folder, written)
            intact = template.image.stat().st_size == template.image_bytes
        except (OSError, KeyError, ValueError):
            return None
        return template if intact else None

    def _key(self, recipe: Recipe) -> str:
        parts = f"{recipe.key}\0{agent_key(self._agent_sources)}"
        return hashlib.sha256(parts.encode()).hexdigest()[:20]

    def _lock(self, name: str) -> Path:
        return self._home / "locks" / f"template-{name}"


@lru_cache(maxsize=64)
def _read_manifest(name: str, folder: Path, written_ns: int) -> Template:  # noqa: ARG001
    """Read what was built. Remembered, because it is asked for with every sandbox."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return Template(
        name=name,
        key=folder.name,
        image=folder / "image.erofs",
        summary=manifest["summary"],
        suite=manifest["suite"],
        packages=manifest["packages"],
        image_bytes=manifest["image_bytes"],
        image_sha256=manifest["image_sha256"],
        built_at=datetime.fromisoformat(manifest["built_at"]),
    )


def _write_manifest(folder: Path, recipe: Recipe, tree: Tree, key: str) -> None:
    image = folder / "image.erofs"
    with image.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    manifest = {
        "name": recipe.name,
        "key": key,
        "recipe_key": recipe.key,
        "summary": recipe.summary,
        "suite": recipe.suite,
        "packages": dict(tree.packages),
        "image_bytes": image.stat().st_size,
        "image_sha256": digest,
        "built_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    file = folder / "manifest.json"
    file.write_text(json.dumps(manifest, indent=1, sort_keys=True), encoding="utf-8")
    sync(file)


def _publish(scratch: Path, folder: Path, key: str) -> None:
    """Make the finished build in `scratch` the current one; the one before it stays."""
    place = folder / key
    scratch.chmod(0o755)
    if place.exists():
        # Built again by force: file by file, so that there is an image at any moment.
        for file in ("image.erofs", "manifest.json"):
            (scratch / file).replace(place / file)
        sync(place)
    else:
        sync(scratch)
        scratch.rename(place)
    sync(folder)
    publish(folder, key)


def _sweep(folder: Path) -> None:
    """Remove what interrupted builds have left; only under the template's lock."""
    for leftover in folder.glob(f"{_LEFTOVER}*"):
        if leftover.is_symlink():
            leftover.unlink()
        else:
            remove_tree(leftover)
