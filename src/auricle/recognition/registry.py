"""The loaded models. A model is used under a lease; a swap changes what the next lease gets.

The old model goes on serving those who hold it and gives back its memory when the last of them lets go. Thread-safe.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from types import TracebackType

from auricle.engine.recogniser import Recogniser
from auricle.errors import AuricleError, ModelUnavailable
from auricle.observe import log

Loader = Callable[[str], Recogniser]


class _Loaded:
    """A model with the number of those who use it."""

    def __init__(self, name: str, recogniser: Recogniser) -> None:
        self.name = name
        self.recogniser = recogniser
        self.users = 0
        self.retired = False


class Lease:
    """The right to use a model until it is released; a context manager."""

    def __init__(self, registry: Registry, loaded: _Loaded) -> None:
        self._registry = registry
        self._loaded = loaded
        self._released = False

    @property
    def recogniser(self) -> Recogniser:
        """The model; the same one for the whole lease."""
        return self._loaded.recogniser

    def release(self) -> None:
        """Let go; may be called again."""
        if not self._released:
            self._released = True
            self._registry._let_go(self._loaded)  # noqa: SLF001  # the other half of this class

    def __enter__(self) -> Recogniser:
        return self.recogniser

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class Registry:
    """Models by name, loaded when first asked for."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._lock = Lock()
        self._loading: dict[str, Lock] = {}
        self._models: dict[str, _Loaded] = {}

    @property
    def names(self) -> list[str]:
        """The models that are loaded."""
        with self._lock:
            return sorted(self._models)

    def users(self, name: str) -> int:
        """How many leases of the model's present version are out."""
        with self._lock:
            loaded = self._models.get(name)
            return loaded.users if loaded else 0

    def lease(self, name: str) -> Lease:
        """Use a model, loading it first if need be (which blocks). Raises ModelUnavailable."""
        with self._lock:
            loading = self._loading.setdefault(name, Lock())
        with loading:
            with self._lock:
                lease = self._lease_loaded(name)
            if lease is not None:
                return lease
            recogniser = self._load(name)
            with self._lock:
                self._models[name] = _Loaded(name, recogniser)
                lease = self._lease_loaded(name)
        assert lease is not None
        return lease

    def _lease_loaded(self, name: str) -> Lease | None:
        loaded = self._models.get(name)
        if loaded is None:
            return None
        loaded.users += 1
        return Lease(self, loaded)

    def _load(self, name: str) -> Recogniser:
        try:
            return self._loader(name)
        except AuricleError:
            raise
        except Exception as failure:
            raise ModelUnavailable(f"The model {name!r} could not be loaded: {failure}") from failure

    def replace(self, name: str, recogniser: Recogniser) -> None:
        """Give the next lease this model; the old one closes when nobody uses it any more."""
        with self._lock:
            old = self._models.get(name)
            self._models[name] = _Loaded(name, recogniser)
        if old is not None:
            self._retire(old)

    def unload(self, name: str) -> None:
        """Give back the model's memory as soon as nobody uses it; a later lease loads it anew."""
        with self._lock:
            old = self._models.pop(name, None)
        if old is not None:
            self._retire(old)

    def close(self) -> None:
        """Unload everything."""
        for name in self.names:
            self.unload(name)

    def _retire(self, loaded: _Loaded) -> None:
        with self._lock:
            loaded.retired = True
            unused = loaded.users == 0
        if unused:
            _close(loaded)

    def _let_go(self, loaded: _Loaded) -> None:
        with self._lock:
            loaded.users -= 1
            unused = loaded.retired and loaded.users == 0
        if unused:
            _close(loaded)


def _close(loaded: _Loaded) -> None:
    try:
        loaded.recogniser.close()
    except Exception:  # noqa: BLE001  # giving back memory must not fail whoever happened to be the last user
        log.exception("model_close_failed", model=loaded.name)
    else:
        log.info("model_closed", model=loaded.name)
