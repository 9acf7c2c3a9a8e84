"""The media type of a blob by the extension of its name.

Short and fixed: nothing a browser would run, and nothing that depends on the machine's own table.
"""

from __future__ import annotations

_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".flac": "audio/flac",
    ".gz": "application/gzip",
    ".json": "application/json; charset=utf-8",
    ".jsonl": "application/x-ndjson; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".mp3": "audio/mpeg",
    ".mp4": "audio/mp4",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".tsv": "text/tab-separated-values; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".wav": "audio/wav",
    ".webm": "audio/webm",
    ".zip": "application/zip",
}


def content_type_of(name: str) -> str:
    """The media type to serve the blob `name` with; bytes of no declared kind when the extension is unknown."""
    _, dot, extension = name.rpartition("/")[2].rpartition(".")
    return _TYPES.get(dot + extension.lower(), "application/octet-stream")
