from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from auricle.adaptation.kinds import DatasetKind
from auricle.custom.base_models import BaseModel, BaseModels
from auricle.engine.catalogue import Catalogue
from auricle.errors import InvalidLocale, NotFound
from auricle.store.conditions import And, Comparison, Operator
from auricle.store.status import Status

CATALOGUE = Catalogue(Path("/nowhere"))
ENGLISH, MULTILINGUAL = CATALOGUE.model("moonshine-base"), CATALOGUE.model("whisper-base")


@pytest.fixture(scope="module")
def base_models() -> BaseModels:
    return BaseModels([ENGLISH, MULTILINGUAL])


def test_every_model_is_offered_in_every_locale_it_hears(base_models: BaseModels) -> None:
    names = {(model.name, model.locale) for model in base_models.all()}
    assert {("moonshine-base", "en-US"), ("whisper-base", "en-US"), ("whisper-base", "de-DE")} <= names
    assert ("moonshine-base", "de-DE") not in names
    assert len(names) == len(base_models.all()) == len({model.id for model in base_models.all()})


def test_ids_stay_the_same_over_starts_and_nodes(base_models: BaseModels) -> None:
    assert base_models.newest("en-US").id == "e25d7b8f-59f6-57d0-8e6a-7912e7b39e47"
    swapped = BaseModels([MULTILINGUAL, ENGLISH])
    assert {model.id for model in swapped.all()} == {model.id for model in base_models.all()}


@pytest.mark.parametrize(
    ("locale", "name"), [("en-GB", "moonshine-base"), ("EN-us", "moonshine-base"), ("de-DE", "whisper-base")]
)
def test_the_newest_is_the_one_that_the_server_hears_with(base_models: BaseModels, locale: str, name: str) -> None:
    assert base_models.newest(locale).name == name


def test_the_newest_of_a_locale_comes_last_of_those_as_old(base_models: BaseModels) -> None:
    american = [model.name for model in base_models.all() if model.locale == "en-US"]
    assert american == ["whisper-base", "moonshine-base"]


def test_the_list_is_sorted_by_age_then_locale() -> None:
    older = replace(MULTILINGUAL, released=date(2025, 5, 1), languages=("de", "en"))
    models = BaseModels([ENGLISH, older]).all()
    assert [model.created_at for model in models] == sorted(model.created_at for model in models)
    assert [model.locale for model in models[:3]] == ["de-AT", "de-CH", "de-DE"]


def test_one_model_for_everything_is_listed_once() -> None:
    models = BaseModels([MULTILINGUAL]).all()
    assert [model.name for model in models if model.locale == "en-US"] == ["whisper-base"]


def test_there_is_no_newest_model_of_a_locale_that_nobody_hears(base_models: BaseModels) -> None:
    with pytest.raises(InvalidLocale) as refused:
        base_models.newest("tlh-KX")
    assert refused.value.target == "locale"


def test_a_model_is_found_by_its_id_in_any_case(base_models: BaseModels) -> None:
    model = base_models.newest("en-US")
    assert base_models.get(model.id.upper()) is model
    assert base_models.find("1") is None
    with pytest.raises(NotFound):
        base_models.get("1")


def test_dates_and_features_are_shown(base_models: BaseModels) -> None:
    model = base_models.newest("en-US")
    assert model.created_at == model.last_action_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert model.adaptation_until == datetime(2028, 1, 15, tzinfo=UTC)
    assert model.transcription_until == datetime(2029, 1, 15, tzinfo=UTC)
    assert model.status is Status.SUCCEEDED
    assert model.output_formats == ("Lexical", "Display")
    assert (model.features.transcriptions, model.features.endpoints, model.features.containers) == (True, True, False)
    assert DatasetKind.AUDIO_FILES not in model.dataset_kinds


def test_pages_follow_one_another(base_models: BaseModels) -> None:
    found: list[BaseModel] = []
    skip = 0
    while True:
        page = base_models.list(skip=skip, top=50)
        found += page.records
        skip += 50
        if not page.more:
            break
    assert found == base_models.all()
    assert not base_models.list(skip=10_000).records


def test_a_condition_selects_by_locale_and_name(base_models: BaseModels) -> None:
    american = Comparison(field="locale", operator=Operator.EQ, value="en-US")
    newest = Comparison(field="display_name", operator=Operator.NE, value="20261101 Whisper base (en-US)")
    assert [model.name for model in base_models.list(condition=And(american, newest)).records] == ["moonshine-base"]
    later = Comparison(field="created_at", operator=Operator.GT, value=datetime(2027, 1, 1, tzinfo=UTC))
    assert not base_models.list(condition=later).records
