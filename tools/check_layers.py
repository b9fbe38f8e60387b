#!/usr/bin/env python3
"""Layers go down only: every #include is held against tools/layers.txt.

Also holds the libraries to their place: who may include <sodium.h>,
<openssl/...>, <nng/...> and the generated protobuf code.
"""
import re
import subprocess
import sys
from pathlib import Path

RESERVED = [  # (pattern of the included name, places that may include it)
    (r"sodium(\.h|/)", ["crypto/"]),
    (r"openssl/", ["crypto/"]),
    (r"nng/", ["crypto/tls", "protocol/transport"]),
    (r"(protobuf-c/|(protocol/)?ward\.pb-c\.h)", ["protocol/"]),
    (r"microhttpd\.h", ["coordinator/"]),
    (r"math\.h|fenv\.h|tgmath\.h", ["analysis/", "model/osgb", "client/",
                                   "coordinator/"]),
]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def layers(path):
    table = {}
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.partition(":")
        below = rest.split()
        for other in below:
            if other not in table:
                sys.exit(f"{path}: {name} names {other}, not above it")
        table[name] = set(below) | {name}
    return table


def faults_of(text, name, table):
    """The includes of one file that break a rule, as (line, words)."""
    layer = name.split("/")[0]
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        kind, target = found.groups()
        head = target.split("/")[0]
        if kind == '"' and head in table and head not in table[layer]:
            yield number, f"{layer}/ may not include {target}"
        for pattern, places in RESERVED:
            if re.match(pattern, target) and not any(
                    name.startswith(p) for p in places):
                yield number, f"only {', '.join(places)} may include {target}"


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(".")
    table = layers(root / "tools/layers.txt")
    planted = list(faults_of('#include "node/ledger.h"\n#include <sodium.h>\n',
                             "coordinator/x.c", table))
    if len(planted) != 2:
        sys.exit("check_layers: the planted faults were not found")
    bad = files = 0
    for layer in table:
        for path in sorted((root / layer).glob("*.[ch]")):
            files += 1
            name = path.relative_to(root).as_posix()
            for number, words in faults_of(path.read_text(), name, table):
                print(f"{name}:{number}: {words}")
                bad += 1
    print(f"{files} files, {bad} includes against the layers")
    return 1 if bad or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
