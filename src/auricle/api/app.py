"""The web application: routes, their order of layers, and a life that starts and ends with the hearing.

The server answers from the first moment; `/ready` says when it hears. Loading runs in a task of its own, so a probe
gets its 503 and a person sees what is going on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from auricle import __version__
from auricle.api.admin import PREFIX as ADMIN_PREFIX
from auricle.api.admin import admin_routes
from auricle.api.errors import install_error_handlers
from auricle.api.health import Ears, Health, health_routes
from auricle.api.middleware import AddSafeHeaders, CountRequests, LimitBody, Shortcut
from auricle.api.pages import page_routes, reference_assets
from auricle.api.reference import install_reference
from auricle.api.speechtotext.dispatch import PREFIX, Dispatcher
from auricle.clock import Clock
from auricle.engine.catalogue import Model
from auricle.errors import AuricleError
from auricle.identity.admin_key import AdminKey
from auricle.identity.gate import Gate
from auricle.identity.resources import Resources
from auricle.observe import Metrics, log
from auricle.settings import Settings
from auricle.speech.limits import Limits
from auricle.speech.live import LiveSpeech
from auricle.speech.routes import routes as speech_routes


class Control(Protocol):
    """The control plane as the application sees it."""

    management: Dispatcher
    files: APIRouter

    def start(self) -> None:
        """Begin with durable work."""
        ...

    def stop(self) -> None:
        """Leave the rest of it to the next start."""
        ...


SMALL_BODY_BYTES = 1 << 20  # of requests that carry no audio
ADMIN_BODY_BYTES = 16 << 10  # read before the key is looked at, so little that nobody fills the memory with it
AUDIO_PREFIXES = ("/speech/", "/stt/")


def create_app(
    *,
    settings: Settings,
    hearing: Ears,
    gate: Gate,
    resources: Resources,
    admin: AdminKey,
    metrics: Metrics,
    clock: Clock,
    control: Control | None = None,
    models: Sequence[Model] = (),
) -> FastAPI:
    """The application over its parts; without `control` it hears and nothing more.

    `app.state.health` tells how it is, `app.state.live` is the live recognition to drain, and `app.state.started` is
    the task that loads the models.
    """
    health = Health(
        hearing=hearing,
        metrics=metrics,
        clock=clock,
        settings=settings,
        models=models,
        started_s=clock.monotonic(),
    )

    live = LiveSpeech(settings=settings, hearing=hearing, gate=gate, metrics=metrics)

    app = FastAPI(
        title="Auricle",
        version=__version__,
        description="Speech recognition that you own, speaking Azure's language.",
        lifespan=partial(_life, health=health, control=control),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would lead to whatever host the request names
        generate_unique_id_function=_operation_id,
    )
    app.state.health = health
    app.state.live = live
    install_error_handlers(app)
    app.include_router(page_routes(health))
    app.include_router(health_routes(health))
    app.include_router(admin_routes(resources, admin))
    if control is not None:
        app.include_router(control.files)
    app.mount("/docs/assets", reference_assets())
    app.include_router(speech_routes(live))  # last, because it answers every other upgrade
    install_reference(app, with_management=control is not None)
    _add_layers(app, metrics, control)
    return app


@asynccontextmanager
async def _life(app: FastAPI, *, health: Health, control: Control | None) -> AsyncIterator[None]:
    """From the first request to the last: the hearing is loaded beside it, durable work goes on behind it."""
    app.state.started = asyncio.create_task(_start(health), name="hearing.start")
    if control is not None:
        control.start()
    try:
        yield
    finally:
        health.draining = True
        app.state.started.cancel()
        await asyncio.gather(app.state.started, return_exceptions=True)
        await health.hearing.close(drain_s=0)
        if control is not None:
            await asyncio.to_thread(control.stop)


def _add_layers(app: FastAPI, metrics: Metrics, control: Control | None) -> None:
    """What every request passes, the outermost last; the management API has fewer of them."""
    limits = {"": SMALL_BODY_BYTES, ADMIN_PREFIX + "/": ADMIN_BODY_BYTES}
    audio_limits = dict.fromkeys(AUDIO_PREFIXES, Limits().short_audio_bytes)
    app.add_middleware(LimitBody, limits=limits | audio_limits)
    app.add_middleware(AddSafeHeaders)
    app.add_middleware(CountRequests, metrics=metrics)
    if control is not None:
        management = CountRequests(AddSafeHeaders(control.management), metrics=metrics)
        app.add_middleware(Shortcut, prefix=PREFIX + "/", to=management)


async def _start(health: Health) -> None:
    """Load the models; a failure is kept for `/ready` and for whoever waits."""
    began_s = health.clock.monotonic()
    try:
        await health.hearing.start()
    except AuricleError as error:
        health.failure = error.message
        log.error("hearing_failed", reason=error.message)
        raise
    except Exception as error:
        health.failure = f"The models could not be loaded: {type(error).__name__}. The log says more."
        log.exception("hearing_failed")
        raise
    log.info("hearing_started", seconds=round(health.clock.monotonic() - began_s, 2))


def _operation_id(route: APIRoute) -> str:
    return route.name
