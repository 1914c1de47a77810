"""A study's state as one page of a terminal, and as a line."""

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from plion.studies.watching.state import Running, State
from plion.typesetting.amounts import duration, money

_FIXED = 10  # lines of the page beside the rows of its tables
_FAILURES = 5  # failed runs that the page shows
_UNITS = {"audio_hours": "audio h", "supervised_tokens": "tokens"}


class Page:
    """Draws a state in the size of the terminal."""

    def __init__(self, state: State) -> None:
        self.state = state

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        state = self.state
        failures = min(len(state.failed), _FAILURES)
        rows = max(
            3, (options.height or console.height) - _FIXED - (failures + 2 if failures else 0)
        )
        parts: list[RenderableType] = [
            _title(state),
            _bar(state, options.max_width),
            _counts(state),
        ]
        if estimate := _estimate(state):
            parts.append(Text(estimate))
        if state.running or state.places:
            parts += ["", _running(state, rows)]
        if failures:
            parts += ["", _failed(state)]
        yield Group(*parts)


def line(state: State) -> str:
    """The state in one line, for outputs that are no terminal."""
    left = _estimate(state)
    return f"{state.study.name}: {_counts(state).plain}" + (f"; {left}" if left else "")


def _title(state: State) -> RenderableType:
    table = Table.grid(expand=True, padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(ratio=1, justify="right", style="dim", no_wrap=True, overflow="ellipsis")
    table.add_row(state.study.name, state.study.folder)
    return Group(table, Text(state.study.question, "italic"))


def _bar(state: State, width: int) -> RenderableType:
    table = Table.grid(expand=True, padding=(0, 2))
    table.add_column(ratio=1)
    table.add_column(justify="right", no_wrap=True)
    bar = ProgressBar(
        total=max(1, state.runs), completed=_progress(state), complete_style="cyan",
        finished_style="green",
    )  # fmt: skip
    table.add_row(bar, f"{state.done} of {state.runs} runs")
    return table


def _progress(state: State) -> float:
    """Runs done, those that run by their steps."""
    parts = [one.step / one.steps for one in state.running if one.step is not None and one.steps]
    return state.done + state.pruned + sum(parts)


def _counts(state: State) -> Text:
    counts = (
        (state.done, "done", "green"),
        (state.pruned, "pruned", "magenta"),
        (len(state.running), "running", "cyan"),
        (len(state.failed), "failed", "red"),
        (state.stopped, "stopped", "yellow"),
        (state.waiting, "waiting", ""),
    )
    shown = [
        Text(f"{count} {word}", style if count else "dim")
        for count, word, style in counts
        if count or word in ("done", "running", "failed")
    ]
    return Text(", ").join(shown)


def _estimate(state: State) -> str:
    """Speed, and what is left in time and money, as far as these are known."""
    parts = []
    if state.speed is not None:
        parts.append(f"{state.speed:,.0f} s of audio a second")
    if state.runs_per_hour is not None:
        parts.append(f"{state.runs_per_hour:,.3g} runs an hour")
    if state.seconds_left:
        parts.append(f"about {duration(state.seconds_left / 3600)} left")
    elif state.seconds_left is not None and state.running:
        parts.append("decoding")
    if state.cost is not None:
        more = f", about {money(state.cost_left)} to come" if state.cost_left else ""
        parts.append(f"cost {money(state.cost)} so far{more}")
    return "; ".join(parts)


def _running(state: State, rows: int) -> RenderableType:
    """A row for each place: what runs there; first those at work."""
    unit = _UNITS.get(state.study.quantity, state.study.quantity)
    table = Table(box=None, expand=True, padding=(0, 1), header_style="dim", pad_edge=False)
    table.add_column("place", no_wrap=True)
    table.add_column("done", justify="right")
    table.add_column("run", ratio=1, no_wrap=True, overflow="ellipsis")
    for head in ("step", unit, "error", "speed", "left"):
        table.add_column(head, justify="right", no_wrap=True)
    done = {place.name: str(place.done) for place in state.places}
    lines = [
        (
            one.place,
            done.get(one.place, ""),
            _short(one.name, state),
            *_figures(one),
        )
        for one in sorted(state.running, key=lambda one: one.place)
    ]
    lines += [
        (place.name, str(place.done), "idle", "", "", "", "", "")
        for place in state.places
        if place.running is None
    ]
    for cells in lines[:rows]:
        table.add_row(*cells)
    if len(lines) > rows:
        table.add_row("", "", Text(f"and {len(lines) - rows} more", "dim"))
    return table


def _short(name: str, state: State) -> str:
    """A run's name without the study's, which the title has."""
    return name.removeprefix(f"{state.study.name}-")


def _figures(one: Running) -> tuple[str, ...]:
    """Step, consumption, validation error, speed and time left, empty where unknown."""
    if one.step is None or one.steps is None:
        return ("", "", "", "", "")
    trained = one.step >= one.steps
    return (
        f"{one.step:,}/{one.steps:,}",
        f"{one.held:,.3g}/{one.amount:,.4g}",
        "" if one.error is None else f"{one.error:.2f}",
        "" if one.speed is None else f"{one.speed:,.0f}x",
        "testing" if trained else "" if one.left is None else duration(one.left / 3600),
    )


def _failed(state: State) -> RenderableType:
    table = Table(box=None, expand=True, padding=(0, 1), header_style="dim", pad_edge=False)
    table.add_column("failed", style="red", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("reason", no_wrap=True, overflow="ellipsis", ratio=2)
    for one in state.failed[-_FAILURES:]:
        table.add_row(_short(one.name, state), " ".join(one.reason.split()))
    if len(state.failed) > _FAILURES:
        table.add_row(Text(f"and {len(state.failed) - _FAILURES} more", "dim"), "")
    return table
