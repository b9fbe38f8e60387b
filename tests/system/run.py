#!/usr/bin/env python3
"""System tests: real daemons, real TLS, real files, on this machine.

    python3 tests/system/run.py --build build --san build-san [--only WORD of a group or test]

One federation serves most tests; each test is named after what it promises.
"""
import argparse
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(Path(__file__).resolve().parent)]
import budget  # noqa: E402
import commands  # noqa: E402
import corrections  # noqa: E402
import extracts  # noqa: E402
import hop  # noqa: E402
import refusals  # noqa: E402
import servers  # noqa: E402
from world import Skipped, World  # noqa: E402

GROUPS = [hop, refusals, budget, extracts, corrections, servers, commands]


def tests_of(module):
    return [(name, function) for name, function in vars(module).items()
            if name.startswith("test_")]


def run(world, name, function):
    """One test: "ok", "FAILED" or "SKIPPED"."""
    started = time.monotonic()
    try:
        function(world)
        word = "ok"
    except Skipped as why:
        word = f"SKIPPED: {why}"
    except Exception:  # noqa: BLE001 -- any fault fails this test alone
        traceback.print_exc(file=sys.stdout)
        world.tell()
        word = "FAILED"
    print(f"{name} ... {word} ({time.monotonic() - started:.1f} s)",
          flush=True)
    return word.split(":")[0]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--build", default="build")
    p.add_argument("--san", default="build-san")
    p.add_argument("--only", default="")
    args = p.parse_args()

    count = {"ok": 0, "FAILED": 0, "SKIPPED": 0}
    folder = Path(tempfile.mkdtemp(prefix="ward-system-"))
    world = World(Path(args.build).resolve(), Path(args.san).resolve(),
                  folder)
    try:
        for module in GROUPS:
            for name, function in tests_of(module):
                if args.only in f"{module.__name__} {name}":
                    count[run(world, name, function)] += 1
    finally:
        world.close()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{count['ok']} passed, {count['FAILED']} failed, "
          f"{count['SKIPPED']} skipped")
    return 1 if count["FAILED"] or not count["ok"] else 0


if __name__ == "__main__":
    sys.exit(main())
