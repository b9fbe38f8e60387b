"""A node whose records are in a PostgreSQL, set up as docs/postgresql.md says."""
import getpass
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import verify
from budget import gate_of
from commands import block, shell
from federation import RESEARCHER, end_with_parent, unpack
from world import ROOT, Failed, Skipped, expect

PAGE = "docs/postgresql.md"
NODE, FORCE = "dyfed-powys", "W15000004"
WHO = ("Dyfed-Powys Police", "police", [FORCE])
TABLES = ["record", "batch", "kind", "area", "meta", "stage", "whole", "fate"]


# The server -----------------------------------------------------------------

def binaries():
    """The folder of the newest PostgreSQL here."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"),
                   key=lambda p: int(p.parent.parent.name))
    if not found:
        raise Skipped("PostgreSQL is not installed: no /usr/lib/postgresql/"
                      "*/bin/initdb. A node on it is NOT tested")
    return found[-1].parent


def account():
    """PostgreSQL does not run as root: then as who may do nothing else."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            who = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
    raise Skipped("there is no account that PostgreSQL could run as")


class Server:
    """One cluster in one folder, that listens on a Unix socket there."""

    def __init__(self, folder):
        self.bin, self.account, self.folder = binaries(), account(), folder
        self.process = None
        self.environment = {k: v for k, v in os.environ.items()
                            if not k.startswith("PG")}
        self.environment |= {
            "PGHOST": str(folder), "PGUSER": "postgres",
            "PATH": f"{self.bin}:{os.environ['PATH']}"}
        folder.mkdir()
        folder.parent.chmod(0o711)  # to get to the folder below
        if self.account:
            os.chown(folder, self.account["user"], self.account["group"])
        done = self.call("initdb", "-D", folder / "data", "-U", "postgres",
                         "-A", "trust", "--locale=C", "--no-sync",
                         "--no-instructions", **self.account)
        expect(done.returncode == 0, f"initdb: {done.stderr}")
        self.start()

    def call(self, name, *words, stdin=None, **more):
        return subprocess.run(
            [str(self.bin / name), *map(str, words)], env=self.environment,
            cwd=self.folder, text=True, input=stdin, capture_output=True,
            timeout=60, stdin=None if stdin else subprocess.DEVNULL, **more)

    def start(self):
        words = ["-D", self.folder / "data", "-k", self.folder]
        for setting in ("listen_addresses=", "fsync=off",
                        "full_page_writes=off", "shared_buffers=32MB"):
            words += ["-c", setting]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [str(self.bin / "postgres"), *map(str, words)],
                env=self.environment, cwd=self.folder, stdout=log,
                stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
                preexec_fn=end_with_parent, **self.account)
        for _ in range(200):
            if self.call("pg_isready").returncode == 0:
                return
            expect(self.process.poll() is None, f"it runs: {self.said()}")
            time.sleep(0.05)
        raise Failed(f"the server does not answer: {self.said()}")

    def stop(self):
        """At once, also under those who are connected."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(20)

    def said(self):
        return (self.folder / "log").read_text(errors="replace")

    def sql(self, text, role="postgres", database="ward"):
        """(did it work, what psql said)."""
        done = self.call("psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1",
                         "-v", "VERBOSITY=verbose", "-U", role, database,
                         stdin=text)
        return done.returncode == 0, done.stdout + done.stderr

    def must(self, text, **more):
        good, said = self.sql(text, **more)
        expect(good, f"{text}: {said}")
        return said


# As the page says ------------------------------------------------------------

def of_this(text, server):
    """A block of the page, for our socket."""
    expect("host=/run/postgresql " in text, "the usual socket is named")
    return text.replace("host=/run/postgresql ", f"host={server.folder} ")


def type_block(world, server, name, **variables):
    words = "".join(f"{k}={v}\n" for k, v in variables.items())
    done = shell(world, server.folder, words + block(PAGE, f"sh {name}"),
                 env=server.environment)
    expect(done.returncode == 0, done.stdout + done.stderr)
    return done.stdout + done.stderr


def set_up(world, server):
    """What the superuser does once."""
    type_block(world, server, "roles")
    hba = server.folder / "data/pg_hba.conf"
    hba.write_text(block(PAGE, "conf pg_hba.conf") + hba.read_text())
    ident = re.sub(r"^(ward\s+)ward\b", rf"\g<1>{getpass.getuser()}",
                   block(PAGE, "conf pg_ident.conf"), flags=re.M)
    (server.folder / "data/pg_ident.conf").write_text(ident)
    type_block(world, server, "reload")
    for _ in range(100):
        good, said = server.sql("SELECT 1")
        if not good:
            break
        time.sleep(0.05)
    expect(not good and "reject" in said, f"nobody else gets in: {said}")
    for role in ("ward_load", "ward_count"):
        server.must("SELECT 1", role=role)


def extract(fed):
    path = fed.root / "extracts" / f"{NODE}.csv"
    return path if path.exists() else unpack(
        next((ROOT / "data/demo").glob(f"*{NODE}*.zst")), path)


def stand_in_for_citus(server):
    """The block for Citus names what is there, before there are records."""
    server.must("""
        SET client_min_messages = error;
        CREATE FUNCTION public.create_reference_table(t regclass)
        RETURNS void LANGUAGE sql AS '';
        CREATE FUNCTION public.create_distributed_table(t regclass, c text)
        RETURNS void LANGUAGE plpgsql AS $$BEGIN
        IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = t
            AND attname = c) OR EXISTS (SELECT FROM ward.record) THEN
            RAISE 'no such column, or too late';
        END IF; END$$""", role="ward_load")
    server.must(block(PAGE, "sql citus"), role="ward_load")
    server.must("DROP FUNCTION public.create_reference_table,"
                " public.create_distributed_table", role="ward_load")


def fill(world, fed, server):
    """Schema, then records, by the commands of the page."""
    where = {"DIR": fed.dir(NODE)}
    with open(fed.dir(NODE) / "node.yaml", "a", encoding="ascii") as f:
        f.write(of_this(block(PAGE, "yaml node.yaml"), server))
    empty = fed.root / "extracts/header.csv"
    empty.write_text(extract(fed).open().readline())
    type_block(world, server, "load", FILE=empty, **where)
    stand_in_for_citus(server)
    said = type_block(world, server, "load", FILE=extract(fed), **where)
    expect("2021-01 ... 2021-12" in said, f"check and records say it: {said}")
    server.must("CREATE ROLE other LOGIN", database="postgres")
    server.must(block(PAGE, "sql grant"), role="ward_load")
    server.must(block(PAGE, "sql explain"), database="postgres")


def served(world):
    """The running federation, with one more node, and its server."""
    fed = world.federation()
    if world.server is None:
        server = Server(world.folder / "pg")
        world.server = server
        set_up(world, server)
        fed.init_node(NODE, *WHO)
        fed.admit(NODE)
        fed.publish_roster()
        fill(world, fed, server)
        fed.ward("party", "update", fed.dir(RESEARCHER[0]))
        fed.start(NODE)
    return fed, world.server


def question(world, theme, **changes):
    source = "police.asb" if theme == "asb" else "police.crime"
    return world.question(
        sources=f"[{source}]", themes=f"[{theme}]", nodes=f"[{NODE}]",
        geography=f"{{kind: lad, forces: [{FORCE}]}}", **changes)


def near_the_truth(world, bundle, theme):
    """Every number of a release is near an independent exact count."""
    fed = world.federation()
    rows = verify.Table(fed.fetch(bundle, "csv")).rows["police", "lad"]
    want = verify.exact([extract(fed)], "lad", "total", "--forces", FORCE,
                        "--themes", theme, "--months", "2021-03..2021-04")
    verify.compare(rows, want, NODE, lambda text: None)
    expect(sum(want.values()) > 500, "there is something to count")


# Promises --------------------------------------------------------------------

def test_a_node_on_postgresql_holds_what_one_on_sqlite_holds(world):
    fed, server = served(world)
    twin = fed.root / "twin"
    fed.init_node("twin", *WHO)
    fed.command("ward-node", "load", twin, "--source", "police", extract(fed))
    by = ["--by", "month,code,area"]
    ours = fed.command("ward-node", "records", fed.dir(NODE), *by)
    expect(ours == fed.command("ward-node", "records", twin, *by),
           "equal to the record")
    expect(len(ours.splitlines()) > 10000, "of many places")
    quality = [fed.command("ward-node", "quality", d)
               for d in (fed.dir(NODE), twin)]
    # whoever is in no roster does not know what its area is
    quality[0] = re.sub(r".*outside the area.*\n", "", quality[0])
    expect(quality[0] == quality[1], "and so is the report of quality")
    expect(not (fed.dir(NODE) / "records.db").exists(), "no file is made")


def test_a_node_on_postgresql_answers(world):
    served(world)
    bundle = world.ask(question(world, "asb"))
    expect(world.reasons(bundle) == {NODE: "answered"}, "answered")
    near_the_truth(world, bundle, "asb")


def test_the_role_that_counts_can_neither_write_nor_see_a_record(world):
    _, server = served(world)
    tries = [f"DELETE FROM ward.{t}" for t in TABLES + ["counting"]]
    tries += [f"TRUNCATE ward.{t}" for t in TABLES]
    tries += ["UPDATE ward.batch SET loaded_at = 0",
              "UPDATE ward.counting SET died = 1",
              "INSERT INTO ward.meta VALUES ('x', '')",
              "CREATE TABLE ward.mine ()", "DROP VIEW ward.counting",
              "SELECT FROM ward.record", "SELECT report FROM ward.stage"]
    for what in tries:
        good, said = server.sql(f"SET default_transaction_read_only = off; "
                                f"{what}", role="ward_count")
        expect(not good and ("42501" in said or "42703" in said),
               f"{what} is refused: {said}")
    server.must("SELECT FROM ward.counting LIMIT 1", role="ward_count")
    may = server.must(
        "SELECT has_table_privilege('other', 'ward.' || t, 'SELECT') "
        "FROM unnest(ARRAY['counting', 'record']) t", role="ward_load")
    expect(may.split() == ["t", "f"], f"likewise another role: {may}")


def answered_in_spite(world, theme, trouble):
    """A question that comes after trouble is answered, and charged once."""
    gate, before = gate_of(world, NODE), world.spent(NODE)
    after = trouble()
    bundle = world.ask(question(world, theme, close_after="30s"))
    if after is not None:
        after()
    got = world.reasons(bundle)
    expect(got == {NODE: "answered"}, f"answered: {got}")
    near_the_truth(world, bundle, theme)
    expect(gate_of(world, NODE) != gate, "by a gate that was started anew")
    spent = {month: cost - before.get(month, 0)
             for month, cost in world.spent(NODE).items()}
    expect({m: c for m, c in spent.items() if c} ==
           {"2021-03": 1_000_000, "2021-04": 1_000_000},
           f"charged once: {spent}")


def test_a_restart_of_the_server_costs_no_answer_and_no_charge(world):
    fed, server = served(world)

    def restart():
        server.stop()
        server.start()

    answered_in_spite(world, "violence", restart)
    expect(re.search(r"(Hash|Group)Aggregate", server.said()),
           "the server adds up (auto_explain, as the page says)")
    expect(fed.running[NODE].poll() is None, "the node runs on")


def test_a_question_to_a_server_that_is_down_waits_for_it(world):
    fed, server = served(world)

    def stop():
        server.stop()
        return start_later

    def ended():
        return fed.tail(NODE, 10 ** 6).count("process-ended")

    before = ended()

    def start_later():
        for _ in range(100):
            if ended() > before:
                break
            time.sleep(0.05)
        else:
            raise Failed("the question did not come while it was down")
        said = fed.command("ward-node", "check", fed.dir(NODE), ok=(1,))
        expect("does the server run" in said, f"check asks for it: {said}")
        time.sleep(1)  # the gate tries again and again
        server.start()

    answered_in_spite(world, "theft", stop)
    fed.command("ward-node", "check", fed.dir(NODE))
