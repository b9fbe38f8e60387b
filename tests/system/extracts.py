"""Bad extracts: a clear report with line numbers, nothing half-loaded."""
import json
import os
import random
import subprocess

from world import expect

HEAD = ("Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,"
        "LSOA code,LSOA name,Crime type,Last outcome category,Context\n")
ROW = ("{:014x},2021-03,Gwent Police,Gwent Police,-3.0,51.6,On or near A,"
       "W01001561,Newport 001A,{},,\n")


def good(n, kind="Drugs"):
    return "".join(ROW.format(i + 1, kind) for i in range(n))


def load(world, path, *more):
    """(exit code, what it said) of one load into gwent's node."""
    fed = world.federation()
    done = subprocess.run(
        [fed.program("ward-node"), "load", str(fed.dir("gwent")), "--source",
         "police", *more, str(path)], text=True, capture_output=True,
        stdin=subprocess.DEVNULL, timeout=60)
    return done.returncode, done.stdout + done.stderr


def rows(world):
    fed = world.federation()
    done = subprocess.run(
        [fed.program("ward-node"), "records", str(fed.dir("gwent")), "--json"],
        text=True, capture_output=True, check=True, timeout=60)
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

