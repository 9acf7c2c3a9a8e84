"""The tiers of resources and what each allows, with the figures of Azure's table of quotas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

_KB, _MB, _GB = 1 << 10, 1 << 20, 1 << 30


class Tier(Enum):
    """What a resource may use: F0 to try things out, S0 to work."""

    F0 = "F0"
    S0 = "S0"


@dataclass(frozen=True, kw_only=True)
class Quota:
    """The most of everything that a tier allows."""

    datasets: int
    acoustic_bytes: int  # of one dataset, as are the next two
    language_bytes: int
    pronunciation_bytes: int
    text_bytes: int  # written into the request that makes a model or an endpoint
    live_sessions: int  # heard at once
    requests_per_10_s: int  # of the management API
    endpoint_days: int | None  # after which an endpoint is deleted


QUOTAS: Mapping[Tier, Quota] = {
    Tier.F0: Quota(
        datasets=2,
        acoustic_bytes=2 * _GB,
        language_bytes=200 * _MB,
        pronunciation_bytes=_KB,
        text_bytes=200 * _KB,
        live_sessions=1,
        requests_per_10_s=100,
        endpoint_days=7,
    ),
    Tier.S0: Quota(
        datasets=500,
        acoustic_bytes=2 * _GB,
        language_bytes=3 * _GB // 2,
        pronunciation_bytes=_MB,
        text_bytes=500 * _KB,
        live_sessions=100,
        requests_per_10_s=100,
        endpoint_days=None,
    ),
}
