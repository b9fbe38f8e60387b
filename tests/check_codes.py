#!/usr/bin/env python3
"""Holds theme rules and code lists to each other.

Every code that a rule names is in its list; every prefix fits one that is;
every code of a list is in a rule that looks at nothing else (perhaps one
without themes), so that no code is forgotten; and lists hold each code once.
"""
import csv
import sys
from pathlib import Path

CODE = 63   # bytes, model/incident.h
LABEL = 200


def read(path):
    return path.read_text(encoding="utf-8").splitlines()


def list_faults(name, rows):
    seen = set()
    for n, row in enumerate(rows, 2):
        code = row["code"]
        if code in seen:
            yield f"{name}:{n}: {code} twice"
        seen.add(code)
        if not code or code != code.strip() or set(code) & set("*;\""):
            yield f"{name}:{n}: {code!r} cannot stand in a rule"
        if len(code.encode()) > CODE or len(row["label"]) > LABEL:
            yield f"{name}:{n}: too long"
        if not row["label"] or None in row or None in row.values():
            yield f"{name}:{n}: a field too few or too many"


def fits(pattern, code):
    return code.startswith(pattern[:-1]) if pattern.endswith("*") \
        else code == pattern


def rule_faults(rules, lists):
    plain = {name: set() for name in lists}
    for rule in rules:
        _, _, name, codes, *facts, _ = rule
        if name not in lists:
            yield f"no list {name}"
            continue
        for pattern in codes.split(";"):
            found = {c for c in lists[name] if fits(pattern, c)}
            if not found:
                yield f"{name} has no {pattern}"
            if facts == [""] * 3:
                plain[name] |= found
    for name, codes in lists.items():
        for code in sorted(codes - plain[name]):
            yield f"no rule says what {name} {code} is"


def main(data):
    data = Path(data)
    lines = [row for row in csv.reader(read(data / "rules/themes.csv"))
             if row and not row[0].startswith("#")]
    lists, faults = {}, []
    for row in lines:
        if row[0] == "list":
            rows = list(csv.DictReader(read(data / row[2])))
            faults += list_faults(row[2], rows)
            lists[row[1]] = {r["code"] for r in rows}
    shipped = {f"codes/{p.name}" for p in (data / "codes").glob("*.csv")}
    named = {row[2] for row in lines if row[0] == "list"}
    faults += [f"{name} stands on no rule" for name in shipped - named]
    faults += rule_faults([r for r in lines if r[0] == "rule"], lists)
    for fault in faults:
        print(fault)
    print(f"{len(lists)} lists, {sum(map(len, lists.values()))} codes, "
          f"{len(faults)} faults")
    return 1 if faults or not lists else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
