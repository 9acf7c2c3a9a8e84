from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

import pytest

from auricle.blobs.local import LocalBlobs
from auricle.blobs.paths import ARTIFACTS, BlobPath
from auricle.custom.files import Files
from auricle.custom.ground import Ground
from auricle.errors import InvalidRequest, NotFound
from auricle.identity.caller import Caller
from auricle.store.conditions import Comparison, Operator
from auricle.store.records import File


def add(ground: Ground, caller: Caller, parent_id: str, *names: str, kind: str = "LanguageData") -> list[File]:
    with ground.database.write() as connection:
        return [
            Files(ground).add(
                connection,
                resource_id=caller.resource.id,
                parent_id=parent_id,
                name=name,
                kind=kind,
                blob=f"LanguageData/{parent_id}/{name}",
                size_bytes=7,
            )
            for name in names
        ]


def test_files_are_listed_by_parent_and_page(ground: Ground, caller: Caller) -> None:
    files = Files(ground)
    one, two, three = add(ground, caller, "parent", "1.txt", "2.txt", "3.txt")
    add(ground, caller, "other", "4.txt")
    page = files.list(caller, "parent", skip=1, top=1)
    assert (page.records, page.more) == ([two], True)
    assert files.list(caller, "parent").records == [one, two, three]
    assert files.list(caller, "nobody").records == []


def test_files_are_filtered(ground: Ground, caller: Caller) -> None:
    add(ground, caller, "parent", "report.json", kind="DatasetReport")
    (text,) = add(ground, caller, "parent", "text.txt")
    condition = Comparison(field="kind", operator=Operator.EQ, value="LanguageData")
    assert Files(ground).list(caller, "parent", condition=condition).records == [text]


def test_a_file_is_found_in_its_parent_and_its_resource_alone(
    ground: Ground, caller: Caller, admit: Callable[..., Caller]
) -> None:
    files, (file,) = Files(ground), add(ground, caller, "parent", "1.txt")
    assert files.get(caller, "parent", file.id) == file
    for who, parent_id in ((caller, "other"), (admit(), "parent")):
        with pytest.raises(NotFound):
            files.get(who, parent_id, file.id)
    assert files.list(admit(), "parent").records == []


def test_links_open_the_very_blobs_for_as_long_as_was_asked(ground: Ground, caller: Caller) -> None:
    files = add(ground, caller, "parent", "one order.txt", "2.txt")
    links = Files(ground).links(files, "https://speech.example", 60)
    blobs = ground.blobs
    assert isinstance(blobs, LocalBlobs)
    for file, link in zip(files, links, strict=True):
        address = urlsplit(link)
        path = BlobPath(account=caller.resource.id, container=ARTIFACTS, name=file.blob)
        assert unquote(address.path) == f"/storage/{path.account}/{path.container}/{path.name}"
        blobs.verify_link(path, address.query, now=ground.clock.now())


def test_links_without_validity_are_plain_and_endless_ones_refused(ground: Ground, caller: Caller) -> None:
    (file,) = add(ground, caller, "parent", "1.txt")
    assert "?" not in Files(ground).links([file], "https://speech.example", 0)[0]
    with pytest.raises(InvalidRequest):
        Files(ground).links([file], "https://speech.example", 7 * 24 * 3600 + 1)
