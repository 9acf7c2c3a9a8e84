"""Reads the weights out of a CTranslate2 model file (`model.bin`, binary version 6), the form Whisper's come in."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from auricle.engine.weights import Weights
from auricle.errors import ModelUnavailable

_DTYPES: dict[int, type[np.generic]] = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
_VERSION = 6
_LONGEST_NAME = 1000
_MOST_VARIABLES = 100_000


def read_weights(paths: list[Path]) -> Weights:
    """The float32 variables of a model by CTranslate2 name; a file split for upload is given as its parts, in order.

    Raises ModelUnavailable when the file is cut short or of another kind.
    """
    named = ", ".join(str(path) for path in paths)
    try:
        return _variables(_Reader(b"".join(path.read_bytes() for path in paths)))
    except (struct.error, ValueError, KeyError) as error:
        raise ModelUnavailable(f"{named}: not a whole CTranslate2 model: {error}") from error


class _Reader:
    """A cursor over the file's bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def unpack(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self._data, self._at)
        self._at += struct.calcsize("<" + layout)
        return values

    def name(self) -> str:
        (length,) = self.unpack("H")
        if not 0 < length <= _LONGEST_NAME:
            raise ValueError(f"a name of {length} bytes")
        (raw,) = struct.unpack_from(f"<{length}s", self._data, self._at)
        self._at += length
        return str(raw[:-1].decode())

    def array(self, dtype: type[np.generic], size: int, shape: tuple[int, ...]) -> NDArray[np.generic]:
        if self._at + size > len(self._data):
            raise ValueError("the file ends within a variable")
        array = np.frombuffer(self._data, dtype, size // np.dtype(dtype).itemsize, self._at).reshape(shape)
        self._at += size
        return array


def _variables(reader: _Reader) -> Weights:
    (version,) = reader.unpack("I")
    if version != _VERSION:
        raise ValueError(f"binary version {version}, expected {_VERSION}")
    reader.name()  # the specification's name
    _, count = reader.unpack("II")  # its revision, how many variables
    if count > _MOST_VARIABLES:
        raise ValueError(f"{count} variables")
    arrays: dict[str, NDArray[np.generic]] = {}
    for _ in range(count):
        name = reader.name()
        (rank,) = reader.unpack("B")
        shape = reader.unpack(f"{rank}I")
        kind, size = reader.unpack("BI")
        arrays[name] = reader.array(_DTYPES[kind], size, shape)
    (aliases,) = reader.unpack("I")
    for _ in range(aliases):
        alias, name = reader.name(), reader.name()
        arrays[alias] = arrays[name]
    return {name: _dequantised(name, arrays) for name in arrays if not name.endswith("_scale")}


def _dequantised(name: str, arrays: dict[str, NDArray[np.generic]]) -> NDArray[np.float32]:
    """int8 variables carry one scale a row."""
    array = arrays[name].astype(np.float32)
    scale = arrays.get(f"{name}_scale")
    if scale is None:
        return array
    return np.asarray(array / scale.astype(np.float32).reshape(-1, *[1] * (array.ndim - 1)), np.float32)
