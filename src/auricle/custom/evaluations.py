"""Evaluations: two models measured on one dataset, by two transcriptions that are a part of the evaluation."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from auricle.adaptation.kinds import DatasetKind
from auricle.custom.drafts import EvaluationDraft
from auricle.custom.entities import Shown, check_project, known_locale, new_id
from auricle.custom.erasing import Place
from auricle.custom.files import FiledEntities
from auricle.custom.ground import Ground
from auricle.custom.hearers import hearer
from auricle.custom.models import usable_dataset
from auricle.custom.transcriptions import Transcriptions
from auricle.errors import InvalidDataset
from auricle.identity.caller import Caller, Right
from auricle.store.records import Evaluation
from auricle.store.shelf import EVALUATIONS

EVALUATE = "evaluate"  # the kind of work
KINDS = (DatasetKind.ACOUSTIC.value, DatasetKind.AUDIO_FILES.value)  # audio without its words can be inspected only


class Evaluations(FiledEntities[Evaluation]):
    """The service of evaluations. Their `results` are None until there are any."""

    shelf = EVALUATIONS
    noun = "evaluation"

    def __init__(self, ground: Ground) -> None:
        super().__init__(ground)
        self._transcriptions = Transcriptions(ground)

    def create(self, caller: Caller, draft: EvaluationDraft) -> Shown[Evaluation]:
        """A new evaluation, with its two transcriptions.

        Raises InvalidLocale, InvalidProject, InvalidModel, ModelDeprecated, InvalidDataset or FailedDataset.
        """
        caller.need(Right.WRITE)
        locale = known_locale(self.ground, draft.locale)
        with self.ground.database.write() as connection:
            if draft.project_id is not None:
                check_project(connection, caller, draft.project_id, locale)
            record = self._record(connection, caller, draft, locale)
            self._added(connection, caller, record)
            for id, model_id in _parts(record):
                self._transcriptions.add_part(connection, caller, record, id=id, model_id=model_id)
            self.ground.queue.submit(connection, kind=EVALUATE, resource_id=caller.resource.id, subject_id=record.id)
            return self._shown(connection, caller, [record])[0]

    def _record(self, connection: Connection, caller: Caller, draft: EvaluationDraft, locale: str) -> Evaluation:
        # Models by their ids, so that two evaluations of the same pair do not wait for each other in a circle
        named = sorted([(draft.model1_id, "model1"), (draft.model2_id, "model2")])
        ids = {name: hearer(self.ground, connection, caller, id, locale, target=name).id for id, name in named}
        dataset = usable_dataset(connection, caller, draft.dataset_id, locale, target="dataset")
        if dataset.kind not in KINDS:
            raise InvalidDataset(
                f"The dataset {dataset.id} is of kind {dataset.kind}; an evaluation takes {' or '.join(KINDS)}.",
                target="dataset",
            )
        return Evaluation(
            **self._fields(caller, draft, locale),
            model1_id=ids["model1"],
            model2_id=ids["model2"],
            dataset_id=dataset.id,
            transcription1_id=new_id(),
            transcription2_id=new_id(),
        )

    def _remove(self, connection: Connection, resource_id: str, record: Evaluation) -> None:
        super()._remove(connection, resource_id, record)
        for id, _ in _parts(record):
            self._transcriptions.remove_part(connection, resource_id, id)

    def _places(self, record: Evaluation) -> Sequence[Place]:
        return [Place(prefix=f"EvaluationData/{record.id}/")]


def _parts(evaluation: Evaluation) -> Sequence[tuple[str, str]]:
    """The transcription and the model of each side."""
    return (
        (evaluation.transcription1_id, evaluation.model1_id),
        (evaluation.transcription2_id, evaluation.model2_id),
    )
