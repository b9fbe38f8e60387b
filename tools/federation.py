"""A whole federation on one machine, for the demo and the system tests.

Every party has its own folder and its own process; they meet only over
TLS on loopback.  Nothing here has a shortcut that an agency would not have:
it types the commands of the README.
"""
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

SOUTH_WALES = {
    "south-wales": ("South Wales Police", "police", ["W15000003"]),
    "gwent": ("Gwent Police", "police", ["W15000002"]),
    "dyfed-powys": ("Dyfed-Powys Police", "police", ["W15000004"]),
    "cardiff-and-vale-uhb": (
        "Cardiff and Vale University Health Board (synthetic)", "nhs",
        ["W15000003"]),
}
RESEARCHER = ("analyst", "Violence prevention analyst",
              "Demonstration University")
APPROVERS = [("approver-police", "Data ethics committee",
              "Demonstration Police Ethics Board"),
             ("approver-nhs", "Information governance lead",
              "Demonstration NHS Information Governance")]


class Failed(Exception):
    """A command of the federation did not do what it had to."""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def end_with_parent():
    """In a daemon: SIGTERM when whoever started it dies (prctl(2))."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


class Federation:
    """Folders, processes and commands; close() leaves nothing running."""

    def __init__(self, build, root, port=0, http_port=0, log=None):
        self.bin = Path(build)
        self.root = Path(root)
        self.port = port or free_port()
        self.http_port = http_port or free_port()
        self.log = log or (lambda text: None)
        self.running = {}
        self.root.mkdir(parents=True, exist_ok=True)

    # Commands -------------------------------------------------------------

    def program(self, name):
        folder = {"ward": "client", "ward-node": "node",
                  "ward-coordinator": "coordinator"}[name]
        return str(self.bin / folder / name)

    def command(self, name, *words, ok=(0,), stdin=None):
        """Run one command to its end; its standard output."""
        done = subprocess.run(
            [self.program(name), *map(str, words)], text=True,
            input=stdin, stdin=None if stdin else subprocess.DEVNULL,
            capture_output=True, timeout=240)
        if done.returncode not in ok:
            raise Failed(f"{name} {' '.join(map(str, words))}: exit "
                         f"{done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def ward(self, *words, **more):
        return self.command("ward", *words, **more)

    def dir(self, party):
        return self.root / party

    @property
    def governance(self):
        return self.root / "governance"

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http_port}"

    # Enrolment ------------------------------------------------------------

    def where(self):
        """The options that name the coordinator to a party."""
        return ["--coordinator", f"tls+tcp://127.0.0.1:{self.port}",
                "--coordinator-party", "coordinator",
                "--server-name", "localhost"]

    def found(self):
        """Governance keys, certificate authority, an empty roster, and the
        coordinator."""
        self.ward("roster", "new", self.governance, "--keys", 3, "--need", 2,
                  "--demo", "--federation", "Ward demonstration")
        self.command(
            "ward-coordinator", "init", self.dir("coordinator"),
            "--party", "coordinator", "--name", "Coordinator",
            "--organisation", "Demonstration Coordinating Body",
            "--listen", f"tls+tcp://127.0.0.1:{self.port}",
            "--http-port", self.http_port,
            "--server-names", "localhost,127.0.0.1")

    def init_node(self, party, name, sector, covers, sources=None,
                  synthetic=False, months="2021-01..2021-12"):
        words = ["init", self.dir(party), "--party", party, "--name", name,
                 "--organisation", name, "--sector", sector,
                 "--sources", sources or sector, "--months", months,
                 "--demo", *self.where()]
        for force in covers:
            words += ["--covers", force]
        if synthetic:
            words.append("--synthetic")
        self.command("ward-node", *words)

    def init_person(self, party, name, organisation, role):
        self.ward("party", "init", self.dir(party), "--party", party,
                  "--name", name, "--organisation", organisation,
                  "--role", role, *self.where())

    def admit(self, *parties):
        """Enrol parties: add, sign by two of three governance keys, join."""
        self.ward("roster", "add", self.governance,
                  *[self.dir(p) / "join-request.yaml" for p in parties])
        self.sign_roster()
        for party in parties:
            slip = self.root / f"{party}.admission.yaml"
            self.ward("roster", "admit", self.governance, party, "-o", slip)
            program, head = {
                "coordinator": ("ward-coordinator", ["join"]),
            }.get(party, ("ward-node", ["join"])
                  if (self.dir(party) / "node.yaml").exists()
                  else ("ward", ["party", "join"]))
            self.command(program, *head, self.dir(party), slip)

    def sign_roster(self):
        keys = sorted((self.governance / "governance").glob("*.key"))[:2]
        words = [w for key in keys for w in ("--key", key.stem)]
        self.ward("roster", "sign", self.governance, *words)

    def publish_roster(self):
        """Hand the newest roster to the running coordinator."""
        shutil.copy(self.governance / "roster.note",
                    self.dir("coordinator") / "roster.note")
        self.running["coordinator"].send_signal(signal.SIGHUP)

    def enrol_everyone(self, nodes):
        for party, (name, sector, covers) in nodes.items():
            self.init_node(party, name, sector, covers,
                           synthetic=sector == "nhs")
        self.init_person(*RESEARCHER, "researcher")
        for approver in APPROVERS:
            self.init_person(*approver, "approver")
        self.admit("coordinator", *nodes, RESEARCHER[0],
                   *[a[0] for a in APPROVERS])

    # Daemons --------------------------------------------------------------

    def start(self, party):
        program = ("ward-coordinator" if party == "coordinator"
                   else "ward-node")
        out = open(self.root / f"{party}.log", "ab")
        self.running[party] = subprocess.Popen(
            [self.program(program), "run", str(self.dir(party))],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=True, preexec_fn=end_with_parent)
        out.close()

    def wait_http(self, seconds=20):
        import urllib.request
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.running["coordinator"].poll() is not None:
                break
            try:
                with urllib.request.urlopen(self.url + "/v1/health",
                                            timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        raise Failed("the coordinator does not answer:\n" +
                     self.tail("coordinator"))

    def tail(self, party, lines=20):
        path = self.root / f"{party}.log"
        text = path.read_text(errors="replace") if path.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def kill(self, party, how=signal.SIGTERM, seconds=10):
        """Stop one daemon and whatever it forked."""
        process = self.running.pop(party, None)
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def close(self):
        for party in list(self.running):
            self.kill(party)

    # Queries --------------------------------------------------------------

    def ask(self, name, text, approvers=None, now=False):
        """Compile, sign, approve and submit a query; its bundle."""
        folder = self.root / "queries"
        folder.mkdir(exist_ok=True)
        yaml, query, bundle = (folder / f"{name}{end}"
                               for end in (".yaml", ".query", ".wq"))
        yaml.write_text(text)
        me = self.dir(RESEARCHER[0])
        self.ward("query", "compile", yaml, "--party", me, "-o", query)
        self.ward("query", "sign", query, "--party", me, "-o", bundle)
        for approver in ([a[0] for a in APPROVERS]
                         if approvers is None else approvers):
            self.ward("query", "approve", bundle, "--yes", "--party",
                      self.dir(approver), "--reason", "within the agreement")
        self.ward("query", "submit", bundle, "--party", me,
                  *(["--now"] if now else []))
        return bundle

    def status(self, bundle, wait=False):
        words = ["query", "status", bundle, "--party",
                 self.dir(RESEARCHER[0]), "--json"]
        return json.loads(self.ward(*words, *(["--wait"] if wait else [])))

    def fetch(self, bundle, kind="csv"):
        target = Path(f"{bundle}.{kind}")
        self.ward("query", "fetch", bundle, "--format", kind, "-o", target,
                  "--party", self.dir(RESEARCHER[0]))
        return target

    def get(self, path):
        import urllib.request
        with urllib.request.urlopen(self.url + path, timeout=30) as reply:
            return json.load(reply)


def unpack(source, target):
    """Decompress a shipped .zst file."""
    with open(target, "wb") as out:
        subprocess.run(["zstd", "-dc", "--long=27", str(source)], stdout=out,
                       check=True)
    return target


def say(text=""):
    print(text, flush=True, file=sys.stdout)
