"""Whether programs can be run now, and what is ready for them."""

from __future__ import annotations

from collections.abc import Callable

from carrel.admission.admission import Admission
from carrel.languages.registry import SPECS
from carrel.link.messages import TemplateHealth, WorkerHealth
from carrel.sandbox.pool import SandboxPool


class Health:
    """Looks at a pool and its templates."""

    def __init__(
        self, pool: SandboxPool, admission: Admission, is_built: Callable[[str], bool]
    ) -> None:
        self._pool = pool
        self._admission = admission
        self._is_built = is_built

    @staticmethod
    def templates() -> dict[str, list[str]]:
        """Return the templates that languages need, with those languages."""
        found: dict[str, list[str]] = {}
        for spec in SPECS.values():
            found.setdefault(spec.template, []).append(spec.name)
        return found

    def report(self) -> WorkerHealth:
        """Return the state of this moment."""
        warm = self._pool.warm
        templates = {
            name: TemplateHealth(
                built=self._is_built(name), languages=languages, warm=warm.get(name, 0)
            )
            for name, languages in self.templates().items()
        }
        loads = self._admission.loads.values()
        built = [template.built for template in templates.values()]
        return WorkerHealth(
            status="ok" if all(built) else "degraded" if any(built) else "down",
            isolation=self._pool.isolation,
            templates=templates,
            sandboxes=self._pool.live,
            running=sum(load.in_flight for load in loads),
            waiting=sum(load.waiting for load in loads),
        )
