from __future__ import annotations

import io

from rich.console import Console

from auricle.cli.progress import scaled, steps


def test_without_a_terminal_a_step_is_one_plain_line() -> None:
    out = io.StringIO()
    with steps(Console(file=out)) as step, step("Preparing moonshine-base") as report:
        report(0.5)
    assert out.getvalue() == "Preparing moonshine-base …\n"


def test_on_a_terminal_a_step_is_a_bar_that_ends_full() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=80)
    with steps(console) as step, step("Preparing") as report:
        report(0.5)
    assert "Preparing" in out.getvalue()


def test_a_part_of_a_step_reports_within_its_bounds() -> None:
    told: list[float] = []
    report = scaled(told.append, 0.25, 0.75)
    report(0)
    report(0.5)
    report(1)
    assert told == [0.25, 0.5, 0.75]
