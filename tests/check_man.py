#!/usr/bin/env python3
"""Every command of a program, and every option of it, is in its man page."""
import re
import shutil
import subprocess
import sys
from pathlib import Path


def says(program, *words):
    done = subprocess.run([program, *words, "--help"], text=True,
                          capture_output=True, check=True, timeout=60)
    return done.stdout


def missing(page, commands, options):
    """What of these the mdoc text does not name."""
    for command in commands:
        if not re.search(rf"\bIc {re.escape(command)}\b", page):
            yield f"no \".Ic {command}\""
    for command, option in options:
        if not re.search(rf"\bFl -{re.escape(option)}(?![a-z-])", page):
            yield f"no \"Fl -{option}\", of \"{command}\""
    for named in re.findall(r"^\.It Ic ((?:[a-z]+ ?)+)", page, re.M):
        if not any(named.strip() == c or named.startswith(c + " ")
                   for c in commands):
            yield f"\".It Ic {named.strip()}\" is no command"


def layout(path):
    """What groff complains of."""
    if not shutil.which("groff"):
        print("SKIPPED: groff is not installed, the layout was not checked")
        return []
    return subprocess.run(["groff", "-mdoc", "-Tutf8", "-ww", "-z", str(path)],
                          text=True, capture_output=True).stderr.splitlines()


def main():
    program, path = sys.argv[1], Path(sys.argv[2])
    page = path.read_text()
    commands = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", says(program), re.M)
    options = [(c, o) for c in commands for o in re.findall(
        r"^  (?:-[a-z], )?--([a-z-]+)", says(program, *c.split()), re.M)]
    if not list(missing(page, ["no such"], [("no", "no-such")])):
        sys.exit("check_man: the planted faults were not found")
    faults = list(missing(page, commands, options))
    faults += list(layout(path))
    for fault in faults:
        print(f"{path.name}: {fault}")
    print(f"{len(commands)} commands, {len(options)} options, "
          f"{len(faults)} faults in {path.name}")
    return 1 if faults or len(commands) < 3 else 0


if __name__ == "__main__":
    sys.exit(main())
