"""Forms with one file (`multipart/form-data`, RFC 7578), parsed while they come in: the file is never held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from auricle.errors import InvalidBody

_MAX_FIELDS = 32
_MAX_FIELD_BYTES = 64 << 10


class Form:
    """A form as far as it was read: reading `content` to its end reads it whole."""

    def __init__(self, content_type: str, body: Iterable[bytes], *, file_field: str) -> None:
        """Raises InvalidBody when the content type names no boundary."""
        self.fields: dict[str, str] = {}
        self.has_file = False
        self.file_name = ""
        self._body = body
        self._file_field = file_field
        self._header_name = b""
        self._header_value = b""
        self._name: str | None = None  # of the part that is being read
        self._value = bytearray()
        self._pieces: list[bytes] = []
        self._parts = 0
        self._ended = False
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise InvalidBody("Expected a boundary in the content type of the form, got none.")
        self._parser = self._made(boundary)

    def content(self) -> Iterator[bytes]:
        """The content of the file, piece by piece. Raises InvalidBody when the form is malformed or not whole."""
        try:
            for chunk in self._body:
                self._parser.write(chunk)
                if self._pieces:
                    yield b"".join(self._pieces)
                    self._pieces.clear()
                if self._ended:  # what follows means nothing, and need not end
                    return
        except FormParserError as error:
            raise InvalidBody(f"The form cannot be read: {error}.") from error
        if not self._ended:
            raise InvalidBody("The form ends before its closing boundary.")

    def _made(self, boundary: bytes) -> MultipartParser:
        try:
            return MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._read_header_name,
                    "on_header_value": self._read_header_value,
                    "on_header_end": self._end_header,
                    "on_part_data": self._read_data,
                    "on_part_end": self._end,
                    "on_end": self._finish,
                },
            )
        except FormParserError as error:
            raise InvalidBody(f"The form cannot be read: {error}.") from error

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > _MAX_FIELDS:
            raise InvalidBody(f"The form has more than {_MAX_FIELDS} fields.")
        self._name = None
        self._value.clear()

    def _read_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _read_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            options = parse_options_header(self._header_value)[1]
            self._name = options.get(b"name", b"").decode(errors="replace")
            if self._name == self._file_field:
                if self.has_file:
                    raise InvalidBody(f"Expected one field {self._file_field} in the form, got two.")
                self.has_file = True
                self.file_name = options.get(b"filename", b"").decode(errors="replace")
        self._header_name = self._header_value = b""

    def _read_data(self, data: bytes, start: int, end: int) -> None:
        if self._name == self._file_field:
            self._pieces.append(data[start:end])
            return
        self._value += data[start:end]
        if len(self._value) > _MAX_FIELD_BYTES:
            raise InvalidBody(f"A field of the form has more than {_MAX_FIELD_BYTES} bytes.")

    def _end(self) -> None:
        if not self._name:
            raise InvalidBody("A part of the form has no name.")
        if self._name == self._file_field:
            return
        text = self._value.decode(errors="replace")
        if "\0" in text:
            raise InvalidBody("A field of the form contains the character U+0000.")
        self.fields[self._name] = text

    def _finish(self) -> None:
        self._ended = True
