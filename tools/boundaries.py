#!/usr/bin/env python3
"""The outlines of areas as the table of model/boundary.

    python3 tools/boundaries.py IN.geojsonl.zst OUT.bin

IN has one GeoJSON Feature a line, `id` = code, longitude and latitude with
--places decimals, the rest cut off (4).  OUT has whole metres, EPSG:27700; its
form is that of model/boundary.h.  It ends within 30 seconds and needs Python
and zstd alone.
"""
import argparse
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from make_istv import Grid  # noqa: E402

MAGIC = b"WARDOUT1"


def features(path):
    with subprocess.Popen(["zstd", "-dc", "--long=27", str(path)],
                          stdout=subprocess.PIPE) as zstd:
        yield from map(json.loads, zstd.stdout)
    if zstd.returncode != 0:
        sys.exit(f"{path}: cannot be unpacked")


def rings(geometry):
    several = geometry["type"] == "MultiPolygon"
    for polygon in geometry["coordinates"] if several else \
            [geometry["coordinates"]]:
        yield from polygon


class Points:
    """Metres of a longitude and latitude; each is worked out once."""

    def __init__(self, data, places):
        self.grid = Grid(data)
        self.cut = 0.5 * 10 ** -places if places > 0 else 0
        self.known = {}

    def metres(self, lon, lat):
        """What was cut off is half a unit of the last place on average."""
        key = lon, lat
        if key not in self.known:
            self.known[key] = self.grid.metres(
                lat + self.cut, lon - self.cut if lon < 0 else lon + self.cut)
        return self.known[key]


def without_repeats(points):
    """The corners of a ring: the last is the one before the first, and none is
    where its neighbour is."""
    out = []
    for p in points:
        if not out or out[-1] != p:
            out.append(p)
    while len(out) > 1 and out[0] == out[-1]:
        out.pop()
    return out


def varint(n):
    """Seven bits a byte, the lowest first; the sign is the lowest bit."""
    n = 2 * n if n >= 0 else -2 * n - 1
    out = bytearray()
    while n > 127:
        out.append(128 | n & 127)
        n >>= 7
    out.append(n)
    return bytes(out)


def packed(corners):
    (e, n), out = corners[0], bytearray()
    out += len(corners).to_bytes(2, "big")
    out += e.to_bytes(3, "big") + n.to_bytes(3, "big")
    for east, north in corners[1:]:
        out += varint(east - e) + varint(north - n)
        e, n = east, north
    return out


def outline(points, feature):
    kept = [c for c in (without_repeats([points.metres(*p) for p in ring])
                        for ring in rings(feature["geometry"]))
            if len(c) >= 3]
    if not kept:
        sys.exit(f"{feature['id']}: nothing is left of its outline")
    return (feature["id"].encode() + b"\0" + len(kept).to_bytes(2, "big")
            + b"".join(map(packed, kept)))


class Table:
    """A table, read."""

    def __init__(self, raw):
        self.raw, self.at = raw, 0

    def take(self, n):
        self.at += n
        return self.raw[self.at - n:self.at]

    def number(self, n):
        return int.from_bytes(self.take(n), "big")

    def step(self):
        n = shift = 0
        while True:
            byte = self.raw[self.at]
            self.at += 1
            n |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return -(n >> 1) - 1 if n & 1 else n >> 1

    def ring(self):
        n = self.number(2)
        corners = [(self.number(3), self.number(3))]
        for _ in range(n - 1):
            e, m = corners[-1]
            corners.append((e + self.step(), m + self.step()))
        return corners

    def outlines(self):
        """(code, rings) of each area."""
        if self.take(8) != MAGIC:
            sys.exit("a table of another form")
        for _ in range(self.number(4)):
            code = self.take(10)[:9].decode()
            yield code, [self.ring() for _ in range(self.number(2))]


def holds(rings, p):
    """Even-odd rule, as model/boundary has it."""
    inside = False
    for ring in rings:
        for a, b in zip(ring, ring[1:] + ring[:1]):
            if (a[1] > p[1]) != (b[1] > p[1]):
                side = ((b[0] - a[0]) * (p[1] - a[1])
                        - (p[0] - a[0]) * (b[1] - a[1]))
                inside ^= side > 0 if b[1] > a[1] else side < 0
    return inside


class Squares:
    """Areas of a table by the squares of 1 km that their rectangle touches."""

    def __init__(self, path):
        self.squares = {}
        for code, several in Table(path.read_bytes()).outlines():
            east = [c[0] for r in several for c in r]
            north = [c[1] for r in several for c in r]
            for x in range(min(east) // 1000, max(east) // 1000 + 1):
                for y in range(min(north) // 1000, max(north) // 1000 + 1):
                    self.squares.setdefault((x, y), []).append(
                        (code, several))

    def at(self, p):
        """The code of the area that holds p, or None."""
        for code, several in self.squares.get(
                (p[0] // 1000, p[1] // 1000), []):
            if holds(several, p):
                return code
        return None


def main():
    here = pathlib.Path(__file__).resolve().parent.parent
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("source")
    p.add_argument("out")
    p.add_argument("--places", type=int, default=4)
    p.add_argument("--data", type=pathlib.Path, default=here / "data")
    a = p.parse_args()
    points = Points(a.data, a.places)
    outlines = sorted(outline(points, f) for f in features(a.source))
    with open(a.out, "wb") as f:
        f.write(MAGIC + len(outlines).to_bytes(4, "big") + b"".join(outlines))


if __name__ == "__main__":
    main()
