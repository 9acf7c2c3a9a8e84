"""The pages for people: `/`, which says what this is, and `/docs`, the API's reference.

Everything they load comes from this server: a self-hosted service must not make its visitors call elsewhere.
"""

from __future__ import annotations

from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from swagger_ui_bundle import swagger_ui_path

from auricle import __version__
from auricle.api.health import Health

STYLE = """
:root { color-scheme: light dark; }
body { font: 17px/1.6 system-ui, sans-serif; max-width: 42rem; margin: 4rem auto; padding: 0 1.2rem; }
h1 { font-size: 2rem; margin-bottom: 0; }
.state { display: inline-block; padding: .1rem .7rem; border-radius: 1rem; background: #2e7d3226; }
.state.not { background: #c6282826; }
pre { padding: 1rem; overflow-x: auto; background: #8881; border-radius: .5rem; font-size: .85rem; }
li { margin: .3rem 0; }
"""

DOCS_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><title>Auricle: API reference</title>
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
<link rel="icon" type="image/png" href="docs/assets/favicon-32x32.png">
</head>
<body style="margin:0"><div id="reference"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""

# validatorUrl: left to itself the reference asks a public validator about every document it shows.
DOCS_SCRIPT = """SwaggerUIBundle({ url: "openapi.json", dom_id: "#reference", validatorUrl: null, deepLinking: true });
"""


def page_routes(health: Health) -> APIRouter:
    """The two pages; the assets of the second are mounted by `reference_assets`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def welcome(request: Request) -> HTMLResponse:
        return HTMLResponse(_welcome(health, _speech_address(health, request)))

    @router.get("/docs")
    async def reference() -> HTMLResponse:
        return HTMLResponse(DOCS_PAGE)

    @router.get("/docs/start.js")
    async def reference_script() -> Response:
        return Response(DOCS_SCRIPT, media_type="text/javascript")

    return router


def reference_assets() -> StaticFiles:
    """Swagger UI's files, out of the package that carries them."""
    return StaticFiles(directory=swagger_ui_path)


def _welcome(health: Health, address: str) -> str:
    missing = health.missing
    state = (
        '<span class="state">ready</span>' if not missing else f'<span class="state not">{escape(missing[0])}</span>'
    )
    models = "".join(
        f"<li>{escape(model.title)}: {_languages(model.languages)} <small>({escape(model.licence)})</small></li>"
        for model in health.models
    )
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Auricle</title><style>{STYLE}</style></head>
<body>
<h1>Auricle</h1>
<p>Speech recognition that you own, speaking Azure's language. Version {escape(__version__)}.</p>
<p>{state}</p>
<p>Point the Microsoft Speech SDK that you use here:</p>
<pre>speechsdk.SpeechConfig(host="{escape(address)}", subscription="your key")</pre>
<p>It hears with</p>
<ul>{models}</ul>
<p><a href="docs">API reference</a> · <a href="status">Status</a> · <a href="ready">Ready?</a> ·
<a href="metrics">Metrics</a></p>
</body>
</html>
"""


def _speech_address(health: Health, request: Request) -> str:
    """The address for the SDK: what the operator says, else how this visitor came here."""
    page = health.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
    return page.rstrip("/").replace("http", "ws", 1)


def _languages(codes: tuple[str, ...]) -> str:
    return escape(", ".join(codes)) if len(codes) <= 5 else f"{len(codes)} languages"
