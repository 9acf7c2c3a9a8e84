"""Names as this API spells them."""

from __future__ import annotations

import re

_JOINT = re.compile(r"_([a-z0-9])")


def camel(name: str) -> str:
    """`custom_model_weight` as `customModelWeight`; what has no underscore stays."""
    return _JOINT.sub(lambda match: match[1].upper(), name)
