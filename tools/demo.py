#!/usr/bin/env python3
"""./dev demo -- a federation of four agencies and its map, on this machine.

Three police forces hold their real recorded crime of 2021 (open data); a
hospital holds made-up attendances, labelled synthetic.  Each runs its own
node; none ever shows another a record.
"""
import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from federation import SOUTH_WALES, Failed, Federation, say, unpack  # noqa: E402
import verify  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "data" / "demo"
FORCES = "[W15000002, W15000003, W15000004]"
NODES = "[cardiff-and-vale-uhb, dyfed-powys, gwent, south-wales]"

LEVELS = "[msoa11, lad, force]"
QUESTIONS = {  # title, geography, per, rho
    "neighbourhoods": (
        "Violence and anti-social behaviour by neighbourhood, 2021",
        f"{{kind: lsoa11, forces: {FORCES}, levels: {LEVELS}}}", "total",
        "0.02"),
    "squares": (
        "Violence and anti-social behaviour by kilometre square, 2021",
        f"{{kind: grid, cell_m: 1000, forces: {FORCES}, "
        "levels: [2000, 4000, 8000]}", "total", "0.02"),
    "running": (
        "Violence and anti-social behaviour by local authority, running "
        "totals of 2021", f"{{kind: lad, forces: {FORCES}}}", "running",
        "0.01"),
    "months": (
        "Violence and anti-social behaviour by neighbourhood, month by "
        "month, 2021", f"{{kind: lsoa11, forces: {FORCES}, levels: {LEVELS}}}",
        "month", "0.02"),
}


def question(name, title=None, close="20s"):
    words, geography, per, rho = QUESTIONS[name]
    return f"""title: {title or words}
purpose: violence-prevention
project: South Wales serious violence partnership
measure: count
sources: [police.crime, police.asb, nhs.ed]
themes: [violence, asb]
months: 2021-01..2021-12
per: {per}
geography: {geography}
privacy: {{rho: "{rho}"}}
contribution: 1
nodes: {NODES}
send_after: 4s
close_after: {close}
valid_for: 7d
quorum: 2
"""


class Steps:
    """Says what is being done, and how long it took."""

    def __init__(self):
        self.started = time.monotonic()

    def __call__(self, text):
        say(f"[{time.monotonic() - self.started:5.1f} s] {text}")


def load(fed, step):
    scratch = fed.root / "extracts"
    scratch.mkdir(exist_ok=True)
    for party in SOUTH_WALES:
        nhs = party == "cardiff-and-vale-uhb"
        packed = sorted(DEMO.glob(f"*{party}*.csv.zst"))
        packed = [p for p in packed if "gazetteer" not in p.name]
        extract = unpack(packed[0], scratch / f"{party}.csv")
        words = ["load", fed.dir(party), "--source",
                 "istv" if nhs else "police", extract]
        if nhs:
            words += ["--gazetteer", gazetteer(scratch)]
        fed.command("ward-node", *words)
        step(f"{SOUTH_WALES[party][0]}: extract loaded into its own node")


def gazetteer(scratch):
    packed = sorted(DEMO.glob("*gazetteer*"))[0]
    if packed.suffix == ".zst":
        return unpack(packed, scratch / "gazetteer.csv")
    return packed


def start(fed, step):
    step("governance keys, certificates, roster; every party enrolled")
    fed.found()
    fed.enrol_everyone(SOUTH_WALES)
    load(fed, step)
    fed.start("coordinator")
    fed.wait_http()
    for party in SOUTH_WALES:
        fed.start(party)
    step("coordinator and four nodes are running")


def ask(fed, step, name, **more):
    bundle = fed.ask(name, question(name, **more))
    step(f"asked, signed, approved twice, sent: {QUESTIONS[name][0]}")
    status = fed.status(bundle, wait=True)
    step(f"  {status['state']}: " + ", ".join(
        f"{n['id']} {n['state']}" for n in status["nodes"]))
    return bundle, status


def summary(fed, query_id):
    release = fed.get(f"/v1/releases/{query_id}")
    say(f"\n  {release['title']}")
    say(f"  {'':30} {'shown':>10} {'estimate':>12} {'95 % within':>14}")
    for row in release["totals"]:
        if row["slice"] not in ("sum", "total"):
            continue
        label = f"{row['theme']}, {row['source']}"
        say(f"  {label:30} {row['display']:>10,} {row['value']:>12,.1f} "
            f"{'+-' + format(row['plus_minus_95'], ',.0f'):>14}")
    say("  " + release["words"]["noise"] + "\n")


def run_demo(fed, step):
    start(fed, step)
    for name in QUESTIONS:
        _, status = ask(fed, step, name)
        if name == "neighbourhoods":
            first = status["id"]
    summary(fed, first)
    say(f"The map:      {fed.url}/\n"
        f"Parties dial: tls+tcp://127.0.0.1:{fed.port}\n"
        f"Folders:      {fed.root}\nCtrl-C stops everything.")
    while True:
        time.sleep(1)
        for party, process in fed.running.items():
            if process.poll() is not None:
                raise Failed(f"{party} has stopped:\n{fed.tail(party)}")


def browser(fed, shot, *more):
    done = subprocess.run(
        ["node", str(ROOT / "tests/browser/map.mjs"), "--url", fed.url,
         "--screenshot", str(shot), *more], text=True, capture_output=True,
        timeout=120)
    if done.returncode != 0:
        raise Failed("the map in the browser: " + done.stdout + done.stderr)


def run_check(fed, step, shots):
    shots.mkdir(parents=True, exist_ok=True)
    start(fed, step)
    bundle, status = ask(fed, step, "neighbourhoods")
    verify.expect(status["state"] == "released", "the query is released")
    verify.expect(all(n["state"] == "answered" for n in status["nodes"]),
                  "all four nodes answered")
    summary(fed, status["id"])
    levels = ["lsoa11", "msoa11", "lad", "force"]
    verify.release(fed, bundle, levels, "total", "the year", say)
    months, status_months = ask(fed, step, "months")
    verify.expect(status_months["state"] == "released", "and month by month")
    verify.release(fed, months, levels, "month", "months", say)
    browser(fed, shots / "map.png", "--release", status["id"])
    step(f"screenshot: {shots / 'map.png'}")
    fed.kill("gwent", signal.SIGKILL)
    step("gwent killed")
    absent, status = ask(fed, step, "neighbourhoods",
                         title="The same question with one node gone",
                         close="12s")
    states = {n["id"]: n["state"] for n in status["nodes"]}
    verify.expect(states["gwent"] == "absent",
                  "the second release names gwent absent")
    verify.expect(sum(s == "answered" for s in states.values()) == 3,
                  "the other three answered")
    verify.same_numbers(fed, bundle, absent, say)
    browser(fed, shots / "map-absent.png", "--release", status["id"])
    step(f"screenshot: {shots / 'map-absent.png'}")


def main():
    p = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    p.add_argument("--check", action="store_true",
                   help="no person: verify the release, then exit")
    p.add_argument("--build", default="build", help=argparse.SUPPRESS)
    p.add_argument("--port", type=int, default=0,
                   help="TLS port of the coordinator (default: 8443, or a "
                        "free one)")
    p.add_argument("--http-port", type=int, default=0,
                   help="port of the map (default: 8080, or a free one)")
    p.add_argument("--dir", type=Path, help="keep the folders here")
    p.add_argument("--shots", type=Path, default=ROOT / "build/screenshots",
                   help="where --check leaves its screenshots")
    args = p.parse_args()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # a shell that starts it in the background has Ctrl-C ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    root = args.dir or Path(tempfile.mkdtemp(prefix="ward-demo-"))
    free = args.check
    fed = Federation(args.build, root,
                     args.port or (0 if free else usual("WARD_PORT", 8443)),
                     args.http_port or
                     (0 if free else usual("WARD_HTTP_PORT", 8080)))
    step = Steps()
    try:
        if args.check:
            run_check(fed, step, args.shots)
            step("checked: everything held")
        else:
            run_demo(fed, step)
    except KeyboardInterrupt:
        say("\nstopping")
    except (Failed, subprocess.SubprocessError, OSError) as fault:
        say(f"demo: {fault}")
        for party in fed.running:
            say(f"--- {party}\n{fed.tail(party, 8)}")
        return 1
    finally:
        fed.close()
        if not args.dir:
            shutil.rmtree(root, ignore_errors=True)
    return 0


def usual(variable, port):
    """The port of the environment or the usual one; 0 (any) when somebody,
    such as another checkout's demo, has it."""
    import socket
    wanted = int(os.environ.get(variable, port))
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", wanted))
            return wanted
        except OSError:
            return 0


if __name__ == "__main__":
    sys.exit(main())
