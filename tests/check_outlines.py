#!/usr/bin/env python3
"""The table of outlines: made again byte for byte, and how often it agrees with
the LSOA that the police published for a point.

    python3 tests/check_outlines.py [STREET.csv.zst ...]

Without a file: data/boundaries/lsoa11.bin is made again, the vectors of
tests/unit/model/test_boundary.c are found again, and the demonstration's street
files must agree for 95.5 to 98.5 % of their points.  With files: the share of
each, and of all.
"""
import csv
import random
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
DATA = HERE / "data"
VECTORS = HERE / "tests/vectors/outlines.csv"
sys.path.insert(0, str(HERE / "tools"))
from boundaries import Squares  # noqa: E402
from make_istv import Grid, open_zst  # noqa: E402

LEAST, MOST = 95.5, 98.5  # per cent


def check(good, what):
    if not good:
        sys.exit(f"check_outlines: {what}")


def made_again():
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "lsoa11.bin"
        subprocess.run([sys.executable, str(HERE / "tools/boundaries.py"),
                        str(DATA / "boundaries/lsoa11.geojsonl.zst"),
                        str(out)], check=True)
        return out.read_bytes() == (DATA / "boundaries/lsoa11.bin").read_bytes()


class Share:
    """Of the points of files, how many lie in the LSOA published."""

    def __init__(self, squares):
        self.grid, self.squares, self.known = Grid(DATA), squares, {}

    def at(self, lon, lat):
        key = lon, lat
        if key not in self.known:
            self.known[key] = self.squares.at(
                self.grid.metres(float(lat), float(lon)))
        return self.known[key]

    def of(self, path):
        """Points, those that agree, those in no area."""
        n = same = none = 0
        for row in open_zst(path):
            if row["LSOA code"] and row["Longitude"]:
                code = self.at(row["Longitude"], row["Latitude"])
                n, same = n + 1, same + (code == row["LSOA code"])
                none += code is None
        return n, same, none


def report(name, n, same, none):
    print(f"{name}: {n} points, {100 * same / n:.2f} % as published, "
          f"{100 * none / n:.2f} % in none")


def draw_vectors(squares):
    """Points near corners of areas, where it is hardest, and far from all."""
    rng = random.Random(20260201)
    areas = [a for s in sorted(squares.squares) for a in squares.squares[s]]
    for _ in range(400):
        code, rings = rng.choice(areas)
        e, n = rng.choice(rng.choice(rings))
        off = rng.choice((0, 0, 1, 30, 3000))
        yield (min(699999, max(0, e + rng.randint(-off, off))),
               max(0, n + rng.randint(-off, off)))


def main():
    squares = Squares(DATA / "boundaries/lsoa11.bin")
    if sys.argv[1:2] == ["--vectors"]:
        with open(VECTORS, "w", newline="") as f:
            csv.writer(f, lineterminator="\n").writerows(
                (*p, squares.at(p) or "-") for p in draw_vectors(squares))
        return
    files = sys.argv[1:] or sorted(DATA.glob("demo/*-street.csv.zst"))
    share, total = Share(squares), [0, 0, 0]
    for path in files:
        one = share.of(path)
        total = [a + b for a, b in zip(total, one)]
        if one[0] > 0:
            report(Path(path).name, *one)
    report("all", *total)
    if sys.argv[1:]:
        return
    check(LEAST <= 100 * total[1] / total[0] <= MOST, "another share")
    with open(VECTORS, newline="") as f:
        for east, north, code in csv.reader(f):
            found = squares.at((int(east), int(north))) or "-"
            check(found == code, f"{east},{north}: {found}, not {code}")
    check(made_again(), "data/boundaries/lsoa11.bin is not what is made")


if __name__ == "__main__":
    main()
