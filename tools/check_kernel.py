#!/usr/bin/env python3
"""The kernel is what it says: integers, and few doors to the outside.

    check_kernel.py BUILD_DIR

Holds BUILD_DIR/privacy/libprivacy.a against tools/kernel_symbols.txt (every
symbol that it takes from outside), its machine code against floating point,
and the sources against their list of headers and 2,000 lines.  Exits 1 when
something does not hold, 77 when this machine's code cannot be read.
"""
import platform
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINES_MAX = 2000
HEADERS = re.compile(r'"(base|privacy)/\w+\.h"'
                     r"|<(assert|stdbool|stddef|stdint|string)\.h>")
INTRINSICS = {"privacy/alias_avx2.c": "<immintrin.h>"}  # integers, as seen
INCLUDE = re.compile(r"^\s*#\s*include\s*(\S+)", re.M)
FLOAT_WORD = re.compile(r"\b(float|double|_Float\w+|_Decimal\w+)\b")
COMMENT = re.compile(r"/\*.*?\*/", re.S)

# x86-64, as objdump writes it.  Everything of the x87 begins with f; SSE and
# AVX arithmetic and conversions end in what they work on.  Moves of 16 bytes
# (movups, movaps), integer SIMD (p..., vp...) and bit logic are no arithmetic.
FLOAT_CODE = re.compile(
    r"^(f\w+"
    r"|v?cvt\w+"
    r"|v?(add|sub|mul|div|sqrt|rsqrt|rcp|min|max|round|rndscale|addsub|hadd"
    r"|hsub|dp|cmp\w*|comi|ucomi|scalef|getexp|getmant|range|reduce|fixupimm"
    r"|fn?m(add|sub)\w*)(ss|sd|ps|pd|sh|ph)"
    r"|vf\w+)$")
CODE_LINE = re.compile(r"^\s*[0-9a-f]+:\t(?:[0-9a-f]{2} )+\s*\t(.+)$")
PREFIXES = {"lock", "rep", "repz", "repnz", "bnd", "notrack", "data16", "cs"}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True,
                          text=True).stdout


def outside(nm_text):
    """Symbols that some object needs and no object of the library has."""
    needed, own = set(), set()
    for line in nm_text.splitlines():
        found = re.match(r"^(?:[0-9a-f]+)?\s+([A-Za-z])\s+(\S+)$", line)
        if found:
            kind, name = found.groups()
            (needed if kind in "Uwv" else own).add(name)
    return needed - own


def listed(text, compiler):
    """The names that the list has for one compiler."""
    names, mine = set(), True
    for line in text.splitlines():
        line = line.split("#")[0].strip()
        if line.startswith("["):
            mine = line == f"[{compiler}]" or line == "[all]"
        elif line and mine:
            names.add(line)
    return names


def symbol_faults(have, want):
    for name in sorted(have - want):
        yield f"outside symbol {name} is not in tools/kernel_symbols.txt"
    for name in sorted(want - have):
        yield f"tools/kernel_symbols.txt has {name}, which is not used"


def mnemonics(objdump_text):
    for line in objdump_text.splitlines():
        found = CODE_LINE.match(line)
        if found:
            words = found.group(1).split()
            while len(words) > 1 and words[0] in PREFIXES:
                words.pop(0)
            yield words[0], line


def code_faults(objdump_text):
    count = 0
    for mnemonic, line in mnemonics(objdump_text):
        count += 1
        if FLOAT_CODE.match(mnemonic):
            yield f"floating point: {line.strip()}"
    if count < 100:
        yield f"only {count} instructions were read"


def source_faults(name, text):
    for header in INCLUDE.findall(text):
        if not HEADERS.fullmatch(header) and header != INTRINSICS.get(name):
            yield f"{name} includes {header}"
    for word in FLOAT_WORD.findall(COMMENT.sub(" ", text)):
        yield f"{name} says {word}"


def check_planted():
    """The test of the test: faults put in on purpose are found."""
    nm = ("\na.o:\n                 U malloc\n                 U own\n"
          "0000000000000000 T own\n")
    padding = "   0:\t48 89 c3             \tmov    %rax,%rbx\n" * 200
    floats = ("   1:\tf2 48 0f 2a c0       \tcvtsi2sd %rax,%xmm0\n",
              "   1:\tf2 0f 59 c1          \tmulsd  %xmm1,%xmm0\n",
              "   1:\tc5 fb 58 c1          \tvaddsd %xmm1,%xmm0,%xmm0\n",
              "   1:\td9 fa                \tfsqrt\n",
              "   1:\tdb 6c 24 10          \tfldt   0x10(%rsp)\n",
              "   1:\t66 0f 2e c1          \tucomisd %xmm1,%xmm0\n",
              "   1:\tc4 e2 f1 a8 c2       \tvfmadd213sd %xmm2,%xmm1,%xmm0\n",
              "   1:\t0f c2 c1 01          \tcmpltps %xmm1,%xmm0\n")
    integers = ("   1:\t0f 11 44 24 10       \tmovups %xmm0,0x10(%rsp)\n",
                "   1:\t66 0f ef c0          \tpxor   %xmm0,%xmm0\n",
                "   1:\t66 0f d4 c1          \tpaddq  %xmm1,%xmm0\n",
                "   1:\tf3 48 ab             \trep stos %rax,%es:(%rdi)\n",
                "   1:\t66 0f 38 39 c1       \tpminsd %xmm1,%xmm0\n",
                "   1:\tc5 fd 7f 9a 00 00 ff \tvmovdqa %ymm3,0xff0000(%rdx)\n"
                "   8:\tff ff ff \n")
    sound = (
        list(symbol_faults(outside(nm), {"malloc"})) == []
        and len(list(symbol_faults(outside(nm), {"free"}))) == 2
        and all(list(code_faults(padding + bad)) for bad in floats)
        and not list(code_faults(padding + "".join(integers)))
        and list(code_faults(""))
        and len(list(source_faults(
            "x.c", "#include <math.h>\n#include <stdint.h>\n"
            "#include \"base/rng.h\"\n#include \"crypto/random.h\"\n"
            "#include <pthread.h>\n#include <immintrin.h>\n"
            "long double x; /* double */\n"))) == 5)
    if not sound:
        sys.exit("check_kernel: a planted fault was not found")


def main():
    build = Path(sys.argv[1])
    library = build / "privacy/libprivacy.a"
    check_planted()
    if platform.machine() not in ("x86_64", "AMD64"):
        print(f"SKIPPED: the code of {platform.machine()} is not understood")
        return 77

    code = run("objdump", "-d", str(library))
    # clang calls its own name for it; what is left is gcc
    compiler = "clang" if "clang version" in run(
        "readelf", "-p", ".comment", str(library)) else "gcc"
    symbols = (ROOT / "tools/kernel_symbols.txt").read_text()
    have = outside(run("nm", str(library)))
    faults = list(symbol_faults(have, listed(symbols, compiler)))
    faults += code_faults(code)
    lines = 0
    for path in sorted((ROOT / "privacy").glob("*.[ch]")):
        text = path.read_text()
        lines += text.count("\n")
        faults += source_faults(f"privacy/{path.name}", text)
    if not 0 < lines <= LINES_MAX:
        faults.append(f"privacy/ has {lines} lines; {LINES_MAX} at most")

    for fault in faults:
        print(fault)
    print(f"{compiler}: {len(have)} outside symbols, "
          f"{sum(1 for _ in mnemonics(code))} instructions, {lines} lines, "
          f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
