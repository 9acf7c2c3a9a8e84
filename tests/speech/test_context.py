from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.engine.recogniser import Phrase
from auricle.errors import AuricleError, InvalidRequest, NotImplementedYet
from auricle.recognition.options import Mode, Segmentation
from auricle.speech.address import Address, parse_address
from auricle.speech.context import TurnOptions, read_endpoint, read_locale, read_options
from auricle.speech.limits import Limits
from auricle.speech.messages import parse_json_object
from auricle.text.formatter import Profanity, Punctuation

V1 = "/speech/recognition/{}/cognitiveservices/v1"
V2 = "/stt/speech/universal/v2"
KNOWN_KEYS = [
    "phraseDetection",
    "mode",
    "language",
    "initialSilenceTimeout",
    "trailingSilenceTimeout",
    "conversation",
    "dictation",
    "interactive",
    "segmentation",
    "segmentationSilenceTimeoutMs",
    "segmentationForcedTimeoutMs",
    "enrichment",
    "profanity",
    "punctuationMode",
    "phraseOutput",
    "format",
    "detailed",
    "options",
    "interimResults",
    "stableThreshold",
    "resultType",
    "dgi",
    "Groups",
    "Items",
    "Text",
    "bias",
    "weight",
    "languageId",
    "translation",
    "targetLanguages",
    "speakerDiarization",
    "customModels",
    "endpoint",
    "model",
    "onSuccess",
    "action",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KNOWN_KEYS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=25,
)


def read(context: Any = None, *, path: str = V2, query: str = "") -> TurnOptions:
    fields = parse_json_object(json.dumps(context or {}), "speech.context")
    return read_options(parse_address(path, query), fields, Limits())


@given(st.dictionaries(st.sampled_from(KNOWN_KEYS), JSON, max_size=6), st.text(max_size=60))
def test_any_context_and_query_is_read_or_refused_with_a_reason(context: dict[str, Any], query: str) -> None:
    with contextlib.suppress(AuricleError):
        read(context, query=query)


@given(st.data())
def test_the_case_of_keys_does_not_matter(data: st.DataObject) -> None:
    text = json.dumps(
        {
            "phraseDetection": {
                "mode": "CONVERSATION",
                "language": "de-DE",
                "CONVERSATION": {"segmentation": {"segmentationSilenceTimeoutMs": 900, "mode": "Custom"}},
            },
            "phraseOutput": {"format": "Detailed", "detailed": {"options": ["WordTimings"]}},
            "dgi": {"Groups": [{"Type": "Generic", "Items": [{"Text": "Contoso"}]}], "bias": 1.5},
        }
    )
    respelled = text
    for key in ("phraseDetection", "CONVERSATION", "segmentation", "phraseOutput", "dgi", "Groups", "Items", "Text"):
        spelling = data.draw(st.sampled_from([key.lower(), key.upper(), key.title(), key]))
        respelled = respelled.replace(f'"{key}":', f'"{spelling}":')

    assert read_options(Address(), parse_json_object(respelled, "x"), Limits()) == read_options(
        Address(), parse_json_object(text, "x"), Limits()
    )


def test_nothing_said_is_a_conversation_in_american_english_with_simple_output() -> None:
    options = read()

    assert options.listen.mode is Mode.CONVERSATION
    assert options.listen.locale == "en-US"
    assert options.listen.nbest == 1
    assert not options.output.detailed
    assert options.listen.text.profanity is Profanity.MASKED
    assert options.unserved == ()


@pytest.mark.parametrize("mode", list(Mode))
def test_the_mode_comes_from_the_context_then_the_path_then_the_scenario(mode: Mode) -> None:
    said = {"phraseDetection": {"mode": mode.value.upper()}}

    assert read(said, path=V1.format("dictation")).listen.mode is mode
    assert read(path=V1.format(mode.value), query="scenario=conversation").listen.mode is mode
    assert read(query=f"scenario={mode.value}").listen.mode is mode


def test_the_language_comes_from_the_context_then_the_query() -> None:
    assert read({"phraseDetection": {"language": "de-de"}}, query="language=fr-FR").listen.locale == "de-DE"
    assert read(query="language=en-us").listen.locale == "en-US"


@pytest.mark.parametrize(
    ("said", "locale"), [("EN", "en"), ("zh-hans-cn", "zh-Hans-CN"), ("es-419", "es-419"), ("en-us", "en-US")]
)
def test_a_locale_gets_its_usual_spelling(said: str, locale: str) -> None:
    assert read_locale(said) == locale


@pytest.mark.parametrize("said", ["", "english please", "en_US", "../../etc", "e", "en-US\r\n"])
def test_what_is_no_locale_is_refused(said: str) -> None:
    with pytest.raises(InvalidRequest, match="expected a language"):
        read_locale(said)


def test_detailed_output_has_alternatives_and_what_the_options_ask_for() -> None:
    asked = {"phraseOutput": {"format": "Detailed", "detailed": {"options": ["WordTimings", "WordConfidence"]}}}

    by_context = read(asked)
    by_query = read(query="format=detailed&wordLevelTimestamps=true&wordLevelConfidence=true")

    assert by_context == by_query
    assert by_context.listen.nbest == 5
    assert by_context.listen.word_times
    assert by_context.output.word_confidences


def test_word_times_need_the_detailed_format() -> None:
    assert not read(query="format=simple&wordLevelTimestamps=true").listen.word_times


@pytest.mark.parametrize(
    ("grammar", "phrases"),
    [
        (
            {"Groups": [{"Type": "Generic", "Items": [{"Text": "Contoso"}, {"Text": " lazy  dog "}]}], "bias": 1.5},
            (Phrase(text="Contoso", weight=1.5), Phrase(text="lazy dog", weight=1.5)),
        ),
        ({"groups": [{"type": "Generic", "items": [{"text": "Contoso"}]}], "bias": 1}, (Phrase(text="Contoso"),)),
        (
            {"groups": [{"items": [{"text": "a", "weight": 0.5}, {"text": "b"}], "weight": 9}]},
            (Phrase(text="a", weight=0.5), Phrase(text="b", weight=2.0)),
        ),
        (
            {"groups": [{"items": [{"text": "a"}, {"text": "a"}, {"text": ""}, {"text": "\ud800"}]}]},
            (Phrase(text="a"),),
        ),
        ({"Groups": [], "ReferenceGrammars": []}, ()),
    ],
)
def test_phrase_lists_are_read_with_their_weights(grammar: Any, phrases: tuple[Phrase, ...]) -> None:
    assert read({"dgi": grammar}).listen.phrases == phrases


def test_phrase_lists_have_limits() -> None:
    many = {"dgi": {"Groups": [{"Items": [{"Text": f"term {n}"} for n in range(2001)]}]}}
    long = {"dgi": {"Groups": [{"Items": [{"Text": "x" * 257}]}]}}

    with pytest.raises(InvalidRequest, match="at most 2000 phrases"):
        read(many)
    with pytest.raises(InvalidRequest, match="at most 256 characters, got 257"):
        read(long)


def test_silences_are_read_from_every_place_and_brought_into_range() -> None:
    block = {"segmentation": {"mode": "Custom", "segmentationSilenceTimeoutMs": 900}}
    context = {"phraseDetection": {"mode": "DICTATION", "initialSilenceTimeout": 7000, "DICTATION": block}}

    assert read(context).listen.end_silence_ms == 900
    assert read(context).listen.initial_silence_ms == 7000
    assert read({"phraseDetection": {"trailingSilenceTimeout": 800}}).listen.end_silence_ms == 800
    assert read(query="endSilenceTimeoutMs=50&initialSilenceTimeoutMs=3000").listen.end_silence_ms == 100
    assert read(query="segmentationSilenceTimeoutMs=99999").listen.end_silence_ms == 5000
    assert read().listen.end_silence_ms is None


@pytest.mark.parametrize(
    ("segmentation", "kind", "longest_ms"),
    [
        ({}, Segmentation.NORMAL, None),
        ({"mode": "Custom", "segmentationForcedTimeoutMs": 20000}, Segmentation.TIME, 20000),
        ({"mode": "Semantic"}, Segmentation.SEMANTIC, None),
        ({"mode": "Disabled"}, Segmentation.DISABLED, None),
    ],
)
def test_segmentation_strategies_are_read(segmentation: Any, kind: Segmentation, longest_ms: int | None) -> None:
    options = read({"phraseDetection": {"mode": "Conversation", "conversation": {"segmentation": segmentation}}})

    assert options.listen.segmentation is kind
    assert options.listen.max_segment_ms == longest_ms


def test_partials_can_be_steadied_or_switched_off() -> None:
    steady = read({"phraseOutput": {"interimResults": {"stableThreshold": 3, "resultType": "Auto"}}})
    off = read({"phraseOutput": {"interimResults": {"resultType": "None"}}})

    assert steady.listen.stable_threshold == 3
    assert steady.listen.partials
    assert not off.listen.partials
    assert read(query="stableIntermediateThreshold=2").listen.stable_threshold == 2


def test_who_dictates_speaks_the_punctuation() -> None:
    assert read(path=V1.format("dictation")).listen.text.punctuation is Punctuation.DICTATED_AND_AUTOMATIC
    assert read(path=V1.format("conversation")).listen.text.punctuation is Punctuation.AUTOMATIC


def test_profanity_is_read_from_context_and_query() -> None:
    assert read({"phraseDetection": {"enrichment": {"profanity": "raw"}}}).listen.text.profanity is Profanity.RAW
    assert read(query="profanity=Removed").listen.text.profanity is Profanity.REMOVED
    with pytest.raises(InvalidRequest, match="masked, removed, raw, tags as profanity, got 'rude'"):
        read(query="profanity=rude")


def test_a_custom_endpoint_comes_from_the_query_or_from_the_language() -> None:
    models = {"phraseDetection": {"language": "de-DE", "customModels": [{"language": "de-DE", "endpoint": "mine"}]}}

    assert read(query="cid=mine").listen.endpoint == "mine"
    assert read(models).listen.endpoint == "mine"
    with pytest.raises(InvalidRequest, match="printable"):
        read_endpoint({"cid": "x\n"})


@pytest.mark.parametrize(
    ("context", "query", "path", "service"),
    [
        ({"languageId": {"languages": ["en-US", "de-DE"]}}, "", V2, "language identification"),
        ({}, "lidEnabled=true", V2, "language identification"),
        ({"translation": {"targetLanguages": ["de"]}}, "", V2, "speech translation"),
        ({"translationcontext": {"to": ["de"]}}, "", V2, "speech translation"),
        ({}, "from=en-US&to=de", V2, "speech translation"),
        ({}, "", "/speech/translation/cognitiveservices/v1", "speech translation"),
        ({"phraseDetection": {"speakerDiarization": {"mode": "Anonymous"}}}, "", V2, "speaker diarization"),
        (
            {"phraseDetection": {"enrichment": {"pronunciationAssessment": {"referenceText": "x"}}}},
            "",
            V2,
            "pronunciation assessment",
        ),
    ],
)
def test_a_service_that_is_not_offered_is_refused_by_name(context: Any, query: str, path: str, service: str) -> None:
    with pytest.raises(NotImplementedYet, match=f"{service} is not available"):
        read(context, query=query, path=path)


def test_wishes_without_effect_are_listed() -> None:
    true_text = {"phraseDetection": {"enrichment": {"conversation": {"disfluencyMode": "Removed"}}}}

    assert read(true_text, query="storeAudio=true").unserved == ("disfluency removal", "audio logging")


@pytest.mark.parametrize(
    ("context", "reason"),
    [
        ({"phraseDetection": []}, "an object at 'phrasedetection', got list"),
        ({"phraseDetection": {"mode": 7}}, "a text at 'mode', got int"),
        ({"phraseDetection": {"mode": "Karaoke"}}, "got 'Karaoke'"),
        ({"phraseDetection": {"initialSilenceTimeout": "soon"}}, "a number at 'initialsilencetimeout', got 'soon'"),
        ({"dgi": {"groups": {}}}, "a list at 'groups', got dict"),
        ({"phraseDetection": {"conversation": {"segmentation": {"mode": "Odd"}}}}, "segmentation mode, got 'odd'"),
    ],
)
def test_a_wrong_type_or_value_is_told_what_was_expected(context: Any, reason: str) -> None:
    with pytest.raises(InvalidRequest, match=reason):
        read(context)
