"""What an attack tried and found, and the table that says so."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """One attack: what should be true of it, what was tried, and where it was not true."""

    attack: str
    target: str
    requests: int = 0
    tried: str = ""
    findings: list[str] = field(default_factory=list)

    def check(self, holds: object, finding: str) -> None:
        """Note a finding unless something holds."""
        if not holds:
            self.findings.append(finding)


def table(outcomes: Sequence[Outcome]) -> str:
    """Return the outcomes as a table, and the findings below it."""
    head = ("attack", "target", "tried", "requests", "findings")
    rows = [(one.attack, one.target, one.tried, f"{one.requests:,}", str(len(one.findings))) for one in outcomes]
    total = ("in all", "", "", f"{sum(one.requests for one in outcomes):,}", str(sum(len(one.findings) for one in outcomes)))
    widths = [max(len(row[column]) for row in (head, *rows, total)) for column in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in (head, tuple("-" * width for width in widths), *rows, total)
    ]
    found = [f"{one.attack}: {finding}" for one in outcomes for finding in one.findings]
    return "\n".join([*lines, *found])
