"""The command `auricle`: its words and options. What they do lives beside this file and is imported when it is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from auricle.errors import AuricleError

HOME = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="The data folder (AURICLE_HOME; by default ~/.local/share/auricle).",
)
OUTPUT = click.option(
    "--output", type=click.Choice(["table", "json"]), default="table", help="For people or for programs [table]."
)


class ReportingGroup(click.Group):
    """Turns our errors into one line for a person and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AuricleError as error:
            raise click.ClickException(error.message) from error


@click.group("auricle", cls=ReportingGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="auricle", prog_name="auricle")
def main() -> None:
    """Speech recognition that you own, speaking Azure's language."""


@main.command()
@HOME
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on; 0 takes a free one [5000].")
@click.option("--host", help="The address to listen on; 0.0.0.0 lets the network in [localhost].")
@click.option("--no-key", is_flag=True, help="Let anybody in without a key.")
@click.option("--no-proof", is_flag=True, help="Do not transcribe a recording after the start.")
@click.option("--allow-private-urls", is_flag=True, help="Fetch from and call back to private addresses too.")
def serve(
    home: Path | None, port: int | None, host: str | None, *, no_key: bool, no_proof: bool, allow_private_urls: bool
) -> None:
    """Prepare the models, listen, and show how to speak to it."""
    from auricle.cli.configuration import load_settings
    from auricle.cli.serving import serve_forever

    settings = load_settings(
        home=home,
        port=port,
        host=host,
        require_key=False if no_key else None,
        allow_private_urls=allow_private_urls or None,
    )
    serve_forever(settings, proof=not no_proof)


@main.group()
def models() -> None:
    """The models that hear: list, install, add and remove them."""


@models.command("list")
@HOME
def list_models(home: Path | None) -> None:
    """Every model by name, with its licence, languages, size and measured error rate."""
    from auricle.cli.configuration import load_settings
    from auricle.cli.models import show

    show(load_settings(home=home))


@models.command()
@HOME
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--name", help="What to call it; by default the name of the folder or file.")
@click.option("--language", "languages", multiple=True, help="A language it hears (ISO 639-1); may be repeated.")
@click.option("--licence", default="not stated", help="The licence of its weights, to be shown beside it.")
def add(home: Path | None, path: Path, name: str | None, languages: tuple[str, ...], licence: str) -> None:
    """Add the model at PATH: a folder, zip or wheel with a CTranslate2 Whisper or an ORT Moonshine model."""
    from auricle.cli.configuration import load_settings
    from auricle.cli.models import add_from

    add_from(load_settings(home=home), path, name=name, languages=languages, licence=licence)


@models.command()
@HOME
@click.argument("name")
def remove(home: Path | None, name: str) -> None:
    """Delete an added model, or what was prepared from a shipped one."""
    from auricle.cli.configuration import load_settings
    from auricle.cli.models import remove_named

    remove_named(load_settings(home=home), name)


@models.command()
@HOME
@click.argument("names", nargs=-1)
def packages(home: Path | None, names: tuple[str, ...]) -> None:
    """Print the packages of the models NAMES (of all, without) as requirements that pip checks by hash."""
    from auricle.cli.configuration import load_settings
    from auricle.cli.models import print_requirements

    print_requirements(load_settings(home=home), names)


@models.command()
@HOME
@click.argument("names", nargs=-1)
def install(home: Path | None, names: tuple[str, ...]) -> None:
    """Install the packages of the models NAMES (of all, without) into this environment, each checked by hash."""
    from auricle.cli.configuration import load_settings
    from auricle.cli.models import install_packages

    install_packages(load_settings(home=home), names)


@main.group()
def resource() -> None:
    """The resources that keys belong to, and who may use them. Works whether a server runs or not."""


@resource.command()
@HOME
@OUTPUT
@click.argument("name")
@click.option("--region", default="local", help="A label that clients may ask for [local].")
@click.option("--tier", type=click.Choice(["F0", "S0"]), default="S0", help="Which quotas it has [S0].")
def create(home: Path | None, output: str, name: str, region: str, tier: str) -> None:
    """Make the resource NAME, with two keys of its own."""
    from auricle.cli.configuration import load_settings
    from auricle.cli.resources import create_resource

    create_resource(load_settings(home=home), output, name, region=region, tier=tier)


@resource.command("list")
@HOME
@OUTPUT
def list_resources(home: Path | None, output: str) -> None:
    """Every resource."""
    from auricle.cli.configuration import load_settings
    from auricle.cli.resources import list_all

    list_all(load_settings(home=home), output)


@resource.command()
@HOME
@OUTPUT
@click.argument("name")
def show(home: Path | None, output: str, name: str) -> None:
    """The resource NAME and who has which role in it."""
    from auricle.cli.configuration import load_settings
    from auricle.cli.resources import show_resource

    show_resource(load_settings(home=home), output, name)


@resource.command()
@HOME
@OUTPUT
@click.argument("name")
def keys(home: Path | None, output: str, name: str) -> None:
    """The two keys of the resource NAME."""
    from auricle.cli.configuration import load_settings
    from auricle.cli.resources import show_keys

    show_keys(load_settings(home=home), output, name)


@resource.command()
@HOME
@OUTPUT
@click.argument("name")
@click.option("--key", "number", type=click.IntRange(1, 2), required=True, help="Which of the two keys.")
def regenerate(home: Path | None, output: str, name: str, number: int) -> None:
    """Exchange one key of the resource NAME for a new one; the other stays valid."""
    from auricle.cli.configuration import load_settings
    from auricle.cli.resources import regenerate_key

    regenerate_key(load_settings(home=home), output, name, number)


@resource.command()
@HOME
@click.argument("name")
@click.option("--force", is_flag=True, help="End the work that runs for it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(home: Path | None, name: str, *, force: bool, yes: bool) -> None:
    """Delete the resource NAME with everything in it."""
    from auricle.cli.configuration import load_settings
    from auricle.cli.resources import delete_resource

    if not yes:
        click.confirm(f"Delete {name} with all its datasets, models, transcriptions and logs?", abort=True)
    delete_resource(load_settings(home=home), name, force=force)


@resource.command()
@HOME
@click.argument("name")
@click.argument("principal")
@click.argument("role")
def grant(home: Path | None, name: str, principal: str, role: str) -> None:
    """Give PRINCIPAL, such as an object id of Entra, a ROLE in the resource NAME."""
    from auricle.cli.configuration import load_settings
    from auricle.cli.resources import grant_role

    grant_role(load_settings(home=home), name, principal, role)


@resource.command()
@HOME
@click.argument("name")
@click.argument("principal")
@click.argument("role", required=False)
def revoke(home: Path | None, name: str, principal: str, role: str | None) -> None:
    """Take ROLE, or every role, from PRINCIPAL in the resource NAME."""
    from auricle.cli.configuration import load_settings
    from auricle.cli.resources import revoke_role

    revoke_role(load_settings(home=home), name, principal, role)


@main.command()
@HOME
@OUTPUT
@click.option("--resource", "name", help="Only what was done in this resource; one that is gone by its id.")
@click.option("--top", type=click.IntRange(1, 1000), default=50, help="How many entries [50].")
@click.option("--before", type=click.IntRange(1), help="Only entries before this number.")
def audit(home: Path | None, output: str, name: str | None, top: int, before: int | None) -> None:
    """Who did what when, the newest first."""
    from auricle.cli.configuration import load_settings
    from auricle.cli.resources import show_audit

    show_audit(load_settings(home=home), output, name, top=top, before=before)
