"""Plain text: what can be learned from is kept, what would teach nonsense is left out with the reason."""

from __future__ import annotations

import pytest

from auricle.adaptation.encoding import MAX_LINE_CHARS
from auricle.adaptation.kinds import DatasetKind
from auricle.adaptation.wording import repeated_group
from auricle.errors import UnusableDataset
from tests.adaptation.uploads import codes, read


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("--- !!!", "noWords"),
        ("go to www.example.org now", "address"),
        ("mailto:someone", "address"),
        ("ftp://files", "address"),
        ("aaaah that hurts", "repetition"),
        ("Yeah, yeah yeah. YEAH!", "repetition"),
        ("that's it that's it that's it that's it", "repetition"),
        ("a bell \x07 rings", "controlCharacter"),
        ("reversed \u202e text", "controlCharacter"),
        ("broken \ufffd byte", "invalidEncoding"),
        ("word " * (MAX_LINE_CHARS // 5 + 1), "lineTooLong"),
    ],
)
def test_a_bad_line_is_left_out_and_the_next_one_kept(line: str, code: str) -> None:
    report, kept = read(f"before\n{line}\nafter", DatasetKind.LANGUAGE)

    assert codes(report) == [(2, code)]
    assert (report.accepted_lines, report.rejected_lines) == (2, 1)
    assert kept.text == "before\nafter\n"


@pytest.mark.parametrize(
    "line",
    ["yeah yeah yeah", "it costs 10000 dollars", "wait ... what", "what is C++?", "item 1000000", "da da da dum"],
)
def test_an_ordinary_line_is_kept_as_it_is(line: str) -> None:
    report, kept = read(line, DatasetKind.LANGUAGE)

    assert kept.text == f"{line}\n"
    assert not report.findings


def test_typography_is_made_plain_unless_told_otherwise() -> None:
    written = "\u201cJohn\u2019s\u201d day\u2014fine \uff21\uff11"

    assert read(written, DatasetKind.LANGUAGE)[1].text == '"John\'s" day--fine A1\n'
    assert read(written, DatasetKind.LANGUAGE, normalise=False)[1].text == f"{written}\n"


def test_line_ends_of_every_system_and_blank_lines_are_read() -> None:
    report, kept = read("one\r\ntwo\rthree\n\n  \n\ufefffour\n\n", DatasetKind.LANGUAGE)

    assert kept.text == "one\ntwo\nthree\nfour\n"
    assert report.accepted_lines == 4


def test_a_broken_byte_costs_only_its_line_where_the_encoding_is_declared() -> None:
    report, kept = read(b"\xef\xbb\xbfgut\nk\xf6nnen\n", DatasetKind.LANGUAGE, locale="de-DE")

    assert kept.text == "gut\n"
    assert codes(report) == [(2, "invalidEncoding")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("können".encode("cp1252"), "wrongEncoding"),
        ("einige Worte".encode("utf-16-le"), "wrongEncoding"),
        (b"PK\x03\x04 something", "notText"),
        (b"RIFF1234WAVE", "notText"),
        (b"\xef\xbb\xbf\r\n\r\n", "nothingUsable"),
    ],
)
def test_a_file_that_is_no_text_for_certain_is_refused_as_a_whole(data: bytes, code: str) -> None:
    with pytest.raises(UnusableDataset) as raised:
        read(data, DatasetKind.LANGUAGE, locale="de-DE")

    assert raised.value.finding_code == code


def test_repeated_groups_are_found_wherever_they_begin() -> None:
    assert repeated_group("well no way no way no way no way then") == "no way"
    assert repeated_group("no way no way no way then no way") is None
