"""Holds a release against an exact count made by another program.

The independent count reads the same CSV files with its own code
(tests/count_street.py), on every level and for every month.
"""
import csv
import subprocess
import sys
from pathlib import Path
from statistics import NormalDist

from federation import Failed

ROOT = Path(__file__).resolve().parent.parent
POLICE = ["south-wales", "gwent", "dyfed-powys"]
NHS = "cardiff-and-vale-uhb"
FORCES = "W15000002,W15000003,W15000004"
NORMAL = NormalDist()
Z95, Z999 = NORMAL.inv_cdf(0.975), NORMAL.inv_cdf(0.9995)


def expect(holds, promise):
    if not holds:
        raise Failed("not so: " + promise)


def exact(files, level, per, *more):
    """{(theme, slice, code): count} by the independent program; with per
    "month" all months together, "total", too."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/count_street.py"), "--geo", level,
         "--forces", FORCES, "--themes", "violence,asb", "--slice",
         "month" if per == "month" else "sum", *more, *map(str, files)],
        text=True, capture_output=True, check=True)
    counts = {(r["theme"], r["slice"], r["code"]): int(r["count"])
              for r in csv.DictReader(done.stdout.splitlines())}
    if per == "month":
        for (theme, _, code), n in list(counts.items()):
            key = theme, "total", code
            counts[key] = counts.get(key, 0) + n
    return counts


class Table:
    """The rows of a release's table, by source and level."""

    def __init__(self, path):
        self.rows = {}
        with open(path, newline="") as f:
            lines = [line for line in f if not line.startswith("#")]
        for r in csv.DictReader(lines):
            part = self.rows.setdefault((r["source"], r["level"]), {})
            part[r["theme"], r["slice"], r["code"]] = (
                float(r["value"]), float(r["low"]), float(r["high"]),
                int(r["display"]))


def compare(rows, want, label, say, slack=None):
    """How many cells lie beyond their 99.9 % bound, and how many there are; none
    may be further off than what has a chance of 1e-9 / cells.  The bounds are
    the normal ones for the standard error that a row's interval stands for.
    slack: counts that the contribution bound may have left out of a cell."""
    expect(set(rows) == set(want), f"{label}: the same cells ({len(rows)} and "
           f"{len(want)})")
    never = NORMAL.inv_cdf(1 - 5e-10 / len(rows)) + 0.3
    outside = far = inside = 0
    squares = 0.0
    for key, (value, low, high, _) in rows.items():
        sd = (high - low) / 2 / Z95
        error = value - want[key]
        left_out = (slack or {}).get(key, 0)
        error = min(error + left_out, 0) if error < 0 else error
        inside += low <= value - error <= high
        outside += abs(error) > Z999 * sd + 1
        far += abs(error) > never * sd + 1
        squares += (error / sd) ** 2
    share, spread = inside / len(rows), squares / len(rows)
    say(f"  {label}: {len(rows):,} numbers against the exact count: "
        f"{100 * share:.1f} % in their 95 % intervals, {outside} beyond 99.9 %")
    expect(far == 0, f"{label}: no number outside the bound at 1e-9 / cells")
    if slack is None and len(rows) > 1000:
        expect(0.93 < share < 0.97, f"{label}: intervals of the stated rate")
        expect(0.8 < spread < 1.2, f"{label}: noise of the stated size")
    return outside, len(rows)


def consistent(table, levels, per, label, say):
    """Display numbers add up to the unit: over levels, and over months."""
    for source in {source for source, _ in table.rows}:
        sums = []
        for level in levels:
            rows = table.rows[source, level]
            total = {}
            for (theme, part, code), row in rows.items():
                expect(row[3] >= 0, f"{label}: no number below zero")
                key = theme, part, code != ""
                total[key] = total.get(key, 0) + row[3]
            sums.append(total)
            if per == "month":
                by_place = {}
                for (theme, part, code), row in rows.items():
                    way = 1 if part == "total" else -1
                    key = theme, code
                    by_place[key] = by_place.get(key, 0) + way * row[3]
                expect(not any(by_place.values()),
                       f"{label}, {source}, {level}: months add up")
        expect(all(s == sums[0] for s in sums),
               f"{label}, {source}: every level adds up to the same")
    say(f"  {label}: what is shown adds up over "
        f"{len(levels)} levels" + (" and 12 months" if per == "month" else ""))


def release(fed, bundle, levels, per, label, say):
    """One release, every level of it, against the count of the extracts."""
    table = Table(fed.fetch(bundle, "csv"))
    extracts = fed.root / "extracts"
    istv = ["--istv", str(extracts / f"{NHS}.csv"), "--gazetteer",
            str(gazetteer_of(extracts))]
    files = [extracts / f"{p}.csv" for p in POLICE]
    outside = cells = 0
    consistent(table, levels, per, label, say)
    for level in levels:
        one = compare(table.rows["police", level], exact(files, level, per),
                      f"{label}, police forces, {level}", say)
        two = compare(table.rows["nhs", level],
                      exact([], level, per, *istv),
                      f"{label}, hospital, {level}", say,
                      exact([], level, per, *istv, "--over", "1"))
        outside += one[0] + two[0]
        cells += one[1] + two[1]
    expect(outside <= 0.003 * cells,
           f"{label}: at most 0.3 % of numbers beyond their 99.9 % bound "
           f"({outside} of {cells:,})")


def gazetteer_of(extracts):
    unpacked = extracts / "gazetteer.csv"
    if unpacked.exists():
        return unpacked
    return sorted((ROOT / "data/demo").glob("*gazetteer*"))[0]


def same_numbers(fed, first, second, say):
    """A node that answers the same question again says the same."""
    one = Table(fed.fetch(first, "csv")).rows
    two = Table(fed.fetch(second, "csv")).rows
    key = "nhs", "lsoa11"
    expect(one[key] == two[key] and len(one[key]) > 1000,
           "the same question gets the same numbers")
    say("  the same question under another title: identical numbers")
