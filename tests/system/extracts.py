"""Bad extracts: a clear report with line numbers, nothing half-loaded."""
import json
import os
import random
import subprocess
import time

from world import expect

HEAD = ("Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,"
        "LSOA code,LSOA name,Crime type,Last outcome category,Context\n")
ROW = ("{:014x},2021-03,Gwent Police,Gwent Police,-3.0,51.6,On or near A,"
       "W01001561,Newport 001A,{},,\n")


def good(n, kind="Drugs"):
    return "".join(ROW.format(i + 1, kind) for i in range(n))


def load(world, *args):
    """(exit code, what it said) of one load into gwent's node."""
    fed = world.federation()
    done = subprocess.run(
        [fed.program("ward-node"), "load", str(fed.dir("gwent")), "--source",
         "police", *map(str, args)], text=True, capture_output=True,
        stdin=subprocess.DEVNULL, timeout=60)
    return done.returncode, done.stdout + done.stderr


def rows(world):
    """Records in gwent's node."""
    fed = world.federation()
    done = subprocess.run(
        [fed.program("ward-node"), "records", str(fed.dir("gwent")), "--json"],
        text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    expect(done.returncode == 0, done.stderr)
    return json.loads(done.stdout)["records"]


def written(world, name, content):
    path = world.federation().root / name
    path.write_bytes(content if isinstance(content, bytes)
                     else content.encode())
    return path


def refused(world, name, content, *words):
    before = rows(world)
    code, said = load(world, written(world, name, content))
    expect(code != 0, f"{name} is refused: {said}")
    for word in words:
        expect(word in said, f"{name}: the report says {word}: {said}")
    expect(rows(world) == before, f"{name}: the database is unchanged")


def test_a_wrong_header_is_refused_with_its_line(world):
    refused(world, "head.csv", HEAD.replace("Longitude", "Long") + good(5),
            "head.csv:1")


def test_a_cut_file_is_refused_with_its_line(world):
    refused(world, "cut.csv", (HEAD + good(100))[:-40], "cut.csv:101")


def test_a_million_bytes_of_junk_are_refused(world):
    refused(world, "junk.csv", random.Random(7).randbytes(10 ** 6),
            "junk.csv:1")


def test_an_empty_file_is_refused(world):
    refused(world, "empty.csv", "", "empty.csv")


def test_a_bad_row_is_named_and_the_rest_is_loaded(world):
    text = HEAD + good(50) + "nonsense,row\n" + \
        ROW.format(51, "Drugs").replace("2021-03", "2021-13")
    before = rows(world)
    code, said = load(world, written(world, "bad-row.csv", text))
    expect(code == 0, f"loaded: {said}")
    expect("52" in said and "53" in said, f"both lines are named: {said}")
    expect(rows(world) == before + 50, "the good rows are there")


def test_loading_the_same_file_twice_changes_nothing(world):
    path = written(world, "twice.csv", HEAD + good(20, "Robbery"))
    code, said = load(world, path)
    expect(code == 0, said)
    before = rows(world)
    code, said = load(world, path)
    expect(code == 0, said)
    expect("was loaded on" in said, f"says that it was loaded already: {said}")
    expect(rows(world) == before, "unchanged")


def test_legitimate_duplicates_are_kept(world):
    row = (",2021-03,Gwent Police,Gwent Police,-3.0,51.6,On or near B,"
           "W01001561,Newport 001A,Anti-social behaviour,,\n")
    before = rows(world)
    code, said = load(world, written(world, "same.csv", HEAD + row * 7))
    expect(code == 0, said)
    expect(rows(world) == before + 7, "seven equal rows are seven records")


def test_the_report_is_json_for_programs(world):
    path = written(world, "json.csv", HEAD + good(9, "Drugs").replace(
        "2021-03", "2021-07") + "x\n")
    code, said = load(world, path, "--json")
    expect(code == 0, said)
    report = json.loads(said[said.index("{"):])
    expect(report["read"] == 10 and report["added"] == 9,
           f"read and loaded: {report}")
    where = {"file": "json.csv", "line": 11}
    expect(report["drops"] == {"wrong-fields": {"rows": 1, "first": [where]}},
           f"dropped, why and where: {report}")


def test_records_are_for_the_owner_alone(world):
    folder = world.federation().dir("gwent")
    for name in ("records.db", "ledger.db", "sign.key", "tls.key",
                 "store.key"):
        mode = os.stat(folder / name).st_mode & 0o777
        expect(mode == 0o600, f"{name} has mode {mode:o}")


def checked(world):
    """(exit code, output) of ward-node check of gwent's node."""
    fed = world.federation()
    done = subprocess.run(
        [fed.program("ward-node"), "check", str(fed.dir("gwent"))],
        text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_a_killed_load_leaves_a_node_that_is_in_order(world):
    fed, pick = world.federation(), random.Random(11)
    path = written(world, "killed.csv", HEAD + "".join(
        ROW.format(1 << 40 | i, "Drugs") for i in range(40000)))
    before, code = rows(world), checked(world)[0]
    argv = [fed.program("ward-node"), "load", str(fed.dir("gwent")),
            "--source", "police", str(path)]
    for _ in range(8):
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(pick.random() * 0.3)
        process.kill()
        process.wait()
        now = checked(world)
        expect(now[0] == code, f"check is as it was: {now[1]}")
        expect(rows(world) in (before, before + 40000), "all of it or nothing")
    code, said = load(world, path)
    expect(code == 0, said)
    expect(rows(world) == before + 40000, "and it can be loaded")


def test_a_replacement_and_a_withdrawal_show_in_the_records(world):
    text = HEAD + good(30, "Burglary").replace("2021-03", "2019-05")
    code, said = load(world, written(world, "month.csv", text))
    expect(code == 0, said)
    before = rows(world)
    fewer = "".join(text.splitlines(keepends=True)[:21])
    code, said = load(world, "--replace", written(world, "month.csv", fewer))
    expect(code == 0 and "withdrawn" in said, said)
    expect(rows(world) == before - 10, "what the month lacks is withdrawn")
    before = rows(world)
    code, said = load(world, "--withdraw", written(world, "gone.csv", fewer))
    expect(code == 0, said)
    expect(rows(world) == before - 20, "what the file names is withdrawn")
