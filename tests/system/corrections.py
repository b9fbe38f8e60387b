"""Corrections: a node that has answered is corrected; what it said stays."""
import csv
import json
import subprocess

from budget import table
from commands import block, shell
from world import expect

PAGE = "docs/operations.md"
NODE, MONTH, NEXT = "gwent", "2021-09", "2021-10"
CHANGED, GONE, TAKEN, LACKED = 100, 10, 5, 3


def month(fed, which):
    """(header, rows) of a month, as the node has loaded it."""
    with open(fed.root / "extracts" / f"{NODE}.csv", newline="") as f:
        rows = csv.reader(f)
        head = next(rows)
        return head, [r for r in rows if r[head.index("Month")] == which]


def write(fed, name, head, rows):
    path = fed.root / "extracts" / name
    with open(path, "w", newline="") as f:
        csv.writer(f, lineterminator="\n").writerows([head, *rows])
    return path


def corrected(head, rows):
    """The month, with other kinds of crime and fewer records: (all of it,
    those that are taken away later)."""
    reference, kind = head.index("Crime ID"), head.index("Crime type")
    named = [r for r in rows if r[reference] and r[kind] != "Drugs"]
    nameless = [r for r in rows if not r[reference]]
    gone = named[CHANGED:CHANGED + GONE // 2] + nameless[:GONE - GONE // 2]
    left = [r for r in rows if r not in gone]
    for r in named[:CHANGED]:
        r[kind] = "Drugs"
    return left, named[CHANGED + GONE:CHANGED + GONE + TAKEN]


def loads(fed):
    """The loads of the node, the last first."""
    return json.loads(fed.command("ward-node", "records", fed.dir(NODE),
                                  "--json"))["loads"]


def change(fed, **want):
    """The last load did that, and nothing else."""
    last = loads(fed)[0]
    got = {word: last[word] for word in ("added", "changed", "withdrawn")}
    expect(got == {"added": 0, "changed": 0, "withdrawn": 0} | want,
           f"{want}: {last}")


def drugs(fed):
    """Records of a kind of crime in the month, exactly."""
    out = fed.command("ward-node", "records", fed.dir(NODE), "--by",
                      "month,code", "--json")
    return sum(row["records"] for row in json.loads(out)
               if (row["month"], row["code"]) == (MONTH, "Drugs"))


def books(fed):
    """What the node's ledger says of charges."""
    return json.loads(fed.command("ward-node", "ledger", fed.dir(NODE),
                                  "--json"))["months"]


def question(world, **changes):
    return world.question(
        months=f"{MONTH}..{MONTH}", themes="[drugs]", nodes=f"[{NODE}]",
        sources="[police.crime]", **changes)


def typed(world, script):
    done = shell(world, world.folder, script)
    expect(done.returncode == 0, done.stdout + done.stderr)
    return done.stdout + done.stderr


def test_corrections_change_records_and_nothing_that_was_answered(world):
    fed = world.federation()
    first = world.ask(question(world))
    expect(world.reasons(first) == {NODE: "answered"}, "answered")
    said = fed.fetch(first, "csv").read_bytes()
    charges, before, n_loads = books(fed), drugs(fed), len(loads(fed))
    head, rows = month(fed, MONTH)
    expect(len(rows) > 4000, "a month of records")

    all_of_it, taken = corrected(head, rows)
    left = [r for r in all_of_it if r not in taken]
    left += month(fed, NEXT)[1][LACKED:]
    files = {"DIR": fed.dir(NODE),
             "MONTH": write(fed, "month.csv", head, all_of_it),
             "ROWS": write(fed, "rows.csv", head, taken),
             "BOTH": write(fed, "both.csv", head, left)}
    words = "".join(f"{k}={v}\n" for k, v in files.items())
    lines = block(PAGE, "sh correct").replace("\\\n", "").splitlines()
    replace, withdraw, both, look = lines

    done = typed(world, words + replace)
    expect(f"{CHANGED}  changed" in done and f"{GONE}  withdrawn" in done,
           f"the report says it: {done}")
    change(fed, changed=CHANGED, withdrawn=GONE)
    expect(drugs(fed) == before + CHANGED, "they are of that kind now")
    expect("was loaded on" in typed(world, words + replace), "known by then")
    expect(len(loads(fed)) == n_loads + 1, "the same again changes nothing")

    done = typed(world, words + withdraw)
    expect(f"{TAKEN}  withdrawn" in done, f"the report says it: {done}")
    change(fed, withdrawn=TAKEN)
    typed(world, words + both)
    change(fed, withdrawn=LACKED)
    shown = typed(world, words + look)
    expect("replace" in shown and "withdraw" in shown, f"history: {shown}")

    expect(books(fed) == charges, "no correction is charged")
    expect(fed.fetch(first, "csv").read_bytes() == said, "published as it was")
    again = world.ask(question(world, title="The same, asked again"))
    expect(world.reasons(again) == {NODE: "answered"}, "answered again")
    expect(table(world, again) == table(world, first), "by the same bytes")
    expect(books(fed) == charges, "and it costs nothing")
    expect(fed.running[NODE].poll() is None, "the node ran all the time")


def test_a_node_whose_records_are_gone_does_not_answer_for_them(world):
    fed = world.federation()
    if not world.spent(NODE):
        expect(world.reasons(world.ask(question(world))) ==
               {NODE: "answered"}, "answered")
    records = fed.dir(NODE) / "records.db"
    away = records.with_name("away.db")
    fed.kill(NODE)
    records.rename(away)
    try:
        done = subprocess.run(
            [fed.program("ward-node"), "run", str(fed.dir(NODE))], text=True,
            capture_output=True, stdin=subprocess.DEVNULL, timeout=30)
        expect(done.returncode == 1 and "gone" in done.stderr, done.stderr)
        expect(not records.exists(), "no empty one takes their place")
    finally:
        away.rename(records)
        fed.start(NODE)
