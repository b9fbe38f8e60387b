#!/usr/bin/env python3
"""A load that is killed at any point leaves all of it or nothing.

    interrupt.py WARD_NODE [POINTS]

Kills the real load with SIGKILL at POINTS (50) random points of the time that
it takes, each time into the records of another load, with replacement every
third time.  Afterwards the records open, hold either what they held or all that
the load brings, and take the load.
"""
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from node import ROOT, Node, expect, no_cores

FIRST = ROOT / "tests/data/2021-wiltshire-street.csv.zst"
SECOND = ROOT / "data/demo/2021-gwent-street.csv.zst"
SEED = 20210704


def keep(node, place):
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(node.dir, place)


def killed(node, args, after_s):
    """Whether the load was still running when it was killed."""
    load = subprocess.Popen(node.argv("load", node.dir, "--source", "police",
                                      *args),
                            stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    time.sleep(after_s)
    load.kill()
    return load.wait() != 0


def main():
    program = sys.argv[1]
    points = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    pick = random.Random(SEED)
    no_cores()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        node = Node(program, folder / "node")
        expect(node.load(FIRST)[0] == 0, "the first file is loaded")
        before = node.totals()
        keep(node, folder / "before")
        started = time.monotonic()
        expect(node.load(SECOND)[0] == 0, "the second file is loaded")
        whole_s = time.monotonic() - started
        after = node.totals()
        inside = tries = 0
        while inside < points and tries < 6 * points:
            shutil.rmtree(node.dir)
            shutil.copytree(folder / "before", node.dir)
            args = ["--replace", SECOND] if tries % 3 == 2 else [SECOND]
            inside += killed(node, args, pick.random() * whole_s)
            tries += 1
            expect(node.totals() in (before, after),
                   f"try {tries}: half a batch")
            if tries % 4 != 0:
                continue
            code, said = node.load(*args)
            expect(code == 0, f"try {tries}: loading again: {said}")
            expect(node.totals() == after, f"try {tries}: not all of it")
    expect(inside == points,
           f"only {inside} of {tries} kills came before the end")
    print(f"{inside} kills before the end of a load, {tries - inside} behind "
          "it; never half a batch")


if __name__ == "__main__":
    main()
