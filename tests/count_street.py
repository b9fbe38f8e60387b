#!/usr/bin/env python3
"""An independent exact count: what a release is held against.

Reads the same extracts as a node and counts them with code of its own, from
the documented formats: data.police.uk street files, and ISTV files with their
gazetteer (node/load_istv.h, node/gazetteer.h).  Prints CSV theme,slice,code,
count: every place of the geography, and the row with code "" for records that
have no usable place.  Records placed outside the geography are not counted.

With --over C it prints instead how many of a cell's records a bound of C
records per patient and month may leave out at most.

With --totals it prints, of street files alone, CSV feed,month,code,published,
records: every row of the files is one record, whatever its place.
"""
import argparse
import csv
import io
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"
SHORT = {"street": "st", "str": "st", "saint": "st", "road": "rd",
         "avenue": "av", "ave": "av", "lane": "ln", "square": "sq",
         "place": "pl", "terrace": "ter", "terr": "ter", "crescent": "cres",
         "drive": "dr", "gardens": "gdns", "close": "cl", "court": "ct",
         "park": "pk", "hospital": "hosp", "station": "stn"}
EMPTY = set("the a on or near at in of by off and outside inside opposite "
            "junction next to from with".split())
NOBODY = {"", "NULL", "NONE", "UNKNOWN", "NOTKNOWN", "NK", "NA",
          "0000000000", "9999999999"}
LISTS = {"police.uk", "istv"}
LSOA = re.compile(r"[A-Z][0-9]{8}")


def text_of(path):
    path = Path(path)
    if path.suffix == ".zst":
        raw = subprocess.run(["zstd", "-dc", "--long=27", str(path)],
                             capture_output=True, check=True).stdout
    else:
        raw = path.read_bytes()
    return io.StringIO(raw.decode("utf-8-sig"), newline="")


def rules():
    """{(source, code): [theme, ...]} of the lists police.uk and istv, without
    what looks at weapon, victim or setting: their files tell none"""
    found = defaultdict(list)
    for r in csv.reader(text_of(DATA / "rules/themes.csv")):
        if r[:1] == ["rule"] and r[2] in LISTS and r[4:7] == [""] * 3:
            for source in r[1].split(";"):
                for code in r[3].split(";"):
                    found[source, code] += r[7].split(";") if r[7] else []
    return dict(found)


def geography(geo, forces):
    """{LSOA: place or None when outside}, [places]"""
    of = {}
    for r in csv.DictReader(text_of(DATA / "areas/lsoa11.csv")):
        place = {"lsoa11": r["code"], "lad": r["lad"], "force": r["force"],
                 "msoa11": r["name"][:-1]}[geo]
        of[r["code"]] = place if r["force"] in forces else None
    return of, sorted({p for p in of.values() if p is not None})


def police(path, rule):
    """(month, LSOA, themes, patient) of each row that counts."""
    for r in csv.DictReader(text_of(path)):
        kind = r["Crime type"]
        source = ("police.asb" if kind == "Anti-social behaviour"
                  else "police.crime")
        if (source, kind) in rule and None not in r.values():
            yield source, r["Month"], r["LSOA code"], rule[source, kind], None


def words(text):
    text = text.replace("'", "").replace("\u2019", "")
    text = "".join(c.lower() if c.isascii() and c.isalnum() else
                   c if not c.isascii() else " " for c in text)
    return tuple(SHORT.get(w, w) for w in text.split() if w not in EMPTY)


def gazetteer(path):
    """{words: set of (east, north, LSOA)}"""
    names = defaultdict(set)
    for r in csv.DictReader(text_of(path)):
        names[words(r["place"])].add((r["east"], r["north"], r["lsoa"]))
    return names


def look_up(names, text):
    """The LSOA that the text names, or ""."""
    w = words(text)
    for n in range(len(w), 0, -1):
        if n < len(w) and (n < 2 or 100 * n // len(w) < 50):
            break
        hits = [names[w[i:i + n]] for i in range(len(w) - n + 1)
                if w[i:i + n] in names]
        found = set().union(*hits)
        if len(found) > 1:
            break
        if found:
            return found.pop()[2]
    return ""


def column(name):
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def istv(path, rule, names):
    rows = csv.reader(text_of(path))
    head = [column(c) for c in next(rows)]
    for fields in rows:
        r = dict(zip(head, fields))
        method = " ".join(r["assault_method"].lower().split())
        if ("nhs.ed", method) not in rule:
            continue
        patient = "".join(c for c in r["patient_pseudonym"].upper()
                          if not c.isascii() or c.isalnum())
        yield ("nhs.ed", r["assault_date_and_time"][:7],
               look_up(names, r["assault_location_description"]),
               rule["nhs.ed", method], None if patient in NOBODY else patient)


def totals(files):
    """Rows of the files by force, month, type and LSOA code, as written."""
    cells = Counter()
    for path in files:
        for r in csv.DictReader(text_of(path)):
            cells[r["Reported by"], r["Month"], r["Crime type"],
                  r["LSOA code"]] += 1
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["feed", "month", "code", "published", "records"])
    for key in sorted(cells, key=lambda key: [k.encode() for k in key]):
        out.writerow([*key, cells[key]])


def months_between(text):
    first, last = text.split("..")
    (y, m), (y2, m2) = (map(int, part.split("-")) for part in (first, last))
    return [f"{i // 12:04}-{i % 12 + 1:02}"
            for i in range(12 * y + m - 1, 12 * y2 + m2)]


def matching(args, rule, of):
    """(cell keys without theme, themes, patient) of each record asked for."""
    wanted, sources = set(args.themes), set(args.sources)
    months = set(args.months)
    names = gazetteer(args.gazetteer) if args.gazetteer else {}
    records = [police(f, rule) for f in args.files]
    if args.istv:
        records.append(istv(args.istv, rule, names))
    for rows in records:
        for source, month, lsoa, themes, patient in rows:
            themes = [t for t in themes if t in wanted]
            place = of.get(lsoa, "")
            if (source in sources and month in months and themes
                    and place is not None):
                yield month, place, themes, patient


def count(args, records):
    cells = Counter()
    for month, place, themes, _ in records:
        for theme in themes:
            cells[theme, args.slice_of(month), place] += 1
    return cells


def count_over(args, records):
    held = defaultdict(list)
    for month, place, themes, patient in records:
        if patient is not None:
            held[patient, month].append((place, themes))
    cells = Counter()
    for (_, month), rows in held.items():
        if len(rows) <= args.over:
            continue
        own = Counter((theme, args.slice_of(month), place)
                      for place, themes in rows for theme in themes)
        for cell, n in own.items():
            cells[cell] += min(n, len(rows) - args.over)
    return cells


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--geo", default="lsoa11",
                   choices=["lsoa11", "msoa11", "lad", "force"])
    p.add_argument("--forces", default="", help="GSS codes, by commas")
    p.add_argument("--themes", default="violence,asb")
    p.add_argument("--sources", default="police.crime,police.asb,nhs.ed")
    p.add_argument("--months", default="2021-01..2021-12")
    p.add_argument("--slice", default="sum", choices=["sum", "month"])
    p.add_argument("--istv", help="an ISTV file")
    p.add_argument("--gazetteer", help="for the ISTV file")
    p.add_argument("--over", type=int, metavar="C")
    p.add_argument("--totals", action="store_true")
    p.add_argument("files", nargs="*", help="street files")
    args = p.parse_args()
    if args.totals:
        return totals(args.files)
    for name in ("forces", "themes", "sources"):
        setattr(args, name, getattr(args, name).split(","))
    args.months = months_between(args.months)
    by_month = args.slice == "month"
    args.slice_of = (lambda m: m) if by_month else (lambda m: "sum")
    of, places = geography(args.geo, set(args.forces))
    records = matching(args, rules(), of)
    cells = (count(args, records) if args.over is None
             else count_over(args, records))
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["theme", "slice", "code", "count"])
    for theme in args.themes:
        for part in args.months if by_month else ["sum"]:
            for place in [*places, ""]:
                out.writerow([theme, part, place, cells[theme, part, place]])


if __name__ == "__main__":
    main()
