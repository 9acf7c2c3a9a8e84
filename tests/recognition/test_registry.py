"""A swap changes what the next lease gets; the old model closes with its last user."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from auricle.engine.echo import EchoRecogniser
from auricle.errors import ModelUnavailable, NotFound
from auricle.recognition.registry import Registry


def test_a_model_is_loaded_once_however_many_ask_at_once() -> None:
    loaded: list[str] = []

    def load(name: str) -> EchoRecogniser:
        loaded.append(name)
        return EchoRecogniser()

    registry = Registry(load)
    with ThreadPoolExecutor(8) as pool:
        leases = list(pool.map(lambda _: registry.lease("m"), range(40)))
    assert loaded == ["m"]
    assert registry.users("m") == 40
    assert len({id(lease.recogniser) for lease in leases}) == 1


def test_after_a_swap_old_leases_keep_the_old_model_which_closes_with_the_last_of_them() -> None:
    old, new = EchoRecogniser(), EchoRecogniser()
    registry = Registry(lambda name: old)
    first, second = registry.lease("m"), registry.lease("m")
    registry.replace("m", new)
    assert registry.lease("m").recogniser is new
    assert first.recogniser is old
    first.release()
    first.release()
    assert [old.closed, new.closed] == [False, False]
    second.release()
    assert [old.closed, new.closed] == [True, False]


def test_an_unloaded_model_gives_back_its_memory_and_loads_anew() -> None:
    made: list[EchoRecogniser] = []

    def load(name: str) -> EchoRecogniser:
        made.append(EchoRecogniser())
        return made[-1]

    registry = Registry(load)
    with registry.lease("m"):
        registry.unload("m")
        assert [model.closed for model in made] == [False]
    assert [model.closed for model in made] == [True]
    with registry.lease("m") as again:
        assert again is made[1]
    registry.close()
    assert [model.closed for model in made] == [True, True]
    assert registry.names == []


def test_a_model_that_does_not_load_says_why_and_may_be_tried_again() -> None:
    answers: list[Exception | EchoRecogniser] = [OSError("disk"), NotFound("no such model"), EchoRecogniser()]

    def load(name: str) -> EchoRecogniser:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    registry = Registry(load)
    with pytest.raises(ModelUnavailable, match="'m' could not be loaded: disk"):
        registry.lease("m")
    with pytest.raises(NotFound):
        registry.lease("m")
    registry.lease("m").release()


def test_a_model_that_fails_to_close_does_not_fail_its_last_user() -> None:
    class Stubborn(EchoRecogniser):
        def close(self) -> None:
            raise RuntimeError("no")

    registry = Registry(lambda name: Stubborn())
    lease = registry.lease("m")
    registry.unload("m")
    lease.release()
