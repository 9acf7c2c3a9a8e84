from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from auricle.adaptation.kinds import DatasetKind
from auricle.blobs.paths import ARTIFACTS, BlobPath
from auricle.clock import ManualClock
from auricle.custom import erasing, transcriptions, unserved
from auricle.custom.drafts import Changes
from auricle.custom.ground import Ground
from auricle.custom.projects import Projects
from auricle.custom.transcription_options import Identification, ProfanityFilter, Punctuation
from auricle.custom.transcriptions import TRANSCRIBE, Options, Recordings, Transcriptions
from auricle.errors import (
    AuricleError,
    FailedDataset,
    Forbidden,
    InvalidChannels,
    InvalidDataset,
    InvalidLocale,
    InvalidModel,
    InvalidPayload,
    InvalidProject,
    InvalidRecordingsUri,
    InvalidTimeToLive,
    InvalidUrl,
    ModelDeprecated,
    NotFound,
    OneSourceOnly,
    QuotaExceeded,
    TooManyRecordings,
)
from auricle.identity.caller import Caller, Right
from auricle.identity.tiers import Tier
from auricle.jobs.work import Outcome, Work
from auricle.store.status import Status
from tests.custom import drafted, modelled
from tests.custom.conftest import Labour
from tests.custom.modelled import NOWHERE, URL, put_dataset, put_model

DAY_S = 24 * 3600


@pytest.fixture
def hands(ground: Ground, labour: Callable[[list[Work]], Labour]) -> Labour:
    """Who transcribes, as far as that goes, and deletes and erases what is over."""
    return labour([*unserved.works(ground), *transcriptions.works(ground), *erasing.works(ground)])


def test_a_new_transcription_waits_for_its_turn(ground: Ground, caller: Caller) -> None:
    service = Transcriptions(ground)
    service.create(caller, modelled.transcription())
    made = service.create(caller, modelled.transcription(locale="EN-us", time_to_live_s=3600))
    assert service.get(caller, made.record.id) == made
    assert made.record.status is Status.NOT_STARTED
    assert made.record.locale == "en-US"
    assert made.record.model_id == ground.base_models.newest("en-US").id
    assert made.standing
    assert made.standing.place == 2


def test_options_are_kept_as_they_were_chosen(ground: Ground, caller: Caller) -> None:
    model = put_model(ground, caller)
    chosen = Options(
        word_times=True,
        display_word_times=True,
        channels=(1,),
        punctuation=Punctuation.NONE,
        profanity=ProfanityFilter.TAGS,
        diarization=True,
        fewest_speakers=3,
        most_speakers=5,
        identification=Identification.SINGLE,
    )
    draft = modelled.transcription(
        chosen.kept(), candidate_locales=["de-de", "en-us"], candidate_models={"EN-US": model.id}, locale="de-DE"
    )
    kept = Options.read(Transcriptions(ground).create(caller, draft).record.options)
    assert (kept.candidate_locales, kept.candidate_models) == (("de-DE", "en-US"), {"en-US": model.id})
    assert {**kept.kept(), "candidate_locales": [], "candidate_models": {}} == chosen.kept()


def test_what_is_not_chosen_is_at_the_documented_default() -> None:
    assert Options.read({}) == Options()
    assert Options().kept()["channels"] == [0, 1]
    assert Options().punctuation.value == "DictatedAndAutomatic"
    assert Options().profanity.value == "Masked"
    assert Options().identification.value == "Continuous"


def test_addresses_are_kept_sealed(ground: Ground, caller: Caller) -> None:
    draft = modelled.transcription(content_urls=[URL, URL], destination_url="https://example.com/results?sig=other")
    made = Transcriptions(ground).create(caller, draft).record
    assert made.content_sealed
    assert "secret" not in made.content_sealed
    recordings = Recordings.of(ground, made)
    assert recordings.urls == [URL, URL]
    assert recordings.destination_url == "https://example.com/results?sig=other"


@pytest.mark.parametrize("kind", [DatasetKind.ACOUSTIC, DatasetKind.AUDIO_FILES])
def test_a_dataset_of_recordings_can_be_transcribed(ground: Ground, caller: Caller, kind: DatasetKind) -> None:
    dataset = put_dataset(ground, caller, kind)
    made = Transcriptions(ground).create(caller, modelled.transcription(dataset_id=dataset.id)).record
    assert (made.dataset_id, made.content_sealed) == (dataset.id, None)
    assert Recordings.of(ground, made) == Recordings()


def options(**changes: Any) -> dict[str, Any]:
    return {"options": Options(**changes).kept()}


@pytest.mark.parametrize(
    ("changes", "error", "target"),
    [
        ({"content_urls": []}, OneSourceOnly, "content_urls"),
        ({"content_urls": [URL], "dataset_id": NOWHERE}, OneSourceOnly, "content_urls"),
        ({"content_urls": [URL], "container_url": URL}, OneSourceOnly, "content_urls"),
        ({"container_url": URL, "dataset_id": NOWHERE}, OneSourceOnly, "content_urls"),
        ({"content_urls": [URL] * 1001}, TooManyRecordings, "content_urls"),
        ({"content_urls": [URL, "file:///etc/passwd"]}, InvalidRecordingsUri, "content_urls"),
        ({"content_urls": ["http://10.0.0.1/a.wav"]}, InvalidRecordingsUri, "content_urls"),
        ({"content_urls": [""]}, InvalidRecordingsUri, "content_urls"),
        ({"container_url": "http://169.254.169.254/"}, InvalidRecordingsUri, "content_container_url"),
        ({"destination_url": "http://10.0.0.1/"}, InvalidUrl, "destination_container_url"),
        ({"dataset_id": NOWHERE}, InvalidDataset, "dataset"),
        ({"model_id": NOWHERE}, InvalidModel, "model"),
        ({"locale": "tlh-KX"}, InvalidLocale, "locale"),
        ({"project_id": NOWHERE}, InvalidProject, "project"),
        ({"time_to_live_s": 31 * DAY_S + 1}, InvalidTimeToLive, "time_to_live"),
        ({"time_to_live_s": -1}, InvalidTimeToLive, "time_to_live"),
        (options(channels=()), InvalidChannels, "channels"),
        (options(channels=(0, 0)), InvalidChannels, "channels"),
        (options(channels=(-1,)), InvalidChannels, "channels"),
        (options(channels=(32,)), InvalidChannels, "channels"),
        (options(fewest_speakers=0), InvalidPayload, "diarization"),
        (options(most_speakers=0), InvalidPayload, "diarization"),
        (options(most_speakers=36), InvalidPayload, "diarization"),
        (options(fewest_speakers=3, most_speakers=2), InvalidPayload, "diarization"),
        ({"candidate_locales": ["en-US"]}, InvalidPayload, "candidate_locales"),
        ({"candidate_locales": ["en-US", "EN-us"]}, InvalidPayload, "candidate_locales"),
        ({"candidate_locales": ["de-DE", "fr-FR"]}, InvalidLocale, "candidate_locales"),
        ({"candidate_locales": ["en-US", "tlh-KX"]}, InvalidLocale, "locale"),
        ({"candidate_models": {"de-DE": NOWHERE}}, InvalidPayload, "candidate_locales"),
        (
            {"candidate_locales": ["en-US", "de-DE"], "candidate_models": {"fr-FR": NOWHERE}},
            InvalidLocale,
            "speech_model_mapping",
        ),
        (
            {"candidate_locales": ["en-US", "de-DE"], "candidate_models": {"de-DE": NOWHERE}},
            InvalidModel,
            "speech_model_mapping",
        ),
    ],
)
def test_what_cannot_be_transcribed_is_refused(
    ground: Ground, caller: Caller, changes: dict[str, Any], error: type[AuricleError], target: str
) -> None:
    with pytest.raises(error) as refused:
        Transcriptions(ground).create(caller, modelled.transcription(**changes))
    assert getattr(refused.value, "target", None) == target
    assert "secret" not in refused.value.message
    assert not Transcriptions(ground).list(caller).items


def test_up_to_ten_locales_are_told_apart_continuously_and_any_number_once(ground: Ground, caller: Caller) -> None:
    many = ["en-US", *(locale for locale in ground.base_models.locales if locale != "en-US")]
    service = Transcriptions(ground)
    service.create(caller, modelled.transcription(candidate_locales=many[:10]))
    with pytest.raises(InvalidPayload, match="Single"):
        service.create(caller, modelled.transcription(candidate_locales=many[:11]))
    single = Options(identification=Identification.SINGLE).kept()
    service.create(caller, modelled.transcription(single, candidate_locales=many))


def test_a_thousand_addresses_are_not_too_many(ground: Ground, caller: Caller) -> None:
    made = Transcriptions(ground).create(caller, modelled.transcription(content_urls=[URL] * 1000)).record
    assert len(Recordings.of(ground, made).urls) == 1000


@pytest.mark.parametrize(
    ("kind", "changes", "error"),
    [
        (DatasetKind.LANGUAGE, {}, InvalidDataset),
        (DatasetKind.ACOUSTIC, {"status": Status.FAILED}, FailedDataset),
        (DatasetKind.ACOUSTIC, {"locale": "de-DE"}, InvalidLocale),
    ],
)
def test_a_dataset_without_recordings_in_the_locale_is_refused(
    ground: Ground, caller: Caller, kind: DatasetKind, changes: dict[str, Any], error: type[AuricleError]
) -> None:
    dataset = put_dataset(ground, caller, kind, **changes)
    with pytest.raises(error, match=dataset.id):
        Transcriptions(ground).create(caller, modelled.transcription(dataset_id=dataset.id))


def test_an_expired_model_is_refused_and_the_newest_never(ground: Ground, caller: Caller, clock: ManualClock) -> None:
    base = ground.base_models.newest("en-US")
    clock.advance((base.transcription_until - clock.now()).total_seconds())
    with pytest.raises(ModelDeprecated):
        Transcriptions(ground).create(caller, modelled.transcription(model_id=base.id))
    assert Transcriptions(ground).create(caller, modelled.transcription()).record.model_id == base.id


def test_the_free_tier_has_no_batch_transcription(ground: Ground, admit: Callable[..., Caller]) -> None:
    with pytest.raises(QuotaExceeded, match="F0"):
        Transcriptions(ground).create(admit(tier=Tier.F0), modelled.transcription())


def test_only_who_may_write_makes_transcriptions(ground: Ground, admit: Callable[..., Caller]) -> None:
    with pytest.raises(Forbidden):
        Transcriptions(ground).create(admit(rights=frozenset({Right.READ})), modelled.transcription())


def test_what_belongs_to_another_resource_is_not_there(ground: Ground, admit: Callable[..., Caller]) -> None:
    mine, theirs = admit(), admit()
    service = Transcriptions(ground)
    made = service.create(theirs, modelled.transcription()).record
    drafts = (
        (modelled.transcription(model_id=put_model(ground, theirs).id), InvalidModel),
        (modelled.transcription(dataset_id=put_dataset(ground, theirs).id), InvalidDataset),
        (
            modelled.transcription(project_id=Projects(ground).create(theirs, drafted.project()).record.id),
            InvalidProject,
        ),
    )
    for draft, error in drafts:
        with pytest.raises(error):
            service.create(mine, draft)
    for ask in (service.get, service.files):
        with pytest.raises(NotFound):
            ask(mine, made.id)
    service.delete(mine, made.id)
    assert service.get(theirs, made.id).record == made


def test_a_transcription_is_renamed(ground: Ground, caller: Caller) -> None:
    made = Transcriptions(ground).create(caller, modelled.transcription()).record
    changed = Transcriptions(ground).change(caller, made.id, Changes(display_name="Tuesday")).record
    assert changed.display_name == "Tuesday"


def test_deleting_a_running_transcription_ends_its_work(ground: Ground, caller: Caller, hands: Labour) -> None:
    made = Transcriptions(ground).create(caller, modelled.transcription()).record
    job = hands.claimed(TRANSCRIBE)
    assert Transcriptions(ground).get(caller, made.id).record.status is Status.RUNNING
    Transcriptions(ground).delete(caller, made.id)
    assert hands.perform(job) is Outcome.LOST
    assert not Transcriptions(ground).list(caller).items


def test_results_go_when_their_time_is_over(ground: Ground, caller: Caller, clock: ManualClock, hands: Labour) -> None:
    made = Transcriptions(ground).create(caller, modelled.transcription(time_to_live_s=60)).record
    name = f"TranscriptionData/{made.id}/contenturl_0.json"
    path = BlobPath(account=caller.resource.id, container=ARTIFACTS, name=name)
    ground.blobs.put(path, [b"{}"])
    hands.finish()
    clock.advance(60)
    hands.finish()
    assert not Transcriptions(ground).list(caller).items
    with pytest.raises(NotFound):
        ground.blobs.info(path)


def test_models_are_held_by_their_ids_and_before_the_dataset_as_evaluations_hold_them(
    ground: Ground, caller: Caller, locked: list[str]
) -> None:
    one, other = sorted(str(uuid.uuid4()) for _ in range(2))
    put_model(ground, caller, id=one)
    put_model(ground, caller, id=other, locale="de-DE")
    dataset = put_dataset(ground, caller)

    Transcriptions(ground).create(
        caller,
        modelled.transcription(
            model_id=one,
            dataset_id=dataset.id,
            candidate_locales=("en-US", "de-DE"),
            candidate_models={"de-DE": other},
        ),
    )

    assert locked == [one, other, dataset.id]


def test_lists_are_without_the_addresses_of_recordings(ground: Ground, caller: Caller) -> None:
    made = Transcriptions(ground).create(caller, modelled.transcription()).record

    (listed,) = Transcriptions(ground).list(caller).items

    assert made.content_sealed is not None
    assert listed.record.content_sealed is None
    assert Transcriptions(ground).get(caller, made.id).record == made
