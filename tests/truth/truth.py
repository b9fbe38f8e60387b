#!/usr/bin/env python3
"""Published numbers tell the truth, on the records of three Welsh forces.

    truth.py WARD_NODE TRUTH RUNS [QUESTION ...]

Loads the shipped extracts with the real loader, then lets `truth` (see truth.c)
release each question RUNS times.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EXTRACTS = ("south-wales", "gwent", "dyfed-powys")


def load(node, folder):
    """A node folder with the records of all three forces."""
    home = folder / "node"
    subprocess.run(
        [node, "init", str(home), "--party", "wales", "--name", "Wales",
         "--organisation", "Wales", "--sector", "police", "--sources",
         "police", "--months", "2021-01..2021-12", "--covers", "Gwent",
         "--covers", "South Wales", "--covers", "Dyfed-Powys", "--coordinator",
         "tls+tcp://127.0.0.1:1", "--coordinator-party", "c",
         "--server-name", "localhost"], check=True, capture_output=True)
    for name in EXTRACTS:
        csv = folder / f"{name}.csv"
        with open(csv, "wb") as out:
            subprocess.run(
                ["zstd", "-dc", "--long=27",
                 str(ROOT / f"data/demo/2021-{name}-street.csv.zst")],
                stdout=out, check=True)
        subprocess.run([node, "load", str(home), "--source", "police",
                        str(csv)], check=True, capture_output=True)
    return home


def main():
    node, truth, runs, *questions = sys.argv[1:]
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        records = load(node, Path(name))
        for question in questions or ("lsoa", "grid", "running", "haar",
                                      "laplace"):
            done = subprocess.run([truth, question, runs, str(records),
                                   str(ROOT / "data")])
            failed += done.returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
