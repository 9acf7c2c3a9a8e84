"""From a client's wishes to options: `speech.context`, the query and the path, read together.

Where several places say the same, `speech.context` wins over the query and the query over the path.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from auricle.engine.recogniser import Phrase
from auricle.errors import InvalidRequest, NotImplementedYet
from auricle.recognition.options import ListenOptions, Mode, Segmentation
from auricle.speech.address import Address
from auricle.speech.limits import Limits
from auricle.speech.phrases import OutputOptions
from auricle.text.formatter import Profanity, Punctuation, TextOptions

DEFAULT_LOCALE = "en-US"
NBEST = 5  # alternatives in a detailed result
MAX_INITIAL_SILENCE_MS = 3_600_000
MIN_END_SILENCE_MS, MAX_END_SILENCE_MS = 100, 5_000
MIN_SEGMENT_MS, MAX_SEGMENT_MS = 1_000, 70_000
MAX_STABLE_THRESHOLD = 20
MAX_PHRASE_WEIGHT = 2.0
MAX_ENDPOINT_CHARS = 128

_LOCALE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,3}")
_PUNCTUATION = {
    "none": Punctuation.NONE,
    "explicit": Punctuation.DICTATED,
    "dictated": Punctuation.DICTATED,
    "implicit": Punctuation.AUTOMATIC,
    "automatic": Punctuation.AUTOMATIC,
    "dictatedandautomatic": Punctuation.DICTATED_AND_AUTOMATIC,
}
_SEGMENTATION = {
    "normal": Segmentation.NORMAL,
    "custom": Segmentation.NORMAL,
    "semantic": Segmentation.SEMANTIC,
    "disabled": Segmentation.DISABLED,
}

Fields = Mapping[str, Any]
Choice = TypeVar("Choice", bound=Enum)


@dataclass(frozen=True, kw_only=True)
class TurnOptions:
    """How a turn listens and what its results show."""

    listen: ListenOptions = field(default_factory=ListenOptions)
    output: OutputOptions = field(default_factory=OutputOptions)
    unserved: tuple[str, ...] = ()  # wishes that were understood and have no effect here


def read_options(address: Address, context: Fields, limits: Limits) -> TurnOptions:
    """Everything a turn may choose; `context` is `speech.context` with its keys in lower case.

    Raises InvalidRequest for what makes no sense, and NotImplementedYet for a service that is not offered: a client
    must hear at once that it will not get what it asked for.
    """
    _refuse_other_services(address, context)
    query = address.query
    detection = section(context, "phrasedetection")
    output = section(context, "phraseoutput")
    interim = section(output, "interimresults")
    detailed = _read_detailed(query, output)
    mode = _read_mode(address, detection)
    segmentation = _read_segmentation(detection, mode)
    wishes = {wish.lower() for wish in _texts(section(output, "detailed"), "options")}
    locale = read_locale(_text(detection, "language") or query.get("language") or DEFAULT_LOCALE)
    listen = ListenOptions(
        locale=locale,
        mode=mode,
        endpoint=read_endpoint(query) or _endpoint_of_locale(detection, locale),
        initial_silence_ms=_first_number(
            (detection, "initialsilencetimeout"),
            (query, "initialsilencetimeoutms"),
            low=0,
            high=MAX_INITIAL_SILENCE_MS,
        ),
        end_silence_ms=_first_number(
            (segmentation, "segmentationsilencetimeoutms"),
            (query, "segmentationsilencetimeoutms"),
            (detection, "trailingsilencetimeout"),
            (query, "endsilencetimeoutms"),
            low=MIN_END_SILENCE_MS,
            high=MAX_END_SILENCE_MS,
        ),
        max_segment_ms=_first_number(
            (segmentation, "segmentationforcedtimeoutms"), low=MIN_SEGMENT_MS, high=MAX_SEGMENT_MS
        ),
        segmentation=_read_segmentation_kind(segmentation),
        partials=_text(interim, "resulttype").lower() != "none",
        stable_threshold=_first_number(
            (interim, "stablethreshold"),
            (query, "stableintermediatethreshold"),
            low=1,
            high=MAX_STABLE_THRESHOLD,
        ),
        nbest=NBEST if detailed else 1,
        word_times=detailed and ("wordtimings" in wishes or is_true(query, "wordleveltimestamps")),
        phrases=_read_phrases(section(context, "dgi"), limits),
        text=_read_text_options(query, section(detection, "enrichment"), mode),
    )
    return TurnOptions(
        listen=listen,
        output=OutputOptions(
            detailed=detailed,
            word_times=listen.word_times,
            word_confidences=detailed and ("wordconfidence" in wishes or is_true(query, "wordlevelconfidence")),
        ),
        unserved=tuple(_unserved(query, context, section(detection, "enrichment"), mode, wishes)),
    )


def read_locale(text: str) -> str:
    """A locale in its usual spelling (`en-us` becomes `en-US`). Raises InvalidRequest."""
    if not _LOCALE.fullmatch(text):
        raise InvalidRequest(f"expected a language such as en-US, got {text[:40]!r}")
    language, *parts = text.split("-")
    return "-".join([language.lower(), *(_spell_subtag(part) for part in parts)])


def read_endpoint(query: Mapping[str, str]) -> str | None:
    """The custom endpoint that the query names (`cid`), if any. Raises InvalidRequest."""
    endpoint = query.get("cid") or None
    if endpoint and not (len(endpoint) <= MAX_ENDPOINT_CHARS and endpoint.isascii() and endpoint.isprintable()):
        raise InvalidRequest(f"expected at most {MAX_ENDPOINT_CHARS} printable characters in 'cid'")
    return endpoint


def read_output_format(query: Mapping[str, str]) -> bool:
    """Whether the query asks for detailed results. Raises InvalidRequest."""
    format_ = query.get("format", "").lower()
    if format_ not in {"", "simple", "detailed"}:
        raise InvalidRequest(f"expected 'simple' or 'detailed' as format, got {format_[:40]!r}")
    return format_ == "detailed"


def is_true(query: Mapping[str, str], name: str) -> bool:
    """Whether a query parameter switches something on."""
    return query.get(name, "").lower() == "true"


def section(fields: Fields, name: str) -> Fields:
    """The object of that name, empty when absent. Raises InvalidRequest when it is something else."""
    value = fields.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidRequest(f"expected an object at '{name}', got {type(value).__name__}")
    return value


def _refuse_other_services(address: Address, context: Fields) -> None:
    detection = section(context, "phrasedetection")
    translation = section(context, "translation")
    options = {o.lower() for o in _texts(section(section(context, "phraseoutput"), "detailed"), "options")}
    asked = {
        "language identification": _given(context, "languageid") or bool(address.query.get("lidenabled")),
        "speech translation": address.translation
        or _given(translation, "targetlanguages")
        or _given(context, "translationcontext")
        or bool(address.query.get("to"))
        or _text(section(detection, "onsuccess"), "action").lower() == "translate",
        "speaker diarization": _given(detection, "speakerdiarization"),
        "pronunciation assessment": _given(section(detection, "enrichment"), "pronunciationassessment")
        or "pronunciationassessment" in options,
    }
    for service, wanted in asked.items():
        if wanted:
            raise NotImplementedYet(f"{service} is not available on this server yet")


def _read_detailed(query: Mapping[str, str], output: Fields) -> bool:
    return _text(output, "format").lower() == "detailed" or read_output_format(query)


def _read_mode(address: Address, detection: Fields) -> Mode:
    said = _text(detection, "mode") or ("" if address.mode else address.query.get("scenario", ""))
    return _member(Mode, said, "mode") if said else address.mode or Mode.CONVERSATION


def _read_segmentation(detection: Fields, mode: Mode) -> Fields:
    """The segmentation block of this mode; clients name it after the mode they are in."""
    return section(section(detection, mode.value), "segmentation")


def _read_segmentation_kind(segmentation: Fields) -> Segmentation:
    said = _text(segmentation, "mode").lower() or "normal"
    if said not in _SEGMENTATION:
        raise InvalidRequest(f"expected one of {', '.join(_SEGMENTATION)} as segmentation mode, got {said[:40]!r}")
    kind = _SEGMENTATION[said]
    if kind is Segmentation.NORMAL and segmentation.get("segmentationforcedtimeoutms") is not None:
        return Segmentation.TIME
    return kind


def _read_text_options(query: Mapping[str, str], enrichment: Fields, mode: Mode) -> TextOptions:
    profanity = _text(enrichment, "profanity") or query.get("profanity") or Profanity.MASKED.value
    said = _text(section(enrichment, mode.value), "punctuationmode").lower() or "implicit"
    if said not in _PUNCTUATION:
        raise InvalidRequest(f"expected one of {', '.join(_PUNCTUATION)} as punctuation mode, got {said[:40]!r}")
    punctuation = _PUNCTUATION[said]
    if mode is Mode.DICTATION and punctuation is Punctuation.AUTOMATIC:
        punctuation = Punctuation.DICTATED_AND_AUTOMATIC  # who dictates speaks the punctuation
    return TextOptions(profanity=_member(Profanity, profanity, "profanity"), punctuation=punctuation)


def _read_phrases(grammar: Fields, limits: Limits) -> tuple[Phrase, ...]:
    """The phrase list (`dgi`), each phrase once. Raises InvalidRequest beyond the limits."""
    overall = _weight(grammar, 1.0)
    phrases: dict[str, Phrase] = {}
    for group in _objects(grammar, "groups"):
        in_group = _weight(group, overall)
        for item in _objects(group, "items"):
            text = " ".join(_text(item, "text").split())
            if not text or not _is_unicode(text):
                continue
            if len(text) > limits.phrase_chars:
                raise InvalidRequest(f"expected phrases of at most {limits.phrase_chars} characters, got {len(text)}")
            phrases.setdefault(text, Phrase(text=text, weight=_weight(item, in_group)))
            if len(phrases) > limits.phrases:
                raise InvalidRequest(f"expected at most {limits.phrases} phrases, got more")
    return tuple(phrases.values())


def _weight(fields: Fields, otherwise: float) -> float:
    for name in ("weight", "bias", "boost"):
        if fields.get(name) is not None:
            return min(max(_number(fields[name], name), 0.0), MAX_PHRASE_WEIGHT)
    return otherwise


def _endpoint_of_locale(detection: Fields, locale: str) -> str | None:
    for model in _objects(detection, "custommodels"):
        if _text(model, "language").lower() == locale.lower():
            return read_endpoint({"cid": _text(model, "endpoint")})
    return None


def _unserved(
    query: Mapping[str, str], context: Fields, enrichment: Fields, mode: Mode, wishes: set[str]
) -> Iterator[str]:
    if query.get("postprocessing") or _text(section(enrichment, mode.value), "disfluencymode").lower() == "removed":
        yield "disfluency removal"
    if is_true(query, "storeaudio"):
        yield "audio logging"
    if "snr" in wishes:
        yield "signal-to-noise ratio"
    if _given(context, "model"):
        yield "model choice"


def _given(fields: Fields, name: str) -> bool:
    return bool(fields.get(name))


def _text(fields: Fields, name: str) -> str:
    """A text, empty when absent. Raises InvalidRequest when it is something else."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidRequest(f"expected a text at '{name}', got {type(value).__name__}")
    return value


def _list(fields: Fields, name: str) -> list[Any]:
    value = fields.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidRequest(f"expected a list at '{name}', got {type(value).__name__}")
    return value


def _texts(fields: Fields, name: str) -> list[str]:
    return [value for value in _list(fields, name) if isinstance(value, str)]


def _objects(fields: Fields, name: str) -> list[Fields]:
    return [value for value in _list(fields, name) if isinstance(value, Mapping)]


def _first_number(*places: tuple[Fields, str], low: int, high: int) -> int | None:
    """The first of these that is given, brought into its range."""
    for fields, name in places:
        value = fields.get(name)
        if value is not None and value != "":
            return round(min(max(_number(value, name), low), high))
    return None


def _number(value: Any, name: str) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if math.isnan(number):
        raise InvalidRequest(f"expected a number at '{name}', got {str(value)[:40]!r}")
    return number


def _member(kind: type[Choice], text: str, name: str) -> Choice:
    for member in kind:
        if member.value == text.lower():
            return member
    expected = ", ".join(str(member.value) for member in kind)
    raise InvalidRequest(f"expected one of {expected} as {name}, got {text[:40]!r}")


def _spell_subtag(part: str) -> str:
    if len(part) == 2:
        return part.upper()
    return part.title() if len(part) == 4 and part.isalpha() else part


def _is_unicode(text: str) -> bool:
    """Whether the text can be written down: JSON can carry halves of characters."""
    return not any("\ud800" <= c <= "\udfff" for c in text)
