from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.blobs.paths import ARTIFACTS, BlobPath
from auricle.blobs.signing import LinkSigner, validity_s
from auricle.clock import ManualClock
from auricle.errors import InvalidLinkValidity, LinkRefused

SIGNER = LinkSigner(b"k" * 32)
NOW = ManualClock().now()
PATH = BlobPath(account="default", container=ARTIFACTS, name="a/report.json")


def test_a_link_is_good_until_it_expires_and_not_a_moment_longer() -> None:
    query = SIGNER.sign(PATH, valid_s=60, now=NOW)

    SIGNER.verify(PATH, query, now=NOW + timedelta(seconds=59))
    SIGNER.verify(PATH, query, now=NOW - timedelta(minutes=14))
    with pytest.raises(LinkRefused, match="expired"):
        SIGNER.verify(PATH, query, now=NOW + timedelta(seconds=60))
    with pytest.raises(LinkRefused, match="not valid yet"):
        SIGNER.verify(PATH, query, now=NOW - timedelta(minutes=16))


def test_a_link_opens_no_other_blob_and_no_other_servers_blob() -> None:
    query = SIGNER.sign(PATH, valid_s=60, now=NOW)

    for other in (
        BlobPath(account="other", container=ARTIFACTS, name=PATH.name),
        BlobPath(account="default", container="customspeech-models", name=PATH.name),
        BlobPath(account="default", container=ARTIFACTS, name="a/report.jsonx"),
    ):
        with pytest.raises(LinkRefused):
            SIGNER.verify(other, query, now=NOW)
    with pytest.raises(LinkRefused):
        LinkSigner(b"o" * 32).verify(PATH, query, now=NOW)


@pytest.mark.parametrize("name", ["sv", "st", "se", "sr", "sp", "sig"])
def test_no_part_of_a_link_may_be_changed_left_out_or_repeated(name: str) -> None:
    fields = parse_qs(SIGNER.sign(PATH, valid_s=60, now=NOW))
    changed = {**fields, name: ["2027-01-01T00:00:00Z"]}
    left_out = {key: value for key, value in fields.items() if key != name}
    repeated = {**fields, name: fields[name] * 2}

    for forged in (changed, left_out, repeated):
        with pytest.raises(LinkRefused):
            SIGNER.verify(PATH, urlencode(forged, doseq=True), now=NOW)


@given(st.text(max_size=80))
def test_noise_is_refused_and_never_crashes(noise: str) -> None:
    query = SIGNER.sign(PATH, valid_s=60, now=NOW)
    signature = query[query.index("&sig=") + 5 :]

    for forged in (noise, query.replace(signature, quote(noise)), "&".join([noise] * 100)):
        if noise != signature:
            with pytest.raises(LinkRefused):
                SIGNER.verify(PATH, forged, now=NOW)


def test_a_parameter_that_is_not_ours_does_not_spoil_a_link() -> None:
    SIGNER.verify(PATH, SIGNER.sign(PATH, valid_s=60, now=NOW) + "&_=123", now=NOW)


def test_a_link_is_valid_for_twelve_hours_unless_asked_and_for_a_week_at_most() -> None:
    assert [validity_s(asked) for asked in (None, 0, 5, 604_800)] == [43_200, 0, 5, 604_800]
    for asked in (-1, 604_801):
        with pytest.raises(InvalidLinkValidity):
            validity_s(asked)


def test_a_key_that_is_too_short_to_protect_anything_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        LinkSigner(b"short")
