#!/usr/bin/env python3
"""./dev bench -- measured figures, each beside a peer in the same run.

Machines differ and are noisy: what counts is the ratio.  A peer that is not
installed is skipped, loudly.
"""
import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = 5


def rate(build, *words):
    """Median of RUNS runs of one loop, things a second."""
    return statistics.median(
        float(subprocess.run([str(build / "bench/bench"), *map(str, words)],
                             check=True, capture_output=True,
                             text=True).stdout) for _ in range(RUNS))


def row(what, figure, peer="", ratio=""):
    print(f"  {what:34} {figure:>18} {peer:>26} {ratio:>8}".rstrip(),
          flush=True)


def numpy_normal(sd):
    """Draws a second of numpy's floating normal, which is not private."""
    code = ("import numpy as n, time; r = n.random.default_rng(1); "
            "t = time.process_time(); "
            f"n.rint(r.normal(0, {sd}, 1000000)); "
            "print(1e6 / (time.process_time() - t))")
    done = subprocess.run([sys.executable, "-c", code], text=True,
                          capture_output=True)
    return float(done.stdout) if done.returncode == 0 else None


def noise(build):
    print("noise (CPU time, medians of %d)" % RUNS)
    row("keyed stream", f"{rate(build, 'random') / 1e9:.2f} GB/s")
    for sd in (1, 5, 10, 100):
        ours, peer = rate(build, "gauss", sd), numpy_normal(sd)
        row(f"exact discrete Gaussian, sd {sd}", f"{ours / 1e6:.1f} M/s",
            f"numpy {peer / 1e6:.1f} M/s" if peer else
            "numpy SKIPPED: absent", f"{ours / peer:.2f} x" if peer else "")
    ms = 1000 / rate(build, "release", 5)
    row("release of 1,000,000 cells, sd 5", f"{ms:.0f} ms")


def ledger(build):
    print("ledger (wall time)")
    with tempfile.TemporaryDirectory(dir=".") as folder:
        raw = rate(build, "sync", folder)
    ours = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(dir=".") as folder:
            ours.append(float(subprocess.run(
                [str(build / "bench/bench"), "charge", folder], check=True,
                capture_output=True, text=True).stdout))
    ours = statistics.median(ours)
    row("durable charge of 12 months", f"{1000 / ours:.2f} ms",
        f"append + fdatasync {1000 / raw:.2f} ms", f"{raw / ours:.2f} x")


def timed(words, **more):
    start = time.monotonic()
    subprocess.run(words, check=True, capture_output=True, **more)
    return time.monotonic() - start


def loading(build):
    """A year of one force, beside what sqlite3 needs to import the text."""
    print("loading (wall time)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        csv = folder / "gwent.csv"
        with open(csv, "wb") as out:
            packed = next((ROOT / "data/demo").glob("*gwent*.zst"))
            subprocess.run(["zstd", "-dc", "--long=27", str(packed)],
                           stdout=out, check=True)
        rows = csv.read_bytes().count(b"\n") - 1
        node = str(build / "node/ward-node")
        subprocess.run(
            [node, "init", str(folder / "n"), "--party", "gwent", "--name",
             "Gwent", "--organisation", "Gwent", "--sector", "police",
             "--sources", "police", "--months", "2021-01..2021-12",
             "--covers", "W15000002", "--coordinator",
             "tls+tcp://127.0.0.1:1", "--coordinator-party", "c",
             "--server-name", "localhost"], check=True, capture_output=True)
        ours = timed([node, "load", str(folder / "n"), "--source", "police",
                      str(csv)])
        peer = timed(["sqlite3", str(folder / "peer.db"), ".mode csv",
                      f".import {csv} t"])
    row("street CSV, rules, OSTN15, durable", f"{rows / ours:,.0f} rows/s",
        f"sqlite3 .import {rows / peer:,.0f}", f"{peer / ours:.2f} x")


def main():
    p = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    p.add_argument("--build", default="build", help=argparse.SUPPRESS)
    p.add_argument("what", nargs="*", help="noise, ledger, loading; all")
    args = p.parse_args()
    build = Path(args.build).resolve()
    for part in (noise, ledger, loading):
        if not args.what or part.__name__ in args.what:
            part(build)
    return 0


if __name__ == "__main__":
    sys.exit(main())
