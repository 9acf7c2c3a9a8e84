"""Microsoft's Speech SDK for Python against the real thing: every way of asking, and the words that come back."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from .python_client import AT_SPEAKING_PACE, AT_TENFOLD_PACE, TICKS_PER_S, PythonClient, pcm
from .recordings import Recordings, joined, silence, wave_file
from .scoring import understood, word_error_rate, words

UNIVERSAL = "/stt/speech/universal/v2"
FOUR = ("arctic_b0047", "arctic_b0054", "arctic_b0057", "arctic_b0139")  # sentences without names
LISTED = (  # set, recording, and words in it that the default model spells otherwise, unless it is told
    ("general_read_en", "arctic_b0125", "MacDougall"),
    ("coffee_orders_en", "0e9cba9e", "iced mocha"),
    ("format_variants_en", "hotwords_comfyui", "comfyui"),
)


@pytest.fixture(scope="module")
def four(recordings: Recordings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WAV file of four sentences with pauses between them."""
    sentences = [recordings.samples("general_read_en", name) for name in FOUR]
    return wave_file(tmp_path_factory.mktemp("four") / "four.wav", joined(*sentences))


@pytest.fixture(scope="module")
def four_texts(recordings: Recordings) -> list[str]:
    return [words(recordings.said("general_read_en", name)) for name in FOUR]


@pytest.mark.parametrize("path", [None, "/", UNIVERSAL, "/speech/universal/v2"])
def test_one_utterance_is_recognised_at_every_address(
    python: PythonClient, recordings: Recordings, path: str | None
) -> None:
    sentence = recordings.samples("general_read_en", FOUR[0])

    result = python.once(sentence, config=python.config(path=path))

    assert result.reason.name == "RecognizedSpeech"
    assert words(result.text) == words(recordings.said("general_read_en", FOUR[0]))
    assert result.text[0].isupper()
    assert result.text.endswith(".")
    assert 0 <= result.offset < result.offset + result.duration <= len(sentence) / 16_000 * TICKS_PER_S


@pytest.mark.parametrize("path", [None, UNIVERSAL])
def test_a_file_is_recognised_to_its_end_phrase_by_phrase(
    python: PythonClient, four: Path, four_texts: list[str], path: str | None
) -> None:
    heard = python.hear(four, config=python.config(path=path))

    assert [words(text) for text in heard.texts] == four_texts
    assert all(a.offset + a.duration <= b.offset for a, b in pairwise(heard.finals))
    assert [c.reason.name for c in heard.canceled] == ["EndOfStream"]


def test_a_pull_stream_is_recognised(python: PythonClient, four: Path, four_texts: list[str]) -> None:
    audio = python.sdk.audio
    data = memoryview(four.read_bytes()[44:])

    class Reader(audio.PullAudioInputStreamCallback):  # type: ignore[misc,name-defined]
        at = 0

        def read(self, buffer: memoryview) -> int:
            piece = data[self.at : self.at + buffer.nbytes]
            buffer[: len(piece)] = piece
            self.at += len(piece)
            return len(piece)

        def close(self) -> None:
            pass

    stream = audio.PullAudioInputStream(pull_stream_callback=Reader())

    heard = python.hear(audio.AudioConfig(stream=stream))

    assert [words(text) for text in heard.texts] == four_texts


def test_several_utterances_are_recognised_on_one_connection(
    python: PythonClient, four: Path, four_texts: list[str]
) -> None:
    recognizer = python.recognizer(four)
    connections: list[object] = []
    connection = python.sdk.Connection.from_recognizer(recognizer)
    connection.connected.connect(connections.append)

    results = [recognizer.recognize_once_async().get() for _ in four_texts]

    assert [words(result.text) for result in results] == four_texts
    assert all(a.offset + a.duration <= b.offset for a, b in pairwise(results))
    assert len(connections) == 1


def test_a_stopped_recognition_starts_again_where_it_was(
    python: PythonClient, four: Path, four_texts: list[str]
) -> None:
    first = python.start(four, config=python.config(AT_SPEAKING_PACE))
    assert first.heard.wait(60)
    first.stop()
    told = len(first.finals)
    first.stopped.clear()

    first.recognizer.start_continuous_recognition_async().get()
    assert first.stopped.wait(60)

    assert words(first.texts[0]) == four_texts[0]
    assert told < len(first.finals)
    assert all(a.offset < b.offset for a, b in pairwise(first.finals))
    assert word_error_rate([(" ".join(four_texts), first.text)]) <= 0.25  # a word on the seam may be cut in two


def test_stopping_while_somebody_speaks_gives_what_was_said_so_far(
    python: PythonClient, recordings: Recordings
) -> None:
    running = python.start(recordings.jfk(), config=python.config(AT_SPEAKING_PACE))
    running.wait_for_partial(words=4)

    running.stop()

    assert not running.errors
    assert words(running.text).startswith("and so my")
    assert len(running.text.split()) < len(recordings.jfk_words().split())


def test_silence_is_acknowledged_before_the_clients_buffer_overflows(
    python: PythonClient, recordings: Recordings
) -> None:
    sentence = recordings.samples("general_read_en", FOUR[1])
    small_buffer = python.config({**AT_TENFOLD_PACE, "SPEECH-MaxBufferSizeMs": "20000"})

    heard = python.hear(np.concatenate([silence(60), sentence]), config=small_buffer)

    assert words(heard.text) == words(recordings.said("general_read_en", FOUR[1]))
    assert heard.finals[-1].offset >= 60 * TICKS_PER_S


def test_detailed_results_have_distinct_alternatives_and_every_form_of_the_text(
    python: PythonClient, recordings: Recordings
) -> None:
    order = recordings.samples("coffee_orders_en", "63011534")  # "may I have a twenty ounce espresso"

    phrases = python.hear(joined(order, recordings.jfk()), config=python.config(words=True)).phrases

    assert 2 <= max(len(phrase["NBest"]) for phrase in phrases) <= 5
    for phrase in phrases:
        assert len({entry["Lexical"] for entry in phrase["NBest"]}) == len(phrase["NBest"])
        assert all(0 < entry["Confidence"] <= 1 for entry in phrase["NBest"])
    best = phrases[0]["NBest"][0]
    assert best["Lexical"] == "may i have a twenty ounce espresso"
    assert "20" in best["ITN"]
    assert best["MaskedITN"] == best["ITN"]
    assert best["Display"] == phrases[0]["DisplayText"]
    assert best["Display"].startswith("May I have")


def test_word_times_follow_each_other_inside_their_phrase(python: PythonClient, recordings: Recordings) -> None:
    heard = python.hear(recordings.jfk(), config=python.config(words=True))

    assert len(heard.phrases) >= 2
    for phrase in heard.phrases:
        start, end = phrase["Offset"], phrase["Offset"] + phrase["Duration"]
        for entry in phrase["NBest"]:
            spans = [(word["Offset"], word["Offset"] + word["Duration"]) for word in entry["Words"]]
            assert [word["Word"] for word in entry["Words"]] == entry["Lexical"].split()
            assert [word["DisplayText"] for word in entry["DisplayWords"]] == entry["Display"].split()
            assert all(a[1] <= b[0] for a, b in pairwise(spans))
            assert all(first <= last for first, last in spans)
            assert start <= spans[0][0]
            assert spans[-1][1] <= end


@pytest.mark.parametrize(("of", "name", "phrase"), LISTED)
def test_listed_words_are_heard_because_they_are_listed(
    python: PythonClient, recordings: Recordings, of: str, name: str, phrase: str
) -> None:
    sentence = recordings.samples(of, name)

    assert phrase not in python.hear(sentence).text
    assert phrase in python.hear(sentence, phrases=[phrase, "Quetschenbach"]).text


def test_a_list_does_no_harm_to_other_speech(python: PythonClient, recordings: Recordings) -> None:
    orders = ["iced mocha", "almond milk", "americano", "MacDougall", "Oona", "cappuccino", "a bit of sweetener"]

    for name in FOUR:
        sentence = recordings.samples("general_read_en", name)
        assert words(python.hear(sentence, phrases=orders).text) == words(recordings.said("general_read_en", name))


def test_dictation_writes_spoken_punctuation_as_a_mark(python: PythonClient, recordings: Recordings) -> None:
    sentence = recordings.samples("mandarin_accent_en", "012600186")  # "… that was a bad period"
    dictating = python.config()
    dictating.enable_dictation()

    assert python.hear(sentence).text.lower().endswith("bad period.")
    assert python.hear(sentence, config=dictating).text.lower().endswith("bad.")


def test_dictation_hears_ordinary_speech(python: PythonClient, four: Path, four_texts: list[str]) -> None:
    dictating = python.config()
    dictating.enable_dictation()

    heard = python.hear(four, config=dictating)

    assert words(heard.text) == " ".join(four_texts)


def test_the_pause_that_ends_a_phrase_is_the_clients_choice(python: PythonClient, recordings: Recordings) -> None:
    speech = recordings.jfk()  # three phrases, with pauses of a second
    name = python.sdk.PropertyId.Speech_SegmentationSilenceTimeoutMs
    patient = python.config()
    patient.set_property(name, "3000")

    heard = python.hear(speech, config=patient)

    assert len(heard.texts) == 1
    assert understood(recordings.jfk_words(), heard.text)


def test_a_commit_ends_the_phrase_and_answers_its_token(python: PythonClient, recordings: Recordings) -> None:
    audio = python.sdk.audio
    stream = audio.PushAudioInputStream()
    running = python.start(audio.AudioConfig(stream=stream))
    stream.write(pcm(recordings.samples("general_read_en", FOUR[0])))

    token = stream.commit()

    assert running.heard.wait(60)
    stream.close()
    running.wait()
    assert running.finals[0].commit_token == token
    assert words(running.text) == words(recordings.said("general_read_en", FOUR[0]))


@pytest.mark.parametrize("option", ["Masked", "Removed", "Raw"])
def test_ordinary_words_pass_every_profanity_filter(python: PythonClient, recordings: Recordings, option: str) -> None:
    filtered = python.config()
    filtered.set_profanity(python.sdk.ProfanityOption[option])
    name = recordings.saying("telephony_prompts_en", "assisting")

    heard = python.hear(recordings.samples("telephony_prompts_en", name), config=filtered)

    assert "currently assisting other telemarketers" in heard.text
    assert "*" not in heard.text


@pytest.mark.parametrize("language", ["en-GB", "en-AU", "en-us"])
def test_english_is_heard_wherever_it_is_spoken(python: PythonClient, recordings: Recordings, language: str) -> None:
    heard = python.hear(recordings.jfk(), language=language)

    assert understood(recordings.jfk_words(), heard.text)


def test_an_unknown_custom_endpoint_is_answered_by_the_base_model(python: PythonClient, recordings: Recordings) -> None:
    custom = python.config()
    custom.endpoint_id = "00000000-1111-2222-3333-444444444444"

    heard = python.hear(recordings.jfk(), config=custom)

    assert understood(recordings.jfk_words(), heard.text)
