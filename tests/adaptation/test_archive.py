"""An archive that could harm or mislead is refused as a whole, with the reason, before it is unpacked."""

from __future__ import annotations

import io
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.adaptation.archive import open_archive
from auricle.adaptation.kinds import DatasetKind
from auricle.adaptation.limits import MIB, Limits
from auricle.errors import UnusableDataset
from tests.adaptation.uploads import read, recording, zipped

GOOD: dict[str, bytes | str] = {"a.wav": recording(0.01), "trans.txt": "a.wav\thello there\n"}


def refusal(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(UnusableDataset) as raised:
        open_archive(io.BytesIO(data), "upload.zip", limits or Limits())
    return raised.value.finding_code


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("../a.wav", "unsafePath"),
        ("folder/../../a.wav", "unsafePath"),
        ("/etc/a.wav", "unsafePath"),
        ("C:\\a.wav", "unsafePath"),
        ("..\\a.wav", "unsafePath"),
        ("a\tb.wav", "unsafePath"),
        ("a" * 252 + ".wav", "unsafePath"),
    ],
)
def test_a_path_that_leaves_the_archive_is_refused(path: str, code: str) -> None:
    assert refusal(zipped({path: b"x"})) == code


def test_a_name_cut_at_a_zero_byte_is_refused() -> None:
    data = zipped({"a.wavX.exe": b"x"}).replace(b"a.wavX.exe", b"a.wav\0.exe")

    assert refusal(data) == "unsafePath"


def test_an_entry_without_a_name_is_refused() -> None:
    data = zipped({"a.wav": b"x"}).replace(b"a.wav", b"\0.wav")

    assert refusal(data) == "unsafePath"


def test_links_are_refused() -> None:
    info = zipfile.ZipInfo("a.wav")
    info.external_attr = 0o120777 << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, "/etc/passwd")

    assert refusal(file.getvalue()) == "notAFile"


def test_names_that_differ_in_folder_case_or_accents_alone_are_refused() -> None:
    assert refusal(zipped({"one/a.wav": b"x", "two/A.WAV": b"x"})) == "duplicateName"
    assert refusal(zipped({"caf\u00e9.wav": b"x", "cafe\u0301.wav": b"x"})) == "duplicateName"


def test_encrypted_entries_are_refused() -> None:
    data = bytearray(zipped({"a.wav": b"x"}))
    data[data.rfind(b"PK\x01\x02") + 8] |= 1

    assert refusal(bytes(data)) == "encrypted"


def test_unusual_compression_is_refused() -> None:
    assert refusal(zipped({"a.wav": b"x"}, zipfile.ZIP_BZIP2)) == "compressionMethod"


def test_bombs_are_refused_by_ratio_and_by_size() -> None:
    assert refusal(zipped({"a.wav": bytes(80 * MIB)})) == "archiveBomb"
    assert refusal(zipped({"a.wav": bytes(2_000)}), Limits(unpacked_bytes=1_000)) == "archiveBomb"


def test_a_size_that_lies_about_a_bomb_ends_the_reading_there() -> None:
    data = bytearray(zipped({"a.wav": recording(0.01) + bytes(MIB), "b.wav": recording(0.01)}))
    struct.pack_into("<L", data, data.find(b"PK\x01\x02") + 24, 400)

    report, _ = read(bytes(data), DatasetKind.AUDIO_FILES)

    assert (report.accepted_lines, report.findings_by_code) == (1, {"damaged": 1})


def test_overlapping_entries_are_refused() -> None:
    data = bytearray(zipped({"a.wav": b"x" * 50, "b.wav": b"y" * 50}, zipfile.ZIP_STORED))
    second = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, second + 42, 20)

    assert refusal(bytes(data)) == "overlappingEntries"


def test_more_files_than_allowed_are_refused_without_reading_the_table() -> None:
    data = zipped({f"{number}.wav": b"" for number in range(11)})

    assert refusal(data, Limits(archive_entries=10)) == "tooManyFiles"


def test_a_count_in_the_long_form_is_believed_too() -> None:
    data = bytearray(zipped({"a.wav": b"x"}))
    end = data.rfind(b"PK\x05\x06")
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 10**9, 10**9, 10**12, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    struct.pack_into("<2HL", data, end + 8, 0xFFFF, 0xFFFF, 0xFFFFFFFF)

    assert refusal(bytes(data[:end]) + record + locator + bytes(data[end:])) == "tooManyFiles"


@pytest.mark.parametrize("data", [b"not a zip", zipped(GOOD)[:-30], b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    assert refusal(data) in {"notAZip", "tooManyFiles"}


def test_a_wrong_checksum_costs_only_its_file() -> None:
    body = recording(0.01)[:-1] + b"\x01"
    data = zipped({"a.wav": body, "b.wav": recording(0.01)}, zipfile.ZIP_STORED).replace(body, body[:-1] + b"\x02")

    report, _ = read(data, DatasetKind.AUDIO_FILES)

    assert (report.accepted_lines, report.rejected_lines) == (1, 1)
    assert report.findings[0].code == "damaged"


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 250), st.integers(0, 255)), max_size=6),  # mostly in the table of contents
    st.sampled_from([0, 0, 0, 1, 30, 200]),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.sampled_from([DatasetKind.ACOUSTIC, DatasetKind.AUDIO_FILES]),
)
def test_a_broken_archive_is_judged_or_refused(
    changes: list[tuple[int, int]], lost: int, method: int, kind: DatasetKind
) -> None:
    data = bytearray(zipped(GOOD, method))
    for place, value in changes:
        data[-1 - place % len(data)] = value
    with suppress(UnusableDataset):
        read(bytes(data[: len(data) - lost]), kind)


@pytest.mark.parametrize("field", [12, 16], ids=["the table of contents", "an entry"])
def test_what_lies_before_the_beginning_of_the_file_is_refused(tmp_path: Path, field: int) -> None:
    data = bytearray(zipped({"a.wav": b"x"}))
    place = data.rindex(b"PK\x05\x06") + field  # of the table's size, or of its offset
    struct.pack_into("<L", data, place, struct.unpack_from("<L", data, place)[0] + 2 * len(data))
    (tmp_path / "upload.zip").write_bytes(data)

    with (tmp_path / "upload.zip").open("rb") as file, pytest.raises(UnusableDataset):
        open_archive(file, "upload.zip", Limits())
