"""How recordings are to be transcribed: what a caller may choose, and what cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import Any

from auricle.custom.entities import known_locale
from auricle.custom.ground import Ground
from auricle.errors import InvalidChannels, InvalidLocale, InvalidPayload

MAX_CHANNELS = 32
MAX_SPEAKERS = 35
FEWEST_CANDIDATES = 2  # locales to tell apart
MOST_CANDIDATES = 10  # when the locale may change within a recording


class Punctuation(Enum):
    """Where punctuation comes from."""

    NONE = "None"
    DICTATED = "Dictated"
    AUTOMATIC = "Automatic"
    DICTATED_AND_AUTOMATIC = "DictatedAndAutomatic"


class ProfanityFilter(Enum):
    """What becomes of profanity."""

    NONE = "None"
    REMOVED = "Removed"
    TAGS = "Tags"
    MASKED = "Masked"


class Identification(Enum):
    """How often the locale of a recording may change."""

    CONTINUOUS = "Continuous"
    SINGLE = "Single"


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a transcription."""

    word_times: bool = False
    display_word_times: bool = False
    channels: tuple[int, ...] = (0, 1)
    punctuation: Punctuation = Punctuation.DICTATED_AND_AUTOMATIC
    profanity: ProfanityFilter = ProfanityFilter.MASKED
    diarization: bool = False
    fewest_speakers: int | None = None
    most_speakers: int | None = None
    identification: Identification = Identification.CONTINUOUS
    candidate_locales: tuple[str, ...] = ()  # without any, no language is identified
    candidate_models: Mapping[str, str] = field(default_factory=dict)  # locale -> model id

    def kept(self) -> Mapping[str, Any]:
        """The options as JSON values."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Options:
        """The options again; what is missing is at its default."""
        return cls(**{name: _READERS.get(name, _same)(value) for name, value in kept.items()})


def checked(ground: Ground, options: Options, locale: str) -> Options:
    """The options with locales as they are commonly written.

    Raises InvalidChannels, InvalidPayload or InvalidLocale for what cannot be.
    """
    _check_channels(options.channels)
    _check_speakers(options)
    if not options.candidate_locales and not options.candidate_models:
        return options
    _check_candidates(options)
    locales = tuple(known_locale(ground, candidate) for candidate in options.candidate_locales)
    if locale not in locales:
        raise InvalidLocale(f"The candidate locales must include the main one, {locale}.", target="candidate_locales")
    models = {known_locale(ground, candidate): id for candidate, id in options.candidate_models.items()}
    if strangers := sorted(models.keys() - set(locales)):
        raise InvalidLocale(
            f"A model is given for {', '.join(strangers)}, which is no candidate locale.", target="speech_model_mapping"
        )
    return replace(options, candidate_locales=locales, candidate_models=models)


def _check_channels(channels: tuple[int, ...]) -> None:
    possible = all(0 <= channel < MAX_CHANNELS for channel in channels)
    if not 1 <= len(channels) <= MAX_CHANNELS or len(set(channels)) < len(channels) or not possible:
        raise InvalidChannels(
            f"Channels are different numbers from 0 to {MAX_CHANNELS - 1}, at least one of them.", target="channels"
        )


def _check_speakers(options: Options) -> None:
    fewest, most = options.fewest_speakers or 1, options.most_speakers or MAX_SPEAKERS
    given = [count for count in (options.fewest_speakers, options.most_speakers) if count is not None]
    if not all(1 <= count <= MAX_SPEAKERS for count in given) or fewest > most:
        raise InvalidPayload(
            f"Speakers are from 1 to {MAX_SPEAKERS}, and the fewest no more than the most.", target="diarization"
        )


def _check_candidates(options: Options) -> None:
    count = len(options.candidate_locales)
    if len({locale.lower() for locale in options.candidate_locales}) < count:
        raise InvalidPayload("A candidate locale is given twice.", target="candidate_locales")
    if count < FEWEST_CANDIDATES:
        raise InvalidPayload(
            f"Languages are told apart among at least {FEWEST_CANDIDATES} candidate locales, got {count}.",
            target="candidate_locales",
        )
    if count > MOST_CANDIDATES and options.identification is Identification.CONTINUOUS:
        raise InvalidPayload(
            f"Continuous identification takes up to {MOST_CANDIDATES} candidate locales, got {count}; "
            "the mode Single takes any number.",
            target="candidate_locales",
        )


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else list(value) if isinstance(value, tuple) else value


def _same(value: Any) -> Any:
    return value


_READERS = {
    "channels": tuple,
    "candidate_locales": tuple,
    "punctuation": Punctuation,
    "profanity": ProfanityFilter,
    "identification": Identification,
}
