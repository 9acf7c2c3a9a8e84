"""REST short audio: one upload of up to a minute, one final result.

`POST /speech/recognition/{mode}/cognitiveservices/v1`. In conversation and dictation mode the phrases of a longer
recording come joined into one result.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from auricle.audio.stream import open_stream
from auricle.errors import (
    AuricleError,
    InvalidAudio,
    InvalidRequest,
    NotFound,
    NotImplementedYet,
    PayloadTooLarge,
    RequestTimedOut,
    UnsupportedAudio,
)
from auricle.observe import log
from auricle.recognition.events import Alternative, Final, Outcome
from auricle.recognition.options import Mode
from auricle.speech.address import Address, parse_address
from auricle.speech.context import TurnOptions, read_options
from auricle.speech.credentials import shown_by, take_query
from auricle.speech.failures import response_for
from auricle.speech.limits import Limits
from auricle.speech.listening import Hearing, Listener
from auricle.speech.live import LiveSpeech
from auricle.speech.phrases import phrase
from auricle.speech.turn import Ear
from auricle.text.formatter import FormattedText

_AUDIO_TYPES = ("audio/", "video/", "application/octet-stream", "application/ogg")


async def recognise(request: Request, live: LiveSpeech) -> Response:
    """The result of an upload, or an error object."""
    query = take_query(request)
    try:
        address = parse_address(request.scope["path"], query)
        options, hearing = await _admit(request, live, address)
        final = await _listen(request, live, hearing, options)
    except ClientDisconnect:
        return Response(status_code=499)  # nobody reads it; the log says so
    except AuricleError as error:
        return response_for(error)
    headers = {"X-Auricle-Model": "base"} if options.listen.endpoint else {}
    return JSONResponse(phrase(final, options.output), headers=headers)


async def _admit(request: Request, live: LiveSpeech, address: Address) -> tuple[TurnOptions, Hearing]:
    if address.mode is None:
        raise NotFound(f"expected one of {', '.join(m.value for m in Mode)} in the path")
    caller = await live.gate.admit(shown_by(request, address.query))
    if not address.query.get("language"):
        raise InvalidRequest("expected a query parameter 'language' such as en-US, got none")
    if request.headers.get("pronunciation-assessment"):
        raise NotImplementedYet("pronunciation assessment is not available on this server yet")
    content_type = request.headers.get("content-type", "").strip().lower()
    if content_type and not content_type.startswith(_AUDIO_TYPES):
        raise UnsupportedAudio(f"expected a Content-Type such as audio/wav, got {content_type[:80]!r}")
    options = read_options(address, {}, live.limits)
    hearing = await live.admit_session(caller)
    if options.listen.endpoint:
        log.warning("endpoint_unknown", endpoint=options.listen.endpoint, served_by="base model")
    return options, hearing


async def _listen(request: Request, live: LiveSpeech, hearing: Hearing, options: TurnOptions) -> Final:
    audio = open_stream(request.headers.get("content-type"))
    listener = hearing.listen(options.listen)
    ear = Ear(listener=listener, audio=audio)
    finals = asyncio.create_task(_finals(listener), name="short audio results")
    try:
        await _upload(request, ear, finals, live.limits)
        return joined(await finals)
    finally:
        finals.cancel()
        await asyncio.wait([finals])
        await ear.close()


async def _finals(listener: Listener) -> list[Final]:
    return [event async for event in listener.events() if isinstance(event, Final)]


async def _upload(request: Request, ear: Ear, finals: asyncio.Task[list[Final]], limits: Limits) -> None:
    """Hear the body as it arrives. Audio after the result is taken and dropped: clients finish their upload first."""
    received = 0
    stream = request.stream()
    while (chunk := await _next_chunk(stream, limits.upload_idle_s)) is not None:
        received += len(chunk)
        if received > limits.short_audio_bytes:
            raise PayloadTooLarge(f"expected at most {limits.short_audio_bytes} bytes of audio, got more")
        if chunk and not finals.done():
            await ear.hear(chunk)
        if ear.duration_s > limits.short_audio_s:
            raise PayloadTooLarge(f"expected at most {limits.short_audio_s:g} s of audio, got more")
    if not received:
        raise InvalidAudio("expected audio in the body, got none")
    if not finals.done():
        await ear.finish()


async def _next_chunk(stream: AsyncGenerator[bytes, None], idle_s: float) -> bytes | None:
    try:
        async with asyncio.timeout(idle_s):
            return await anext(stream, None)
    except TimeoutError as error:
        raise RequestTimedOut(f"expected the next piece of audio within {idle_s:g} s") from error


def joined(finals: Sequence[Final]) -> Final:
    """One result out of a recording's: its phrases end to end, or else what the first silence was."""
    phrases = [f for f in finals if f.outcome is Outcome.SUCCESS and f.alternatives]
    if not phrases:
        return finals[0] if finals else Final(outcome=Outcome.NO_MATCH, offset_s=0.0, duration_s=0.0)
    if len(phrases) == 1:
        return phrases[0]
    first, last = phrases[0], phrases[-1]
    return Final(
        outcome=Outcome.SUCCESS,
        offset_s=first.offset_s,
        duration_s=last.offset_s + last.duration_s - first.offset_s,
        alternatives=(_end_to_end(phrases),),
    )


def _end_to_end(phrases: Sequence[Final]) -> Alternative:
    best = [p.alternatives[0] for p in phrases]
    spoken_s = [max(p.duration_s, 0.001) for p in phrases]
    return Alternative(
        confidence=sum(a.confidence * s for a, s in zip(best, spoken_s, strict=True)) / sum(spoken_s),
        text=FormattedText(
            lexical=" ".join(a.text.lexical for a in best),
            itn=" ".join(a.text.itn for a in best),
            masked_itn=" ".join(a.text.masked_itn for a in best),
            display=" ".join(a.text.display for a in best),
            words=tuple(w for a in best for w in a.text.words),
            display_words=tuple(w for a in best for w in a.text.display_words),
        ),
    )
