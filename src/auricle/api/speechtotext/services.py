"""The services that answer the operations, in one value."""

from __future__ import annotations

from dataclasses import dataclass

from auricle.custom.base_models import BaseModels
from auricle.custom.copies import ModelCopies
from auricle.custom.datasets import Datasets
from auricle.custom.deliveries import Deliveries
from auricle.custom.endpoint_logs import EndpointLogs
from auricle.custom.endpoints import Endpoints
from auricle.custom.evaluations import Evaluations
from auricle.custom.ground import Ground
from auricle.custom.models import Models
from auricle.custom.projects import Projects
from auricle.custom.transcriptions import Transcriptions
from auricle.custom.web_hooks import WebHooks


@dataclass(frozen=True, kw_only=True)
class Services:
    """One service a kind of thing."""

    projects: Projects
    datasets: Datasets
    models: Models
    copies: ModelCopies
    evaluations: Evaluations
    endpoints: Endpoints
    logs: EndpointLogs
    transcriptions: Transcriptions
    web_hooks: WebHooks
    deliveries: Deliveries
    base_models: BaseModels

    @classmethod
    def over(cls, ground: Ground) -> Services:
        """All services on the same ground."""
        return cls(
            projects=Projects(ground),
            datasets=Datasets(ground),
            models=Models(ground),
            copies=ModelCopies(ground),
            evaluations=Evaluations(ground),
            endpoints=Endpoints(ground),
            logs=EndpointLogs(ground),
            transcriptions=Transcriptions(ground),
            web_hooks=WebHooks(ground),
            deliveries=Deliveries(ground),
            base_models=ground.base_models,
        )
