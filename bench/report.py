"""From runs to what is told of them: a table, bench/results/latest.json, docs/performance.md and its plot."""

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from bench.measure import Measured, Run, now
from bench.targets import BARE, DATABASE, ITSELF, RATE, TARGETS, Target

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).with_name("results") / "latest.json"
PAGE = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "pictures" / "rates.svg"
FIRST = "1 worker"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass(frozen=True)
class Row:
    """One figure: a load, what was measured, against what; its spread over the rounds, and its target if it has one."""

    load: str
    what: str
    against: str | None
    figure: float
    low: float
    high: float
    target: Target | None = None

    @property
    def met(self) -> bool | None:
        """Tell whether the target is met, None where there is none."""
        return None if self.target is None else self.target.met(self.figure)

    def to_wire(self) -> dict[str, Any]:
        """Return the row as it stands in the JSON file."""
        return {
            "load": self.load, "what": self.what, "ratio": round(self.figure, 3), "spread": [round(self.low, 3), round(self.high, 3)],
            "against": self.against, "target": self.target.told if self.target else None, "met": self.met,
        }  # fmt: skip


def rows(run: Run) -> list[Row]:
    """Return every figure of a run; targets hold for one worker."""
    found = [row for measured in run.loads.values() if measured.octavo for row in _of_load(measured, run)]
    found.append(_row("memory of the worker under load", "MiB", None, [run.memory]))
    found.append(_row("warm start", "s", None, list(run.starts)))
    return [_with_target(row) if run.workers == 1 else row for row in found]


def _of_load(measured: Measured, run: Run) -> Iterable[Row]:
    name, taken = measured.load, measured.octavo
    yield _row(name, "a second", None, [one.rate for one in taken])
    yield _row(name, "p50, ms", None, [one.p50 for one in taken])
    yield _row(name, "p95, ms", None, [one.p95 for one in taken])
    yield _row(name, "processor time, µs", None, measured.cpu)
    if measured.bare:
        yield _row(name, RATE, BARE, measured.ratios(measured.bare))
    if measured.database:
        yield _row(name, RATE, DATABASE, measured.ratios(measured.database))
    itself = run.loads.get(ITSELF)
    if itself and itself.octavo and name != ITSELF:
        yield _row(name, "p50, times that of", ITSELF, [one.p50 / other.p50 for one, other in zip(taken, itself.octavo, strict=True)])


def _row(load: str, what: str, against: str | None, figures: list[float]) -> Row:
    return Row(load, what, against, median(figures), min(figures), max(figures))


def _with_target(row: Row) -> Row:
    key = (row.load, row.what, row.against)
    target = next((one for one in TARGETS if (one.load, one.what, one.against) == key), None)
    return Row(row.load, row.what, row.against, row.figure, row.low, row.high, target)


def table(found: list[Row]) -> str:
    """Return rows as a Markdown table."""
    return _table([row.to_wire() for row in found])


def _table(wire: list[dict[str, Any]]) -> str:
    lines = ["| load | figure | against | measured | spread | target | met |", "|---|---|---|---|---|---|---|"]
    for row in wire:
        met = {None: "", True: "yes", False: "**no**"}[row["met"]]
        low, high = row["spread"]
        measured = f"{_told(row['ratio'])} | {_told(low)} to {_told(high)}"
        lines.append(f"| {row['load']} | {row['what']} | {row['against'] or ''} | {measured} | {row['target'] or ''} | {met} |")
    return "\n".join(lines)


def _told(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"


def keep(part: str, found: list[Row]) -> None:
    """Write one part of the figures into the JSON file, and the page anew; the other parts stay as they were."""
    RESULTS.parent.mkdir(exist_ok=True)
    known = orjson.loads(RESULTS.read_bytes()) if RESULTS.exists() else {"loads": []}
    loads = [row for row in known["loads"] if row["part"] != part] + [{**row.to_wire(), "part": part} for row in found]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    taken = {**known.get("taken", {}), part: now()}
    RESULTS.write_bytes(orjson.dumps({"machine": machine, "taken": taken, "loads": loads}, option=orjson.OPT_INDENT_2))
    tables = (f"### {name}\n\nTaken {when}.\n\n{_table([row for row in loads if row['part'] == name])}" for name, when in taken.items())
    head, _, rest = PAGE.read_text().partition(BEGIN)
    tail = rest.partition(END)[2]
    shown = "\n\n".join(tables)
    PAGE.write_text(f"{head}{BEGIN}\nOn {machine}.\n\n{shown}\n{END}{tail}")
    PLOT.parent.mkdir(exist_ok=True)
    PLOT.write_text(plot([row for row in loads if row["part"] == FIRST]))


def plot(wire: list[dict[str, Any]]) -> str:
    """Return an SVG of the ratios: one bar each, a line where the target is."""
    bars = [row for row in wire if row["what"] == RATE]
    height, scale, left = 26, 420, 300
    parts = []
    for place, row in enumerate(bars):
        y = place * height + 8
        width = min(row["ratio"], 1.2) * scale
        colour = "#b3261e" if row["met"] is False else "#2f6f4f"
        parts.append(f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{escape(row["load"])}, of {row["against"]}</text>')
        parts.append(f'<rect x="{left}" y="{y}" width="{width:.0f}" height="16" fill="{colour}"/>')
        parts.append(f'<text x="{left + width + 6:.0f}" y="{y + 13}">{row["ratio"]:.2f}</text>')
        if row["target"]:
            x = left + float(row["target"].split()[1]) * scale
            parts.append(f'<line x1="{x:.0f}" x2="{x:.0f}" y1="{y - 3}" y2="{y + 19}" stroke="#555" stroke-width="2"/>')
    size = f'width="{left + scale + 140}" height="{len(bars) * height + 16}"'
    style = "text{font:13px sans-serif;fill:#555}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{style}</style>{"".join(parts)}</svg>\n'
