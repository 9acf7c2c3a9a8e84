"""Every kind of upload is judged line by line: good lines are kept, counts are right, what is kept is accepted again."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.adaptation.datasets import validate
from auricle.adaptation.kinds import DatasetKind, FileKind
from auricle.adaptation.limits import Limits
from auricle.adaptation.wording import plain
from auricle.errors import UnusableDataset
from tests.adaptation.uploads import Kept, codes, read

TEXT_KINDS = (
    DatasetKind.LANGUAGE,
    DatasetKind.PRONUNCIATION,
    DatasetKind.LANGUAGE_MARKDOWN,
    DatasetKind.OUTPUT_FORMATTING,
)

SAMPLES = {
    "azure-sample/en-US_biology_training_pronunciation.txt": (DatasetKind.PRONUNCIATION, 6),
    "azure-sample/en-US_general_training_pronunciation.txt": (DatasetKind.PRONUNCIATION, 3),
    "azure-sample/en-US_general_training_related-text.txt": (DatasetKind.LANGUAGE, 28),
    "azure-sample/en-US_general_training_structured-text.md": (DatasetKind.LANGUAGE_MARKDOWN, 15),
    "azure-sample/en-US_display_formatting_training_data_display_format.txt": (DatasetKind.OUTPUT_FORMATTING, 44),
    "azure-sample/en-US_general_testing_audio-and-trans.zip": (DatasetKind.ACOUSTIC, 1),
    "azure-sample/en-US_general_training_audio-and-trans.zip": (DatasetKind.ACOUSTIC, 2),
    "azure-sample/en-US_general_testing_audio.zip": (DatasetKind.AUDIO_FILES, 2),
    "azure_zips_synthetic/zips/en-US__general__training__audio-and-trans.zip": (DatasetKind.ACOUSTIC, 2),
    "azure_zips_synthetic/text/en-US__biology__training__plain-text.txt": (DatasetKind.LANGUAGE, 116),
    "azure_zips_synthetic/text/en-US__display_formatting__training__data_text.txt": (DatasetKind.LANGUAGE, 4357),
    "azure_zips_synthetic/text/en-US__media-entities__training__structured-text.md": (
        DatasetKind.LANGUAGE_MARKDOWN,
        1802,
    ),
    "coffee_orders_en/structured_text.md": (DatasetKind.LANGUAGE_MARKDOWN, 129),
    "coffee_orders_en/related_text.txt": (DatasetKind.LANGUAGE, 432),
}


@pytest.mark.parametrize("path", SAMPLES)
def test_published_samples_are_accepted_whole(path: str, shared: Path) -> None:
    kind, lines = SAMPLES[path]

    report, _ = read((shared / "data" / path).read_bytes(), kind)

    assert (report.accepted_lines, report.rejected_lines) == (lines, 0)


def test_the_report_names_place_reason_and_remedy_and_counts_everything() -> None:
    report, kept = read("good one\n\nsee https://example.org\nanother\n", DatasetKind.LANGUAGE)

    content = json.loads(report.to_json())

    assert kept.text == "good one\nanother\n"
    assert kept.kinds == {"language.txt": FileKind.LANGUAGE_DATA}
    assert (content["acceptedLines"], content["rejectedLines"]) == (2, 1)
    assert content["findingsByCode"] == {"address": 1}
    (finding,) = content["findings"]
    assert (finding["file"], finding["line"], finding["severity"]) == ("upload", 3, "error")
    assert finding["reason"] == "there is a web address"
    assert finding["advice"]
    assert finding["excerpt"] == "see https://example.org"


def test_findings_are_capped_and_counts_are_not() -> None:
    report, _ = read("fine\n" + "...\n" * 1_500, DatasetKind.LANGUAGE)

    assert report.rejected_lines == 1_500
    assert report.findings_by_code == {"noWords": 1_500}
    assert len(report.findings) == 1_000


def test_an_upload_without_a_good_line_carries_its_report() -> None:
    with pytest.raises(UnusableDataset) as raised:
        read("...\n???\n", DatasetKind.LANGUAGE)

    content = json.loads(raised.value.report)
    assert raised.value.detail == "DataImportFailed"
    assert content["rejectedLines"] == 2
    assert [finding["line"] for finding in content["findings"]] == [1, 2, None]


@pytest.mark.parametrize("kind", DatasetKind)
def test_an_empty_upload_is_unusable(kind: DatasetKind) -> None:
    with pytest.raises(UnusableDataset, match="empty"):
        read(b"", kind)


def test_the_free_tier_takes_a_kibibyte_of_pronunciations() -> None:
    lines = "".join(f"w{number}\tword\n" for number in range(200))

    with pytest.raises(UnusableDataset, match="at most 1024 are allowed"):
        read(lines, DatasetKind.PRONUNCIATION, limits=Limits(pronunciation_bytes=1024))


def test_progress_rises_to_one() -> None:
    heard: list[float] = []
    source = io.BytesIO(b"a line of text\n" * 60_000)

    validate(
        source,
        name="upload",
        kind=DatasetKind.LANGUAGE,
        locale="en-US",
        limits=Limits(),
        normalise=True,
        output=Kept(),
        progress=heard.append,
    )

    assert len(heard) > 5
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


LINES = st.one_of(
    st.text(max_size=60),
    st.text("ab {@}\t/-#=x>\\[]()?*+|d1.,'\u2019\u200b", max_size=30),
    st.sampled_from(
        [
            "@ list food =",
            "@ List Food=",
            "- pizza",
            "- I like {@food}",
            "- {@ Food } {@food}",
            "# Section 1",
            "#itn",
            "# rewrite",
            "#profanity",
            "#test",
            "@ speech:phoneticlexicon",
            "- cat/K AE T",
            "old\tnew",
            "cat-\\d",
            "// comment",
            "IEEE\ti triple e",
        ]
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=20), st.sampled_from(TEXT_KINDS), st.booleans(), st.sampled_from(["en-US", "ja-JP"]))
def test_any_text_is_counted_and_what_is_kept_is_kept_again(
    lines: list[str], kind: DatasetKind, normalise: bool, locale: str
) -> None:
    data = "\n".join(lines).encode("utf-8", "replace")
    expected = sum(not _is_blank_or_comment(line, kind, normalise) for line in _split(data.decode()))
    kept = Kept()
    try:
        report, _ = read(data, kind, locale=locale, normalise=normalise, sink=kept)
    except UnusableDataset as error:
        content = json.loads(error.report)
        assert content["rejectedLines"] + content["acceptedLines"] in {expected, 0}
        return

    assert report.accepted_lines + report.rejected_lines == expected
    again, kept_again = read(kept.text, kind, locale=locale, normalise=normalise)
    assert (again.accepted_lines, again.rejected_lines) == (report.accepted_lines, 0)
    assert kept_again.text == kept.text


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(list(DatasetKind)))
def test_any_bytes_are_judged_or_refused(data: bytes, kind: DatasetKind) -> None:
    with suppress(UnusableDataset):
        assert read(data, kind)[0].accepted_lines > 0


def test_a_line_is_the_same_in_every_encoding() -> None:
    text = "café crème\nna\u00efve\n"

    kept = {read(text.encode(encoding), DatasetKind.LANGUAGE)[1].text for encoding in ("utf-8", "utf-8-sig", "utf-16")}

    assert kept == {text}
    assert read(text.encode("cp1252"), DatasetKind.LANGUAGE)[1].text == text
    assert codes(read(text, DatasetKind.LANGUAGE)[0]) == [(1, "specialCharacter"), (2, "specialCharacter")]


def _split(text: str) -> list[str]:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _is_blank_or_comment(line: str, kind: DatasetKind, normalise: bool) -> bool:
    line = line.replace("\ufeff", "").strip()
    if kind is DatasetKind.LANGUAGE_MARKDOWN and normalise and line:
        line = plain(line) or "//"
    has_comments = kind in {DatasetKind.LANGUAGE_MARKDOWN, DatasetKind.OUTPUT_FORMATTING}
    return not line or (has_comments and line.startswith("//"))
