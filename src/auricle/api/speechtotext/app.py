"""The Speech to text REST API as one application, for everything below `/speechtotext`."""

from __future__ import annotations

from auricle.api.speechtotext.dispatch import Dispatcher
from auricle.api.speechtotext.links import Origins
from auricle.api.speechtotext.services import Services
from auricle.identity.gate import Gate
from auricle.identity.rates import Rates
from auricle.observe import Metrics
from auricle.settings import Settings


def management(services: Services, gate: Gate, rates: Rates, settings: Settings, metrics: Metrics) -> Dispatcher:
    """The application over its parts; `close` it when the server stops."""
    proxies = [network for network in settings.trusted_proxies.split(",") if network.strip()]
    origins = Origins(public_url=settings.public_url, trusted_proxies=proxies)
    return Dispatcher(services=services, gate=gate, rates=rates, origins=origins, metrics=metrics)
