"""Progress for people: bars on a terminal, one line a step anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

Report = Callable[[float], None]  # the fraction done, 0..1
Step = Callable[[str], AbstractContextManager[Report]]


@contextmanager
def steps(console: Console | None = None) -> Iterator[Step]:
    """Open a display; each `with step("What is done") as report` in it is one row or line."""
    console = console or Console()
    if not console.is_terminal:
        yield lambda title: _line(console, title)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as display:
        yield lambda title: _bar(display, title)


@contextmanager
def _line(console: Console, title: str) -> Iterator[Report]:
    console.print(f"{title} …", markup=False, highlight=False)
    yield lambda _fraction: None


@contextmanager
def _bar(display: Progress, title: str) -> Iterator[Report]:
    task = display.add_task(title, total=1.0)
    yield lambda fraction: display.update(task, completed=fraction)
    display.update(task, completed=1.0)


def scaled(report: Report, start: float, end: float) -> Report:
    """A reporter for one part of a step, which reaches from `start` to `end` of the whole."""
    return lambda fraction: report(start + (end - start) * fraction)
