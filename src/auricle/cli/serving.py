"""`auricle serve`: from nothing to a service that hears, telling a person what happens and how to use it."""

from __future__ import annotations

import asyncio
import socket
from importlib.metadata import version

from rich.console import Console

from auricle.api.server import AuricleServer, bind, run_server
from auricle.cli.assembly import assemble, prepare_models
from auricle.cli.identity import Identity, opened
from auricle.cli.progress import steps
from auricle.cli.proof import Proof, prove
from auricle.engine.catalogue import Catalogue
from auricle.errors import AuricleError
from auricle.observe import configure_logging, log
from auricle.settings import Settings

EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  recognised, not chosen
PROOF_RECORDING = "beckett"


def serve_forever(settings: Settings, *, proof: bool) -> None:
    """Serve until a signal; returns after a clean stop and raises AuricleError when it cannot start."""
    console = Console(highlight=False, soft_wrap=True)
    configure_logging(style=settings.log_format, level=settings.log_level)
    sockets = bind(settings.host, settings.port)
    catalogue = Catalogue(settings.home)
    with opened(settings) as identity:
        with steps(console) as step:
            prepare_models(settings, catalogue, step)
        _serve(console, settings, catalogue, identity, sockets, proof=proof)
    console.print("Auricle has stopped.", markup=False)


def _serve(
    console: Console,
    settings: Settings,
    catalogue: Catalogue,
    identity: Identity,
    sockets: list[socket.socket],
    *,
    proof: bool,
) -> None:
    app = assemble(settings, catalogue, identity)
    key = identity.resources.default_keys().key1
    if settings.default_key is not None and settings.default_key.get_secret_value() != key:
        log.warning("default_key_ignored", reason="the resource 'default' has another first key, which counts")
    welcome = Welcome(settings, port=sockets[0].getsockname()[1], key=key)

    async def greet(server: AuricleServer) -> None:
        await server.accepting.wait()
        try:
            await asyncio.shield(app.state.started)
        except AuricleError:
            server.stop()
            raise
        console.print(welcome.text(), markup=False)
        if proof:
            await _prove(console, catalogue, welcome)
        console.print("Ctrl-C stops.", markup=False)

    run_server(app, settings, sockets, beside=greet)


class Welcome:
    """What a person needs in order to use the service: where it is, the key, and code to paste."""

    def __init__(self, settings: Settings, *, port: int, key: str) -> None:
        self._settings = settings
        self.key = key
        host = "localhost" if settings.host in EVERYWHERE else settings.host
        host = f"[{host}]" if ":" in host else host
        secure = "s" if settings.tls_certificate else ""
        self.local_url = f"ws{secure}://{host}:{port}"
        page = (settings.public_url or f"http{secure}://{host}:{port}").rstrip("/")
        self.page_url = page
        self.url = page.replace("http", "ws", 1) if page.startswith("http") else page

    def text(self) -> str:
        """The greeting."""
        key = self.key if self._settings.require_key else "none"
        where = "of the resource 'default'" if self._settings.require_key else "no key is asked for: anybody may use it"
        return f"""
Auricle {version("auricle")} hears.

  Address   {self.url}
  Key       {key}   ({where})
  Page      {self.page_url}/

Use it from Microsoft's Speech SDK (pip install azure-cognitiveservices-speech):

    import azure.cognitiveservices.speech as speechsdk

    config = speechsdk.SpeechConfig(host="{self.url}", subscription="{key}")
    recognizer = speechsdk.SpeechRecognizer(config)  # the microphone
    print(recognizer.recognize_once().text)
"""


async def _prove(console: Console, catalogue: Catalogue, welcome: Welcome) -> None:
    """Show that it hears; whatever goes wrong is told and leaves the service running."""
    try:
        recording, _ = catalogue.recording(PROOF_RECORDING)
    except AuricleError as error:
        console.print(f"Not proven: {error.message}", markup=False)
        return
    console.print(f"Proof: the SDK transcribes {recording.name} …", markup=False)
    try:
        proof = await prove(welcome.local_url, welcome.key, recording)
    except OSError as error:
        proof = Proof(failure=f"the SDK's process could not be started ({error})")
    if proof.failure:
        console.print(f"Not proven: {proof.failure}", markup=False)
    else:
        console.print(f"  It heard: {proof.text or 'nothing'}", markup=False)
