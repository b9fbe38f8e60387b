#!/usr/bin/env python3
"""./dev bench -- measured figures, each beside a peer in the same run.

Machines differ and are noisy: what counts is the ratio.  A peer that is not
installed is skipped, loudly.  privacy (bench/privacy.py) and records
(bench/records.py) have goals: the exit code is 1 if one is missed.
"""
import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import privacy
import records

ROOT = Path(__file__).resolve().parent.parent
RUNS = 5


def rate(build, *words):
    """Median of RUNS runs of one loop, things a second."""
    return statistics.median(
        float(subprocess.run([str(build / "bench/bench"), *map(str, words)],
                             check=True, capture_output=True,
                             text=True).stdout) for _ in range(RUNS))


def say(text):
    print(text, flush=True)


def row(what, figure, peer="", ratio=""):
    say(f"  {what:34} {figure:>18} {peer:>26} {ratio:>8}".rstrip())


def ledger(build):
    say("ledger (wall time)")
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
    say("loading (wall time)")
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
    p = argparse.ArgumentParser(
        prog="./dev bench", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--build", default="build", help=argparse.SUPPRESS)
    p.add_argument("--json", action="store_true",
                   help="the figures of privacy or of records as JSON, "
                   "nothing else")
    p.add_argument("--grids", type=Path, metavar="DIR",
                   help="more grids for accuracy: row,col,count")
    records.add_options(p)
    p.add_argument("what", nargs="*", help="privacy (noise and accuracy, or "
                   "either of these), records, ledger, loading; all")
    args = p.parse_args()
    build = Path(args.build).resolve()
    known = {"privacy", "noise", "accuracy", "ledger", "loading",
             "records"}
    if set(args.what) - known:
        p.error("not one of " + ", ".join(sorted(known)))
    wanted = set(args.what) or known
    for part in (ledger, loading):
        if part.__name__ in wanted and not args.json:
            part(build)
    sections = {"noise", "accuracy"} & wanted
    if "privacy" in wanted:
        sections = {"noise", "accuracy"}
    missed = 0
    if sections:
        missed |= privacy.run(build, args.json, sections, args.grids)
    if "records" in wanted:
        missed |= records.run_bench(build, args)
    return missed


if __name__ == "__main__":
    sys.exit(main())
