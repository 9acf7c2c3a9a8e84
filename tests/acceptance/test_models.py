"""The models that are shipped, prepared from their published weights, hear what is said and nothing where nothing is."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from auricle.audio.files import read_samples
from auricle.audio.samples import SAMPLE_RATE_HZ, Samples
from auricle.engine.catalogue import Catalogue
from auricle.engine.preparation import load, prepare
from auricle.engine.recogniser import Draft, Hypothesis, Phrase, Recogniser, Utterance

from .conftest import PREPARED_MODELS
from .scoring import word_error_rate, words

MODELS = ("moonshine-base", "moonshine-tiny", "whisper-base", "whisper-tiny.en")
MOST_ERRORS = 0.2
RNG = np.random.default_rng(0)
NOISE = RNG.standard_normal(3 * SAMPLE_RATE_HZ).astype(np.float32)
NOTHING_SAID: dict[str, Samples] = {
    "no samples": np.zeros(0, np.float32),
    "one sample": np.ones(1, np.float32),
    "25 ms of noise": NOISE[:400],
    "49 ms of noise": NOISE[:784] * np.float32(0.1),
    "a second of silence": np.zeros(SAMPLE_RATE_HZ, np.float32),
    "eight seconds of silence": np.zeros(8 * SAMPLE_RATE_HZ, np.float32),
    "white noise": NOISE * np.float32(0.1),
    "loud white noise": np.clip(NOISE * np.float32(0.5), -1, 1),
    "clipping noise": np.sign(NOISE),
    "a clipping tone": np.sign(np.sin(np.arange(2 * SAMPLE_RATE_HZ) / 7)).astype(np.float32),
}
Reading = Callable[[str], tuple[Samples, str]]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The models by name."""
    return Catalogue(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module", params=MODELS)
def recogniser(request: pytest.FixtureRequest, catalogue: Catalogue) -> Recogniser:
    """One model after the other, prepared and loaded."""
    source, folder = catalogue.locate(request.param), PREPARED_MODELS / request.param / "prepared"
    prepare(source, folder)
    return load(source, folder)


@pytest.fixture(scope="module")
def reading(catalogue: Catalogue) -> Reading:
    """A recording that an installed package carries, with the words read."""

    @cache
    def read(name: str) -> tuple[Samples, str]:
        path, said = catalogue.recording(name)
        return read_samples(path), said

    return read


def heard(recogniser: Recogniser, samples: Samples, beam: int = 1) -> Hypothesis:
    (recognition,) = recogniser.recognise([Utterance(samples=samples, beam=beam)])
    return recognition.hypotheses[0]


@pytest.mark.parametrize("beam", [1, 4])
def test_a_reading_is_understood(recogniser: Recogniser, reading: Reading, beam: int) -> None:
    samples, said = reading("beckett")
    assert word_error_rate([(said, heard(recogniser, samples, beam).text)]) <= MOST_ERRORS


def test_the_beginning_of_a_long_reading_is_understood(recogniser: Recogniser, reading: Reading) -> None:
    samples, said = reading("two-cities")
    got = words(heard(recogniser, samples[: 12 * SAMPLE_RATE_HZ]).text).split()[: len(words(said).split())]
    assert word_error_rate([(said, " ".join(got))]) <= MOST_ERRORS


def test_a_reading_so_loud_that_it_clips_is_understood(recogniser: Recogniser, reading: Reading) -> None:
    samples, said = reading("beckett")
    assert word_error_rate([(said, heard(recogniser, np.clip(samples * 50, -1, 1)).text)]) <= 2 * MOST_ERRORS


@pytest.mark.parametrize("name", NOTHING_SAID)
def test_no_text_is_heard_where_nothing_is_said(recogniser: Recogniser, name: str) -> None:
    (recognition,) = recogniser.recognise([Utterance(samples=NOTHING_SAID[name])])
    assert recognition.hypotheses == ()


def test_nothing_is_told_twice_however_often_the_audio_is_decoded(recogniser: Recogniser, reading: Reading) -> None:
    samples, said = reading("beckett")
    draft = Draft()
    for end_s in (2, 4, 6, 8, len(samples) / SAMPLE_RATE_HZ):
        growing = Utterance(samples=samples[: int(end_s * SAMPLE_RATE_HZ)], draft=draft)
        (recognition,) = recogniser.recognise([growing])
        if recognition.hypotheses:
            assert len(words(recognition.hypotheses[0].text).split()) <= len(words(said).split()) + 2
    assert word_error_rate([(said, recognition.hypotheses[0].text)]) <= MOST_ERRORS


def test_a_few_words_are_not_read_twice(recogniser: Recogniser, reading: Reading) -> None:
    samples, _ = reading("beckett")
    first = heard(recogniser, samples)
    end_s = next(word.end_s for word in first.words[1:])
    got = words(heard(recogniser, samples[: int((end_s + 0.2) * SAMPLE_RATE_HZ)]).text).split()
    assert len(got) <= 3


def test_a_batch_hears_what_its_segments_would_be_heard_as_alone(recogniser: Recogniser, reading: Reading) -> None:
    beckett, said = reading("beckett")
    segments = [beckett, np.zeros(SAMPLE_RATE_HZ, np.float32), reading("two-cities")[0][: 4 * SAMPLE_RATE_HZ]]
    first, nothing, third = recogniser.recognise([Utterance(samples=samples) for samples in segments])
    assert word_error_rate([(said, first.hypotheses[0].text)]) <= MOST_ERRORS
    assert nothing.hypotheses == ()
    assert "best of times" in words(third.hypotheses[0].text)


def test_words_have_their_times_and_pauses_belong_to_none(recogniser: Recogniser, reading: Reading) -> None:
    samples, _ = reading("beckett")
    quiet = np.zeros(SAMPLE_RATE_HZ, np.float32)
    hypothesis = heard(recogniser, np.concatenate([quiet[: SAMPLE_RATE_HZ // 2], samples, quiet]))
    edges = [edge for word in hypothesis.words for edge in (word.start_s, word.end_s)]
    assert edges == sorted(edges)
    assert 0.45 <= edges[0] <= 1.0
    assert edges[-1] <= len(samples) / SAMPLE_RATE_HZ + 0.55
    pauses = [later.start_s - word.end_s for word, later in itertools.pairwise(hypothesis.words)]
    assert max(pauses) > 0.2  # he reads slowly


def test_readings_are_distinct_and_each_has_its_words(recogniser: Recogniser, reading: Reading) -> None:
    samples, _ = reading("beckett")
    (recognition,) = recogniser.recognise([Utterance(samples=samples, beam=5, nbest=5)])
    texts = [hypothesis.text for hypothesis in recognition.hypotheses]
    assert len({words(text) for text in texts}) == len(texts) >= 1
    for hypothesis in recognition.hypotheses:
        assert " ".join(word.text for word in hypothesis.words) == hypothesis.text


def test_a_listed_phrase_that_nobody_says_is_not_heard(recogniser: Recogniser, reading: Reading) -> None:
    samples, said = reading("beckett")
    phrases = (Phrase(text="Xanthippe Quellbrunn"), Phrase(text="Mornay Straits"))
    (recognition,) = recogniser.recognise([Utterance(samples=samples, beam=4, phrases=phrases)])
    assert word_error_rate([(said, recognition.hypotheses[0].text)]) <= MOST_ERRORS
