from __future__ import annotations

from fastapi import FastAPI

from auricle.speech.routes import routes

from .serving import Served


def test_short_audio_and_tokens_are_documented_once() -> None:
    app = FastAPI()
    app.include_router(routes(Served().live))

    paths = app.openapi()["paths"]

    assert set(paths) == {"/speech/recognition/{mode}/cognitiveservices/v1", "/sts/v1.0/issueToken"}
    short_audio = paths["/speech/recognition/{mode}/cognitiveservices/v1"]["post"]
    assert {p["name"] for p in short_audio["parameters"]} >= {"mode", "language", "format", "cid"}
    assert "audio/wav" in short_audio["requestBody"]["content"]
