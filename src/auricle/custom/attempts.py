"""One try at importing a dataset: its content is collected in one blob, judged, and what is good of it written.

Every try writes under names of its own, so that one that was given up for dead can spoil nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain

from auricle.adaptation.datasets import validate
from auricle.adaptation.findings import Problem, Severity
from auricle.adaptation.kinds import DatasetKind, FileKind
from auricle.adaptation.limits import Limits
from auricle.adaptation.reading import BinaryWriter
from auricle.adaptation.report import AcceptedFile, DatasetReport, Findings
from auricle.blobs.paths import ARTIFACTS, BlobPath
from auricle.custom import blocks, layout
from auricle.custom.ground import Ground
from auricle.custom.quotas import limits
from auricle.errors import AuricleError, NotFound, UnusableDataset
from auricle.identity.tiers import Tier
from auricle.jobs.work import Job, Progress
from auricle.store.records import Dataset

FROM_URL = "url"  # sources of datasets, beside blocks
FROM_UPLOAD = "upload"
NORMALISED = "Default"  # kinds of text normalisation
AS_WRITTEN = "None"
REPORT = "report.json"
_COLLECTED = 0.4  # of the way is done when the content is there


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A blob that becomes a file of the dataset."""

    name: str
    kind: FileKind
    blob: str
    size_bytes: int
    duration_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import ends with."""

    files: Sequence[StoredFile]
    accepted_lines: int
    rejected_lines: int
    duration_s: float | None


class Attempt:
    """One try at an import, and the blobs that it writes."""

    def __init__(self, ground: Ground, job: Job, dataset: Dataset) -> None:
        self._ground = ground
        self._job = job
        self._dataset = dataset
        self._kind = DatasetKind(dataset.kind)
        self._form = layout.FORMS[self._kind]
        self._begin = f"{layout.prefix(dataset)}{uuid.uuid5(uuid.UUID(job.id), str(job.fence))}"
        self._sunk: dict[tuple[str, FileKind], str] = {}

    @property
    def _limits(self) -> Limits:
        return limits(Tier(self._job.payload["tier"]))

    def collected(self, progress: Progress) -> tuple[str, str]:
        """Have the content in one blob: its name, and what its sender called it."""
        if self._dataset.source == FROM_UPLOAD:
            return self._job.payload["blob"], self._job.payload["name"]
        blob = self._begin + self._form.suffix
        if self._dataset.content_url_sealed is None:
            self._put(blob, self._composed(progress))
            return blob, unnamed(self._dataset)
        url = self._ground.sealer.open(self._dataset.content_url_sealed)
        limit_bytes = self._limits.upload_bytes(self._kind)
        with self._ground.outbound.fetch(url, limit_bytes=limit_bytes) as fetched:
            self._put(blob, _counted(fetched.chunks(), fetched.size_bytes or limit_bytes, progress))
            return blob, fetched.name

    def judged(self, blob: str, name: str, progress: Progress) -> Imported:
        """The outcome. Raises UnusableDataset."""
        with self._ground.blobs.open(self._path(blob)) as content:
            report = validate(
                content,
                name=name,
                kind=self._kind,
                locale=self._dataset.locale,
                limits=self._limits,
                normalise=self._dataset.text_normalisation == NORMALISED,
                output=self,
                progress=lambda fraction: progress(_COLLECTED + (1 - _COLLECTED) * fraction),
            )
        return Imported(
            files=[self.write_report(report.to_json()), *(self._stored(file, blob, report) for file in report.files)],
            accepted_lines=report.accepted_lines,
            rejected_lines=report.rejected_lines,
            duration_s=report.duration_s,
        )

    @contextmanager
    def open(self, name: str, kind: FileKind) -> Iterator[BinaryWriter]:
        """A file of accepted content, to be written."""
        blob = f"{self._begin}/{name}"
        with self._ground.blobs.writer(self._path(blob)) as writer:
            yield writer
        self._sunk[name, kind] = blob

    def write_report(self, content: bytes) -> StoredFile:
        """Store report.json."""
        blob = f"{self._begin}/{REPORT}"
        self._put(blob, [content])
        return StoredFile(name=REPORT, kind=FileKind.DATASET_REPORT, blob=blob, size_bytes=len(content))

    def written_reports(self) -> Sequence[StoredFile]:
        """The report of this attempt, if it came to write one and the storage answers: a failure is told without, too."""
        blob = f"{self._begin}/{REPORT}"
        try:
            info = self._ground.blobs.info(self._path(blob))
        except (NotFound, OSError):
            return []
        return [StoredFile(name=REPORT, kind=FileKind.DATASET_REPORT, blob=blob, size_bytes=info.size_bytes)]

    def _stored(self, file: AcceptedFile, content: str, report: DatasetReport) -> StoredFile:
        return StoredFile(
            name=file.name,
            kind=file.kind,
            blob=self._sunk.get((file.name, file.kind), content),
            size_bytes=file.size_bytes,
            duration_s=report.duration_s if file.kind is FileKind.AUDIO else None,
        )

    def _composed(self, progress: Progress) -> Iterator[bytes]:
        with self._ground.database.read() as connection:
            parts = blocks.lists(connection, self._dataset).committed
        contents = (self._ground.blobs.read(self._path(part.blob)) for part in parts)
        return _counted(chain.from_iterable(contents), sum(part.size_bytes for part in parts), progress)

    def _put(self, blob: str, chunks: Iterable[bytes]) -> None:
        self._ground.blobs.put(self._path(blob), chunks)

    def _path(self, blob: str) -> BlobPath:
        return BlobPath(account=self._dataset.resource_id, container=ARTIFACTS, name=blob)


def unnamed(dataset: Dataset) -> str:
    """What content is called whose sender has no name for it."""
    return f"data{layout.FORMS[DatasetKind(dataset.kind)].suffix}"


def report_of(dataset: Dataset, error: AuricleError) -> bytes:
    """The report of content that was not judged, or the one that comes with the judgement."""
    if isinstance(error, UnusableDataset) and error.report:
        return error.report
    findings = Findings(DatasetKind(dataset.kind), dataset.locale)
    problem = Problem(code=error.code, reason=error.message, advice="create the dataset again when this is mended")
    findings.note(Severity.ERROR, "content", None, problem)
    return findings.report().to_json()


def _counted(chunks: Iterable[bytes], size_bytes: int, progress: Callable[[float], None]) -> Iterator[bytes]:
    """The chunks, and word of how much of the content they are."""
    done_bytes = 0
    for chunk in chunks:
        done_bytes += len(chunk)
        progress(_COLLECTED * min(done_bytes / max(size_bytes, 1), 1.0))
        yield chunk
