"""Says how far the reading of a dataset has come, often enough for a lease and seldom enough to cost nothing."""

from __future__ import annotations

from collections.abc import Callable

_STEP_BYTES = 4 * 2**20
_LINE_BYTES = 500  # judging a line costs about as much as reading this
_ENTRY_BYTES = 64 * 2**10  # and so does opening a file of an archive


class Progress:
    """Bytes read of bytes to read, as a fraction that never goes back."""

    def __init__(self, report: Callable[[float], None], total_bytes: int) -> None:
        self._report = report
        self._total_bytes = max(total_bytes, 1)
        self._done_bytes = 0.0
        self._work = 0

    def read(self, count: int) -> None:
        """So many bytes of the upload are done."""
        self._done_bytes += count
        self.worked(count)

    def unpacked(self, count: int, share: float) -> None:
        """So many bytes were unpacked, each of which stands for `share` bytes of the upload."""
        self._done_bytes += count * share
        self.worked(count)

    def line(self) -> None:
        """A line was judged."""
        self.worked(_LINE_BYTES)

    def entry(self) -> None:
        """A file of an archive was opened."""
        self.worked(_ENTRY_BYTES)

    def worked(self, count: int) -> None:
        """Work worth reading so many bytes."""
        self._work += count
        if self._work >= _STEP_BYTES:
            self._work = 0
            self._report(min(self._done_bytes / self._total_bytes, 1.0))

    def finished(self) -> None:
        """Everything is done."""
        self._report(1.0)
