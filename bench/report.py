"""From a run to the table, the JSON file and the plots."""

from bench.measure import Run


def table(runs: list[Run]) -> str:
    out=[]
    for run in runs:
        for m in run.loads.values():
            if not m.octavo: continue
            out.append(f"{m.load}: {m.middle(lambda t: t.rate):,.0f}/s p50 {m.middle(lambda t: t.p50):.2f} p95 {m.middle(lambda t: t.p95):.2f} bare {m.ratios(m.bare)} ({m.bare}) db {m.ratios(m.database)} ({m.database}) cpu {m.cpu}")
        out.append(f"memory {run.memory:.0f} starts {run.starts}")
    return "\n".join(out)
def write(runs): pass
