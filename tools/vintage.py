#!/usr/bin/env python3
"""The LSOA 2011 that each new LSOA 2021 counts in, as data/areas/lsoa21.csv.

    python3 tools/vintage.py lsoa21_lookup.csv.gz OUT.csv

The lookup has the columns LSOA21CD, lat and lon (of the centre).  A row is
written for every code of 2021 that is none of 2011: of the LSOAs 2011 whose
codes ended, the one that holds the centre, or else is nearest, by
data/boundaries/lsoa11.bin.
"""
import argparse
import csv
import gzip
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from boundaries import Table, holds  # noqa: E402
from make_istv import Grid  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent.parent


def distance(rings, p):
    """Metres from p to the nearest edge."""
    best = math.inf
    for ring in rings:
        for a, b in zip(ring, ring[1:] + ring[:1]):
            x, y = b[0] - a[0], b[1] - a[1]
            along = (p[0] - a[0]) * x + (p[1] - a[1]) * y
            t = min(1, max(0, along / (x * x + y * y))) if x or y else 0
            best = min(best, math.hypot(a[0] + t * x - p[0],
                                        a[1] + t * y - p[1]))
    return best


def place(areas, p):
    """The code of the area that holds p, or else is nearest, and how far."""
    best = min((0 if holds(rings, p) else distance(rings, p), code)
               for code, rings in near(areas, p))
    return best[1], best[0]


def near(areas, p):
    """Those with a corner within 20 km: more than any of them measures."""
    return [(code, rings) for code, rings in areas
            if abs(rings[0][0][0] - p[0]) < 20000
            and abs(rings[0][0][1] - p[1]) < 20000]


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("lookup")
    p.add_argument("out")
    p.add_argument("--data", type=pathlib.Path, default=HERE / "data")
    a = p.parse_args()
    with open(a.data / "areas/lsoa11.csv", newline="") as f:
        old = {row["code"] for row in csv.DictReader(f)}
    with gzip.open(a.lookup, "rt", newline="") as f:
        new = {row["LSOA21CD"]: row for row in csv.DictReader(f)}
    table = Table((a.data / "boundaries/lsoa11.bin").read_bytes())
    retired = [(code, rings) for code, rings in table.outlines()
               if code not in new]
    grid, out = Grid(a.data), []
    for code in sorted(set(new) - old):
        centre = grid.metres(float(new[code]["lat"]), float(new[code]["lon"]))
        out.append((code, *place(retired, centre)))
    outside = [far for _, _, far in out if far > 0]
    print(f"{len(out)} codes into {len({row[1] for row in out})} of "
          f"{len(retired)} retired; {len(outside)} by the nearest edge, at "
          f"most {max(outside):.0f} m")
    with open(a.out, "w", newline="") as f:
        csv.writer(f, lineterminator="\n").writerows(
            [("code", "lsoa11")] + [row[:2] for row in out])


if __name__ == "__main__":
    main()
