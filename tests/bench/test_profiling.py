"""Reading sampled stacks."""

from __future__ import annotations

from bench.profiling import read_profile

STACKS = [
    "run (threading.py:1);step (auricle/engine/graph_model.py:48);Session.run (onnxruntime/session.py:9) 30",
    "run (threading.py:1);read (auricle/speech/turn.py:7) 10",
    "run (threading.py:1);_worker (concurrent/futures/thread.py:81) 500",
]


def test_samples_are_counted_by_what_ran_and_by_who_of_us_had_called_it() -> None:
    profile = read_profile(STACKS)
    assert profile.functions["Session.run (onnxruntime/session.py:9)"] == 30
    assert profile.callers["step (auricle/engine/graph_model.py:48)"] == 30
    assert profile.callers["read (auricle/speech/turn.py:7)"] == 10


def test_threads_that_wait_for_work_are_left_out() -> None:
    assert read_profile(STACKS).samples == 40
