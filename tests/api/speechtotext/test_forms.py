from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.api.speechtotext.forms import Form
from auricle.errors import InvalidBody

TYPE = "multipart/form-data; boundary=frontier"


def part(name: str, value: bytes, extra: str = "") -> bytes:
    return f'--frontier\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode() + value + b"\r\n"


def whole(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--frontier--\r\n"


def pieces(body: bytes, size: int) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


@given(content=st.binary(max_size=500), size=st.integers(min_value=1, max_value=200))
def test_a_file_comes_out_as_it_went_in_however_it_is_cut(content: bytes, size: int) -> None:
    body = whole(part("kind", b"Language"), part("data", content, '; filename="a.txt"'), part("locale", b"en-US"))
    form = Form(TYPE, pieces(body, size), file_field="data")

    assert b"".join(form.content()) == content
    assert form.fields == {"kind": "Language", "locale": "en-US"}
    assert (form.has_file, form.file_name) == (True, "a.txt")


def test_the_fields_before_the_file_are_known_when_it_begins() -> None:
    body = whole(part("kind", b"Language"), part("data", b"x" * 100))
    form = Form(TYPE, pieces(body, 40), file_field="data")

    next(form.content())

    assert form.fields == {"kind": "Language"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        part("data", b"x"),
        whole(part("kind", b"x" * 70_000)),
        whole(part("kind", b"\0")),
        whole(*[part(str(number), b"") for number in range(40)]),
        b"--frontier\r\nContent-Type: text/plain\r\n\r\nx\r\n--frontier--\r\n",
    ],
)
def test_a_form_that_cannot_be_used_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidBody):
        list(Form(TYPE, iter([body]), file_field="data").content())


@pytest.mark.parametrize("content_type", ["multipart/form-data", f"multipart/form-data; boundary={'x' * 1000}"])
def test_a_form_without_a_usable_boundary_is_refused(content_type: str) -> None:
    with pytest.raises(InvalidBody):
        Form(content_type, iter([]), file_field="data")


def test_a_second_file_is_refused() -> None:
    body = whole(part("data", b"one", '; filename="a.txt"'), part("data", b"two", '; filename="b.txt"'))

    with pytest.raises(InvalidBody, match="got two"):
        list(Form(TYPE, [body], file_field="data").content())


def test_what_follows_the_end_of_a_form_is_not_waited_for() -> None:
    def body() -> Iterator[bytes]:
        yield whole(part("data", b"one"))
        raise AssertionError("read beyond the end")

    assert b"".join(Form(TYPE, body(), file_field="data").content()) == b"one"
