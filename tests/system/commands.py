"""The commands of the README work as they are written there."""
import re
import shutil
import subprocess

from federation import Federation, unpack
from world import ROOT, Skipped, expect

EXTRACT = ROOT / "tests/data/2021-wiltshire-street.csv.zst"


def blocks(kind, page="README.md"):
    text = (ROOT / page).read_text()
    return re.findall(rf"```sh {kind}\n(.*?)```", text, re.S)


def shell(world, folder, script, seconds=120):
    """Run a block of the README in folder, where it stands on this build."""
    paths = ":".join(str(world.build / d)
                     for d in ("node", "coordinator", "client"))
    script = re.sub(r'^export PATH=.*$', f'export PATH="{paths}:$PATH"',
                    script, flags=re.M)
    if "export PATH" not in script:
        script = f'export PATH="{paths}:$PATH"\n' + script
    return subprocess.run(["bash", "-euo", "pipefail", "-c", script],
                          cwd=folder, text=True, capture_output=True,
                          timeout=seconds, stdin=subprocess.DEVNULL)


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
        script = blocks("host")[0].replace(
            "127.0.0.1:8443", f"127.0.0.1:{fed.port}")
        setup, run = script.rsplit("\n", 2)[0], script.rsplit("\n", 2)[1]
        expect(run == "ward-node run wiltshire", f"the last line: {run}")
        done = shell(world, folder, setup)
        expect(done.returncode == 0, done.stdout + done.stderr)
        shutil.move(folder / "wiltshire", fed.dir("wiltshire"))
        fed.start("wiltshire")
        ask = blocks("ask")[0]
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
    script = blocks("operate", "docs/operations.md")[0]
    hup = "pkill -HUP -of \"ward-node run\""
    expect(hup in script, "SIGHUP is sent as documented")
    script = script.replace(hup, f"kill -HUP {fed.running['gwent'].pid}")
    done = shell(world, folder, script)
    expect(done.returncode == 0, done.stdout + done.stderr)
    script = blocks("api", "docs/api.md")[0].replace(
        "127.0.0.1:8080", f"127.0.0.1:{fed.http_port}")
    done = shell(world, folder, script)
    expect(done.returncode == 0 and '"releases"' in done.stdout,
           done.stdout + done.stderr)
    expect(fed.running["gwent"].poll() is None, "the node runs on")


def test_every_program_explains_itself(world):
    for name in ("ward", "ward-node", "ward-coordinator"):
        fed = Federation(world.build, world.folder / "help")
        text = fed.command(name, "--help")
        words = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", text, re.M)
        expect(len(words) >= 4, f"{name} --help lists its commands")
        for command in words:
            out = fed.command(name, *command.split(), "--help")
            expect("Usage: " + name in out, f"{name} {command} --help")

