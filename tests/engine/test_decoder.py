from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from auricle.engine.decoder import BeamSearchRecogniser, SearchSettings
from auricle.engine.recogniser import Draft, Phrase, Recognition, Utterance

from .invented_model import END, PIECES, Chances, InventedModel, Past, invented, speech, told

BELIEVING = SearchSettings(reject_below=0.0)
UNGUARDED = SearchSettings(reject_below=0.0, reread_likeness=2.0, loop_repeats=1_000)
SEEDS = st.integers(0, 2**32 - 1)
DRAFTS = st.lists(st.integers(END + 1, len(PIECES) - 1), max_size=12)
A_FEW = settings(max_examples=40, deadline=None)


def recognise(
    chances: Chances, *utterances: Utterance, believing: bool = True, frames_per_token: int = 10
) -> list[Recognition]:
    model = InventedModel(chances, frames_per_token=frames_per_token)
    return BeamSearchRecogniser(model, BELIEVING if believing else None).recognise(utterances)


def texts(recognition: Recognition) -> list[str]:
    return [hypothesis.text for hypothesis in recognition.hypotheses]


def drafted(tokens: Sequence[int]) -> Draft:
    draft = Draft()
    draft.state = tuple(tokens)
    return draft


def greedy_tokens(model: InventedModel, longest: int, voice: int = 1) -> Past:
    past: Past = ()
    while len(past) <= longest:
        token = int(model.log_probabilities(voice, past).argmax())
        if token == END:
            break
        past = (*past, token)
    return past


def mean_log_probability(model: InventedModel, tokens: Past) -> float:
    """Of these tokens and the end."""
    whole = (*tokens, END)
    return sum(float(model.log_probabilities(1, whole[:i])[token]) for i, token in enumerate(whole)) / len(whole)


@given(seed=SEEDS)
@A_FEW
def test_greedy_search_takes_the_likeliest_token_and_passes_an_end_only_to_be_surer(seed: int) -> None:
    model, draft = InventedModel(invented(seed)), Draft()
    likeliest = greedy_tokens(model, longest=26)
    BeamSearchRecogniser(model, UNGUARDED).recognise([Utterance(samples=speech(), draft=draft)])
    heard = tuple(draft.state)
    assume(max(len(likeliest), len(heard)) < 26)  # the limit, where there is no end
    assert heard[: len(likeliest)] == likeliest
    if heard != likeliest:
        assert mean_log_probability(model, heard) > mean_log_probability(model, likeliest)


def test_a_beam_finds_what_greedy_search_walks_past() -> None:
    chances = told(("ant cat", 0.3), ("ant dog", 0.25), ("bee dog", 0.45))
    greedy, wide = recognise(chances, Utterance(samples=speech()), Utterance(samples=speech(), beam=3))
    assert texts(greedy) == ["ant cat"]
    assert texts(wide) == ["bee dog"]


@given(seed=SEEDS, draft=DRAFTS, kept=st.integers(0, 12), staying=st.booleans(), phrases=st.booleans())
@A_FEW
def test_a_draft_never_changes_what_greedy_search_answers(
    seed: int, draft: list[int], kept: int, staying: bool, phrases: bool
) -> None:
    chances = invented(seed, likely_end=0.3)
    draft = [*greedy_tokens(InventedModel(chances), longest=20)[:kept], *draft]
    listed = (Phrase(text="cat dog"), Phrase(text="ants")) if phrases else ()
    plain = Utterance(samples=speech(), phrases=listed)
    helped = Utterance(samples=speech(), phrases=listed, draft=drafted(draft))
    frames_per_token = 0 if staying else 10
    (without,) = recognise(chances, plain, frames_per_token=frames_per_token)
    (with_draft,) = recognise(chances, helped, frames_per_token=frames_per_token)
    assert with_draft == without


def test_a_good_draft_saves_its_steps_and_is_left_for_the_next_pass() -> None:
    model = InventedModel(told(("ant bee cat dog elk fox", 1.0)))
    recogniser, draft = BeamSearchRecogniser(model), Draft()
    first = recogniser.recognise([Utterance(samples=speech(), draft=draft)])
    without = model.steps
    second = recogniser.recognise([Utterance(samples=speech(), draft=draft)])
    assert second == first
    assert without == 7
    assert model.steps - without == 1


def test_a_wide_beam_branches_where_the_draft_is_in_doubt() -> None:
    chances = told(("ant bee cat", 0.6), ("ant bee dog", 0.4))
    draft = drafted(InventedModel.vocabulary.encode("ant bee cat"))
    (heard,) = recognise(chances, Utterance(samples=speech(), beam=3, nbest=2, draft=draft))
    assert texts(heard) == ["ant bee cat", "ant bee dog"]


@given(seed=SEEDS, nbest=st.integers(1, 5))
@A_FEW
def test_the_readings_are_distinct_and_no_more_than_asked_for(seed: int, nbest: int) -> None:
    (heard,) = recognise(invented(seed), Utterance(samples=speech(), beam=5, nbest=nbest))
    plain = [text.replace(".", "") for text in texts(heard)]
    assert len(set(plain)) == len(plain) <= nbest


def test_readings_that_differ_in_punctuation_alone_are_one() -> None:
    chances = told(("ant bee.", 0.4), ("ant bee", 0.35), ("ant cat", 0.25))
    (heard,) = recognise(chances, Utterance(samples=speech(), beam=4, nbest=3))
    assert texts(heard)[:2] == ["ant bee.", "ant cat"]


def test_a_loop_is_broken_off() -> None:
    def chances(voice: int, past: Past) -> dict[int, float]:
        return {2 + len(past) % 2: 0.9, END: 0.1}

    (heard,) = recognise(chances, Utterance(samples=speech(10)), believing=False)
    assert texts(heard) == ["ant bee" + " ant bee" * 3]


@pytest.mark.parametrize("once", ["ant", "ants", "ant bee", "ant bee cat.", "ant bee cat dog elk fox"])
@pytest.mark.parametrize("beam", [1, 3])
def test_speech_read_a_second_time_ends_before_it(once: str, beam: int) -> None:
    chances = told((f"{once} {once} {once} {once}", 1.0))
    (heard,) = recognise(chances, Utterance(samples=speech(10), beam=beam), frames_per_token=0)
    assert texts(heard) == [once]


def test_somebody_who_repeats_himself_is_heard_twice() -> None:
    twice = "ant bee cat dog elk fox ant bee cat dog elk fox"
    (heard,) = recognise(told((twice, 1.0)), Utterance(samples=speech(10)))
    assert texts(heard) == [twice]


@given(seed=SEEDS, beam=st.integers(1, 5))
@A_FEW
def test_cleaning_the_cache_up_changes_nothing(seed: int, beam: int) -> None:
    chances = invented(seed, likely_end=0.3)
    utterance = Utterance(samples=speech(), beam=beam, nbest=3)
    eager = SearchSettings(reject_below=0.0, compact_from=1)
    never = SearchSettings(reject_below=0.0, compact_from=10_000)
    answers = [BeamSearchRecogniser(InventedModel(chances), how).recognise([utterance]) for how in (eager, never)]
    assert answers[0] == answers[1]


@given(
    seed=SEEDS,
    asked=st.lists(st.tuples(st.floats(0, 3), st.integers(1, 9), st.integers(1, 4), DRAFTS), min_size=1, max_size=5),
)
@A_FEW
def test_a_batch_answers_as_its_utterances_would_alone(
    seed: int, asked: list[tuple[float, int, int, list[int]]]
) -> None:
    def utterances() -> list[Utterance]:
        return [
            Utterance(samples=speech(duration_s, voice), beam=beam, nbest=2, draft=drafted(draft))
            for duration_s, voice, beam, draft in asked
        ]

    chances = invented(seed)
    together = recognise(chances, *utterances())
    alone = [recognise(chances, utterance)[0] for utterance in utterances()]
    for one, other in zip(alone, together, strict=True):
        assert texts(one) == texts(other)
        confidences = [hypothesis.confidence for hypothesis in other.hypotheses]
        assert [hypothesis.confidence for hypothesis in one.hypotheses] == pytest.approx(confidences)


def test_no_utterances_are_no_work() -> None:
    model = InventedModel(told(("ant", 1.0)))
    assert BeamSearchRecogniser(model).recognise([]) == []
    assert model.steps == 0


def test_an_utterance_without_samples_holds_no_words_and_does_not_disturb_its_batch() -> None:
    chances = told(("ant bee", 1.0))
    nothing, something = recognise(chances, Utterance(samples=speech(0)), Utterance(samples=speech()))
    assert nothing == Recognition()
    assert texts(something) == ["ant bee"]


@pytest.mark.parametrize("beam", [1, 5])
@pytest.mark.parametrize("best", ["", "."])
def test_when_silence_comes_first_nothing_was_said(best: str, beam: int) -> None:
    silent = tuple(PIECES.index(piece) for piece in best)

    def chances(voice: int, past: Past) -> dict[int, float]:
        following = (*silent, END)[len(past)] if past == silent[: len(past)] else END
        return {following: 0.7, 2: 0.3}

    (heard,) = recognise(chances, Utterance(samples=speech(), beam=beam, nbest=5))
    assert heard == Recognition()


@pytest.mark.parametrize("beam", [1, 3])
def test_an_end_before_any_word_is_taken_only_if_what_follows_is_no_likelier(beam: int) -> None:
    (heard,) = recognise(told(("", 0.6), ("ant bee cat", 0.4)), Utterance(samples=speech(), beam=beam))
    assert texts(heard) == ["ant bee cat"]


def test_sure_silence_takes_one_step() -> None:
    model = InventedModel(told(("", 0.95), ("ant", 0.05)))
    assert BeamSearchRecogniser(model).recognise([Utterance(samples=speech(), beam=5)]) == [Recognition()]
    assert model.steps == 1


def test_a_fraction_of_a_sound_holds_no_word() -> None:
    short, longer = recognise(told(("ant", 1.0)), Utterance(samples=speech(0.049)), Utterance(samples=speech(0.06)))
    assert texts(short) == []
    assert texts(longer) == ["ant"]


def test_what_the_model_does_not_believe_itself_is_not_told() -> None:
    even = dict.fromkeys(range(2, len(PIECES)), 0.1)

    def chances(voice: int, past: Past) -> dict[int, float]:
        return {END: 0.9} if len(past) > 5 else even

    assert recognise(chances, Utterance(samples=speech()), believing=False) == [Recognition()]
    assert recognise(chances, Utterance(samples=speech()), believing=True) != [Recognition()]


def test_a_transcript_is_no_longer_than_anybody_could_speak() -> None:
    (heard,) = recognise(invented(3, likely_end=0.0), Utterance(samples=speech(1.0)))
    limit = int(InventedModel.tokens_per_second) + BELIEVING.extra_tokens
    assert len(InventedModel.vocabulary.encode(heard.hypotheses[0].text)) == limit


PHRASE_CHANCES = told(("ant bee", 0.7), ("ant elk fox.", 0.02), ("ant elk dog", 0.2))


@pytest.mark.parametrize("beam", [2, 4])
def test_a_listed_phrase_is_heard_where_the_model_only_half_believes_it(beam: int) -> None:
    phrased = Utterance(samples=speech(), beam=beam, phrases=(Phrase(text="elk fox"),))
    plain, boosted = recognise(PHRASE_CHANCES, Utterance(samples=speech(), beam=beam), phrased)
    assert texts(plain) == ["ant bee"]
    assert texts(boosted) == ["ant elk fox."]


def test_a_phrase_that_breaks_off_gains_nothing() -> None:
    (heard,) = recognise(
        told(("ant bee", 0.7), ("ant elk dog", 0.3)),
        Utterance(samples=speech(), beam=4, phrases=(Phrase(text="elk fox"),)),
    )
    assert texts(heard) == ["ant bee"]


@given(seed=SEEDS)
@A_FEW
def test_a_phrase_without_weight_changes_nothing(seed: int) -> None:
    plain = Utterance(samples=speech())
    weightless = Utterance(samples=speech(), phrases=(Phrase(text="cat dog elk", weight=0.0),))
    without, with_phrase = recognise(invented(seed), plain, weightless)
    assert with_phrase == without


def test_beams_that_tie_in_everything_are_told_apart() -> None:
    def chances(voice: int, past: Past) -> dict[int, float]:
        return {END: 1.0} if len(past) == 3 else {2: 0.25, 3: 0.25, 4: 0.25, 5: 0.25}

    listed = tuple(Phrase(text=text) for text in ("ant bee", "bee ant", "cat dog"))
    (heard,) = recognise(chances, Utterance(samples=speech(), beam=5, nbest=5, phrases=listed))
    assert len(heard.hypotheses) == 5


@given(seed=SEEDS, duration_s=st.floats(0.01, 3))
@A_FEW
def test_words_carry_times_in_order_within_the_utterance(seed: int, duration_s: float) -> None:
    (heard,) = recognise(invented(seed), Utterance(samples=speech(duration_s), beam=3, nbest=3))
    for hypothesis in heard.hypotheses:
        assert " ".join(word.text for word in hypothesis.words) == hypothesis.text
        edges = [edge for word in hypothesis.words for edge in (word.start_s, word.end_s)]
        assert edges == sorted(edges)
        assert edges[0] >= 0
        assert edges[-1] <= duration_s
        assert all(0 <= word.confidence <= 1 for word in hypothesis.words)
        assert 0 <= hypothesis.confidence <= 1


def test_words_stand_where_the_model_looked_when_it_chose_them() -> None:
    (heard,) = recognise(told(("ant bees cat.", 1.0)), Utterance(samples=speech(2.0)))
    words = heard.hypotheses[0].words
    assert [word.text for word in words] == ["ant", "bees", "cat."]
    looked_at_s = [0.0, 0.2, 0.6]  # 10 frames of 20 ms for every token before
    for word, middle_s in zip(words, looked_at_s, strict=True):
        assert word.start_s <= middle_s < word.end_s
    gaps = [later.start_s - word.end_s for word, later in itertools.pairwise(words)]
    assert max(gaps) == pytest.approx(0)


def test_a_pause_belongs_to_no_word() -> None:
    samples = speech(2.0) * np.where(np.arange(32_000) % 16_000 < 8_000, 300, 0).astype(np.float32)
    samples[0] = 0.001
    (heard,) = recognise(told(("ant bee", 1.0)), Utterance(samples=samples), frames_per_token=55)
    ant, bee = heard.hypotheses[0].words
    edges = [ant.start_s, ant.end_s, bee.start_s, bee.end_s]
    assert edges == pytest.approx([0.0, 0.5, 1.0, 1.5], abs=0.05)
