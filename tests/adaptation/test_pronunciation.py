"""Pronunciations: two columns, the second of them speakable."""

from __future__ import annotations

import pytest

from auricle.adaptation.kinds import DatasetKind, FileKind
from tests.adaptation.uploads import codes, read


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("CNTK c n t k", "noTab"),
        ("CNTK\tc n\tt k", "tooManyTabs"),
        ("CNTK\t\u00a0", "noTab"),
        ("3CPO\t3 c p o", "spokenForm"),
        ("A&B\ta & b", "spokenForm"),
        ("dash\t---", "spokenForm"),
        (":-)\tsmile", "noWords"),
        ("ieee\tI triple e", "duplicate"),
        ("IEEE\tI  Triple E", "duplicate"),
    ],
)
def test_a_bad_line_is_left_out(line: str, code: str) -> None:
    report, kept = read(f"IEEE\ti triple e\nieee\ti triple e\n{line}", DatasetKind.PRONUNCIATION)

    assert codes(report) == [(3, code)]
    assert kept.text == "IEEE\ti triple e\nieee\ti triple e\n"
    assert kept.kinds == {"pronunciation.txt": FileKind.PRONUNCIATION_DATA}


def test_a_word_may_have_several_pronunciations_in_any_script() -> None:
    report, kept = read("दिल्ली\tदिल् ली\nदिल्ली\tदे ली\n", DatasetKind.PRONUNCIATION, locale="hi-IN")

    assert report.accepted_lines == 2
    assert kept.text.count("\t") == 2
