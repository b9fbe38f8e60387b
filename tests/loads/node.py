"""A node's folder and the real ward-node, for the tests of loading."""
import json
import resource
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HEAD = ("Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,"
        "LSOA code,LSOA name,Crime type,Last outcome category,Context\n")
ROW = ("{:014x},2021-03,Gwent Police,Gwent Police,-3.0,51.6,On or near A,"
       "W01001561,Newport 001A,{},,\n")


def expect(good, what):
    if not good:
        raise AssertionError(what)


class Node:
    def __init__(self, program, folder):
        self.program, self.dir = str(program), Path(folder)
        self.command("init", self.dir, "--party", "gwent", "--name", "Gwent",
                     "--organisation", "Gwent", "--sector", "police",
                     "--sources", "police", "--months", "2021-01..2021-12",
                     "--covers", "Gwent", "--coordinator",
                     "tls+tcp://127.0.0.1:1", "--coordinator-party", "c",
                     "--server-name", "localhost")

    def argv(self, *args):
        return [self.program, *map(str, args)]

    def run(self, *args, timeout=120):
        """(exit code, what it wrote)"""
        done = subprocess.run(self.argv(*args), text=True, timeout=timeout,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, errors="replace")
        return done.returncode, done.stdout

    def command(self, *args):
        code, said = self.run(*args)
        expect(code == 0, f"{args[0]}: exit code {code}: {said}")
        return said

    def load(self, *args, source="police"):
        return self.run("load", self.dir, "--source", source, *args)

    def held(self):
        """Records now; 0 when nothing was loaded."""
        code, said = self.run("records", self.dir, "--json")
        if code != 0:
            expect("nothing was loaded yet" in said, said)
            return 0
        return json.loads(said)["records"]

    def totals(self, by="feed,month,code,published"):
        return self.command("records", self.dir, "--by", by)

    def measured(self, *args, source="police"):
        """(exit code, what it wrote, seconds, peak bytes) of a load."""
        argv = self.argv("load", self.dir, "--source", source, *args)
        code = ("import resource, subprocess, sys\n"
                "d = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL)\n"
                "u = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
                "print(f'\\n{u.ru_maxrss}', flush=True)\n"
                "sys.exit(d.returncode)\n")
        started = time.monotonic()
        done = subprocess.run(["python3", "-c", code, *argv],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", timeout=300)
        *said, peak = done.stdout.rstrip("\n").split("\n")
        return (done.returncode, "\n".join(said), time.monotonic() - started,
                int(peak) * 1024)


def no_cores():
    """Core files of what is killed on purpose help nobody."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
