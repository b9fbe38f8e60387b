"""The hop between parties and coordinator: TLS 1.3, mutual, nothing else."""
import shutil
import socket
import ssl
import subprocess
import time

from federation import Failed
from world import NODES, RESEARCHER, Skipped, expect

TLS13 = "0x0304"


def streams(capture, decode, shown):
    """The TCP streams of a capture that hold what is shown."""
    done = subprocess.run(
        ["tshark", "-r", str(capture), "-d", decode, "-Y", shown, "-T",
         "fields", "-e", "tcp.stream"], text=True, capture_output=True,
        check=True)
    return set(done.stdout.split())


def test_a_capture_shows_tls_1_3_only(world):
    fed = world.federation()
    capture = fed.root / "hop.pcap"
    if not shutil.which("tcpdump") or not shutil.which("tshark"):
        raise Skipped("tcpdump and tshark are not installed")
    dump = subprocess.Popen(
        ["tcpdump", "-i", "lo", "-s0", "-U", "-w", str(capture), "tcp",
         "port", str(fed.port)], stderr=subprocess.PIPE)
    try:
        dump.stderr.readline()  # it listens now
        fed.kill("gwent")
        fed.start("gwent")
        bundle = world.ask(world.question(title="Captured on the wire"))
        got = world.reasons(bundle)
        expect(got == {p: "answered" for p in NODES}, f"answered: {got}")
        time.sleep(1)
    finally:
        dump.terminate()
        dump.wait()
    decode = f"tcp.port=={fed.port},tls"
    hellos = subprocess.run(
        ["tshark", "-r", str(capture), "-d", decode, "-Y",
         "tls.handshake.type == 2", "-T", "fields", "-e",
         "tls.handshake.extensions.supported_version"],
        text=True, capture_output=True, check=True).stdout.split()
    expect(len(hellos) >= 3, f"server hellos were captured: {len(hellos)}")
    expect(set(hellos) == {TLS13}, f"TLS 1.3 only: {set(hellos)}")
    opened = streams(capture, decode, "tcp.flags.syn == 1")
    spoken = streams(capture, decode, "tcp.len > 0") & opened
    agreed = streams(capture, decode, "tls.handshake.type == 2")
    expect(spoken and spoken == agreed & opened,
           f"only TLS is spoken on the port: {spoken ^ agreed}")
    raw = capture.read_bytes()
    for word in (b"Captured on the wire", b"gwent", b"violence",
                 b"ward://party/"):
        expect(word not in raw, f"{word} is on the wire in the clear")


def speak(fed, cert=None, version=ssl.TLSVersion.TLSv1_3):
    """Connect as a stranger and speak: what the coordinator does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(fed.governance / "ca.pem")
    context.minimum_version = context.maximum_version = version
    if cert:
        context.load_cert_chain(*cert)
    with socket.create_connection(("127.0.0.1", fed.port), 9) as raw:
        try:
            with context.wrap_socket(raw, server_hostname="localhost") as tls:
                tls.sendall(b"x" * 100)
                said = 0
                while part := tls.recv(4096):
                    said += len(part)
                return f"closed after {said} bytes"
        except (ssl.SSLError, ConnectionError) as fault:
            return str(fault)
        except TimeoutError:
            return "not closed"


def test_a_client_without_a_certificate_is_refused(world):
    said = speak(world.federation())
    expect("CERTIFICATE_REQUIRED" in said.upper(), f"refused: {said}")


def test_a_client_of_another_authority_is_refused(world):
    fed = world.federation()
    other = fed.root / "other"
    other.mkdir(exist_ok=True)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-keyout", other / "key.pem",
         "-out", other / "cert.pem", "-days", "2", "-subj", "/CN=gwent",
         "-addext", "subjectAltName=URI:ward://party/gwent"],
        check=True, capture_output=True)
    said = speak(fed, (other / "cert.pem", other / "key.pem"))
    expect("UNKNOWN_CA" in said.upper() or "BAD_CERTIFICATE" in said.upper()
           or "UNKNOWN CA" in said.upper(), f"refused: {said}")


def test_an_older_tls_is_refused(world):
    fed = world.federation()
    me = fed.dir(RESEARCHER[0])
    said = speak(fed, (me / "tls.pem", me / "tls.key"),
                 ssl.TLSVersion.TLSv1_2)
    expect("PROTOCOL_VERSION" in said.upper(), f"refused: {said}")


def test_a_member_that_speaks_out_of_turn_is_dropped(world):
    """The right certificate, but 100 bytes that are no frame."""
    fed = world.federation()
    me = fed.dir(RESEARCHER[0])
    said = speak(fed, (me / "tls.pem", me / "tls.key"))
    expect(said != "not closed", f"dropped: {said}")


def test_a_key_that_no_roster_names_is_refused(world):
    """Enrolled, certified by the authority, but in no signed roster."""
    fed = world.federation()
    stranger = fed.dir("stranger")
    fed.ward("party", "init", stranger, "--party", "stranger", "--name",
             "Stranger", "--organisation", "Nobody", "--role", "researcher",
             *fed.where())
    fed.ward("roster", "add", fed.governance,
             stranger / "join-request.yaml")
    fed.sign_roster()
    slip = fed.root / "stranger.admission.yaml"
    fed.ward("roster", "admit", fed.governance, "stranger", "-o", slip)
    fed.ward("party", "join", stranger, slip)
    # The coordinator still has the roster before the stranger.
    bundle = world.ask(world.question(themes="[theft]"))
    try:
        fed.ward("query", "status", bundle, "--party", stranger)
    except Failed as fault:
        expect("roster" in str(fault), f"told why: {fault}")
    else:
        raise Failed("a stranger was heard")
    world.reasons(bundle)


def descendants(pid):
    found, todo = set(), [pid]
    while todo:
        one = todo.pop()
        found.add(one)
        path = f"/proc/{one}/task/{one}/children"
        try:
            todo += map(int, open(path, encoding="ascii").read().split())
        except OSError:
            pass
    return found


def listening():
    """{pid: [local address]} of every listening TCP socket."""
    done = subprocess.run(["ss", "-H", "-ltnp"], text=True,
                          capture_output=True, check=True)
    found = {}
    for line in done.stdout.splitlines():
        for part in line.split("pid=")[1:]:
            pid = int(part.split(",")[0])
            found.setdefault(pid, []).append(line.split()[3])
    return found


def test_no_node_listens_on_any_socket(world):
    fed = world.federation()
    sockets = listening()
    for party in NODES:
        mine = descendants(fed.running[party].pid)
        expect(len(mine) >= 3, f"{party} has its processes")
        expect(not mine & set(sockets), f"{party} listens")
    coordinator = descendants(fed.running["coordinator"].pid)
    addresses = [a for pid in coordinator for a in sockets.get(pid, [])]
    expect(any(a.endswith(f":{fed.port}") for a in addresses),
           "the coordinator listens, so the question is a good one")
    expect(all(a.startswith("127.0.0.1:") or a.endswith(f":{fed.port}")
               for a in addresses), f"HTTP on loopback only: {addresses}")
