from __future__ import annotations

import errno
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auricle.adaptation.kinds import DatasetKind
from auricle.blobs.paths import ARTIFACTS, BlobPath
from auricle.clock import ManualClock
from auricle.custom import erasing, importing
from auricle.custom.datasets import Datasets
from auricle.custom.erasing import STOPPED_AFTER
from auricle.custom.ground import Ground
from auricle.errors import NotFound
from auricle.identity.caller import Caller
from auricle.identity.tiers import Tier
from auricle.jobs.work import Outcome
from auricle.store.records import Dataset
from auricle.store.status import Status
from tests.adaptation.uploads import recording, zipped
from tests.custom import drafted
from tests.custom.conftest import Labour
from tests.outbound.servers import Script, answer, serving

TEXT = b"one flat white please\nsee https://example.com\ntwo cappuccinos to go\n"
BUSY = answer(status="503 Service Unavailable")


@pytest.fixture
def datasets(ground: Ground) -> Datasets:
    return Datasets(ground)


@pytest.fixture
def hands(ground: Ground) -> Labour:
    return Labour(ground, [*importing.works(ground), *erasing.works(ground)])


def upload(datasets: Datasets, caller: Caller, content: bytes, kind: DatasetKind, name: str = "", **draft: Any) -> str:
    with datasets.receive(caller, kind=kind, name=name) as receiver:
        receiver.write(content)
    return datasets.create(caller, drafted.dataset(kind, **draft), receiver.received).record.id


def get(datasets: Datasets, caller: Caller, id: str) -> Dataset:
    return datasets.get(caller, id).record


def contents(ground: Ground, datasets: Datasets, caller: Caller, id: str) -> dict[tuple[str, str], bytes]:
    """What the files of a dataset hold, by kind and name."""
    return {
        (file.kind, file.name): b"".join(
            ground.blobs.read(BlobPath(account=caller.resource.id, container=file.container, name=file.blob))
        )
        for file in datasets.files(caller, id).records
    }


def blobs(ground: Ground, caller: Caller) -> list[str]:
    return [info.path.name for info in ground.blobs.list(caller.resource.id, ARTIFACTS)]


def report(ground: Ground, datasets: Datasets, caller: Caller, id: str) -> Any:
    return json.loads(contents(ground, datasets, caller, id)["DatasetReport", "report.json"])


SAMPLES = [
    (DatasetKind.LANGUAGE, "en-US_general_training_related-text.txt", "LanguageData", "LanguageData"),
    (DatasetKind.LANGUAGE_MARKDOWN, "en-US_general_training_structured-text.md", "LanguageData", "LanguageData"),
    (DatasetKind.PRONUNCIATION, "en-US_general_training_pronunciation.txt", "PronunciationData", "PronunciationData"),
    (DatasetKind.ACOUSTIC, "en-US_general_testing_audio-and-trans.zip", "AcousticDataArchive", "AcousticData"),
    (DatasetKind.AUDIO_FILES, "en-US_general_testing_audio.zip", "Audio", "AcousticData"),
    (
        DatasetKind.OUTPUT_FORMATTING,
        "en-US_display_formatting_training_data_display_format.txt",
        "OutputFormattingData",
        "OutputFormattingData",
    ),
]


@pytest.mark.parametrize(("kind", "sample", "file_kind", "folder"), SAMPLES, ids=[kind.value for kind, *_ in SAMPLES])
def test_published_samples_of_every_kind_are_imported(
    shared: Path,
    ground: Ground,
    datasets: Datasets,
    caller: Caller,
    hands: Labour,
    kind: DatasetKind,
    sample: str,
    file_kind: str,
    folder: str,
) -> None:
    content = (shared / "data" / "azure-sample" / sample).read_bytes()
    id = upload(datasets, caller, content, kind, sample)
    hands.finish()
    done, files = get(datasets, caller, id), datasets.files(caller, id).records
    assert (done.status, done.error_message) == (Status.SUCCEEDED, None)
    assert done.accepted_lines
    assert (done.duration_s or 0) > 0 or "Acoustic" not in folder
    assert (files[0].name, files[0].kind) == ("report.json", "DatasetReport")
    assert file_kind in [file.kind for file in files]
    assert sorted(file.blob for file in files) == blobs(ground, caller)
    assert all(file.blob.startswith(f"{folder}/{id}/") for file in files)
    assert report(ground, datasets, caller, id)["acceptedLines"] == done.accepted_lines


def test_an_archive_is_kept_as_it_was_uploaded_beside_its_accepted_transcript(
    ground: Ground, datasets: Datasets, caller: Caller, hands: Labour
) -> None:
    archive = zipped(
        {"a.wav": recording(2.0), "b.wav": recording(1.0), "trans.txt": "a.wav\tone\nb.wav\ttwo\nc.wav\tno\n"}
    )
    id = upload(datasets, caller, archive, DatasetKind.ACOUSTIC, "C:\\orders\\speech.zip")
    hands.finish()
    held = contents(ground, datasets, caller, id)
    assert held["AcousticDataArchive", "speech.zip"] == archive
    assert held["AcousticDataTranscriptionV2", "transcript.txt"].splitlines()[0].endswith(b"a.wav\tone")
    done = get(datasets, caller, id)
    assert (done.accepted_lines, done.rejected_lines) == (2, 1)
    assert done.duration_s == pytest.approx(3.0)


def test_the_report_names_line_reason_and_remedy_and_good_lines_are_kept(
    ground: Ground, datasets: Datasets, caller: Caller, hands: Labour
) -> None:
    id = upload(datasets, caller, TEXT, DatasetKind.LANGUAGE, "orders.txt")
    hands.finish()
    held = contents(ground, datasets, caller, id)
    assert held["LanguageData", "language.txt"].split() == b"one flat white please two cappuccinos to go".split()
    finding = report(ground, datasets, caller, id)["findings"][0]
    assert (finding["file"], finding["line"], finding["severity"]) == ("orders.txt", 2, "error")
    assert finding["reason"]
    assert finding["advice"]
    assert (get(datasets, caller, id).accepted_lines, get(datasets, caller, id).rejected_lines) == (2, 1)


def test_a_dataset_without_a_usable_line_fails_and_keeps_its_report_alone(
    ground: Ground, datasets: Datasets, caller: Caller, hands: Labour
) -> None:
    id = upload(datasets, caller, b"https://example.com\n", DatasetKind.LANGUAGE)
    assert "import dataset failed" in hands.finish()
    failed = get(datasets, caller, id)
    assert (failed.status, failed.error_code) == (Status.FAILED, "DataImportFailed")
    assert "no line can be used" in (failed.error_message or "")
    assert list(contents(ground, datasets, caller, id)) == [("DatasetReport", "report.json")]
    assert report(ground, datasets, caller, id)["findings"][0]["code"] == "address"
    assert len(blobs(ground, caller)) == 1


def test_an_upload_whose_kind_came_late_is_imported_where_it_lies(
    ground: Ground, datasets: Datasets, caller: Caller, hands: Labour
) -> None:
    archive = zipped({"a.wav": recording()})
    with datasets.receive(caller) as receiver:
        receiver.write(archive)
    id = datasets.create(caller, drafted.dataset(DatasetKind.AUDIO_FILES), receiver.received).record.id
    hands.finish()
    assert contents(ground, datasets, caller, id)["Audio", "data.zip"] == archive
    datasets.delete(caller, id)
    hands.finish()
    assert blobs(ground, caller) == []


def fetched(datasets: Datasets, caller: Caller, url: str, kind: DatasetKind = DatasetKind.LANGUAGE) -> str:
    return datasets.create(caller, drafted.dataset(kind, content_url=url)).record.id


def test_a_dataset_is_fetched_and_its_address_forgotten(
    ground: Ground, datasets: Datasets, caller: Caller, hands: Labour
) -> None:
    archive = zipped({"a.wav": recording()})
    with serving(answer(archive)) as server:
        id = fetched(datasets, caller, server.url("/sounds/orders.zip?sig=secret"), DatasetKind.AUDIO_FILES)
        assert "import dataset succeeded" in hands.finish()
    done = get(datasets, caller, id)
    assert (done.status, done.content_url_sealed) == (Status.SUCCEEDED, None)
    assert contents(ground, datasets, caller, id)["Audio", "orders.zip"] == archive


def cut_off(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\none flat")


@pytest.mark.parametrize("trouble", [BUSY, cut_off], ids=["busy", "cut off"])
def test_a_fetch_that_may_succeed_later_is_tried_again_from_the_start(
    datasets: Datasets, caller: Caller, hands: Labour, clock: ManualClock, trouble: Script
) -> None:
    with serving(trouble, answer(TEXT)) as server:
        id = fetched(datasets, caller, server.url())
        assert hands.finish() == ["import dataset retried"]
        waiting = datasets.get(caller, id)
        assert (waiting.record.status, waiting.standing and waiting.standing.attempts) == (Status.RUNNING, 1)
        clock.advance(3600)
        assert "import dataset succeeded" in hands.finish()
        assert len(server.requests) == 2
    assert get(datasets, caller, id).accepted_lines == 2


def test_a_fetch_that_never_succeeds_fails_with_a_report_that_says_why(
    ground: Ground, datasets: Datasets, caller: Caller, hands: Labour, clock: ManualClock
) -> None:
    with serving(BUSY) as server:
        id = fetched(datasets, caller, server.url("/a?sig=secret"))
        for _ in range(importing.Import.attempts):
            assert get(datasets, caller, id).status is not Status.FAILED
            hands.finish()
            clock.advance(24 * 3600)
        assert len(server.requests) == importing.Import.attempts
    failed = get(datasets, caller, id)
    assert (failed.status, failed.content_url_sealed) == (Status.FAILED, None)
    assert "status 503" in (failed.error_message or "")
    assert "status 503" in report(ground, datasets, caller, id)["findings"][0]["reason"]
    assert "secret" not in str(report(ground, datasets, caller, id))


def too_large(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(1025))


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (answer(status="404 Not Found"), "404"),
        (answer(bytes(1025)), "1024 bytes"),
        (too_large, "1024 bytes"),
        (answer(TEXT, Content_Encoding="gzip"), "compressed"),
        (answer(status="302 Found", Location="http://10.0.0.1/a"), "10.0.0.1"),
        (answer(b""), "empty"),
    ],
    ids=["not there", "declared too large", "too large", "compressed", "redirected to a private address", "empty"],
)
def test_a_fetch_that_cannot_succeed_is_not_tried_again(
    ground: Ground,
    datasets: Datasets,
    admit: Callable[..., Caller],
    hands: Labour,
    clock: ManualClock,
    script: Script,
    told: str,
) -> None:
    caller = admit(tier=Tier.F0)
    with serving(script) as server:
        id = fetched(datasets, caller, server.url(), DatasetKind.PRONUNCIATION)
        assert hands.finish()[0] == "import dataset failed"
        clock.advance(24 * 3600)
        assert hands.finish() == []
        assert len(server.requests) == 1
    failed = get(datasets, caller, id)
    assert failed.status is Status.FAILED
    assert told in (failed.error_message or "")
    assert told in report(ground, datasets, caller, id)["findings"][0]["reason"]
    assert len(blobs(ground, caller)) == 1


class Told:
    """A progress that notices nothing."""

    def __init__(self) -> None:
        self.fractions: list[float] = []

    def __call__(self, fraction: float) -> None:
        self.fractions.append(fraction)


class CrashedError(BaseException):
    """The process is gone."""


def crash(hands: Labour, ground: Ground, *, when: float) -> None:
    """Begin the next import and lose the process when it has come so far."""
    job = hands.claimed(importing.IMPORT)

    def progress(fraction: float) -> None:
        if fraction >= when:
            raise CrashedError

    with pytest.raises(CrashedError):
        importing.Import(ground).run(job, progress)


@pytest.mark.parametrize("when", [0.0, 0.4, 1.0], ids=["at the start", "when fetched", "when judged"])
def test_an_import_that_crashed_begins_again_and_leaves_nothing_twice(
    ground: Ground, datasets: Datasets, caller: Caller, hands: Labour, clock: ManualClock, when: float
) -> None:
    with serving(answer(TEXT)) as server:
        id = fetched(datasets, caller, server.url())
        crash(hands, ground, when=when)
        assert get(datasets, caller, id).status is Status.RUNNING
        clock.advance(importing.Import.lease_s)
        assert "import dataset succeeded" in hands.finish()
    assert [file.name for file in datasets.files(caller, id).records] == ["report.json", "language.txt"]
    assert blobs(ground, caller) == sorted(file.blob for file in datasets.files(caller, id).records)
    assert get(datasets, caller, id).accepted_lines == 2


def test_a_worker_that_was_taken_over_changes_nothing_any_more(
    ground: Ground, datasets: Datasets, caller: Caller, hands: Labour, clock: ManualClock
) -> None:
    id = upload(datasets, caller, TEXT, DatasetKind.LANGUAGE)
    slow = hands.claimed(importing.IMPORT)
    clock.advance(importing.Import.lease_s)
    hands.finish()
    files = datasets.files(caller, id)
    assert hands.perform(slow) is Outcome.LOST
    with pytest.raises(NotFound):
        importing.Import(ground).run(slow, Told())
    assert len(blobs(ground, caller)) == len(files.records) + 1
    clock.advance(STOPPED_AFTER.total_seconds())
    hands.finish()
    assert blobs(ground, caller) == sorted(file.blob for file in files.records)
    assert datasets.files(caller, id) == files
    assert get(datasets, caller, id).status is Status.SUCCEEDED


def test_a_worker_that_dies_every_time_ends_in_a_failure(
    datasets: Datasets, ground: Ground, caller: Caller, hands: Labour, clock: ManualClock
) -> None:
    id = upload(datasets, caller, TEXT, DatasetKind.LANGUAGE)
    for _ in range(importing.Import.attempts):
        crash(hands, ground, when=1.0)
        clock.advance(importing.Import.lease_s)
    assert hands.finish()[0] == "import dataset failed"
    failed = get(datasets, caller, id)
    assert (failed.status, datasets.files(caller, id).records) == (Status.FAILED, [])
    assert "4 times" in (failed.error_message or "")
    assert blobs(ground, caller) == []


def test_an_import_fails_for_good_when_the_storage_fails_too(
    datasets: Datasets, ground: Ground, caller: Caller, hands: Labour, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_path: object) -> None:
        raise OSError(errno.EIO, "the disk is broken")

    id = upload(datasets, caller, b"???", DatasetKind.LANGUAGE)
    monkeypatch.setattr(ground.blobs, "info", broken)
    assert hands.finish()[0] == "import dataset failed"
    assert get(datasets, caller, id).status is Status.FAILED


def test_deleting_a_dataset_during_its_import_erases_what_the_import_still_writes(
    ground: Ground, datasets: Datasets, caller: Caller, hands: Labour, clock: ManualClock
) -> None:
    made: list[str] = []

    def deleting(connection: socket.socket) -> None:
        datasets.delete(caller, made[0])
        connection.sendall(answer(TEXT))

    with serving(deleting) as server:
        made.append(fetched(datasets, caller, server.url()))
        assert hands.finish()[0] == "import dataset lost"
    assert datasets.list(caller).items == []
    clock.advance(STOPPED_AFTER.total_seconds())
    hands.finish()
    assert blobs(ground, caller) == []


def test_progress_goes_from_fetching_to_judging(
    ground: Ground, datasets: Datasets, caller: Caller, hands: Labour
) -> None:
    told = Told()
    with serving(answer(TEXT)) as server:
        fetched(datasets, caller, server.url())
        job = hands.claimed(importing.IMPORT)
        importing.Import(ground).run(job, told)
    assert told.fractions == sorted(told.fractions)
    assert (told.fractions[0], told.fractions[-1]) == (0.0, 1.0)
    assert 0.4 in told.fractions


def test_two_resources_import_side_by_side_and_share_nothing(
    ground: Ground, datasets: Datasets, admit: Callable[..., Caller], hands: Labour
) -> None:
    callers = admit(), admit()
    ids = [
        upload(datasets, caller, f"order number {word}\n".encode(), DatasetKind.LANGUAGE)
        for caller, word in zip(callers, ("one", "two"), strict=True)
    ]
    hands.finish()
    for caller, id, word in zip(callers, ids, (b"one", b"two"), strict=True):
        assert word in contents(ground, datasets, caller, id)["LanguageData", "language.txt"]
        assert all(blob.split("/")[1] == id for blob in blobs(ground, caller))
        assert len(blobs(ground, caller)) == 2
