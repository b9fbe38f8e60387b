"""Holds a release against an exact count made by another program.

The independent count reads the same CSV files with its own code
(tests/count_street.py); the law of the noise is summed here from its
definition.
"""
import csv
import math
import subprocess
import sys
from pathlib import Path

from federation import Failed

ROOT = Path(__file__).resolve().parent.parent
POLICE = ["south-wales", "gwent", "dyfed-powys"]
NHS = "cardiff-and-vale-uhb"
FORCES = "W15000002,W15000003,W15000004"


def expect(holds, promise):
    if not holds:
        raise Failed("not so: " + promise)


def tail_bounds(s2, nodes, *chances):
    """Smallest h with P(|noise| > h) <= chance, for each chance; the noise is
    the sum of `nodes` discrete Gaussians N_Z(0, s2)."""
    reach = int(12 * math.sqrt(s2)) + 12
    one = [math.exp(-x * x / (2 * s2)) for x in range(-reach, reach + 1)]
    total = math.fsum(one)
    one = [p / total for p in one]
    law = one
    for _ in range(nodes - 1):
        law = convolve(law, one)
    middle = len(law) // 2
    out = []
    for chance in chances:
        beyond, h = 0.0, middle
        while h > 0 and beyond + 2 * law[middle + h] <= chance:
            beyond += 2 * law[middle + h]
            h -= 1
        out.append(h)
    return out


def convolve(a, b):
    out = [0.0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        if x > 1e-30:
            for j, y in enumerate(b):
                out[i + j] += x * y
    return out


def exact(fed, files, *more):
    """{(theme, code): count} by the independent program."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/count_street.py"), "--geo",
         "lsoa11", "--forces", FORCES, "--themes", "violence,asb", "--slice",
         "sum", *more, *map(str, files)], text=True, capture_output=True,
        check=True)
    rows = csv.DictReader(done.stdout.splitlines())
    return {(r["theme"], r["code"]): int(r["count"]) for r in rows}


def released(path, source):
    with open(path, newline="") as f:
        lines = [line for line in f if not line.startswith("#")]
    return {(r["theme"], r["code"]): int(r["value"])
            for r in csv.DictReader(lines) if r["source"] == source}


def compare(got, want, s2, nodes, label, say, slack=None):
    """How many cells lie beyond their 99.9 % bound, and how many there are; none
    may be further off than the bound at 1e-9 / cells.  slack: counts that the
    contribution bound may have left out of a cell."""
    expect(set(got) == set(want) and len(got) > 1000,
           f"{label}: the same cells ({len(got)} and {len(want)})")
    usual, never = tail_bounds(s2, nodes, 1e-3, 1e-9 / len(got))
    outside = far = 0
    for key, value in got.items():
        error = value - want[key]
        left_out = (slack or {}).get(key, 0)
        error = min(error + left_out, 0) if error < 0 else error
        outside += abs(error) > usual
        far += abs(error) > never
    say(f"  {label}: {len(got):,} cells against the exact count: {outside} "
        f"beyond +-{usual} (99.9 %), {far} beyond +-{never}")
    expect(far == 0, f"{label}: no cell outside the bound at 1e-9 / cells")
    spread = sum((got[k] - want[k]) ** 2 for k in got) / len(got) / (s2 * nodes)
    if slack is None:
        say(f"  {label}: mean square of the noise is {spread:.3f} of its law")
        expect(0.8 < spread < 1.2, f"{label}: noise of the stated size")
    return outside, len(got)


def release(fed, bundle, query_id, say):
    table = fed.fetch(bundle, "csv")
    noise = fed.get(f"/v1/releases/{query_id}")["noise"]
    s2 = float(noise["variance"])
    extracts = fed.root / "extracts"
    police = exact(fed, [extracts / f"{p}.csv" for p in POLICE])
    one = compare(released(table, "police"), police, s2, 3, "police forces",
                  say)
    istv = ["--istv", extracts / f"{NHS}.csv", "--gazetteer",
            gazetteer_of(extracts)]
    nhs = exact(fed, [], *map(str, istv))
    slack = exact(fed, [], *map(str, istv), "--over", "1")
    two = compare(released(table, "nhs"), nhs, s2, 1, "hospital", say, slack)
    outside, cells = one[0] + two[0], one[1] + two[1]
    say(f"  {outside} of {cells:,} cells beyond their 99.9 % bound: "
        f"{100 * outside / cells:.2f} %")
    expect(outside <= 0.003 * cells,
           "at most 0.3 % of cells outside their 99.9 % bound")


def gazetteer_of(extracts):
    unpacked = extracts / "gazetteer.csv"
    if unpacked.exists():
        return unpacked
    return sorted((ROOT / "data/demo").glob("*gazetteer*"))[0]


def same_numbers(fed, first, second, say):
    """A node that answers the same question again says the same."""
    one = released(fed.fetch(first, "csv"), "nhs")
    two = released(fed.fetch(second, "csv"), "nhs")
    expect(one == two and len(one) > 1000,
           "the same question gets the same numbers")
    say("  the same question under another title: identical numbers")
