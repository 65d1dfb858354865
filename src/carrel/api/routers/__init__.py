"""The routes, one module per subject; `ALL` is what an application has."""

from carrel.api.routers import health, page, runs, welcome

ALL = (welcome.router, health.router, runs.router, page.router)
