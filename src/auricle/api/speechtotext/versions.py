"""The versions of the API that are spoken here; where they differ, a shape or a parser asks which one it is."""

from __future__ import annotations

from enum import Enum


class Version(Enum):
    """A version as its path segment has it."""

    V3_1 = "v3.1"
    V3_2 = "v3.2"


BOTH = frozenset(Version)
ONLY_3_1 = frozenset({Version.V3_1})
ONLY_3_2 = frozenset({Version.V3_2})
