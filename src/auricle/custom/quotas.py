"""What the tier of a resource allows its datasets: how many, and how large of each kind."""

from __future__ import annotations

from sqlalchemy import Connection, select

from auricle.adaptation.limits import Limits
from auricle.errors import NotFound, QuotaExceeded
from auricle.identity.caller import Resource
from auricle.identity.tiers import QUOTAS, Tier
from auricle.store.shelf import DATASETS
from auricle.store.tables import resources


def limits(tier: Tier) -> Limits:
    """How large the datasets of a tier may be."""
    quota = QUOTAS[tier]
    return Limits(
        archive_bytes=quota.acoustic_bytes,
        language_bytes=quota.language_bytes,
        pronunciation_bytes=quota.pronunciation_bytes,
    )


def largest_bytes(tier: Tier) -> int:
    """The largest dataset of a tier, whatever its kind."""
    allowed = limits(tier)
    return max(allowed.archive_bytes, allowed.language_bytes, allowed.structured_text_bytes)


def require_room(connection: Connection, resource: Resource) -> None:
    """Raise QuotaExceeded when the resource may not have one more dataset.

    Others that ask for the same resource wait until this transaction ends, lest two take the last place.
    """
    mine = select(resources.c.id).where(resources.c.id == resource.id).with_for_update(key_share=True)
    if connection.execute(mine).one_or_none() is None:
        raise NotFound(f"There is no resource {resource.name} any more.")
    allowed = QUOTAS[resource.tier].datasets
    if DATASETS.count(connection, resource.id) >= allowed:
        raise QuotaExceeded(
            f"A resource of tier {resource.tier.value} may have {allowed} datasets; delete one, or choose another tier."
        )
