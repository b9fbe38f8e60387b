#!/usr/bin/env python3
"""Hostile files: nothing loaded, a clear report with its line, bounded memory.

    hostile.py WARD_NODE

Every file goes through the real command, beside one good file: neither may
leave a record behind.  Then the whole fuzz corpus goes through every loader.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

from node import HEAD, ROOT, ROW, Node, expect

GOOD = HEAD + "".join(ROW.format(i, "Drugs") for i in range(1, 40))
MORE = 24 << 20    # bytes that a hostile file may cost beyond a good one
WINDOW = 140 << 20  # what unpacking with --long=27 may
LOADERS = ("police", "istv", "rms", "ecds", "ambulance", "asb", "exclusion",
           "platform")


def bad_number(text):
    return HEAD + ROW.replace("-3.0,51.6", text).format(1, "Drugs") * 3


def rle_frame(byte, n):
    """A Zstandard frame of n bytes (a multiple of 128 KiB), all the same."""
    out = [b"\x28\xb5\x2f\xfd\x00\x38"]
    blocks = n >> 17
    for i in range(blocks):
        head = (128 << 10) << 3 | 1 << 1 | (i == blocks - 1)
        out.append(head.to_bytes(3, "little") + byte)
    return b"".join(out)


def packed(content):
    return subprocess.run(["zstd", "-qc"], input=content, check=True,
                          stdout=subprocess.PIPE).stdout


# name, content, words of the report
CASES = [
    ("nul.csv", GOOD.encode() + b"a\0b\n", ["nul.csv:41", "UTF-8"]),
    ("latin.csv", GOOD.encode() + b"caf\xe9,\n", ["latin.csv:41", "UTF-8"]),
    ("surrogate.csv", GOOD.encode() + b"\xed\xa0\x80\n",
     ["surrogate.csv:41", "UTF-8"]),
    ("utf16.csv", GOOD.encode("utf-16"), ["utf16.csv:1", "UTF-8"]),
    ("quote.csv", (GOOD + '"never closed,' + "x," * 20).encode(),
     ["quote.csv:41", "inside quotes"]),
    ("long-line.csv", GOOD.encode() + b"x" * (4 << 20),
     ["long-line.csv:41", "a row of more than"]),
    ("cut.csv", GOOD[:-20].encode(), ["cut.csv:40", "the last row is cut"]),
    ("header.csv", b"Crime ID,Month\n" + GOOD.encode(),
     ["header.csv:1", "expected: Crime ID"]),
    ("numbers.csv", bad_number("1e309,51.6").encode(),
     ["3 of 3 rows", "numbers.csv:2", "no number"]),
    ("huge-number.csv", bad_number("9" * 60 + ",51.6").encode(),
     ["3 of 3 rows", "huge-number.csv:2"]),
    ("month.csv", (HEAD + ROW.replace("2021-03", "99999-99").format(
        1, "Drugs") * 3).encode(), ["3 of 3 rows", "month.csv:2"]),
    ("empty.csv", b"", ["empty.csv:1", "expected"]),
    ("empty.csv.zst", b"", ["empty.csv.zst", "cut"]),
    ("cut.csv.zst", packed(GOOD.encode() * 200)[:-9],
     ["cut.csv.zst", "cut"]),
    ("no.csv.zst", GOOD.encode(), ["no.csv.zst:1", "no Zstandard file"]),
    ("window.csv.zst", b"\x28\xb5\x2f\xfd\x00\xa0\x00",
     ["window.csv.zst:1", "--long=27"]),
    ("bomb.csv.zst", packed(GOOD.encode()) + rle_frame(b"\n", 8 << 30),
     ["bomb.csv.zst", "times its size"]),
    # 2 GiB in one line
    ("line.csv.zst", packed(GOOD.encode()) + rle_frame(b"x", 2 << 30),
     ["line.csv.zst:41", "a row of more than"]),
    # and in quotes that never close: for this format each line is bad
    ("quoted.csv.zst", packed(GOOD.encode() + b'"') + rle_frame(b'"', 2 << 30),
     ["quoted.csv.zst:41", "a row of more than"]),
]


def refused(node, folder, name, content, words, usual):
    good, path = folder / "good.csv", folder / name
    good.write_text(GOOD)
    path.write_bytes(content)
    code, said, took_s, peak = node.measured(good, path)
    expect(code == 1, f"{name}: exit code {code}: {said}")
    for word in words:
        expect(word in said, f"{name}: the report says {word!r}: {said}")
    expect("Nothing was loaded" in said, f"{name}: {said}")
    expect(node.held() == 0, f"{name}: nothing is loaded")
    limit = usual + (WINDOW if name.endswith(".zst") else MORE)
    expect(peak < limit, f"{name}: {peak >> 20} MiB at peak")
    expect(took_s < 30, f"{name}: {took_s:.0f} s")
    path.unlink()


def sparse(node, folder, usual):
    """A plain file of one line of 2 GiB, most of it a hole."""
    path = folder / "hole.csv"
    with open(path, "wb") as out:
        out.write(HEAD.encode() + b"x")
        out.truncate(2 << 30)
    code, said, took_s, peak = node.measured(path)
    expect(code == 1 and "hole.csv:2" in said, f"hole.csv: {said}")
    expect(peak < usual + MORE, f"hole.csv: {peak >> 20} MiB at peak")
    expect(took_s < 10, f"hole.csv: {took_s:.0f} s")
    path.unlink()


def corpus(node):
    """No file of the fuzz corpus brings a loader down, or half a batch."""
    files = [f for f in sorted((ROOT / "fuzz/corpus").rglob("*"))
             if f.is_file() and f.stat().st_size < 1 << 20]
    before = node.held()
    for source in LOADERS:
        code, said = node.load("--dry-run", *files, source=source)
        expect(code == 1 and "refused" in said, f"{source}: {said}")
    for group in ("csv", "police", "istv", "loaders"):
        for f in sorted((ROOT / "fuzz/corpus" / group).glob("*")):
            for source in LOADERS:
                code, said = node.load(f, source=source)
                expect(code in (0, 1), f"{f} as {source}: {code}: {said}")
                now = node.held()
                expect(code == 0 or now == before,
                       f"{f} as {source} is refused and leaves records")
                before = now
    return len(files)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        node = Node(sys.argv[1], folder / "node")
        (folder / "plain.csv").write_text(GOOD)
        other = Node(sys.argv[1], folder / "other")
        usual = other.measured(folder / "plain.csv")[3]
        for file, content, words in CASES:
            refused(node, folder, file, content, words, usual)
        sparse(node, folder, usual)
        n = corpus(node)
    print(f"{len(CASES) + 1} hostile files and {n} of the corpus; a good file "
          f"takes {usual >> 20} MiB")


if __name__ == "__main__":
    main()
