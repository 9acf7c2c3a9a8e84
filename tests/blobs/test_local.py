from __future__ import annotations

import errno
import io
import os
import stat
import tempfile
import threading
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.blobs.local import LocalBlobs
from auricle.blobs.paths import ARTIFACTS, LOGS, BlobPath
from auricle.clock import ManualClock, SystemClock
from auricle.errors import InvalidLinkValidity, InvalidRequest, LinkRefused, NotFound, StorageFull
from tests.blobs.conftest import KEY

NAMES = st.lists(
    st.lists(st.text("ab.-é#%? ", min_size=1, max_size=4), min_size=1, max_size=3).map("/".join),
    max_size=8,
    unique=True,
)


def at(name: str, container: str = ARTIFACTS) -> BlobPath:
    return BlobPath(account="default", container=container, name=name)


def content(blobs: LocalBlobs, path: BlobPath) -> bytes:
    return b"".join(blobs.read(path))


def names(blobs: LocalBlobs, prefix: str = "") -> list[str]:
    return [info.path.name for info in blobs.list("default", ARTIFACTS, prefix)]


def partial_files(folder: Path) -> list[str]:
    return [item.name for item in (folder / "blobs" / ".partial").iterdir()]


def test_what_is_put_is_read_whole_in_part_and_by_seeking(blobs: LocalBlobs) -> None:
    info = blobs.put(at("a/b.txt"), [b"hello ", b"world"])

    assert (info.size_bytes, info.path) == (11, at("a/b.txt"))
    assert blobs.info(at("a/b.txt")) == info
    assert content(blobs, at("a/b.txt")) == b"hello world"
    assert b"".join(blobs.read(at("a/b.txt"), start=6, length=3)) == b"wor"
    assert b"".join(blobs.read(at("a/b.txt"), start=99)) == b""
    with blobs.open(at("a/b.txt")) as file:
        file.seek(-5, io.SEEK_END)
        assert file.read() == b"world"


def test_files_and_folders_are_for_their_owner_alone(blobs: LocalBlobs, tmp_path: Path) -> None:
    blobs.put(at("a/b"), [b"x"])

    made = [tmp_path / "blobs", *(tmp_path / "blobs").rglob("*")]
    assert {stat.S_IMODE(item.stat().st_mode) for item in made if item.is_dir()} == {0o700}
    assert {stat.S_IMODE(item.stat().st_mode) for item in made if item.is_file()} == {0o600}


def test_what_is_missing_is_said_to_be_at_the_call(blobs: LocalBlobs) -> None:
    blobs.put(at("folder/file"), [b"x"])

    for missing in (at("nothing"), at("folder"), at("folder/file/more"), at("file", container=LOGS)):
        for ask in (blobs.info, blobs.open, blobs.read):
            with pytest.raises(NotFound):
                ask(missing)
    with pytest.raises(InvalidRequest):
        blobs.read(at("folder/file"), start=-1)


def test_a_put_that_breaks_off_leaves_what_was_there(blobs: LocalBlobs, tmp_path: Path) -> None:
    blobs.put(at("a"), [b"before"])

    def broken() -> Iterator[bytes]:
        yield b"x" * 1_000_000
        raise ConnectionError

    with pytest.raises(ConnectionError):
        blobs.put(at("a"), broken())
    assert content(blobs, at("a")) == b"before"
    assert partial_files(tmp_path) == []


def test_a_writer_stores_at_the_end_and_not_before(blobs: LocalBlobs, tmp_path: Path) -> None:
    with blobs.writer(at("a")) as writer:
        assert writer.write(b"one ") == 4
        assert names(blobs) == []
        writer.write(b"two")
    assert content(blobs, at("a")) == b"one two"

    with pytest.raises(RuntimeError), blobs.writer(at("b")) as writer:
        raise RuntimeError
    assert names(blobs) == ["a"]
    assert partial_files(tmp_path) == []


def test_a_reader_keeps_what_it_opened_while_another_is_put_in_its_place(blobs: LocalBlobs) -> None:
    blobs.put(at("a"), [b"old"])
    with blobs.open(at("a")) as file:
        blobs.put(at("a"), [b"newer"])
        assert file.read() == b"old"
    assert content(blobs, at("a")) == b"newer"


def test_a_blob_cannot_be_a_folder_of_another(blobs: LocalBlobs, tmp_path: Path) -> None:
    blobs.put(at("a/b"), [b"x"])

    for clash in ("a", "a/b/c"):
        with pytest.raises(InvalidRequest):
            blobs.put(at(clash), [b"y"])
    assert names(blobs) == ["a/b"]
    assert partial_files(tmp_path) == []


def test_a_deleted_blob_is_gone_with_its_empty_folders_and_may_be_deleted_again(
    blobs: LocalBlobs, tmp_path: Path
) -> None:
    blobs.put(at("a/b/c"), [b"x"])
    blobs.put(at("a/d"), [b"x"])

    for path in (at("a/b/c"), at("a/b/c"), at("a"), at("a/d/e"), at("z", container=LOGS)):
        blobs.delete(path)

    assert names(blobs) == ["a/d"]
    assert not (tmp_path / "blobs" / "default" / ARTIFACTS / "a" / "b").exists()


def test_a_prefix_deletes_and_lists_what_begins_with_it_and_no_more(blobs: LocalBlobs) -> None:
    for name in ("set/1", "set/2/x", "set2", "sex", "other/set"):
        blobs.put(at(name), [b"x"])

    assert names(blobs, "se") == ["set/1", "set/2/x", "set2", "sex"]
    assert names(blobs, "set/2") == ["set/2/x"]
    assert names(blobs, "none/") == []
    assert blobs.delete_prefix("default", ARTIFACTS, "set/") == 2
    assert names(blobs) == ["other/set", "set2", "sex"]


@given(NAMES)
def test_a_list_is_in_the_order_of_names_and_holds_every_blob(chosen: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        blobs = LocalBlobs(Path(folder), KEY)
        stored = set()
        for name in chosen:
            try:
                blobs.put(at(name), [name.encode()])
            except InvalidRequest:
                continue
            stored.add(name)

        assert names(blobs) == sorted(stored)
        assert all(content(blobs, at(name)) == name.encode() for name in stored)


def test_a_copy_is_a_blob_of_its_own(blobs: LocalBlobs) -> None:
    blobs.put(at("a"), [b"x"])

    blobs.copy(at("a"), at("a"))
    blobs.copy(at("a"), at("b", container=LOGS))
    blobs.delete(at("a"))

    assert content(blobs, at("b", container=LOGS)) == b"x"


def test_no_symbolic_link_leads_out_of_the_folder(blobs: LocalBlobs, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    blobs.put(at("own"), [b"x"])
    inside = tmp_path / "blobs" / "default" / ARTIFACTS
    (inside / "way").symlink_to(outside)
    (inside / "file").symlink_to(outside / "secret")
    (tmp_path / "blobs" / "other").symlink_to(outside)

    for path in (at("way/secret"), at("file"), BlobPath(account="other", container="c", name="secret")):
        with pytest.raises(NotFound):
            blobs.open(path)
        blobs.delete(path)
    with pytest.raises(InvalidRequest):
        blobs.put(at("way/new"), [b"x"])
    blobs.put(at("file"), [b"mine"])
    assert names(blobs) == ["file", "own"]
    assert [(item.name, item.read_text()) for item in outside.iterdir()] == [("secret", "secret")]


def test_neither_pipes_nor_names_that_no_blob_may_have_come_out_of_a_list(blobs: LocalBlobs, tmp_path: Path) -> None:
    blobs.put(at("own"), [b"x"])
    inside = tmp_path / "blobs" / "default" / ARTIFACTS
    os.mkfifo(inside / "pipe")
    (inside / "bad\nname").touch()

    assert names(blobs) == ["own"]
    with pytest.raises(NotFound):
        blobs.open(at("pipe"))


def test_a_full_disk_is_said_to_be_full(blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull):
        blobs.put(at("a"), [b"x"])
    assert names(blobs) == []
    assert partial_files(tmp_path) == []


def test_what_a_dead_writer_left_is_removed_and_a_living_one_is_left_alone(blobs: LocalBlobs, tmp_path: Path) -> None:
    now = SystemClock().now()
    left = tmp_path / "blobs" / ".partial" / "left"
    left.touch()
    os.utime(left, times=((now - timedelta(days=2)).timestamp(),) * 2)

    with blobs.writer(at("a")) as writer:
        writer.write(b"x")
        assert blobs.discard_abandoned(now) == 1
    assert names(blobs) == ["a"]


def test_putting_and_deleting_neighbours_at_once_loses_nothing(blobs: LocalBlobs) -> None:
    failures: list[Exception] = []

    def churn(worker: int) -> None:
        try:
            for turn in range(30):
                path = at(f"shared/deep/{worker}-{turn}")
                blobs.put(path, [b"x"])
                assert content(blobs, path) == b"x"
                blobs.delete(path)
        except Exception as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    threads = [threading.Thread(target=churn, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert names(blobs) == []


def test_a_large_blob_passes_through_little_memory(blobs: LocalBlobs) -> None:
    chunk = bytes(1 << 20)
    tracemalloc.start()
    blobs.put(at("large"), (chunk for _ in range(32)))
    size = sum(len(part) for part in blobs.read(at("large")))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size == 32 << 20
    assert peak_bytes < 8 << 20


def test_nothing_stays_open_behind_an_operation(blobs: LocalBlobs, tmp_path: Path) -> None:
    blobs.put(at("a/b"), [b"x"])
    before = len(list(Path("/proc/self/fd").iterdir()))

    blobs.put(at("a/c"), [b"x"])
    content(blobs, at("a/c"))
    next(blobs.read(at("a/c")))
    next(blobs.list("default", ARTIFACTS))
    for failing in (lambda: blobs.open(at("a")), lambda: blobs.put(at("a"), [b"x"])):
        with pytest.raises((NotFound, InvalidRequest)):
            failing()

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_links_are_signed_addresses_of_this_server_that_it_verifies(blobs: LocalBlobs) -> None:
    now = ManualClock().now()
    path = at("a b/é#1?.wav")

    [link] = blobs.link([path], base_url="https://speech.example/", valid_s=None, now=now)
    [plain] = blobs.link([path], base_url="https://speech.example", valid_s=0, now=now)

    parts = urlsplit(link)
    assert plain == f"https://speech.example/storage/default/{ARTIFACTS}/a%20b/%C3%A9%231%3F.wav"
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == plain
    assert unquote(parts.path) == f"/storage/default/{ARTIFACTS}/{path.name}"
    blobs.verify_link(path, parts.query, now=now + timedelta(hours=11))
    with pytest.raises(LinkRefused):
        blobs.verify_link(path, parts.query, now=now + timedelta(hours=12))
    with pytest.raises(InvalidLinkValidity):
        blobs.link([path], base_url="https://speech.example", valid_s=604_801, now=now)
