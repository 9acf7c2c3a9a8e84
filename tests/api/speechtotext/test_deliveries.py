from __future__ import annotations

from datetime import UTC, datetime

from auricle.api.speechtotext.deliveries import delivery_shape
from auricle.api.speechtotext.links import Links
from auricle.api.speechtotext.versions import Version
from auricle.store.records import Delivery
from auricle.store.shelf import DELIVERIES

from .conftest import Api, House, client_of


def test_a_delivery_that_failed_once_says_why_and_when_it_is_tried_again() -> None:
    delivery = Delivery(
        id="the-delivery",
        resource_id="the-resource",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        hook_id="the-hook",
        event="DatasetCreation",
        body="{}",
        state="pending",
        attempts=1,
        last_attempt_at=datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC),
        next_attempt_at=datetime(2026, 1, 1, 0, 0, 11, tzinfo=UTC),
        problem="contoso.com did not finish within 15 seconds.",
    )

    address = "https://here/speechtotext/v3.2/webhooks/the-hook/deliveries/the-delivery"
    assert delivery_shape(delivery, Links("https://here", Version.V3_2)) == {
        "self": address,
        "links": {"replay": f"{address}:replay"},
        "invocationId": "the-delivery",
        "event": "DatasetCreation",
        "state": "pending",
        "createdDateTime": "2026-01-01T00:00:00Z",
        "attempts": 1,
        "lastAttemptDateTime": "2026-01-01T00:00:01Z",
        "nextAttemptDateTime": "2026-01-01T00:00:11Z",
        "problem": "contoso.com did not finish within 15 seconds.",
        "body": "{}",
    }


async def test_a_delivery_is_shown_at_the_address_that_the_list_says(house: House, api: Api) -> None:
    hook = await api.make("webhooks", webUrl="https://example.com/hook", events={"ping": True})
    delivery = Delivery(
        id="8a043172-65b7-4cf3-a8b5-4449efa5a0f1",
        resource_id=house.resources.get("speech").id,
        created_at=house.ground.now(),
        hook_id=hook["self"].rpartition("/")[2],
        event="Ping",
        body="{}",
        state="delivered",
    )
    with house.ground.database.write() as connection:
        DELIVERIES.add(connection, delivery)

    (listed,) = (await api.get(f"{hook['self']}/deliveries")).json()["values"]
    shown = await api.get(listed["self"])
    other = await api.make("webhooks", webUrl="https://example.com/other", events={"ping": True})

    assert (shown.status_code, shown.json()) == (200, listed)
    assert (await api.get(f"{other['self']}/deliveries/{delivery.id}")).status_code == 404
    async with client_of(house, name="stranger") as stranger:
        assert (await stranger.get(listed["self"])).status_code == 404
