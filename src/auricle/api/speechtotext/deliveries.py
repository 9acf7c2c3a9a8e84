"""What a web hook was sent, in JSON: an addition to the published API, under the web hook itself."""

from __future__ import annotations

from typing import Any

from auricle.api.speechtotext.answers import Answer
from auricle.api.speechtotext.calls import Call
from auricle.api.speechtotext.links import Links
from auricle.api.speechtotext.paging import paginated, parse_paging
from auricle.api.speechtotext.shapes import moment
from auricle.store.records import Delivery


def list_deliveries(call: Call) -> Answer:
    """WebHooks_ListDeliveries: of one `state` if the query names it."""
    paging = parse_paging(call.query)
    state = call.query.get("state")
    page = call.services.deliveries.list(call.caller, call.id, state=state, skip=paging.skip, top=paging.top)
    values = [delivery_shape(delivery, call.links) for delivery in page.records]
    address = f"{call.links.to('webhooks', call.id)}/deliveries"
    return Answer(content=paginated(values, address=address, query=call.query, paging=paging, more=page.more))


def get_delivery(call: Call) -> Answer:
    """WebHooks_GetDelivery."""
    delivery = call.services.deliveries.get(call.caller, call.id, call.path["deliveryId"])
    return Answer(content=delivery_shape(delivery, call.links))


def replay(call: Call) -> Answer:
    """WebHooks_ReplayDelivery."""
    replayed = call.services.deliveries.replay(call.caller, call.id, call.path["deliveryId"])
    return Answer(status=202, content=delivery_shape(replayed, call.links))


def delivery_shape(delivery: Delivery, links: Links) -> dict[str, Any]:
    """One delivery. What is not known, or not to come, is left out."""
    address = f"{links.to('webhooks', delivery.hook_id)}/deliveries/{delivery.id}"
    known = {
        "self": address,
        "links": {"replay": f"{address}:replay"},
        "invocationId": delivery.id,
        "event": delivery.event,
        "state": delivery.state,
        "createdDateTime": moment(delivery.created_at),
        "attempts": delivery.attempts,
        "lastAttemptDateTime": moment(delivery.last_attempt_at) if delivery.last_attempt_at else None,
        "nextAttemptDateTime": moment(delivery.next_attempt_at) if delivery.next_attempt_at else None,
        "answerStatus": delivery.answer_status,
        "problem": delivery.problem,
        "body": delivery.body,
    }
    return {name: value for name, value in known.items() if value is not None}
