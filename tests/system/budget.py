"""The ledger: charged once, whatever happens."""
import os
import signal
import time

from federation import Failed
from world import NODES, expect


def table(world, bundle):
    path = world.fed.fetch(bundle, "csv")
    return [line for line in path.read_text().splitlines()
            if not line.startswith("#")]


def numbers(world, bundle):
    """Rows without the id of the query: title and deadline may differ."""
    rows = [line.split(",") for line in table(world, bundle)]
    keep = [i for i, name in enumerate(rows[0])
            if name in ("theme", "slice", "source", "level", "code",
                        "value")]
    return [[row[i] for i in keep] for row in rows]


def test_the_same_question_again_gets_the_same_numbers_and_is_charged_once(
        world):
    themes = "[burglary]"
    first = world.ask(world.question(themes=themes, sources="[police.crime]",
                                     nodes="[gwent]"))
    expect(world.reasons(first) == {"gwent": "answered"}, "answered")
    charged = world.spent("gwent")
    again = world.ask(world.question(
        themes=themes, sources="[police.crime]", nodes="[gwent]",
        title="Quite another title", close_after="25s", valid_for="2d"))
    expect(world.reasons(again) == {"gwent": "answered"}, "answered again")
    expect(numbers(world, first) == numbers(world, again), "same numbers")
    expect(len(numbers(world, first)) > 5, "there are numbers")
    expect(world.spent("gwent") == charged, "charged once")


def gate_of(world, party):
    """The process id of a node's gate."""
    main = world.fed.running[party].pid
    for child in children(main):
        name = open(f"/proc/{child}/comm", encoding="ascii").read().strip()
        if name.endswith("gate"):
            return child
    raise Failed(f"{party} has no gate process")


def children(pid):
    path = f"/proc/{pid}/task/{pid}/children"
    return [int(x) for x in open(path, encoding="ascii").read().split()]


def test_a_gate_killed_between_charge_and_send_charges_once(world):
    world.federation()
    before = world.spent("gwent").get("2021-06", 0)
    bundle = world.ask(world.question(
        months="2021-06", themes="[drugs]", sources="[police.crime]",
        nodes="[gwent]", send_after="6s", close_after="40s"))
    for _ in range(100):
        charged = world.spent("gwent").get("2021-06", 0) - before
        if charged:
            break
        time.sleep(0.05)
    expect(charged > 0, "charged before it is sent")
    gate = gate_of(world, "gwent")
    os.kill(gate, signal.SIGKILL)
    expect(world.reasons(bundle) == {"gwent": "answered"},
           "answered after the restart")
    expect(gate_of(world, "gwent") != gate, "a new gate is running")
    after = world.spent("gwent").get("2021-06", 0) - before
    expect(after == charged, f"charged once: {charged} and {after}")
    again = world.ask(world.question(
        months="2021-06", themes="[drugs]", sources="[police.crime]",
        nodes="[gwent]", title="Asked again"))
    expect(world.reasons(again) == {"gwent": "answered"}, "answered again")
    expect(numbers(world, bundle) == numbers(world, again), "same answer")
    expect(world.spent("gwent").get("2021-06", 0) - before == charged,
           "and no new charge")


def test_an_absent_node_is_named_absent(world):
    fed = world.federation()
    fed.kill("gwent", signal.SIGKILL)
    try:
        bundle = world.ask(world.question(themes="[violence]",
                                          close_after="4s"))
        got = world.reasons(bundle)
        expect(got == {"gwent": "absent",
                       "cardiff-and-vale-uhb": "answered"}, f"{got}")
    finally:
        fed.start("gwent")
    expect(set(NODES) == set(got), "every node has a state")
