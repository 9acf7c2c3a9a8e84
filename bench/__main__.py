"""`python -m bench [accuracy] [live] [overhead] [memory] [phrases] [client] [control] [ingest]`: measure, print tables, write build/bench/."""

from __future__ import annotations

from pathlib import Path

import click

from auricle.errors import AuricleError
from bench import report
from bench.server import HOME, prepare_home

NAMES = ("accuracy", "live", "overhead", "memory", "phrases", "client", "control", "ingest")


@click.command("bench", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, type=click.Choice(NAMES))
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), default=HOME, help="A data folder to use.")
@click.option("--model", "models", multiple=True, help="Measure this model or engine only; may be repeated.")
@click.option("--set", "sets", multiple=True, help="accuracy: this English set only; may be repeated.")
@click.option(
    "--limit", type=click.IntRange(1), help="Clips a set; overhead: recordings; control: requests; ingest: MB."
)
@click.option("--duration", type=click.IntRange(10), default=60, show_default=True, help="live: seconds of a stream.")
@click.option("--streams", help="live: try these counts, such as 4,8,12, instead of searching for the largest.")
@click.option("--start", type=click.IntRange(1), default=4, show_default=True, help="live: the count to begin with.")
@click.option("--profile", is_flag=True, help="live: sample the server's stacks at the largest count (py-spy).")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="live: the server's port.")
@click.option("--repeats", type=click.IntRange(1), default=3, show_default=True, help="overhead: rounds.")
@click.option("--idle", type=click.IntRange(1), default=1000, show_default=True, help="memory: idle connections.")
@click.option("--active", type=click.IntRange(1), default=20, show_default=True, help="memory: sessions heard.")
def main(
    names: tuple[str, ...],
    home: Path,
    models: tuple[str, ...],
    sets: tuple[str, ...],
    limit: int | None,
    duration: int,
    streams: str | None,
    start: int,
    port: int,
    repeats: int,
    idle: int,
    active: int,
    *,
    profile: bool,
) -> None:
    """Run the benchmarks NAMES (all without) and print what they find."""
    from bench import accuracy, control, ingest, likeness, live, memory, overhead, phrases  # noqa: PLC0415  --help answers at once
    from bench.engines import PEERS, POCKETSPHINX  # noqa: PLC0415
    from bench.processes import need_proc  # noqa: PLC0415

    chosen = names or NAMES
    ours = [model for model in models if model not in PEERS]
    counts = _counts(streams)
    home = prepare_home(home.absolute())
    report.describe_machine()
    if {"live", "overhead", "memory", "client", "ingest"} & set(chosen):
        need_proc()
    runs = {
        "accuracy": lambda: accuracy.measure(home, engines=models, sets=sets, limit=limit),
        "live": lambda: live.measure(
            home, models=ours, duration_s=duration, counts=counts, start=start, port=port, profile=profile
        ),
        "overhead": lambda: overhead.measure(home, models=ours, limit=limit, repeats=repeats),
        "memory": lambda: memory.measure(home, idle=idle, active=active),
        "phrases": lambda: phrases.measure(home, engines=[m for m in models if m != POCKETSPHINX], limit=limit),
        "client": lambda: likeness.measure(home, duration_s=min(duration, 30)),
        "control": lambda: control.measure(home, limit=limit),
        "ingest": lambda: ingest.measure(home, limit=limit),
    }
    try:
        for name in dict.fromkeys(chosen):
            runs[name]()
    except AuricleError as error:
        raise click.ClickException(error.message) from error


def _counts(text: str | None) -> list[int]:
    try:
        counts = [int(part) for part in (text or "").split(",") if part.strip()]
    except ValueError as error:
        raise click.BadParameter("expected counts such as 4,8,12", param_hint="--streams") from error
    if any(count < 1 for count in counts):
        raise click.BadParameter("expected counts of 1 and more", param_hint="--streams")
    return counts


if __name__ == "__main__":
    main(prog_name="python -m bench")
