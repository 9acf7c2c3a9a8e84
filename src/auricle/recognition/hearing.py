"""Everything needed to open listeners: the models, the voice activity model, the computing pool, and the door."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from auricle.clock import Clock
from auricle.errors import ModelUnavailable, ShuttingDown, TooBusy, UnsupportedLocale
from auricle.observe import Metrics, log
from auricle.recognition.listener import Beams, Listener
from auricle.recognition.locales import by_preference, language_of, locales_of
from auricle.recognition.options import ListenOptions
from auricle.recognition.registry import Loader, Registry
from auricle.recognition.scheduler import Scheduler
from auricle.recognition.voice_activity import GATHER_S, SileroVad, VoiceActivity
from auricle.settings import Settings
from auricle.text.formatter import TextFormatter

RETRY_AFTER_S = 5


class Hearing:
    """Opens listening sessions as long as there is capacity. Lives on one event loop between `start` and `close`."""

    def __init__(
        self,
        *,
        settings: Settings,
        metrics: Metrics,
        clock: Clock,
        loader: Loader,
        formatter: Callable[[str], TextFormatter] = TextFormatter,
        voice_model: Callable[[], SileroVad] = SileroVad,
        gather_s: float = GATHER_S,
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._formatter = formatter
        self._voice_model = voice_model
        self._gather_s = gather_s
        self._beams = Beams(
            partial=settings.live_partial_beam, final=settings.live_final_beam, batch=settings.batch_beam
        )
        self.registry = Registry(loader)
        self._languages: dict[str, frozenset[str]] = {}  # by model
        self._scheduler: Scheduler | None = None
        self._activity: VoiceActivity | None = None
        self._listeners: set[Listener] = set()
        self._nobody = asyncio.Event()
        self._nobody.set()
        self._closing = False

    @property
    def ready(self) -> bool:
        """Whether sessions can be opened."""
        return self._activity is not None and bool(self._languages) and not self._closing

    @property
    def active_sessions(self) -> int:
        """Sessions being heard."""
        return len(self._listeners)

    @property
    def locales(self) -> Sequence[str]:
        """The usual locales that the loaded models hear."""
        return locales_of({language for languages in self._languages.values() for language in languages})

    async def start(self) -> None:
        """Load the models. Raises ModelUnavailable if not one of them could be loaded."""
        model = await asyncio.to_thread(self._voice_model)
        failure: ModelUnavailable | None = None
        for name in dict.fromkeys([self._settings.english_model, self._settings.multilingual_model]):
            try:
                await self.load(name)
            except ModelUnavailable as unavailable:
                log.warning("model_unavailable", model=name, reason=unavailable.message)
                failure = unavailable
        if failure is not None and not self._languages:
            raise failure
        self._scheduler = Scheduler(workers=self._settings.workers, metrics=self._metrics, clock=self._clock)
        self._activity = VoiceActivity(model, gather_s=self._gather_s)

    async def load(self, name: str) -> None:
        """Load a model, or load it again after it was installed. Raises ModelUnavailable."""
        self._languages[name] = await asyncio.to_thread(self._load, name)

    def _load(self, name: str) -> frozenset[str]:
        with self.registry.lease(name) as recogniser:
            return recogniser.languages

    def admit(self) -> None:
        """Raise TooBusy when a new session would lower everybody's quality."""
        if self._closing:
            raise ShuttingDown
        limit = self._settings.max_sessions
        if not limit and self._scheduler is not None:
            has_room = self._scheduler.load.has_room(self._clock.monotonic(), self.active_sessions)
        else:
            has_room = not limit or self.active_sessions < limit
        if not has_room:
            self._metrics.refused.inc()
            raise TooBusy(
                f"All capacity is in use by {self.active_sessions} sessions; try again in {RETRY_AFTER_S} seconds",
                retry_after_s=RETRY_AFTER_S,
            )

    def listen(self, options: ListenOptions) -> Listener:
        """Open a session. Raises TooBusy, UnsupportedLocale, ModelUnavailable."""
        if self._scheduler is None or self._activity is None:
            raise ModelUnavailable("The models are still being loaded; try again shortly")
        name = self._model_for(options.locale)
        self.admit()
        listener = Listener(
            options=options,
            lease=self.registry.lease(name),
            scheduler=self._scheduler,
            activity=self._activity,
            formatter=self._formatter(options.locale),
            beams=self._beams,
            metrics=self._metrics,
            clock=self._clock,
            on_over=self._over,
        )
        self._listeners.add(listener)
        self._nobody.clear()
        self._metrics.sessions.set(len(self._listeners))
        return listener

    def _model_for(self, locale: str) -> str:
        language = language_of(locale)
        english, multilingual = self._settings.english_model, self._settings.multilingual_model
        for name in by_preference(locale, (english, multilingual)):
            if language in self._languages.get(name, ()):
                return name
        if language == "en" and english not in self._languages:
            raise ModelUnavailable(
                f"The model {english} for {locale} is not there. Run: auricle models install {english}"
            )
        raise UnsupportedLocale(f"No model here hears {locale!r}; it hears {', '.join(self.locales)}")

    def _over(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        self._metrics.sessions.set(len(self._listeners))
        if not self._listeners:
            self._nobody.set()

    async def close(self, drain_s: float) -> None:
        """Admit nobody any more, let sessions finish for a while, end the rest and give everything back."""
        self._closing = True
        try:
            async with asyncio.timeout(drain_s):
                await self._nobody.wait()
        except TimeoutError:
            log.warning("sessions_abandoned", sessions=len(self._listeners))
        for listener in list(self._listeners):
            await listener.close()
        if self._activity is not None:
            await self._activity.close()
        if self._scheduler is not None:
            await self._scheduler.close()
        self.registry.close()
