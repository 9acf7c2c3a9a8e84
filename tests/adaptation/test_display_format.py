"""Display rules: patterns are parsed, limits held, and a rule that cannot work is named with the character at fault."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.adaptation.findings import Rejected
from auricle.adaptation.itn_pattern import Group, Literal, OneOf, Replacement, Wildcard, parse_pattern
from auricle.adaptation.kinds import DatasetKind
from auricle.errors import UnusableDataset
from tests.adaptation.uploads import codes, read


@pytest.mark.parametrize(
    "pattern",
    [
        "JO:500",
        "JO:[5-7]00",
        "cat-\\d",
        "\\d\\d{to>-}\\d\\d {K>cadence}",
        "(AB|CD)-(\\d)+",
        "{write} (\\u.)+",
        "\\d[05]{ to >-}\\d[05]",
        "Space: 1999",
        "((\\d)+-)?\\a\\(x\\)",
        "50 \\+ 1 \\* \\\\ \\| \\?",
    ],
)
def test_documented_patterns_are_understood(pattern: str) -> None:
    assert parse_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("\\d+", "character 3: only a group"),
        ("a|b", "character 2: there is no group"),
        ("a)", "character 2: there is no group"),
        ("(ab", "character 1: the group is not closed"),
        ("(a|)", "empty alternative"),
        ("()", "empty alternative"),
        ("[5-7", "not closed"),
        ("[7-5]", "malformed"),
        ("[]", "empty"),
        ("{to>-", "not closed"),
        ("{>-}", "malformed"),
        ("{a>b>c}", "malformed"),
        ("a}", "nothing is open"),
        ("\\x", "escape is not known"),
        ("end\\", "escape is not known"),
        ("(a)??", "repeated twice"),
        ("((a)?)+b", "may be nothing"),
        ("(a)?", "matches nothing"),
        ("(" * 9 + "a" + ")" * 9, "nested too deeply"),
        ("a" * 501, "more than 500"),
    ],
)
def test_a_malformed_pattern_is_refused_with_its_place(pattern: str, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        parse_pattern(pattern)


def test_a_pattern_becomes_its_parts() -> None:
    assert parse_pattern("a\\d[1-35](b|\\u)*{to>-}") == (
        Literal(char="a"),
        Wildcard(kind="d"),
        OneOf(ranges=(("1", "3"), ("5", "5"))),
        Group(alternatives=((Literal(char="b"),), (Wildcard(kind="u"),)), repeat="*"),
        Replacement(spoken="to", written="-"),
    )


@given(st.text("ab\\du()[]{}|?+*>-5 ", max_size=25))
def test_any_pattern_is_parsed_or_refused(pattern: str) -> None:
    with suppress(Rejected):
        assert parse_pattern(pattern)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("#itn\n\\d+", "pattern"),
        ("#itn\ncat", "duplicate"),
        ("#rewrite\nold new", "noTab"),
        ("#rewrite\n?!\tnew", "noWords"),
        ("#rewrite\nCOVID, nineteen\tCOVID 19", "duplicate"),
        ("#profanity\nnot. nice", "punctuation"),
        ("#profanity\n***", "noWords"),
        ("#test\nonly lexical", "noTab"),
    ],
)
def test_a_bad_rule_is_left_out(line: str, code: str) -> None:
    good = "#itn\ncat\n#rewrite\ncovid nineteen\tCOVID-19\n"

    report, kept = read(good + line, DatasetKind.OUTPUT_FORMATTING)

    assert codes(report) == [(6, code)]
    assert kept.text.startswith(good)


def test_rules_need_a_section_that_is_known() -> None:
    report, _ = read("lost\n#colours\nred\n# Profanity\nfake word\n", DatasetKind.OUTPUT_FORMATTING)

    assert codes(report) == [(1, "noHeading"), (2, "unknownSection"), (3, "refusedHeading")]
    assert report.accepted_lines == 2


def test_there_are_at_most_two_hundred_patterns_and_a_thousand_rewrites() -> None:
    patterns = "#itn\n" + "".join(f"item {number}\n" for number in range(201))
    rewrites = "#rewrite\n" + "".join(f"old {number}\tnew\n" for number in range(1_001))

    report, _ = read(patterns + rewrites, DatasetKind.OUTPUT_FORMATTING)

    assert codes(report) == [(202, "tooManyRules"), (1204, "tooManyRules")]


def test_what_is_displayed_keeps_its_typography() -> None:
    _, kept = read("#rewrite\nmuellers\tMüller\u2019s \u2013 Café\n", DatasetKind.OUTPUT_FORMATTING)

    assert "Müller\u2019s \u2013 Café" in kept.text


def test_english_phrases_cannot_be_masked_in_japanese() -> None:
    report, _ = read("#profanity\nbad\nvery bad\n", DatasetKind.OUTPUT_FORMATTING, locale="ja-JP")

    assert codes(report) == [(3, "englishPhrase")]


def test_tests_alone_are_no_rules() -> None:
    with pytest.raises(UnusableDataset, match="no usable rule"):
        read("#test\none\tOne\n", DatasetKind.OUTPUT_FORMATTING)
