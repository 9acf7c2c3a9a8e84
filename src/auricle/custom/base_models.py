"""The base models: every model that the server was started with, once for each locale it is offered in.

They are made from the catalogue at every start and kept nowhere, so their ids are derived from what they are: the
same on every node, and after every start.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from auricle.adaptation.kinds import DatasetKind
from auricle.custom.lifecycle import adaptation_until, transcription_until
from auricle.engine.catalogue import Model as CatalogueModel
from auricle.errors import InvalidLocale, NotFound
from auricle.recognition.locales import by_preference, locales_of
from auricle.store.conditions import Condition, matches
from auricle.store.status import Status

PAGE = 100  # base models on a page unless the caller says otherwise
_NAMESPACE = uuid.UUID("5e6a1c1f-3b0e-5c55-9a53-6f0d3f1d8a42")

# What a model can learn from is training's to say, and it is the same for every family: text and pronunciations steer
# the decoder, display formats the texts after it, transcribed audio the weights. Recordings without their words teach
# nothing, so audio files serve for inspection only.
ADAPTATION_KINDS = (
    DatasetKind.LANGUAGE,
    DatasetKind.LANGUAGE_MARKDOWN,
    DatasetKind.PRONUNCIATION,
    DatasetKind.ACOUSTIC,
    DatasetKind.OUTPUT_FORMATTING,
)


@dataclass(frozen=True, kw_only=True)
class Features:
    """What a model can be used for; custom models inherit it from their base model."""

    transcriptions: bool = True
    endpoints: bool = True
    containers: bool = False  # nothing runs a model from its manifest alone
    output_formats: tuple[str, ...] = ("Lexical", "Display")


@dataclass(frozen=True, kw_only=True)
class BaseModel:
    """A model of the catalogue in one locale."""

    id: str
    display_name: str
    description: str
    locale: str
    created_at: datetime
    last_action_at: datetime
    status: Status
    dataset_kinds: tuple[DatasetKind, ...]
    adaptation_until: datetime
    transcription_until: datetime
    features: Features = Features()
    name: str  # the catalogue's
    title: str
    family: str
    languages: tuple[str, ...]
    licence: str
    digest: str  # of the model's files

    @property
    def output_formats(self) -> tuple[str, ...]:
        return self.features.output_formats


@dataclass(frozen=True, kw_only=True)
class BaseModelPage:
    """Some base models, and whether more follow."""

    records: Sequence[BaseModel]
    more: bool


class BaseModels:
    """All base models, oldest first. Of those as old, the one that hears a locale comes last in it: the newest."""

    def __init__(self, models: Sequence[CatalogueModel]) -> None:
        """`models` as the server hears with them: first the one for English, last the one for every other language."""
        self._by_id = {model.id: model for entry in models for model in _in_every_locale(entry)}
        self._newest = {
            locale: self._by_id[base_model_id(_hearing(locale, models).name, locale)]
            for locale in locales_of({language for model in models for language in model.languages})
        }
        newest_ids = {model.id for model in self._newest.values()}
        self._all = sorted(
            self._by_id.values(),
            key=lambda model: (model.created_at, model.locale, model.id in newest_ids, model.name),
        )
        self._spelling = {locale.lower(): locale for locale in self._newest}

    @property
    def locales(self) -> Sequence[str]:
        """The locales there are base models for, in alphabetical order."""
        return list(self._newest)

    def all(self) -> Sequence[BaseModel]:
        """Every base model."""
        return self._all

    def list(self, *, condition: Condition | None = None, skip: int = 0, top: int = PAGE) -> BaseModelPage:
        """Those for which the condition holds."""
        found = [model for model in self._all if condition is None or matches(condition, model)]
        return BaseModelPage(records=found[skip : skip + top], more=len(found) > skip + top)

    def find(self, id: str) -> BaseModel | None:
        """The base model of this id, if there is one."""
        return self._by_id.get(id.lower())

    def get(self, id: str) -> BaseModel:
        """The base model of this id. Raises NotFound."""
        found = self.find(id)
        if found is None:
            raise NotFound(f"There is no base model {id}.")
        return found

    def newest(self, locale: str) -> BaseModel:
        """The base model that the server hears a locale with. Raises InvalidLocale."""
        found = self._newest.get(self._spelling.get(locale.lower(), ""))
        if found is None:
            raise InvalidLocale(f"No model here hears {locale[:32]!r}.", target="locale")
        return found


def base_model_id(name: str, locale: str) -> str:
    """The id of a model of the catalogue in a locale."""
    return str(uuid.uuid5(_NAMESPACE, f"{name}/{locale}"))


def _hearing(locale: str, models: Sequence[CatalogueModel]) -> CatalogueModel:
    return next(model for model in by_preference(locale, models) if locale in locales_of(model.languages))


def _in_every_locale(model: CatalogueModel) -> Iterable[BaseModel]:
    return (_in_locale(model, locale) for locale in locales_of(model.languages))


def _in_locale(model: CatalogueModel, locale: str) -> BaseModel:
    released_at = datetime.combine(model.released, time(), tzinfo=UTC)
    return BaseModel(
        id=base_model_id(model.name, locale),
        display_name=f"{released_at:%Y%m%d} {model.title} ({locale})",
        description=f"{locale} base model {model.name}. {model.about}",
        locale=locale,
        created_at=released_at,
        last_action_at=released_at,
        status=Status.SUCCEEDED,
        dataset_kinds=ADAPTATION_KINDS,
        adaptation_until=adaptation_until(released_at),
        transcription_until=transcription_until(released_at),
        name=model.name,
        title=model.title,
        family=model.family.value,
        languages=model.languages,
        licence=model.licence,
        digest=model.digest,
    )
