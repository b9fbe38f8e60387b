#!/usr/bin/env python3
"""./dev bench records -- loading and counting records, beside other databases.

Made-up records of a year (bench/synthetic) are loaded from a plain CSV by
`ward-node load`, encrypted and durable, and counted by four questions
(bench/ask):

map    one category, half of the months, by area: 1 % of the records
grid   the same by square of 1 km
cross  area x category x month, 1.04 M cells: what one question may have
box    a box that holds a tenth, by category and square of 1 km
bound  as cross, at most 3 records of each person-month

SQLite (rows, and its best index), PostgreSQL (its best index) and DuckDB get
the same facts as bare integers, in the order of our store, and give the same
counts; so does a tight loop over packed arrays in memory, the floor.  That all
counts are equal is checked by five sums over the cells (the floor: every cell),
and ours against what the generator made; a difference ends the bench.

Times are CPU time (user and system) on one core, medians where a run is short;
ns are per record of the store.  Ratios are of one run.  Absolute goals are
scaled by this machine's AES-256-CTR rate over 6.3 GB/s.  Goals are judged at
10,000,000 records; a missed one makes the exit code 1.  Peers that are not to
be had are skipped, loudly.
"""
import argparse
import glob
import itertools
import json
import os
import re
import resource
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from privacy import Report

ROOT = Path(__file__).resolve().parent.parent
JUDGED = 10**7
SIZES = (10**6, 10**7)
QUICK = 50000
AES = 6.3  # GB/s, of the machine whose figures the goals are
ASKS = ("map", "grid", "cross", "box", "bound")
ENOUGH_S = 4  # of runs of one query
MONTHS = 12
CHANGED, GONE = 100, 10  # of bench/synthetic
WEST, SOUTH, SIDE = 400000, 100000, 200  # km
BOX_WEST, BOX_SOUTH, BOX_SIDE = 470000, 190000, 64
FACTS = ("month", "cat", "place", "east", "north", "person", "ord")

SUMS = """SELECT count(*), sum(n), sum(n * (cell * 48271 % 65521)),
 sum(n * (cell * 40503 % 65537)), sum(n * n) FROM ({}) s"""

# The best index of a B-tree for each question; all of them cover it.
INDEXES = {
    "map": ("plain", "cat, month, place"),
    "grid": ("plain", "cat, month, east, north"),
    "cross": ("plain", "month, cat, place"),
    "box": ("plain", "east, north, cat"),
    "bound": ("persons", "month, person, ord, cat, place"),
}


def queries(truth, div="/", big="{}", person="person", order="ord"):
    """Name -> SQL with one row of five sums; div: division of integers."""
    places = truth["places"] + 1
    square = f"(north - {{}}) {div} 1000 * {{}} + (east - {{}}) {div} 1000"
    inside = (f"east >= {BOX_WEST} AND east < {BOX_WEST + BOX_SIDE * 1000} "
              f"AND north >= {BOX_SOUTH} "
              f"AND north < {BOX_SOUTH + BOX_SIDE * 1000}")
    cross = f"(cat * {MONTHS} + month) * {places} + place"
    some = (f"FROM plain WHERE cat = {truth['map_category']} AND month < "
            f"{MONTHS // 2}")
    inner = {
        "map": ("place", f"{some} GROUP BY place"),
        "grid": (square.format(SOUTH, SIDE, WEST), f"{some} GROUP BY cell"),
        "cross": (cross, "FROM plain GROUP BY month, cat, place"),
        "box": (f"cat * {BOX_SIDE * BOX_SIDE + 1} + " +
                square.format(BOX_SOUTH, BOX_SIDE, BOX_WEST),
                f"FROM plain WHERE {inside} GROUP BY cell"),
        "bound": (cross,
                  "FROM (SELECT month, cat, place, row_number() OVER "
                  f"(PARTITION BY month, {person} ORDER BY {order}) AS nth "
                  "FROM persons) f WHERE nth <= 3 GROUP BY month, cat, place"),
    }
    return {name: SUMS.format(f"SELECT {big.format(cell)} AS cell, "
                              f"count(*) AS n {rest}")
            for name, (cell, rest) in inner.items()}


# A record as a row: 16 bytes each for its id and its person, in the order of
# the numbers that stand for them elsewhere, and what else a store keeps.
WIDE = """PRAGMA journal_mode=off; PRAGMA synchronous=off;
ATTACH '{bare}' AS bare;
CREATE TABLE {table} (id BLOB, person BLOB, month INTEGER, cat INTEGER,
 place INTEGER, east INTEGER, north INTEGER, occurred_from INTEGER,
 occurred_to INTEGER, time_precision INTEGER, recorded_at INTEGER,
 geo_precision_m INTEGER, geo_method INTEGER, batch INTEGER);
INSERT INTO {table} SELECT CAST(printf('%016x', ord) AS BLOB),
 CASE WHEN person <> ord THEN CAST(printf('%016x', person) AS BLOB) END,
 month, cat, place, east, north, 1609459200 + month * 2600000 + rowid % 2600000,
 1609459260 + month * 2600000 + rowid % 2600000, 1,
 1609462800 + month * 2600000 + rowid % 2600000, 50, 2, 1
 FROM bare.{table} ORDER BY rowid;
"""


class Broken(Exception):
    """Counts that differ, or a program that fails: no figure counts."""


def run(words, **more):
    """(CPU seconds, wall seconds, output) of a program."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(list(map(str, words)), capture_output=True,
                          text=True, check=False, **more)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise Broken(f"{' '.join(map(str, words))}: {done.stderr[-2000:]}")
    return (after.ru_utime + after.ru_stime - before.ru_utime -
            before.ru_stime, wall, done.stdout)


def repeated(once):
    """Median seconds, and the sums, of a query: once() -> (seconds, sums)."""
    took, sums = [], None
    while len(took) < 5 and (not took or sum(took) + took[-1] < ENOUGH_S):
        seconds, sums = once()
        took.append(seconds)
    return statistics.median(took), sums


# Peers: each loads facts from CSV, and answers queries ------------------------

def sqlite_facts(folder):
    """SQLite files: bare facts with the best indexes, and rows of all that a
    store keeps of a record.  Bytes of the latter, of persons alone: without
    an index, and with one on the ids, which corrections need."""
    bare, rows = folder / "indexed.db", folder / "rows.db"
    script = ["PRAGMA journal_mode=off;", "PRAGMA synchronous=off;"]
    for table in ("plain", "persons"):
        columns = ", ".join(f"{name} INTEGER" for name in FACTS)
        script += [f"CREATE TABLE {table} ({columns});", ".mode csv",
                   f".import {folder / (table + '.facts')} {table}"]
    run(["sqlite3", bare], input="\n".join(script))
    sizes = []
    for table, index in (("persons", True), ("persons", False),
                         ("plain", False)):
        if index:
            path = folder / "size.db"
        else:
            path = rows
        run(["sqlite3", path], input=WIDE.format(table=table, bare=bare) + (
            "CREATE UNIQUE INDEX i_id ON persons (id);" if index else ""))
        sizes.append(path.stat().st_size)
    os.remove(folder / "size.db")
    run(["sqlite3", bare], input="".join(
        ["PRAGMA journal_mode=off; PRAGMA synchronous=off;"] +
        [f"CREATE INDEX i_{name} ON {table} ({columns});"
         for name, (table, columns) in INDEXES.items()] + ["ANALYZE;"]))
    return bare, rows, sizes[1], sizes[0]


class Sqlite:
    def __init__(self, path):
        self.db = sqlite3.connect(path)
        self.db.execute("PRAGMA cache_size = -2000000")
        self.db.execute("PRAGMA mmap_size = 30000000000")
        self.db.execute("PRAGMA temp_store = memory")
        self.db.execute("PRAGMA threads = 0")

    def once(self, sql):
        start = time.process_time()
        sums = list(self.db.execute(sql).fetchone())
        return time.process_time() - start, sums


class DuckDb:
    def __init__(self, module, folder):
        self.db = module.connect(str(folder / "facts.duckdb"))
        self.db.execute("SET threads = 1")
        self.db.execute("SET preserve_insertion_order = true")

    def load(self, folder):
        kinds = {name: "BIGINT" if name in ("person", "ord") else "INTEGER"
                 for name in FACTS}
        for table in ("plain", "persons"):
            self.db.execute(
                f"CREATE TABLE {table} AS SELECT * FROM read_csv('"
                f"{folder / (table + '.facts')}', header = false, columns = "
                f"{kinds})")
        self.db.execute("CHECKPOINT")

    def once(self, sql):
        start = time.process_time()
        sums = [int(x) for x in self.db.execute(sql).fetchone()]
        return time.process_time() - start, sums


class Postgres:
    """A server of its own in a folder, of an account without rights."""

    SETTINGS = {
        "listen_addresses": "", "max_parallel_workers_per_gather": 0,
        "max_parallel_maintenance_workers": 0, "shared_buffers": "4GB",
        "work_mem": "2GB", "maintenance_work_mem": "2GB",
        "max_wal_size": "16GB", "autovacuum": "off",
        "wal_level": "minimal", "max_wal_senders": 0}

    @staticmethod
    def programs():
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        path = found[-1] if found else shutil.which("initdb")
        return Path(path).resolve().parent if path else None

    def __init__(self, bin_folder):
        self.bin = bin_folder
        # a short path: that of a Unix socket has at most 107 bytes
        self.folder = Path(tempfile.mkdtemp(prefix="ward-pg-", dir="/tmp"))
        self.user = {}
        if os.getuid() == 0:
            os.chown(self.folder, 65534, 65534)
            self.user = {"user": 65534, "group": 65534, "extra_groups": []}
        self.server = None
        try:
            run([self.bin / "initdb", "-D", self.folder / "db", "-U", "bench",
                 "-A", "trust", "--no-sync"], cwd=self.folder, **self.user)
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self):
        settings = itertools.chain.from_iterable(
            ("-c", f"{k}={v}") for k, v in self.SETTINGS.items())
        with open(self.folder / "log", "wb") as log:
            self.server = subprocess.Popen(
                [self.bin / "postgres", "-D", self.folder / "db", "-k",
                 self.folder, *settings], cwd=self.folder, stdout=log,
                stderr=log, **self.user)
        for _ in range(200):
            if subprocess.run([self.bin / "pg_isready", "-q", "-h",
                               self.folder], check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise Broken("PostgreSQL did not start")

    def stop(self):
        if self.server:
            self.server.terminate()
            self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def say(self, script, **more):
        """Output, and CPU seconds of each statement in the server."""
        done = subprocess.run(
            [self.bin / "psql", "-h", self.folder, "-U", "bench", "-d",
             "postgres", "-XqtA", "-v", "ON_ERROR_STOP=1"],
            input=script, capture_output=True, text=True, check=False, **more)
        if done.returncode != 0:
            raise Broken(f"PostgreSQL: {done.stderr[-2000:]}")
        times = re.findall(r"!\s+([0-9.]+) s user, ([0-9.]+) s system, "
                           r"[0-9.]+ s elapsed", done.stderr)
        return done.stdout, [float(u) + float(s) for u, s in times]

    TIMED = "SET client_min_messages = log; SET log_statement_stats = on;\n"

    def load(self, folder):
        for table in ("plain", "persons"):
            columns = ", ".join(
                name + (" smallint" if name in ("month", "cat") else
                        " bigint" if name in ("person", "ord") else " int")
                for name in FACTS)
            self.say(f"CREATE TABLE {table} ({columns}); COPY {table} FROM "
                     f"'{folder / (table + '.facts')}' (FORMAT csv);")
        for name, (table, columns) in INDEXES.items():
            self.say(f"CREATE INDEX i_{name} ON {table} ({columns});")
        self.say("VACUUM ANALYZE plain;\nVACUUM ANALYZE persons;")

    def once(self, sql):
        out, times = self.say(self.TIMED + sql + ";")
        return times[-1], [int(x) for x in out.strip().split("|")]


def duckdb_module(folder, may_fetch):
    """DuckDB: installed, or fetched from PyPI into a folder."""
    try:
        import duckdb
        return duckdb
    except ImportError:
        pass
    if not may_fetch:
        return None
    try:
        subprocess.run([sys.executable, "-m", "pip", "install", "-q",
                        "--target", str(folder), "duckdb"], check=True,
                       capture_output=True, timeout=180)
    except (subprocess.SubprocessError, OSError):
        return None
    sys.path.append(str(folder))
    try:
        import duckdb
    except ImportError:
        return None
    return duckdb


# Ours -------------------------------------------------------------------------

class Node:
    """A node's folder, and the programs that look at it."""

    def __init__(self, build, folder, months="2021-01..2021-12"):
        self.build = build
        self.folder = folder
        run([build / "node/ward-node", "init", folder, "--party", "bench",
             "--name", "Bench", "--organisation", "Bench", "--sector",
             "police", "--sources", "police.crime", "--months", months,
             "--covers", "E23000001", "--coordinator", "tls+tcp://127.0.0.1:1",
             "--coordinator-party", "c", "--server-name", "localhost"])
        policy = Path(folder) / "policy.yaml"  # keys of people are kept
        policy.write_text(policy.read_text().replace(
            "unit: record", "unit: person\n    domain: police.person"))

    def load(self, files, *options):
        return run([self.build / "node/ward-node", "load", self.folder,
                    *options, *files])

    def bytes(self):
        return sum(f.stat().st_size for f in self.folder.glob("records.db*"))

    def look(self, what, *more):
        out = run([self.build / "bench/records", what,
                   self.folder / "records.db", self.folder / "store.key",
                   *more])[2]
        return [json.loads(line) for line in out.splitlines()]


class Bench:
    """One size of data: its figures."""

    def __init__(self, report, build, folder, rows, scale, duckdb, postgres,
                 judged):
        self.report = report
        self.build = build
        self.folder = folder
        self.rows = rows
        self.scale = scale
        self.duckdb = duckdb
        self.postgres = postgres
        self.judged = judged
        self.truth = None
        self.started = time.monotonic()

    def progress(self, what):
        self.report.note(
            f"[{time.monotonic() - self.started:4.0f} s] {what}")

    def row(self, what, figure, unit, goal=None, least=False, beside=""):
        if goal is not None and not self.judged:
            beside = (f"(goal at 1e7: {'>=' if least else '<='} {goal:.4g}) "
                      f"{beside}")
            goal = None
        self.report.row(what, figure, unit, goal, least=least,
                        beside=beside.rstrip())

    def agree(self, who, name, sums):
        """The same counts as everybody else so far."""
        if name not in self.truth:
            if sums[1] != self.truth["bounded"]:
                raise Broken(f"{name}: {who} keeps {sums[1]} records, not "
                             f"{self.truth['bounded']}")
            self.truth[name] = sums
        if self.truth[name] != sums:
            raise Broken(f"{name}: {who} counts {sums}, not "
                         f"{self.truth[name]}: the results differ")

    # Loading

    def make(self):
        self.progress("making records")
        out = run([self.build / "bench/synthetic", self.rows, 1,
                   self.folder])[2]
        self.truth = json.loads(out)

    def load(self):
        """Ours and the peers, from the same CSV with persons."""
        persons = self.folder / "persons.csv"
        self.nodes = {}
        for name in ("persons", "plain"):
            self.progress(f"loading {name}.csv")
            node = Node(self.build, self.folder / f"node-{name}")
            cpu, wall, _ = node.load([self.folder / f"{name}.csv"],
                                     *RMS_OPTIONS)
            self.nodes[name] = node
            self.row(f"load {name}.csv, durable, encrypted",
                     self.rows / cpu, "rows/s", 1e6 * self.scale
                     if name == "persons" else None, least=True,
                     beside=f"wall {self.rows / wall:,.0f}")
            if name == "persons":
                self.loaded_s = cpu
        self.load_peers(persons)

    def load_peers(self, csv):
        self.progress("loading the same CSV into peers")
        db = self.folder / "import.db"
        cpu, _, _ = run(["sqlite3", db, ".mode csv", f".import {csv} t"])
        os.remove(db)
        self.row("  sqlite3 .import", self.rows / cpu, "rows/s")
        if self.duckdb:
            db = self.duckdb.connect(str(self.folder / "import.duckdb"))
            db.execute("SET threads = 1")
            start = time.process_time()
            db.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{csv}')")
            db.execute("CHECKPOINT")
            cpu = time.process_time() - start
            db.close()
            os.remove(self.folder / "import.duckdb")
            self.row("  DuckDB read_csv", self.rows / cpu, "rows/s")
        if self.postgres:
            _, times = self.postgres.say(
                "CREATE TABLE t (id text, occurred timestamp, recorded "
                "timestamp, code text, easting int, northing int, lsoa text, "
                f"place text, victim text);\n{Postgres.TIMED}"
                f"COPY t FROM '{csv}' (FORMAT csv, HEADER);\n")
            self.postgres.say("DROP TABLE t;")
            self.row("  PostgreSQL COPY", self.rows / times[-1], "rows/s")

    def reload(self):
        node = self.nodes["persons"]
        self.progress("re-loading a month")
        share = 1 / MONTHS
        cpu, wall, _ = node.load([self.folder / "month.csv"], *RMS_OPTIONS,
                                 *REPLACE_OPTIONS)
        self.row(f"re-load of 1 of {MONTHS} months, {CHANGED} changed, "
                 f"{GONE} gone", cpu / self.loaded_s, "x whole", 2 * share,
                 beside=f"its share is {share:.3f}; {cpu:.2f} s, "
                 f"wall {wall:.2f} s")

    # Counting

    def prepare(self):
        """Facts as other databases want them."""
        self.progress("facts for the peers")
        for name, node in self.nodes.items():
            node.look("facts", self.folder / f"{name}.facts")
        self.progress("databases of the peers")
        self.peers = {}
        with ThreadPoolExecutor(1) as pool:
            sqlite = pool.submit(sqlite_facts, self.folder)
            if self.duckdb:
                self.peers["DuckDB"] = DuckDb(self.duckdb, self.folder)
                self.peers["DuckDB"].load(self.folder)
            if self.postgres:
                self.postgres.load(self.folder)
                self.peers["PostgreSQL, best index"] = self.postgres
            bare, rows, *self.row_bytes = sqlite.result()
        self.peers["SQLite rows"] = Sqlite(rows)
        self.peers["SQLite, best index"] = Sqlite(bare)

    def sql(self, peer, name):
        how = {"DuckDB": ("//", "CAST({} AS BIGINT)"),
               "PostgreSQL, best index": ("/", "({})::bigint"),
               "SQLite rows": ("/", "{}", "coalesce(person, id)", "id"),
               }.get(peer, ())
        return queries(self.truth, *how)[name]

    def look(self, what, names=ASKS):
        """Name -> what bench/records says, each of its store."""
        plain = [name for name in names if name != "bound"]
        seen = dict(zip(plain, self.nodes["plain"].look(what, *plain)
                        if plain else ()))
        if "bound" in names:
            seen["bound"] = self.nodes["persons"].look(what, "bound")[0]
        for name, one in seen.items():
            self.agree(what, name, one["sums"])
        return seen

    GOALS = {  # a peer over ours, at least
        ("map", "DuckDB"): 5, ("map", "SQLite rows"): 100,
        ("cross", "DuckDB"): 10, ("cross", "SQLite, best index"): 40,
        ("bound", "DuckDB"): 30, ("bound", "PostgreSQL, best index"): 100,
    }

    def ask(self, name, ours, floor):
        goal = 6 / self.scale if name == "bound" else None
        self.row(f"{name}, encrypted at rest", ours, "ns", goal)
        self.row("  beside the floor", ours / floor, "x",
                 2.4 if name == "cross" else None,
                 beside=f"floor {floor:.3g} ns")
        for peer, db in self.peers.items():
            seconds, sums = repeated(lambda: db.once(self.sql(peer, name)))
            self.agree(peer, name, sums)
            ns = seconds * 1e9 / self.rows
            self.row(f"  {peer}", ns / ours, "x", self.GOALS.get((name, peer)),
                     least=True, beside=f"{ns:.4g} ns")

    def count(self):
        self.progress("counting: floors, ours, peers")
        floors = self.look("floor")
        self.ours = {k: v["ns"] for k, v in self.look("count").items()}
        for name in ASKS:
            self.ask(name, self.ours[name], floors[name]["ns"])

    def sealing(self):
        """What opening costs of a count, by its part of the work."""
        self.progress("opening apart")
        for name, seen in self.look("seal").items():
            opening, ours = seen["opening_ns"], self.ours[name]
            self.row(f"encryption adds, {name}",
                     100 * opening / (ours - opening), "%",
                     60 if name in ("cross", "bound") else None,
                     beside=f"opening takes {opening:.2f} of {ours:.2f} ns, "
                     f"counting in memory {seen['ns']:.2f}")

    # What else a store costs

    def sizes(self):
        self.progress("sizes")
        ours = self.nodes["persons"].bytes()
        bare, indexed = self.row_bytes
        self.row("store, beside SQLite rows that can be corrected",
                 ours / indexed, "x", 0.5,
                 beside=f"{ours / self.rows:.1f} bytes a record; rows with an "
                 f"index on ids {indexed / self.rows:.1f}, without "
                 f"{bare / self.rows:.1f}")
        for name in ASKS:
            node = self.nodes["persons" if name == "bound" else "plain"]
            seen = node.look("memory", name)[0]
            self.row(f"peak memory of a count less its result, {name}",
                     (seen["peak_bytes"] - 4 * seen["cells"]) / 2**20, "MiB",
                     64)

    def whole(self):
        self.progress("whole answers")
        node = self.nodes["persons"]
        seen = node.look("answer")[0]
        self.row(f"a whole private answer, {seen['cells']:,} cells",
                 seen["ms"], "ms", 150 / self.scale,
                 beside=", ".join(f"{part} {seen[part]:.1f}" for part in
                                  ("count", "measure", "noise", "write",
                                   "sign")))
        opened = statistics.median(
            node.look("open", "map")[0]["ns"] * self.rows / 1e9
            for _ in range(3))
        self.row("start: opened and a first question counted (wall)", opened,
                 "s", 1)

    def run(self):
        self.report.say(f"records, {self.rows:,} of a year")
        self.make()
        self.load()
        self.prepare()
        self.count()
        self.sealing()
        self.sizes()
        self.whole()
        self.reload()
        self.report.say()


# Street files -----------------------------------------------------------------

def demo_files(folder, rows):
    """Shipped street files, under other years until there are enough rows."""
    texts = []
    for packed in sorted((ROOT / "data/demo").glob("*street.csv.zst")):
        out = subprocess.run(["zstd", "-dc", "--long=27", packed],
                             capture_output=True, check=True).stdout
        texts.append(out)
        if rows <= QUICK:
            break
    per_year = sum(t.count(b"\n") - 1 for t in texts)
    files = []
    for year in range(2021, 2021 - max(1, round(rows / per_year)), -1):
        for i, text in enumerate(texts):
            path = folder / f"{year}-{i}-street.csv"
            path.write_bytes(text.replace(b",2021-", b",%d-" % year))
            files.append(path)
    return files, per_year * (len(files) // len(texts))


def street(report, build, folder, directory, rows, scale, judged):
    if directory:
        files = sorted(p for p in directory.iterdir()
                       if p.name.endswith(("street.csv", "street.csv.zst")))
        whose, n = str(directory), None
    else:
        files, n = demo_files(folder, rows)
        whose = "shipped street files"
    node = Node(build, folder / "node-street", "2010-01..2021-12")
    cpu, wall, out = node.load(files, *STREET_OPTIONS, "--json")
    n = json.loads(out).get("read", n)
    row = report.row
    goal = 4e5 * scale if judged else None
    row(f"load {len(files)} {whose}", n / cpu, "rows/s", goal, least=True,
        beside=f"{n:,} rows, wall {n / wall:,.0f}; " +
        ("" if judged else f"(goal at full size: >= {4e5 * scale:.4g})"))


RMS_OPTIONS = ("--source", "rms")
STREET_OPTIONS = ("--source", "police")
REPLACE_OPTIONS = ("--replace",)


def bench(report, build, sizes, directory, peers=True):
    aes = statistics.median(
        float(run([build / "bench/bench", "random"])[2]) for _ in range(3))
    scale = aes / 1e9 / AES
    report.row("AES-256-CTR", aes / 1e9, "GB/s",
               beside=f"absolute goals are scaled by {scale:.2f}")
    largest = max(sizes)
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)  # the server of another account reads CSV here
        duckdb = duckdb_module(Path(name) / "duckdb", peers)
        if not duckdb:
            report.skipped("DuckDB", "neither installed nor to be had from "
                           "PyPI" if peers else "not installed")
        programs = Postgres.programs()
        if not programs:
            report.skipped("PostgreSQL", "apt-get install postgresql")
        for rows in sizes:
            judged = rows >= JUDGED
            postgres = Postgres(programs) if programs else None
            try:
                with tempfile.TemporaryDirectory(dir=name) as folder:
                    os.chmod(folder, 0o755)
                    Bench(report, build, Path(folder), rows, scale, duckdb,
                          postgres, judged).run()
            finally:
                if postgres:
                    postgres.stop()
        report.say("street files")
        street(report, build, Path(name), directory,
               min(10**6, largest), scale, largest >= 10**6)


def add_options(p):
    p.add_argument("--rows", type=int, action="append",
                   help="records: how many; may be repeated (1e6 and 1e7)")
    p.add_argument("--quick", action="store_true", help="records: few, and no "
                   "network: does the bench still run?")
    p.add_argument("--street", type=Path, metavar="DIR",
                   help="records: load the street files of DIR, not the "
                   "shipped ones")


def run_bench(build, args):
    report = Report(args.json)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and clean up
    sizes = args.rows or ([QUICK] if args.quick else list(SIZES))
    try:
        bench(report, build, sizes, args.street, peers=not args.quick)
    except Broken as e:
        print(f"bench: {e}", file=sys.stderr)
        return 1
    return report.end()


def main():
    p = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--build", default="build")
    p.add_argument("--json", action="store_true")
    add_options(p)
    args = p.parse_args()
    return run_bench(Path(args.build).resolve(), args)


if __name__ == "__main__":
    sys.exit(main())
