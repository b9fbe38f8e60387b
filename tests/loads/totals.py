#!/usr/bin/env python3
"""Street files, loaded in one command, hold what they say, to the record.

    totals.py WARD_NODE FILE...

Totals per force, month, type and published LSOA code against those of
tests/count_street.py, which shares no code with Ward.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

from node import ROOT, Node, expect


def main():
    program, *files = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        node = Node(program, Path(name) / "node")
        code, said = node.load(*files)
        print(said)
        expect(code == 0, "the files are loaded")
        ours = node.totals()
        code, said = node.load(*files)
        expect(code == 0 and "nothing to do" in said, said)
        expect(node.totals() == ours, "loading twice changes nothing")
    theirs = subprocess.run(
        [sys.executable, str(ROOT / "tests/count_street.py"), "--totals",
         *files], stdout=subprocess.PIPE, text=True, check=True).stdout
    if ours != theirs:
        for line in sorted(set(ours.split("\n")) ^ set(theirs.split("\n")))[:9]:
            print(line)
        raise AssertionError("the totals differ")
    print(f"{ours.count(chr(10)) - 1} totals are equal")


if __name__ == "__main__":
    main()
