"""The one place that puts the rooms together: models made ready, hearing over them, and the routes over that."""

from __future__ import annotations

from fastapi import FastAPI

from auricle.api.app import create_app
from auricle.cli.control import ControlPlane
from auricle.cli.identity import Identity
from auricle.cli.progress import Step, scaled
from auricle.engine.catalogue import Catalogue
from auricle.engine.preparation import load, prepare
from auricle.engine.recogniser import Recogniser
from auricle.observe import Metrics
from auricle.recognition.hearing import Hearing
from auricle.settings import Settings

CHECKING = 0.2  # the share of the progress that checking the files takes; preparing has the rest


def prepare_models(settings: Settings, catalogue: Catalogue, step: Step) -> None:
    """Check the weights and make what the engine runs from them; quick when that was done before."""
    catalogue.locate("silero-vad")
    for name in settings.models:
        with step(f"Preparing {name}") as report:
            source = catalogue.locate(name, scaled(report, 0, CHECKING))
            prepare(source, catalogue.folder(name) / "prepared", scaled(report, CHECKING, 1))


def assemble(settings: Settings, catalogue: Catalogue, identity: Identity) -> FastAPI:
    """The whole service over prepared models, not yet started."""
    metrics, clock = Metrics(), identity.clock

    def loader(name: str) -> Recogniser:
        return load(catalogue.locate(name), catalogue.folder(name) / "prepared")

    return create_app(
        settings=settings,
        hearing=Hearing(settings=settings, metrics=metrics, clock=clock, loader=loader),
        gate=identity.gate,
        resources=identity.resources,
        admin=identity.admin,
        metrics=metrics,
        clock=clock,
        control=ControlPlane(settings, identity, metrics),
        models=[catalogue.model(name) for name in settings.models],
    )
