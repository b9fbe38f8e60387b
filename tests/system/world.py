"""One small federation that the system tests share."""
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from federation import (APPROVERS, RESEARCHER, Failed,  # noqa: E402
                        Federation, unpack)

NODES = {
    "gwent": ("Gwent Police", "police", ["W15000002"]),
    "cardiff-and-vale-uhb": (
        "Cardiff and Vale University Health Board (synthetic)", "nhs",
        ["W15000003"]),
}
ALONE = "author"  # researcher and approver in one person


class Skipped(Exception):
    """A case that cannot run here; said loudly."""


class World:
    def __init__(self, build, san, folder):
        self.build, self.san, self.folder = build, san, folder
        self.fed = None
        self.server = None  # of records, see servers.py
        self.asked = 0

    def close(self):
        if self.fed:
            self.fed.close()
        if self.server:
            self.server.stop()

    def tell(self):
        """After a failure: what the daemons said last."""
        for party in (self.fed.running if self.fed else {}):
            print(f"--- {party}\n{self.fed.tail(party, 12)}")

    def federation(self):
        """The running federation: a coordinator and two nodes with records."""
        if self.fed is None:
            fed = Federation(self.build, self.folder / "fed")
            fed.found()
            fed.enrol_everyone(NODES)
            fed.ward("party", "init", fed.dir(ALONE), "--party", ALONE,
                     "--name", "Author and approver", "--organisation",
                     "Somebody Else", "--role", "researcher", "--role",
                     "approver", *fed.where())
            fed.admit(ALONE)  # a newer roster, which all the others take
            shutil.copy(fed.governance / "roster.note",
                        fed.dir("coordinator") / "roster.note")
            self.load(fed)
            fed.start("coordinator")
            fed.wait_http()
            for party in NODES:
                fed.start(party)
            fed.ward("party", "update", fed.dir(RESEARCHER[0]))
            self.fed = fed
        return self.fed

    def load_gwent(self, fed):
        """The one extract of Gwent Police."""
        scratch = fed.root / "extracts"
        scratch.mkdir(exist_ok=True)
        gwent = unpack(next((ROOT / "data/demo").glob("*gwent*.zst")),
                       scratch / "gwent.csv")
        fed.command("ward-node", "load", fed.dir("gwent"), "--source",
                    "police", gwent)

    def load(self, fed):
        self.load_gwent(fed)
        demo, scratch = ROOT / "data/demo", fed.root / "extracts"
        places = unpack(next(demo.glob("*gazetteer*.zst")),
                        scratch / "places.csv")
        istv = unpack(next(demo.glob("*istv*.zst")), scratch / "istv.csv")
        fed.command("ward-node", "load", fed.dir("cardiff-and-vale-uhb"),
                    "--source", "istv", "--gazetteer", places, istv)

    def question(self, **changes):
        """A query file's text; changes replace its lines."""
        self.asked += 1
        lines = {
            "title": f"Question {self.asked}",
            "purpose": "testing", "project": "System test",
            "measure": "count",
            "sources": "[police.crime, police.asb, nhs.ed]",
            "themes": "[violence, asb]", "months": "2021-03..2021-04",
            "per": "total",
            "geography": "{kind: lad, forces: [W15000002, W15000003]}",
            "privacy": '{rho: "0.001"}', "contribution": "1",
            "nodes": "[cardiff-and-vale-uhb, gwent]", "send_after": "2s",
            "close_after": "15s", "valid_for": "1d", "quorum": "1",
        }
        lines.update(changes)
        return "".join(f"{k}: {v}\n" for k, v in lines.items())

    def ask(self, text, **more):
        self.asked += 1
        return self.federation().ask(f"q{self.asked}", text, **more)

    def reasons(self, bundle, wait=True):
        """{node: refusal code or state} when the round is over."""
        status = self.federation().status(bundle, wait=wait)
        return {n["id"]: n.get("code") or n["state"]
                for n in status["nodes"]}

    def charged(self, party):
        """What a node's ledger says: {month: (nrho, neps, tv)}."""
        out = self.federation().command(
            "ward-node", "ledger", self.fed.dir(party), "--json")
        spent = {m["month"]: tuple(m[f"spent_{unit}"]
                                   for unit in ("nrho", "neps", "tv"))
                 for m in json.loads(out)["months"]}
        return {month: cost for month, cost in spent.items() if any(cost)}

    def spent(self, party):
        """{month: nano-rho}."""
        return {month: cost[0]
                for month, cost in self.charged(party).items() if cost[0]}

    def forge(self, source, target, *words):
        tool = self.build / "tests/system/forge"
        subprocess.run([str(tool), str(source), str(target),
                        *map(str, words)], check=True)
        return target

    def expect_refused(self, bundle, code, by=RESEARCHER[0]):
        """Every node refuses with that code, and nothing is charged."""
        before = {p: self.charged(p) for p in NODES}
        self.federation().ward("query", "submit", bundle, "--now", "--party",
                               self.fed.dir(by))
        got = self.reasons(bundle)
        if got != {p: code for p in NODES}:
            raise Failed(f"expected {code} of every node, got {got}")
        if before != {p: self.charged(p) for p in NODES}:
            raise Failed(f"a refusal ({code}) was charged")


def expect(holds, promise):
    if not holds:
        raise Failed("not so: " + promise)


__all__ = ["APPROVERS", "ALONE", "Failed", "NODES", "RESEARCHER", "ROOT",
           "Skipped", "World", "expect"]
