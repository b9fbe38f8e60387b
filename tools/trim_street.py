#!/usr/bin/env python3
"""Blanks the columns of a data.police.uk street file that no loader uses.

trim_street.py IN.csv.zst OUT.csv.zst -- all rows and all 12 columns stay, so
that the file is loaded as any other; Location, LSOA name, Last outcome category
and Context are emptied.  How data/demo/2021-*-street.csv.zst were made.
"""
import csv
import io
import subprocess
import sys

HEADER = ["Crime ID", "Month", "Reported by", "Falls within", "Longitude",
          "Latitude", "Location", "LSOA code", "LSOA name", "Crime type",
          "Last outcome category", "Context"]
UNUSED = ["Location", "LSOA name", "Last outcome category", "Context"]


def main():
    source, target = sys.argv[1:]
    raw = subprocess.run(["zstd", "-dc", "--long=27", source],
                         capture_output=True, check=True).stdout
    rows = csv.reader(io.StringIO(raw.decode(), newline=""))
    if next(rows) != HEADER:
        sys.exit(f"{source}: not a street file")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    blank = [HEADER.index(name) for name in UNUSED]
    for row in rows:
        for i in blank:
            row[i] = ""
        writer.writerow(row)
    subprocess.run(["zstd", "-q", "-f", "-19", "--long=27", "-o", target],
                   input=out.getvalue().encode(), check=True)


if __name__ == "__main__":
    main()
