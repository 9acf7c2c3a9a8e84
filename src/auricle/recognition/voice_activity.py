"""Is somebody speaking? Silero's voice activity model, run for many streams in one call.

The model reads windows of 512 samples (32 ms) with the 64 samples before them and carries an LSTM state from window
to window. The package ships a graph that runs the LSTM over a sequence of one stream; `batched_graph` lets the same
weights take many streams of different lengths at once, so live streams share calls and a file takes few of them.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from auricle.audio.samples import SAMPLE_RATE_HZ, Samples
from auricle.engine.graph import open_session
from auricle.errors import ModelUnavailable
from auricle.observe import log

WINDOW_SAMPLES = 512
CONTEXT_SAMPLES = 64
WINDOW_S = WINDOW_SAMPLES / SAMPLE_RATE_HZ  # 0.032
HIDDEN = 128  # width of the LSTM
MAX_WINDOWS_PER_CALL = 64  # of one stream: about 2 s of audio, 3 ms of computing
LIVE_WINDOWS = 4  # streams with more windows waiting are computed apart, so that padding stays cheap
GATHER_S = 0.02  # how long arriving audio waits for that of other streams

Floats = NDArray[np.float32]


def silero_graph() -> Path:
    """Where the installed silero-vad package keeps its sequence graph; the package itself would import torch."""
    spec = importlib.util.find_spec("silero_vad")
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / "data" / "silero_vad_16k_sequence.onnx"
        if path.is_file():
            return path
    raise ModelUnavailable("The voice activity model is missing. Run: auricle models install silero-vad")


def batched_graph(path: Path) -> bytes:
    """The sequence graph, changed so that its LSTM runs over a batch of streams.

    Inputs: `input` [T*B, 576] (time-major), `h` and `c` [1, B, 128], `lengths` int32[B]. Outputs: `speech_probs`
    [B*T] (stream-major; meaningless beyond a stream's length), `hn` and `cn` [1, B, 128] after each stream's last window.
    """
    model = onnx.load(str(path))
    graph = model.graph
    lstm = next(node for node in graph.node if node.op_type == "LSTM")
    features, state = lstm.input[0], lstm.input[5]
    shape = [
        onnx.helper.make_node("Shape", [state], ["batch"], start=1, end=2),
        onnx.helper.make_node("Concat", ["any", "batch", "width"], ["time_major"], axis=0),
        onnx.helper.make_node("Reshape", [features, "time_major"], ["features_by_stream"]),
    ]
    lstm.input[0], lstm.input[4] = "features_by_stream", "lengths"
    at = list(graph.node).index(lstm)
    nodes = [*graph.node[:at], *shape, *graph.node[at:]]
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.append(onnx.numpy_helper.from_array(np.array([-1], dtype=np.int64), "any"))
    graph.initializer.append(onnx.numpy_helper.from_array(np.array([HIDDEN], dtype=np.int64), "width"))
    graph.input.append(onnx.helper.make_tensor_value_info("lengths", onnx.TensorProto.INT32, ["streams"]))
    for value in graph.input:
        if value.name in {"h", "c"}:
            value.type.tensor_type.shape.dim[1].dim_param = "streams"
    for value in graph.output:
        dimension = value.type.tensor_type.shape.dim[0 if value.name == "speech_probs" else 1]
        dimension.dim_param = "windows" if value.name == "speech_probs" else "streams"
    del graph.value_info[:]
    return bytes(model.SerializeToString())


class VoiceMemory:
    """What the model remembers of one stream."""

    def __init__(self) -> None:
        self.hidden: Floats = np.zeros(HIDDEN, dtype=np.float32)
        self.cell: Floats = np.zeros(HIDDEN, dtype=np.float32)


class SileroVad:
    """The loaded model: windows of several streams in, a probability of speech for each window out."""

    def __init__(self, path: Path | None = None) -> None:
        self._session = open_session(batched_graph(path or silero_graph()))

    def probabilities(self, windows: Sequence[Floats], memories: Sequence[VoiceMemory]) -> list[Floats]:
        """Speech probabilities of each stream's windows [n, 576], n >= 1; the memories move on by those windows."""
        lengths = np.array([len(rows) for rows in windows], dtype=np.int32)
        longest, streams = int(lengths.max()), len(windows)
        padded = np.zeros((longest, streams, windows[0].shape[1]), dtype=np.float32)
        for column, rows in enumerate(windows):
            padded[: len(rows), column] = rows
        feed = {
            "input": padded.reshape(longest * streams, -1),
            "h": np.stack([memory.hidden for memory in memories])[None],
            "c": np.stack([memory.cell for memory in memories])[None],
            "lengths": lengths,
        }
        found, hidden, cell = self._session.run(["speech_probs", "hn", "cn"], feed)
        for row, memory in enumerate(memories):
            memory.hidden, memory.cell = hidden[0, row], cell[0, row]
        table = found.reshape(streams, longest)
        return [table[row, :length] for row, length in enumerate(lengths)]


OnHeard = Callable[[Floats, Floats], None]
OnFailed = Callable[[Exception], None]


class VoiceStream:
    """One stream's audio on its way to the model. Lives on the event loop."""

    def __init__(self, activity: VoiceActivity, on_heard: OnHeard, on_failed: OnFailed) -> None:
        self._activity = activity
        self.on_heard = on_heard  # (probabilities, levels), one of each a window, called on the event loop
        self.on_failed = on_failed
        self.memory = VoiceMemory()
        self._context: Floats = np.zeros(CONTEXT_SAMPLES, dtype=np.float32)
        self._waiting: list[Samples] = []
        self._waiting_samples = 0
        self.held = False  # while held, audio waits here
        self.closed = False

    @property
    def waiting_samples(self) -> int:
        """Samples that the model has not been shown yet."""
        return self._waiting_samples

    @property
    def ready(self) -> bool:
        """Whether a whole window waits and may go."""
        return self._waiting_samples >= WINDOW_SAMPLES and not self.held and not self.closed

    def add(self, samples: Samples) -> None:
        """More audio of this stream."""
        self._waiting.append(samples)
        self._waiting_samples += len(samples)
        self.nudge()

    def hold(self, held: bool) -> None:
        """Stop or go on showing audio to the model."""
        self.held = held
        self.nudge()

    def nudge(self) -> None:
        """See to it that waiting audio is heard soon."""
        if self.ready:
            self._activity.arrange(self)

    def take(self) -> Floats:
        """The next windows, each with its context, as one array [n, 576]."""
        audio = np.concatenate([self._context, *self._waiting])
        count = min((len(audio) - CONTEXT_SAMPLES) // WINDOW_SAMPLES, MAX_WINDOWS_PER_CALL)
        end = CONTEXT_SAMPLES + count * WINDOW_SAMPLES
        self._context = audio[end - CONTEXT_SAMPLES : end]
        self._waiting = [audio[end:]] if end < len(audio) else []
        self._waiting_samples = len(audio) - end
        view = np.lib.stride_tricks.sliding_window_view(audio[:end], CONTEXT_SAMPLES + WINDOW_SAMPLES)
        return view[::WINDOW_SAMPLES]

    def close(self) -> None:
        """No more results are wanted."""
        self.closed = True
        self._waiting.clear()
        self._waiting_samples = 0


class VoiceActivity:
    """Runs the model for every open stream together, on one thread of its own."""

    def __init__(self, model: SileroVad, *, gather_s: float = GATHER_S) -> None:
        self._model = model
        self._gather_s = gather_s
        self._ready: dict[VoiceStream, None] = {}  # a set that keeps its order
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="auricle-voice")
        self._timer: asyncio.TimerHandle | None = None
        self._running: asyncio.Task[None] | None = None

    def open(self, on_heard: OnHeard, on_failed: OnFailed) -> VoiceStream:
        """A new stream whose results go to `on_heard`; after a call of `on_failed` nothing more comes."""
        return VoiceStream(self, on_heard, on_failed)

    def arrange(self, stream: VoiceStream) -> None:
        """Compute this stream's windows within the gathering time, together with whatever else arrives."""
        self._ready[stream] = None
        if self._timer is None and self._running is None:
            self._timer = asyncio.get_running_loop().call_later(self._gather_s, self._start)

    def _start(self) -> None:
        self._timer = None
        self._running = asyncio.create_task(self._run(), name="voice-activity")

    async def _run(self) -> None:
        try:
            while self._ready:
                await self._compute([stream for stream in self._ready if stream.ready])
        finally:
            self._running = None

    async def _compute(self, streams: list[VoiceStream]) -> None:
        self._ready.clear()
        work = [(stream, stream.take()) for stream in streams]
        small = [pair for pair in work if len(pair[1]) <= LIVE_WINDOWS]
        large = [pair for pair in work if len(pair[1]) > LIVE_WINDOWS]
        for group in filter(None, (small, large)):
            try:
                heard = await asyncio.get_running_loop().run_in_executor(self._thread, self._hear, group)
            except Exception as failure:  # noqa: BLE001  # the streams of this call are lost, those of later calls are not
                log.exception("voice_activity_failed", streams=len(group))
                for stream, _ in group:
                    _fail(stream, failure)
                continue
            for (stream, _), (probabilities, loudness) in zip(group, heard, strict=True):
                _deliver(stream, probabilities, loudness)
        for stream in streams:
            stream.nudge()

    def _hear(self, group: Sequence[tuple[VoiceStream, Floats]]) -> list[tuple[Floats, Floats]]:
        probabilities = self._model.probabilities([rows for _, rows in group], [stream.memory for stream, _ in group])
        return [(found, levels(rows)) for found, (_, rows) in zip(probabilities, group, strict=True)]

    async def close(self) -> None:
        """Stop; audio that waits is not heard any more."""
        self._ready.clear()
        if self._timer is not None:
            self._timer.cancel()
        if self._running is not None:
            await asyncio.wait([self._running])
        self._thread.shutdown()


def _deliver(stream: VoiceStream, probabilities: Floats, loudness: Floats) -> None:
    if stream.closed:
        return
    try:
        stream.on_heard(probabilities, loudness)
    except Exception as failure:  # noqa: BLE001  # one session's failure is not that of the others who share the call
        log.exception("listening_failed")
        _fail(stream, failure)


def _fail(stream: VoiceStream, failure: Exception) -> None:
    if not stream.closed:
        stream.close()
        stream.on_failed(failure)


def levels(windows: Floats) -> Floats:
    """Root mean square of each window, without its context."""
    own = windows[:, CONTEXT_SAMPLES:]
    power: Floats = np.einsum("ij,ij->i", own, own) / WINDOW_SAMPLES
    return np.sqrt(power)
