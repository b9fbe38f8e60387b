"""The commands of the README work as they are written there."""
import re
import shutil
import subprocess

from federation import Federation, unpack
from world import ROOT, Skipped, expect

EXTRACT = ROOT / "tests/data/2021-wiltshire-street.csv.zst"


# What the pages tell people to type or to write.  A test runs it, but for what
# is nginx's.
SHOWN = {
    "README.md": ["sh host", "sh ask"],
    "docs/api.md": ["sh api"],
    "docs/operations.md": ["sh backup", "sh operate", "sh correct",
                           "ini ward-node.service", "nginx"],
    "docs/postgresql.md": [
        "sh roles", "conf pg_hba.conf", "conf pg_ident.conf", "sh reload",
        "yaml node.yaml", "sh load", "sql grant", "sql explain", "sql citus"],
}


def fences(page):
    """[(head, text)] of a page's blocks; drawings have no head."""
    text = (ROOT / page).read_text()
    return re.findall(r"^```(.*?)\n(.*?)^```$", text, re.S | re.M)


def block(page, head):
    expect(head in SHOWN[page], f"{head} is a block of {page}")
    found = [text for name, text in fences(page) if name == head]
    expect(len(found) == 1, f"{page} has one block {head}")
    return found[0]


def shell(world, folder, script, seconds=120, env=None):
    """Run a block of a page in folder, where it stands on this build."""
    paths = ":".join(str(world.build / d)
                     for d in ("node", "coordinator", "client"))
    script = re.sub(r'^export PATH=.*$', f'export PATH="{paths}:$PATH"',
                    script, flags=re.M)
    if "export PATH" not in script:
        script = f'export PATH="{paths}:$PATH"\n' + script
    return subprocess.run(["bash", "-euo", "pipefail", "-c", script],
                          cwd=folder, text=True, capture_output=True,
                          timeout=seconds, stdin=subprocess.DEVNULL, env=env)


def demonstration(world):
    """The README's demo-federation, small: its folder and its Federation."""
    folder = world.folder / "readme"
    folder.mkdir()
    fed = Federation(world.build, folder / "demo-federation", 8443
                     if free(8443) else 0)
    fed.found()
    fed.enrol_everyone({"gwent": ("Gwent Police", "police", ["W15000002"])})
    world.load_gwent(fed)
    fed.start("coordinator")
    fed.wait_http()
    fed.start("gwent")
    return folder, fed


def free(port):
    import socket
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def test_host_and_ask_work_as_the_readme_says(world):
    if not EXTRACT.exists():
        raise Skipped(f"{EXTRACT} is not there")
    folder, fed = demonstration(world)
    try:
        unpack(EXTRACT, folder / "2021-wiltshire-street.csv")
        script = block("README.md", "sh host").replace(
            "127.0.0.1:8443", f"127.0.0.1:{fed.port}")
        setup, run = script.rsplit("\n", 2)[0], script.rsplit("\n", 2)[1]
        expect(run == "ward-node run wiltshire", f"the last line: {run}")
        done = shell(world, folder, setup)
        expect(done.returncode == 0, done.stdout + done.stderr)
        shutil.move(folder / "wiltshire", fed.dir("wiltshire"))
        fed.start("wiltshire")
        ask = block("README.md", "sh ask")
        done = shell(world, folder, ask)
        expect(done.returncode == 0, done.stdout + done.stderr)
        answer = (folder / "answer.csv").read_text()
        expect("E01" in answer or "E0" in answer,
               "Wiltshire's places are in the answer")
        operate(world, folder, fed)
    finally:
        fed.close()


def operate(world, folder, fed):
    """The commands of docs/operations.md and docs/api.md, on the same."""
    shutil.copy(fed.root / "extracts/gwent.csv", folder / "extract.csv")
    script = block("docs/operations.md", "sh operate")
    hup = "pkill -HUP -of \"ward-node run\""
    expect(hup in script, "SIGHUP is sent as documented")
    script = script.replace(hup, f"kill -HUP {fed.running['gwent'].pid}")
    done = shell(world, folder, script)
    expect(done.returncode == 0, done.stdout + done.stderr)
    done = shell(world, folder, "DIR=demo-federation/gwent COPY=copy.db\n" +
                 block("docs/operations.md", "sh backup") +
                 "ward-node records $DIR > held; mv copy.db $DIR/records.db\n"
                 "ward-node records $DIR | cmp held -")
    expect(done.returncode == 0, done.stdout + done.stderr)
    script = block("docs/api.md", "sh api").replace(
        "127.0.0.1:8080", f"127.0.0.1:{fed.http_port}")
    done = shell(world, folder, script)
    expect(done.returncode == 0 and '"releases"' in done.stdout,
           done.stdout + done.stderr)
    expect(fed.running["gwent"].poll() is None, "the node runs on")


def test_no_block_of_the_pages_is_without_a_test(world):
    del world
    for page in sorted(ROOT.glob("docs/*.md")) + [ROOT / "README.md"]:
        name = str(page.relative_to(ROOT))
        heads = [head for head, _ in fences(name)
                 if head and head != "example"]  # docs/privacy.md, in C
        expect(heads == SHOWN.get(name, []), f"{name} shows {heads}")


def test_the_unit_of_systemd_is_one(world):
    if not shutil.which("systemd-analyze"):
        raise Skipped("systemd-analyze is not installed")
    text = block("docs/operations.md", "ini ward-node.service")
    expect("/usr/bin/ward-node " in text, "it starts the node")
    unit = world.folder / "ward-node.service"
    unit.write_text(text.replace("/usr/bin/ward-node",
                                 str(world.build / "node/ward-node"))
                    .replace("User=ward", "User=daemon"))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], text=True,
                          capture_output=True, stdin=subprocess.DEVNULL,
                          timeout=30)
    expect(done.returncode == 0 and "ward-node" not in done.stderr,
           done.stderr)


def test_every_program_explains_itself(world):
    for name in ("ward", "ward-node", "ward-coordinator"):
        fed = Federation(world.build, world.folder / "help")
        text = fed.command(name, "--help")
        words = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", text, re.M)
        expect(len(words) >= 4, f"{name} --help lists its commands")
        for command in words:
            out = fed.command(name, *command.split(), "--help")
            expect("Usage: " + name in out, f"{name} {command} --help")

