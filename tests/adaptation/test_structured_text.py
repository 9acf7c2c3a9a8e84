"""Structured text: lists, lexicon and sentences hold together, and one bad line takes no other with it."""

from __future__ import annotations

import pytest

from auricle.adaptation.kinds import DatasetKind
from auricle.adaptation.structured_text import MAX_ITEMS, MAX_LISTS
from auricle.errors import UnusableDataset
from tests.adaptation.uploads import codes, read

GOOD = "@ list food =\n- pizza\n# Orders\n- I want {@food}\n"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("- I want {@drink}", [(5, "undefinedList")]),
        ("- I want {food}", [(5, "braces")]),
        ("- I want {@food=pizza", [(5, "braces")]),
        ("- I want {@food} and }", [(5, "braces")]),
        ("just a sentence", [(5, "unexpectedLine")]),
        ("- see https://example.org", [(5, "address")]),
        ("@ list Food =\n- soup", [(5, "duplicateList"), (6, "refusedHeading")]),
        ("@ list empty =\n- ...\n# More\n- an {@empty} list", [(5, "emptyList"), (6, "noWords"), (8, "undefinedList")]),
        ("@ list two words =", [(5, "listHeading")]),
        ("@ list drink = tea", [(5, "listHeading")]),
        ("@ intent order", [(5, "unknownEntity")]),
        ("@ list drink =\n- a {@food}\n- tea", [(6, "braces")]),
        ("@ speech:phoneticlexicon\n- cat", [(6, "lexiconEntry")]),
        ("@ speech:phoneticlexicon\n- hot dog/H O T", [(6, "lexiconEntry")]),
        ("@ speech:phoneticlexicon\n- cat/", [(6, "noPhones")]),
        ("@ speech:phoneticlexicon\n- cat/K AE TT", [(6, "unknownPhone")]),
        ("@ speech:phoneticlexicon\n- cat/K AE T\n- Cat/k ae t", [(7, "duplicate")]),
        ("@ speech:phoneticlexicon\n- a/AX\n- a/EI\n- a/AE", [(8, "tooManyPronunciations")]),
    ],
)
def test_a_bad_line_is_left_out(lines: str, expected: list[tuple[int, str]]) -> None:
    report, kept = read(GOOD + lines, DatasetKind.LANGUAGE_MARKDOWN)

    assert codes(report) == expected
    assert kept.text.startswith(GOOD)


def test_a_sentence_without_a_section_is_left_out() -> None:
    report, _ = read("- hello\n" + GOOD, DatasetKind.LANGUAGE_MARKDOWN)

    assert codes(report) == [(1, "noHeading")]


def test_lists_may_stand_below_the_sentences_and_be_named_in_any_case() -> None:
    report, _ = read("#Orders\n- {@Food} and {@ food }\n@list FOOD=\n-pizza\n", DatasetKind.LANGUAGE_MARKDOWN)

    assert (report.accepted_lines, report.rejected_lines) == (4, 0)


def test_phones_are_written_in_capitals_and_comments_dropped() -> None:
    _, kept = read("@ Speech:PhoneticLexicon // phones\n- .net/d ao t n eh t // dot\n", DatasetKind.LANGUAGE_MARKDOWN)

    assert kept.text == "@ speech:phoneticlexicon\n- .net/D AO T N EH T\n"


def test_a_label_of_another_phone_set_is_answered_with_the_right_one() -> None:
    report, _ = read("@ speech:phoneticlexicon\n- go/G OW1\n- no/N O\n", DatasetKind.LANGUAGE_MARKDOWN)

    assert report.findings[0].advice == "write O"


def test_other_languages_may_use_every_label_of_the_universal_set() -> None:
    text = "@ speech:phoneticlexicon\n- rue/RA Y\n- rue2/RA-Y\n"

    report, _ = read(text, DatasetKind.LANGUAGE_MARKDOWN, locale="fr-FR")

    assert codes(report) == [(3, "unknownPhone")]


def test_repeated_references_are_no_repetition() -> None:
    report, _ = read("@ list d =\n- one\n# S\n- {@d} {@d} {@d} {@d} {@d}\n", DatasetKind.LANGUAGE_MARKDOWN)

    assert not report.findings


def test_a_section_is_renamed_rather_than_lost() -> None:
    report, kept = read("# My orders!\n- a pizza\n", DatasetKind.LANGUAGE_MARKDOWN)

    assert codes(report) == [(1, "sectionName")]
    assert kept.text == "# My_orders\n- a pizza\n"


def test_there_are_limits_to_lists_and_items() -> None:
    lists = "".join(f"@ list l{number} =\n- item\n" for number in range(MAX_LISTS + 1))
    items = "@ list long =\n" + "- item\n" * (MAX_ITEMS + 1)

    assert "tooManyLists" in read(lists, DatasetKind.LANGUAGE_MARKDOWN)[0].findings_by_code
    assert read(items, DatasetKind.LANGUAGE_MARKDOWN)[0].findings_by_code == {"tooManyItems": 1}


def test_headings_alone_teach_nothing() -> None:
    with pytest.raises(UnusableDataset, match="no usable sentence"):
        read("# Orders\n@ speech:phoneticlexicon\n", DatasetKind.LANGUAGE_MARKDOWN)
