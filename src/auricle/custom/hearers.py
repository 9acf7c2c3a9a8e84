"""Models as those choose them who hear with them: custom ones of the resource, or base models."""

from __future__ import annotations

from sqlalchemy import Connection

from auricle.custom.base_models import BaseModel
from auricle.custom.ground import Ground
from auricle.errors import InvalidLocale, InvalidModel, InvalidParameter, ModelDeprecated
from auricle.identity.caller import Caller
from auricle.store.records import Model
from auricle.store.shelf import MODELS
from auricle.store.status import Status


def hearer(
    ground: Ground,
    connection: Connection,
    caller: Caller,
    id: str | None,
    locale: str,
    *,
    target: str = "model",
    unready: type[InvalidParameter] = InvalidModel,
) -> Model | BaseModel:
    """The model to hear a locale with, kept from being removed meanwhile; without an id, the newest base model.

    Raises InvalidModel, InvalidLocale, ModelDeprecated, or `unready` for a model that is not trained.
    """
    if id is None:
        return ground.base_models.newest(locale)
    model = ground.base_models.find(id) or MODELS.get(connection, caller.resource.id, id, lock=True)
    if model is None:
        raise InvalidModel(f"There is no model {id} in this resource or among the base models.", target=target)
    if model.locale != locale:
        raise InvalidLocale(f"The model {id} hears {model.locale}, not {locale}.", target="locale")
    if model.status is not Status.SUCCEEDED:
        raise unready(
            f"The model {id} is {model.status.value}; only a model that has Succeeded can be used.", target=target
        )
    if ground.now() >= model.transcription_until:
        raise ModelDeprecated(
            f"The model {id} could be used until {model.transcription_until:%Y-%m-%d}; take a newer one.", target=target
        )
    return model
