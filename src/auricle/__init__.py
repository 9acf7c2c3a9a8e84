"""Auricle: speech recognition that you own, speaking Azure's language."""

from importlib.metadata import version

__version__ = version("auricle")
