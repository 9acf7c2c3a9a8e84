"""Which operation a path and method mean: a tree of path segments, so that the time is that of the path's length.

Literal segments are found in any case and before parameters. An action such as `:copy` counts as a segment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from auricle.api.speechtotext.failures import MethodNotAllowed
from auricle.errors import NotFound


class Routed(Protocol):
    """What can be found by method and path."""

    @property
    def method(self) -> str:
        """GET, POST, ..."""
        ...

    @property
    def templates(self) -> Sequence[str]:
        """Its paths, with parameters in braces."""
        ...


O = TypeVar("O", bound=Routed)  # noqa: E741 - an operation


@dataclass
class _Node(Generic[O]):
    literals: dict[str, _Node[O]] = field(default_factory=dict)
    parameter: _Node[O] | None = None
    operations: dict[str, tuple[O, tuple[str, ...]]] = field(default_factory=dict)  # with its parameters' names


class Router(Generic[O]):
    """The operations of one version."""

    def __init__(self, operations: Iterable[O]) -> None:
        self._root: _Node[O] = _Node()
        for operation in operations:
            for template in operation.templates:
                self._add(operation, template)

    def find(self, method: str, path: str) -> tuple[O, dict[str, str]]:
        """The operation and the values of its parameters. Raises NotFound and MethodNotAllowed."""
        node, values = self._walk(path)
        found = node.operations.get(method)
        if found is None:
            allowed = self._allowed(node)
            raise MethodNotAllowed(
                f"{method[:16]} is not possible here; what is: {', '.join(allowed)}.", allowed=allowed
            )
        operation, names = found
        return operation, dict(zip(names, values, strict=True))

    def allowed(self, path: str) -> list[str]:
        """The methods that a path has. Raises NotFound."""
        return self._allowed(self._walk(path)[0])

    def _add(self, operation: O, template: str) -> None:
        node, names = self._root, []
        for segment in _segments(template):
            if segment.startswith("{"):
                names.append(segment.strip("{}"))
                if node.parameter is None:
                    node.parameter = _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment.lower(), _Node())
        node.operations[operation.method] = (operation, tuple(names))

    def _walk(self, path: str) -> tuple[_Node[O], list[str]]:
        node, values = self._root, []
        for segment in _segments(path):
            literal = node.literals.get(segment.lower())
            if literal is not None:
                node = literal
            elif node.parameter is not None and segment and not segment.startswith(":"):
                node = node.parameter
                values.append(segment)
            else:
                raise _nothing(path)
        if not node.operations:
            raise _nothing(path)
        return node, values

    @staticmethod
    def _allowed(node: _Node[O]) -> list[str]:
        also = {"HEAD"} if "GET" in node.operations else set()
        return sorted({*node.operations, *also, "OPTIONS"})


def _segments(path: str) -> list[str]:
    """The segments of a path; of its last one, the action that follows a colon is one more."""
    segments = path.strip("/").split("/")
    last, colon, action = segments[-1].rpartition(":")
    if colon and last:
        segments[-1:] = [last, ":" + action]
    return segments


def _nothing(path: str) -> NotFound:
    return NotFound(f"There is no operation at the path {path[:200]}.")
