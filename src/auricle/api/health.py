"""How the service is: ready or why not, what it is doing, and its metrics.

`/ready` and `/status` stand where Azure's speech containers have them, so existing probes work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from auricle import __version__
from auricle.clock import Clock
from auricle.engine.catalogue import Model
from auricle.observe import Metrics
from auricle.settings import Settings
from auricle.speech.listening import Hearing


class Ears(Hearing, Protocol):
    """Hearing as the whole service sees it: it also starts, ends, and tells how it is."""

    @property
    def ready(self) -> bool:
        """Whether it hears: models loaded and warm."""
        ...

    @property
    def locales(self) -> Sequence[str]:
        """The locales it hears."""
        ...

    @property
    def active_sessions(self) -> int:
        """How many sessions it is listening to."""
        ...

    async def start(self) -> None:
        """Load and warm the models."""
        ...

    async def close(self, drain_s: float) -> None:
        """Let sessions finish, then give everything back."""
        ...


@dataclass(kw_only=True)
class Health:
    """The state of one running service, told truthfully."""

    hearing: Ears
    metrics: Metrics
    clock: Clock
    settings: Settings
    models: Sequence[Model]
    started_s: float
    failure: str = ""  # why it will never hear
    draining: bool = False

    @property
    def missing(self) -> list[str]:
        """What stands between the service and hearing; empty when it hears."""
        if self.failure:
            return [self.failure]
        if self.draining:
            return ["The service is stopping."]
        if not self.hearing.ready:
            return ["The models are being loaded."]
        return []

    def report(self) -> dict[str, Any]:
        """Everything `/status` tells."""
        hears = self.hearing.ready
        return {
            "service": "Auricle",
            "version": __version__,
            "status": "ready" if not self.missing else "failed" if self.failure else "not ready",
            "missing": self.missing,
            "uptimeInSeconds": round(self.clock.monotonic() - self.started_s, 1),
            "models": [_description(model) for model in self.models],
            "locales": list(self.hearing.locales) if hears else [],
            "sessions": {
                "active": self.hearing.active_sessions if hears else 0,
                "limit": self.settings.max_sessions or "by measured load",
            },
            "connections": {"limit": self.settings.max_connections},
        }


def health_routes(health: Health) -> APIRouter:
    """`/ready`, `/status` and `/metrics`, open to whoever can reach the port: they tell nothing of callers."""
    router = APIRouter(tags=["Service"])

    @router.get("/ready", summary="Whether the service hears")
    async def ready() -> JSONResponse:
        missing = health.missing
        return JSONResponse({"ready": not missing, "missing": missing}, 503 if missing else 200)

    @router.get("/status", summary="Version, models, sessions and capacity")
    async def status() -> dict[str, Any]:
        return health.report()

    @router.get("/metrics", summary="Metrics in Prometheus' text format")
    async def metrics() -> Response:
        return Response(generate_latest(health.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router


def _description(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "family": model.family.value,
        "licence": model.licence,
        "languages": list(model.languages),
        "abilities": list(model.abilities),
    }
