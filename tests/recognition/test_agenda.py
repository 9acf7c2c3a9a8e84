"""The most urgent first, alike together, nobody for ever."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auricle.engine.echo import EchoRecogniser
from auricle.engine.recogniser import Recogniser, Utterance
from auricle.recognition.agenda import SLACK_S, Agenda, Work
from auricle.recognition.load import Use
from tests.recognition.house import silence

ECHO = EchoRecogniser()


def work(
    use: Use, length_s: float = 2.0, *, owner: object = None, model: Recogniser = ECHO, beam: int = 1
) -> Work[Any]:
    return Work(
        owner=owner or object(),
        use=use,
        recogniser=model,
        prepare=lambda: Utterance(samples=silence(length_s), beam=beam),
        interpret=lambda utterance, recognition: recognition,
        landed=lambda done: None,
    )


def filled(*entries: tuple[float, Work[Any]]) -> Agenda:
    agenda = Agenda()
    for at, entry in entries:
        agenda.add(entry, at)
    return agenda


def test_finals_go_before_partials_and_partials_before_files() -> None:
    file, partial, final = work(Use.BATCH), work(Use.LIVE_PARTIAL), work(Use.LIVE_FINAL, beam=5)
    agenda = filled((0, file), (0.1, partial), (0.2, final))
    assert [agenda.take(0.2) for _ in range(4)] == [[final], [partial], [file], []]


def test_what_has_waited_long_enough_goes_before_what_is_more_urgent() -> None:
    partial, final = work(Use.LIVE_PARTIAL), work(Use.LIVE_FINAL)
    agenda = filled((0, partial), (SLACK_S[Use.LIVE_PARTIAL] + 0.1, final))
    assert agenda.take(2) == [partial]


def test_all_that_is_alike_is_taken_together() -> None:
    partials = [work(Use.LIVE_PARTIAL, 2 + number / 10) for number in range(5)]
    agenda = filled(*((0, partial) for partial in partials))
    assert agenda.take(0) == partials


def test_other_models_beams_kinds_and_lengths_are_left_for_later() -> None:
    lead = work(Use.LIVE_FINAL, 2)
    others = [
        work(Use.LIVE_FINAL, 2, model=EchoRecogniser()),
        work(Use.LIVE_FINAL, 2, beam=5),
        work(Use.LIVE_PARTIAL, 2),
        work(Use.LIVE_FINAL, 9),
    ]
    agenda = filled((0, lead), *((0, other) for other in others))
    assert agenda.take(0) == [lead]
    assert len(agenda) == 4


def test_a_batch_stays_within_the_rows_and_the_computing_time_allowed() -> None:
    agenda = filled(*((0, work(Use.LIVE_PARTIAL, 2)) for _ in range(40)))
    assert len(agenda.take(0, share=3)) == 3
    assert len(agenda.take(0, cost=lambda lead: 0.05)) == 4
    assert len(agenda.take(0)) == 16


def test_a_newer_partial_of_a_session_replaces_the_one_that_waits_and_keeps_its_place() -> None:
    session = object()
    old, other, new = (work(Use.LIVE_PARTIAL, owner=owner) for owner in (session, object(), session))
    agenda = filled((0, old), (0.1, other))
    assert agenda.add(new, 0.2) == [old]
    assert agenda.take(0.2, share=1) == [new]


def test_files_leave_the_last_free_worker_alone_until_they_are_overdue() -> None:
    file = work(Use.BATCH)
    agenda = filled((0, file))
    assert agenda.take(1, spare=False) == []
    assert agenda.take(SLACK_S[Use.BATCH], spare=False) == [file]


def test_work_that_was_taken_back_is_not_taken() -> None:
    entry = work(Use.LIVE_FINAL)
    agenda = filled((0, entry))
    assert agenda.remove(entry)
    assert not agenda.remove(entry)
    assert agenda.take(0) == []


arrivals = st.lists(
    st.tuples(st.floats(0, 10), st.sampled_from(list(Use)), st.floats(0.1, 15), st.sampled_from([1, 5])), max_size=40
)


@given(arrivals)
def test_everything_is_taken_exactly_once_and_nothing_waits_behind_later_deadlines(
    entries: list[tuple[float, Use, float, int]],
) -> None:
    agenda, added = Agenda(), []
    for at, use, length_s, beam in entries:
        added.append(work(use, length_s, beam=beam))
        agenda.add(added[-1], at)
    taken: list[Work[Any]] = []
    while batch := agenda.take(100):
        left = [entry.deadline for entry in agenda._waiting]
        assert batch[0].deadline <= min([*left, batch[0].deadline])
        taken.extend(batch)
    assert sorted(map(id, taken)) == sorted(map(id, added))
