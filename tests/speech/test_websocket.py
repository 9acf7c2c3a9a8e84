from __future__ import annotations

import json
import logging
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from auricle.clock import ManualClock
from auricle.identity.gate import Credentials
from auricle.identity.issuer import Issuer
from auricle.speech.framing import header, parse_text
from auricle.speech.limits import Limits
from tests.identity.made_issuer import AUDIENCE, NOW_S, MadeIssuer

from .serving import KEY, Served, tenants
from .sounds import ONE, WAV_HEADER, audio, context, silence, speech, text_message

V1 = "/speech/recognition/conversation/cognitiveservices/v1?language=en-US"
ONCE = "/speech/recognition/interactive/cognitiveservices/v1?language=en-US"
WITH_KEY = {"Ocp-Apim-Subscription-Key": KEY}


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with Served() as served:
        yield served


@asynccontextmanager
async def connected(server: Served, path: str = V1, headers: Any = WITH_KEY) -> AsyncIterator[ClientConnection]:
    async with connect(f"ws://{server.address}{path}", additional_headers=headers, proxy=None) as client:
        yield client


async def paths_until(client: ClientConnection, last: str) -> list[str]:
    paths: list[str] = []
    async for message in client:
        assert isinstance(message, str)
        paths.append(header(parse_text(message).headers, "path") or "")
        if paths[-1] == last:
            return paths
    raise AssertionError(f"closed before {last}: {paths}")


async def refusal(server: Served, path: str = V1, headers: Any = None) -> tuple[int, Any, Any]:
    with pytest.raises(InvalidStatus) as caught:
        async with connected(server, path, headers or {}):
            pass
    response = caught.value.response
    return response.status_code, json.loads(response.body or b"{}"), response.headers


async def closing(client: ClientConnection) -> tuple[int, str]:
    await client.wait_closed()
    assert client.close_code is not None
    return client.close_code, client.close_reason or ""


async def test_an_utterance_travels_from_bytes_to_a_phrase(server: Served) -> None:
    async with connected(server, ONCE) as client:
        await client.send(text_message("speech.config", "{}"))
        await client.send(context())
        await client.send(audio(WAV_HEADER))
        await client.send(audio(speech(1.0) + silence(1.0)))

        paths = await paths_until(client, "turn.end")

    assert [p for p in paths if p != "speech.hypothesis"] == [
        "turn.start",
        "speech.startDetected",
        "speech.phrase",
        "speech.endDetected",
        "turn.end",
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?language=en-US",
        "/speech/universal/v2",
        "/stt/speech/universal/v2",
        "/stt" + V1,
        "/speech/recognition/dictation/cognitiveservices/v1",
        "/speech/translation/cognitiveservices/v1",
        "/stt/speech/translation/cognitiveservices/v1",
    ],
)
async def test_every_family_of_addresses_is_answered(server: Served, path: str) -> None:
    async with connected(server, path):
        pass


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (V1, {"Ocp-Apim-Subscription-Key": tenants().second_key}),
        (V1, {"Authorization": f"Bearer {KEY}"}),
        (f"{V1}&Ocp-Apim-Subscription-Key={KEY}&X-ConnectionId=AB", {}),
        (f"{V1}&Authorization=Bearer%20{KEY}", {}),
    ],
)
async def test_credentials_count_in_headers_and_in_the_query(server: Served, path: str, headers: Any) -> None:
    async with connected(server, path, headers):
        pass


async def test_an_issued_token_lets_its_holder_in_until_it_expires() -> None:
    with Served() as server:
        token = await server.gate.issue(Credentials(key=KEY))
        async with connected(server, V1, {"Authorization": f"Bearer {token}"}):
            pass
        server.clock.advance(601)

        status, body, _ = await refusal(server, V1, {"Authorization": f"Bearer {token}"})

    assert status == 401
    assert "an expired one" in body["error"]["message"]


async def test_a_token_of_the_operators_issuer_names_its_resource_and_opens_by_role() -> None:
    with MadeIssuer() as issuer, Served(issuer=Issuer(issuer.url, [AUDIENCE], ManualClock())) as server:
        speaker = f"aad#small#{issuer.token(oid='speaker')}"
        async with connected(server, V1, {"Authorization": f"Bearer {speaker}"}):
            pass
        async with connected(server, f"{V1}&Authorization={quote('Bearer ' + speaker)}", {}):
            pass
        async with connected(server, V1, {"Authorization": f"Bearer {issuer.token(oid='speaker')}"}):
            pass

        reader = {"Authorization": f"Bearer aad#small#{issuer.token(oid='reader')}"}
        status, body, _ = await refusal(server, V1, reader)
        assert status == 403
        assert "The role 'Speech User' would do" in body["error"]["message"]
        elsewhere = {"Authorization": f"Bearer aad#default#{issuer.token(oid='speaker')}"}
        assert (await refusal(server, V1, elsewhere))[0] == 403
        expired = {"Authorization": f"Bearer {issuer.token(oid='speaker', exp=NOW_S - 60)}"}
        assert (await refusal(server, V1, expired))[0] == 401


@pytest.mark.parametrize(
    ("headers", "reason"),
    [({}, "got neither"), ({"Ocp-Apim-Subscription-Key": "wrong"}, "got another"), ({"Authorization": "x"}, "another")],
)
async def test_strangers_are_refused_before_the_upgrade(server: Served, headers: Any, reason: str) -> None:
    status, body, _ = await refusal(server, V1, headers)

    assert status == 401
    assert body["error"]["code"] == "Unauthorized"
    assert reason in body["error"]["message"]


async def test_anybody_may_come_when_the_operator_says_so() -> None:
    with Served(require_key=False) as server:
        async with connected(server, V1, {}), connected(server, V1, {"Ocp-Apim-Subscription-Key": "any"}):
            pass


@pytest.mark.parametrize("path", ["/speech/recognition/karaoke/cognitiveservices/v1", "/somewhere/else", "/v1"])
async def test_other_addresses_are_not_found(server: Served, path: str) -> None:
    status, body, _ = await refusal(server, path, WITH_KEY)

    assert status == 404
    assert body["error"]["code"] == "NotFound"


async def test_a_full_server_says_when_to_come_back() -> None:
    with Served() as server:
        server.hearing.refusing = True

        status, _, headers = await refusal(server, V1, WITH_KEY)

    assert status == 429
    assert headers["Retry-After"] == "7"


async def test_connections_beyond_the_limit_are_refused() -> None:
    with Served(max_connections=1) as server:
        async with connected(server):
            status, body, _ = await refusal(server, V1, WITH_KEY)

    assert status == 429
    assert "at most 1 connections" in body["error"]["message"]


async def test_a_resource_of_the_free_tier_is_heard_once_at_a_time() -> None:
    small = {"Ocp-Apim-Subscription-Key": tenants().small_key}
    with Served() as server:
        async with connected(server, V1, small) as first, connected(server, V1, small) as second:
            await first.send(audio(WAV_HEADER + speech(0.5)))
            await first.recv()  # turn.start
            await second.send(audio(WAV_HEADER))
            assert await closing(second) == (
                4429,
                "expected at most 1 session at once for the resource small (tier F0), got one more",
            )
            status, _, headers = await refusal(server, V1, small)
            assert (status, headers["Retry-After"]) == (429, "1")
            async with connected(server, V1, WITH_KEY) as other:
                await other.send(audio(WAV_HEADER))
                assert await other.recv()
        async with connected(server, V1, small) as third:
            await third.send(audio(WAV_HEADER))
            assert await paths_until(third, "turn.start")


async def test_the_subprotocol_is_spoken_when_it_is_offered(server: Served) -> None:
    async with connect(
        f"ws://{server.address}{V1}",
        additional_headers=WITH_KEY,
        subprotocols=[Subprotocol("USP")],
        proxy=None,
    ) as client:
        assert client.subprotocol == "USP"


async def test_an_unknown_endpoint_is_served_by_the_base_model_which_a_header_says(server: Served) -> None:
    async with connected(server, V1 + "&cid=my-model") as client:
        assert client.response is not None
        assert client.response.headers["X-Auricle-Model"] == "base"
    async with connected(server) as client:
        assert client.response is not None
        assert "X-Auricle-Model" not in client.response.headers


async def test_credentials_stay_out_of_the_logs(server: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    # The WebSocket library's own debugging shows what it receives; nobody runs a server with that.
    logging.getLogger("websockets").setLevel(logging.INFO)
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)

    async with connected(server, f"{V1}&Ocp-Apim-Subscription-Key={KEY}&Authorization=Bearer%20{KEY}", {}):
        pass

    assert "redacted" in caplog.text
    assert KEY not in caplog.text


async def test_a_broken_frame_is_told_why_it_is_hung_up_on(server: Served) -> None:
    async with connected(server) as client:
        await client.send("no frame at all")

        code, reason = await closing(client)

    assert code == 1007
    assert reason.startswith("expected a text message with headers")


async def test_a_silent_client_is_let_go() -> None:
    with Served(limits=Limits(idle_s=0.05)) as server:
        async with connected(server) as client:
            assert await closing(client) == (1001, "no message came for 0.05 s")


async def test_draining_ends_turns_and_refuses_newcomers() -> None:
    with Served() as server:
        async with connected(server) as idle, connected(server) as speaking:
            await speaking.send(context())
            await speaking.send(audio(WAV_HEADER))
            await speaking.send(audio(speech(1.0)))
            await paths_until(speaking, "speech.startDetected")

            server.drain(5)

            assert await closing(idle) == (1001, "the server is shutting down")
            paths = await paths_until(speaking, "speech.phrase")
            assert "turn.end" not in paths
            assert (await closing(speaking))[0] == 1001
        status, _, headers = await refusal(server, V1, WITH_KEY)

    assert status == 503
    assert headers["Retry-After"] == "5"


async def test_connections_are_counted() -> None:
    with Served() as server:
        async with connected(server):
            assert server.metrics.registry.get_sample_value("auricle_connections") == 1
        server.drain(5)
        assert server.metrics.registry.get_sample_value("auricle_connections") == 0


async def test_a_client_that_vanishes_in_mid_turn_leaves_no_listener() -> None:
    with Served() as server:
        async with connected(server) as client:
            await client.send(context())
            await client.send(audio(WAV_HEADER + speech(1.0)))
            await paths_until(client, "speech.startDetected")
            client.transport.abort()
        server.drain(5)

        assert server.hearing.listeners[0].closed


async def test_a_fuzzer_is_hung_up_on_and_others_do_not_notice(server: Served) -> None:
    dice = random.Random(7)
    async with connected(server, ONCE) as honest:
        await honest.send(context())
        await honest.send(audio(WAV_HEADER))
        for _ in range(100):
            async with connected(server) as client:
                for _ in range(20):
                    await client.send(_noise(dice))
                code, reason = await closing(client)
                assert code in {1002, 1007}
                assert reason
        await honest.send(audio(speech(1.0) + silence(1.0)))
        assert "speech.phrase" in await paths_until(honest, "turn.end")


def _noise(dice: random.Random) -> str | bytes:
    if dice.random() < 0.5:
        return dice.randbytes(dice.randrange(200))
    return "".join(chr(dice.randrange(1, 0x2FF)) for _ in range(dice.randrange(200)))


async def test_two_turns_share_a_connection(server: Served) -> None:
    async with connected(server, ONCE) as client:
        for request_id in (ONE, "a" * 32):
            await client.send(context(request_id))
            await client.send(audio(WAV_HEADER, request_id))
            await client.send(audio(speech(1.0) + silence(1.0), request_id))
            await paths_until(client, "turn.end")


async def test_a_path_in_the_log_moves_no_cursor(server: Served) -> None:
    with capture_logs() as logged:
        await refusal(server, "/nothing/%1b[2Jhere")

    assert [entry["path"] for entry in logged if entry["event"] == "connection_refused"] == ["/nothing/%1b[2Jhere"]
