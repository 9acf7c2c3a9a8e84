"""Recordings and their transcript belong together; what cannot be heard or found is named, the rest is kept."""

from __future__ import annotations

import pytest

from auricle.adaptation.kinds import DatasetKind, FileKind
from auricle.adaptation.limits import Limits
from auricle.errors import UnusableDataset
from tests.adaptation.uploads import codes, read, recording, zipped
from tests.audio.made_audio import fmt, wave

GOOD_LINE = "a.wav\thello there\n"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("c.wav\tnobody said this", "unknownFile"),
        ("b.wav hello", "noTab"),
        ("b.wav\thello\tagain", "tooManyTabs"),
        ("b.wav\t...", "noWords"),
        ("b.wav\t\u00a0", "noTab"),
        ("A.WAV\tonce more", "duplicateName"),
        ("b.wav\tsee www.example.org", "address"),
        ("b.wav\tno no no no", "repetition"),
    ],
)
def test_a_bad_line_is_left_out(line: str, code: str) -> None:
    data = zipped({"a.wav": recording(), "b.wav": recording(), "trans.txt": GOOD_LINE + line})

    report, kept = read(data, DatasetKind.ACOUSTIC)

    assert (2, code) in codes(report)
    assert (report.accepted_lines, report.rejected_lines) == (1, 1)
    assert kept.text == GOOD_LINE
    assert report.duration_s == 1.0


def test_a_recording_without_a_line_is_named_and_counts_no_line() -> None:
    report, _ = read(zipped({"a.wav": recording(), "b.wav": recording(), "trans.txt": GOOD_LINE}), DatasetKind.ACOUSTIC)

    assert [(finding.file, finding.code) for finding in report.findings] == [("b.wav", "noTranscriptLine")]
    assert (report.accepted_lines, report.rejected_lines) == (1, 0)


def test_folders_capitals_and_what_systems_leave_behind_do_no_harm() -> None:
    data = zipped(
        {
            "set/A.WAV": recording(),
            "set/Trans.TXT": "\ufeffa.wav\tHello\r\n\r\n",
            "__MACOSX/set/._A.WAV": b"x",
            "set/.DS_Store": b"x",
            "set/Thumbs.db": b"x",
        }
    )

    report, kept = read(data, DatasetKind.ACOUSTIC)

    assert not report.findings
    assert kept.text == "set/A.WAV\tHello\n"
    assert [file.kind for file in report.files] == [
        FileKind.ACOUSTIC_DATA_TRANSCRIPTION,
        FileKind.ACOUSTIC_DATA_ARCHIVE,
    ]


def test_a_line_may_name_its_file_with_a_folder_or_without_suffix() -> None:
    data = zipped({"a.wav": recording(), "b.wav": recording(), "t.tsv": "audio\\a.wav\thello\nb\tthere\n"})

    assert read(data, DatasetKind.ACOUSTIC)[1].text == "a.wav\thello\nb.wav\tthere\n"


@pytest.mark.parametrize(
    ("audio", "code"),
    [
        (b"", "audioFormat"),
        (b"ID3 not a wave file", "audioFormat"),
        (recording(0), "noAudio"),
        (recording()[:-100], "cutOff"),
        (recording(5), "tooLong"),
        (recording(rate_hz=4_000), "audioFormat"),
        (wave(bytes(512), fmt(2, 1, 16_000, 4, 256)), "audioFormat"),
        (wave(bytes(512), fmt(0x55)), "audioFormat"),
    ],
)
def test_a_recording_that_cannot_be_heard_is_left_out_with_its_line(audio: bytes, code: str) -> None:
    files = {"a.wav": recording(), "b.wav": audio}
    limits = Limits(audio_duration_s=4)

    alone, _ = read(zipped(files), DatasetKind.AUDIO_FILES, limits=limits)
    with_lines, _ = read(zipped({**files, "t.txt": GOOD_LINE + "b.wav\thello"}), DatasetKind.ACOUSTIC, limits=limits)

    assert (alone.accepted_lines, alone.rejected_lines, alone.duration_s) == (1, 1, 1.0)
    assert [(finding.file, finding.code) for finding in alone.findings] == [("b.wav", code)]
    assert codes(with_lines) == [(2, code)]


@pytest.mark.parametrize(
    ("audio", "what"),
    [
        (recording(rate_hz=44_100), "44100 Hz"),
        (recording(channels=2), "2 channels"),
        (recording(bits=24), "24-bit PCM"),
        (recording(bits=8, tag=7), "mu-law"),
    ],
)
def test_what_we_can_convert_is_kept_with_a_warning(audio: bytes, what: str) -> None:
    report, _ = read(zipped({"a.wav": audio}), DatasetKind.AUDIO_FILES)

    assert (report.accepted_lines, report.warnings) == (1, 1)
    assert what in report.findings[0].reason
    assert report.duration_s == pytest.approx(1.0)


def test_long_recordings_are_kept_for_their_text() -> None:
    report, _ = read(zipped({"a.wav": recording(41), "t.txt": GOOD_LINE}), DatasetKind.ACOUSTIC)

    assert codes(report) == [(1, "tooLongForTraining")]
    assert report.accepted_lines == 1


def test_other_files_are_named() -> None:
    data = zipped({"a.wav": recording(), "b.mp3": b"x", "inner.zip": b"x", "trans.txt": GOOD_LINE, "readme.txt": "hi"})

    report, _ = read(data, DatasetKind.ACOUSTIC)

    assert {(finding.file, finding.code) for finding in report.findings} == {
        ("b.mp3", "audioFormat"),
        ("inner.zip", "ignoredFile"),
        ("readme.txt", "ignoredFile"),
    }


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"a.wav": recording()}, "noTranscript"),
        ({"a.wav": recording(), "one.txt": "", "two.tsv": ""}, "severalTranscripts"),
        ({"a.wav": recording(), "t.txt": ""}, "emptyFile"),
        ({"a.wav": recording(), "t.txt": "c.wav\thello"}, "nothingUsable"),
        ({"trans.txt": GOOD_LINE}, "nothingUsable"),
    ],
)
def test_an_archive_without_usable_pairs_is_refused(files: dict[str, bytes | str], code: str) -> None:
    with pytest.raises(UnusableDataset) as raised:
        read(zipped(files), DatasetKind.ACOUSTIC)

    assert raised.value.finding_code == code
    assert raised.value.report
