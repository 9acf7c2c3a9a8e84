"""A session's events are right, in order, and come whatever breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest

from auricle.engine.echo import EchoRecogniser
from auricle.engine.recogniser import Recognition, Utterance
from auricle.recognition.events import (
    Event,
    Final,
    Finished,
    Heard,
    Outcome,
    Partial,
    SpeechEnded,
    SpeechStarted,
)
from auricle.recognition.listener import Listener
from auricle.recognition.load import Use
from auricle.recognition.options import ListenOptions, Mode, Segmentation
from tests.recognition.house import SECOND, House, collect, open_house, phrase, reading, silence


def finals(events: Sequence[Event]) -> list[Final]:
    return [event for event in events if isinstance(event, Final)]


def partials(events: Sequence[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Partial)]


class Probe(EchoRecogniser):
    """Echo that remembers what it was asked, and may answer differently."""

    def __init__(self, answer: Callable[[Utterance], Recognition | None] = lambda _: None) -> None:
        super().__init__()
        self.asked: list[Utterance] = []
        self.batches: list[int] = []
        self._answer = answer

    def recognise(self, batch: Sequence[Utterance]) -> list[Recognition]:
        self.asked.extend(batch)
        self.batches.append(len(batch))
        heard = super().recognise(batch)
        return [self._answer(asked) or found for asked, found in zip(batch, heard, strict=True)]


async def test_a_session_tells_start_partials_final_end_and_finish_in_this_order() -> None:
    async with open_house() as house:
        events = await house.say(silence(1), phrase(), silence(2))
    kinds = [type(event) for event in events]
    assert kinds[0] is SpeechStarted
    assert kinds[-3:] == [Final, SpeechEnded, Finished]
    assert set(kinds[1:-3]) == {Partial}
    final = finals(events)[0]
    assert final.outcome is Outcome.SUCCESS
    assert final.alternatives[0].text.lexical == "one two three"
    assert final.offset_s == pytest.approx(1.06, abs=0.15)
    assert final.duration_s == pytest.approx(1.8, abs=0.25)
    assert isinstance(events[-1], Finished)
    assert events[-1].duration_s == pytest.approx(4.9)


async def test_partials_only_grow_and_lead_up_to_the_final() -> None:
    async with open_house() as house:
        events = await house.say(phrase(), phrase(), silence(1))
    shown = partials(events)
    assert len(shown) >= 4
    assert all(later.startswith(earlier) for earlier, later in pairwise(shown))
    assert finals(events)[0].alternatives[0].text.lexical.startswith(shown[-1])


async def test_the_first_partial_comes_within_700_ms_of_the_first_word() -> None:
    async with open_house() as house:
        listener = house.hearing.listen(ListenOptions())
        heard = asyncio.create_task(anext(event async for event in listener.events() if isinstance(event, Partial)))
        await house.speak(listener, phrase()[: int(0.75 * SECOND)])
        async with asyncio.timeout(5):
            assert (await heard).text == "one"


async def test_of_the_partials_that_nobody_has_read_only_the_newest_is_kept() -> None:
    async with open_house() as house:
        listener = house.hearing.listen(ListenOptions())
        await house.speak(listener, np.concatenate([phrase(), silence(1)]))
        listener.finish()
        assert [type(event) for event in await collect(listener)] == [
            SpeechStarted,
            Partial,
            Final,
            SpeechEnded,
            Finished,
        ]


async def test_without_partials_only_finals_come() -> None:
    async with open_house() as house:
        events = await house.say(phrase(), silence(1), options=ListenOptions(partials=False))
    assert partials(events) == []
    assert len(finals(events)) == 1


async def test_the_final_is_computed_in_the_pause_and_waits_for_nothing_when_the_segment_closes() -> None:
    probe = Probe()
    async with open_house(probe) as house:
        listener = house.hearing.listen(ListenOptions(end_silence_ms=1000))
        await house.speak(listener, np.concatenate([phrase(), silence(0.6)]))
        assert probe.asked[-1].beam > 1
        passes = len(probe.asked)
        await house.speak(listener, silence(1))
        assert len(probe.asked) == passes
        listener.finish()
        assert finals(await collect(listener))[0].outcome is Outcome.SUCCESS


async def test_speech_that_resumes_makes_the_early_result_a_partial() -> None:
    probe = Probe()
    async with open_house(probe) as house:
        events = await house.say(
            phrase(), silence(0.6), phrase(), silence(2), options=ListenOptions(end_silence_ms=1500)
        )
    assert len(finals(events)) == 1
    assert "one two three" in partials(events)
    assert sum(asked.beam > 1 for asked in probe.asked) == 2


async def test_a_busy_house_waits_longer_before_it_believes_a_speaker_who_often_goes_on() -> None:
    async def finals_asked(busy_s: float) -> int:
        probe = Probe()
        async with open_house(probe, workers=1) as house:
            scheduler = house.hearing._scheduler
            assert scheduler is not None
            listener = house.hearing.listen(ListenOptions())
            for _ in range(6):
                scheduler.load.computed(house.clock.monotonic(), Use.LIVE_FINAL, busy_s)
                await house.speak(listener, np.concatenate([phrase(), silence(0.28)]))
            await listener.close()
        return sum(asked.beam > 1 for asked in probe.asked)

    assert await finals_asked(busy_s=3) < await finals_asked(busy_s=0)


async def test_all_passes_of_a_segment_share_a_draft_and_segments_do_not() -> None:
    probe = Probe()
    async with open_house(probe) as house:
        await house.say(phrase(), silence(1), phrase(), silence(1))
    drafts = [asked.draft for asked in probe.asked]
    assert len({id(draft) for draft in drafts}) == 2


async def test_offsets_and_word_times_count_from_the_first_sample_fed() -> None:
    async with open_house() as house:
        events = await house.say(silence(5), phrase(), silence(3), phrase(), silence(1))
    first, second = finals(events)
    assert second.offset_s - first.offset_s == pytest.approx(len(phrase()) / SECOND + 3, abs=0.1)
    assert second.alternatives[0].text.words[0].start_s == pytest.approx(second.offset_s, abs=0.35)


async def test_an_interactive_session_ends_by_itself_after_one_phrase() -> None:
    async with open_house() as house:
        listener = house.hearing.listen(ListenOptions(mode=Mode.INTERACTIVE))
        await house.speak(listener, np.concatenate([phrase(), silence(1), phrase(), silence(1)]))
        events = await collect(listener)
        assert [type(event) for event in events][-3:] == [Final, SpeechEnded, Finished]
        assert len(finals(events)) == 1
        assert house.hearing.active_sessions == 0


async def test_an_interactive_session_without_speech_times_out() -> None:
    async with open_house() as house:
        listener = house.hearing.listen(ListenOptions(mode=Mode.INTERACTIVE))
        await house.speak(listener, silence(6))
        events = await collect(listener)
    assert [type(event) for event in events] == [Final, Finished]
    assert finals(events)[0].outcome is Outcome.INITIAL_SILENCE
    assert finals(events)[0].offset_s == pytest.approx(5, abs=0.04)


async def test_an_interactive_session_that_ends_in_silence_still_gets_an_answer() -> None:
    async with open_house() as house:
        events = await house.say(silence(0.5), options=ListenOptions(mode=Mode.INTERACTIVE))
    assert finals(events) == [Final(outcome=Outcome.INITIAL_SILENCE, offset_s=0.5, duration_s=0)]


async def test_in_conversation_initial_silence_is_told_once_and_the_session_goes_on() -> None:
    async with open_house() as house:
        events = await house.say(silence(4), phrase(), silence(4), options=ListenOptions(initial_silence_ms=2000))
    assert [final.outcome for final in finals(events)] == [Outcome.INITIAL_SILENCE, Outcome.SUCCESS]


async def test_long_silence_is_acknowledged_and_costs_little_memory() -> None:
    async with open_house() as house:
        listener = house.hearing.listen(ListenOptions(initial_silence_ms=0))
        for _ in range(60):
            house.clock.advance(1)
            await listener.feed(silence(1))
            await house.settled()
        assert listener._history.capacity < 4 * SECOND
        listener.finish()
        events = await collect(listener)
    heard = [event.offset_s for event in events if isinstance(event, Heard)]
    assert heard == sorted(heard)
    assert all(later - earlier <= 10 for earlier, later in pairwise([0.0, *heard, 60.0]))


async def test_nothing_fed_is_nothing_heard() -> None:
    async with open_house() as house:
        assert await house.say() == [Finished(duration_s=0)]


async def test_noise_without_words_is_no_match() -> None:
    async with open_house(Probe(lambda _: Recognition())) as house:
        events = await house.say(phrase(), silence(1))
    assert [final.outcome for final in finals(events)] == [Outcome.NO_MATCH]
    assert finals(events)[0].duration_s > 1.5


async def test_long_noise_without_a_word_is_babble() -> None:
    async with open_house(Probe(lambda _: Recognition())) as house:
        events = await house.say(reading()[: 14 * SECOND], silence(1), options=ListenOptions(end_silence_ms=3000))
    assert [final.outcome for final in finals(events)] == [Outcome.BABBLE]


async def test_an_engine_that_breaks_fails_the_segment_and_the_session_goes_on() -> None:
    broken = True

    def answer(_: Utterance) -> None:
        if broken:
            raise RuntimeError("out of order")

    async with open_house(Probe(answer)) as house:
        listener = house.hearing.listen(ListenOptions())
        await house.speak(listener, np.concatenate([phrase(), silence(1)]))
        broken = False
        await house.speak(listener, np.concatenate([phrase(), silence(1)]))
        listener.finish()
        failed, fine = finals(await collect(listener))
        assert (failed.outcome, failed.error) == (Outcome.FAILED, "out of order")
        assert fine.outcome is Outcome.SUCCESS
        assert house.hearing.registry.users("moonshine-base") == 0


async def test_a_commit_ends_the_segment_and_its_token_is_answered() -> None:
    async with open_house() as house:
        listener = house.hearing.listen(ListenOptions())
        await house.speak(listener, phrase())
        listener.commit("7")
        await house.settled()
        await house.speak(listener, silence(2))
        listener.commit("8")
        listener.finish()
        answered = [(final.outcome, final.commit_tokens) for final in finals(await collect(listener))]
    assert answered == [(Outcome.SUCCESS, ("7",)), (Outcome.NO_MATCH, ("8",))]


async def test_variants_are_as_many_as_asked_for() -> None:
    async with open_house() as house:
        events = await house.say(phrase(), silence(1), options=ListenOptions(nbest=3, word_times=True))
    assert [alternative.text.lexical for alternative in finals(events)[0].alternatives] == [
        "one two three",
        "one two four",
        "one two five",
    ]


async def test_a_whole_sentence_ends_a_segment_sooner_when_segmentation_is_semantic() -> None:
    def sentence(utterance: Utterance) -> Recognition:
        (heard,) = EchoRecogniser().recognise([utterance])
        return Recognition(
            hypotheses=tuple(
                type(found)(text=found.text + ".", confidence=1, words=found.words) for found in heard.hypotheses
            )
        )

    async def segments(probe: Probe) -> int:
        options = ListenOptions(segmentation=Segmentation.SEMANTIC, end_silence_ms=1000)
        async with open_house(probe) as house:
            return len(finals(await house.say(phrase(), silence(0.9), phrase(), silence(1), options=options)))

    assert await segments(Probe(sentence)) == 2
    assert await segments(Probe()) == 1


async def test_a_fast_upload_gets_all_its_phrases_in_order() -> None:
    async with open_house(max_sessions=5) as house:
        listener = house.hearing.listen(ListenOptions())

        async def upload() -> None:
            for start in range(0, len(reading()), 1600):
                await listener.feed(reading()[start : start + 1600])
            listener.finish()

        _, events = await asyncio.gather(upload(), collect(listener))
    found = finals(events)
    assert len(found) >= 5
    assert {final.outcome for final in found} == {Outcome.SUCCESS}
    assert all(one.offset_s + one.duration_s <= other.offset_s for one, other in pairwise(found))
    assert house.metric("auricle_batch_utterances_count", use="live_final") <= 1


async def test_feeding_waits_while_too_much_is_unheard_and_goes_on_after_close() -> None:
    async with open_house() as house:
        listener = house.hearing.listen(ListenOptions())
        listener._stream.hold(True)
        feeding = asyncio.create_task(listener.feed(silence(11)))
        await house.settled()
        assert not feeding.done()
        await listener.close()
        async with asyncio.timeout(5):
            await feeding


async def test_closing_ends_the_events_and_gives_the_model_back_though_a_pass_is_under_way() -> None:
    async with open_house() as house:
        listener = house.hearing.listen(ListenOptions())
        await house.speak(listener, phrase())
        await listener.feed(phrase())
        await listener.close()
        await listener.close()
        await house.settled()
        assert Finished not in [type(event) for event in await collect(listener)]
        assert house.hearing.registry.users("moonshine-base") == 0
        assert house.hearing.active_sessions == 0


async def test_sessions_that_speak_at_once_share_batches() -> None:
    probe = Probe()
    async with open_house(probe, workers=1, max_sessions=10) as house:
        listeners = [house.hearing.listen(ListenOptions()) for _ in range(6)]
        await speak_together(house, listeners)
        results = [finals(await collect(listener)) for listener in listeners]
    assert max(probe.batches) >= 4
    assert [len(found) for found in results] == [1] * 6


async def speak_together(house: House, listeners: Sequence[Listener]) -> None:
    sound = np.concatenate([phrase(), silence(1)])
    for start in range(0, len(sound), 1600):
        house.clock.advance(0.1)
        for listener in listeners:
            await listener.feed(sound[start : start + 1600])
        await house.settled()
    for listener in listeners:
        listener.finish()


async def test_a_voice_model_that_breaks_fails_the_session_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_house() as house:
        activity = house.hearing._activity
        assert activity is not None

        def broken(*_: object) -> None:
            raise RuntimeError("no ears")

        monkeypatch.setattr(activity, "_hear", broken)
        listener = house.hearing.listen(ListenOptions())
        await listener.feed(phrase())
        events = await collect(listener)
    assert [type(event) for event in events] == [Final, Finished]
    assert finals(events)[0].error == "no ears"


async def test_finals_do_not_depend_on_how_the_audio_is_cut_into_chunks() -> None:
    sound = np.concatenate([silence(1), phrase(), silence(1), phrase(), silence(1.3), phrase()])
    told = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        async with open_house() as house:
            listener = house.hearing.listen(ListenOptions())
            for piece in np.split(sound, np.sort(rng.integers(0, len(sound), 10 ** (seed + 1) // 5))):
                house.clock.advance(len(piece) / SECOND)
                await listener.feed(piece)
            listener.finish()
            found = finals(await collect(listener))
        told.append([(final.offset_s, final.duration_s, final.alternatives[0].text.lexical) for final in found])
    assert len(told[0]) == 3
    assert all(other == told[0] for other in told)
