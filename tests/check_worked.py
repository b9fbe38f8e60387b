#!/usr/bin/env python3
"""The worked examples of docs/privacy.md are what they say.

    check_worked.py docs/privacy.md

Each line `EXPRESSION = FIGURE` of a block marked `example` is computed with 40
digits, from the formulas of the page, and must be the figure as printed: within one
unit of its last digit, and on the safe side (a loss not below, a rho that one may
spend not above).
"""
import re
import sys
from decimal import Decimal as D
from decimal import getcontext
from fractions import Fraction as F
from pathlib import Path

getcontext().prec = 40


def rho(C, k, d, s2):
    return D(C * d) ** 2 * D(k) / (2 * D(s2))


def rho_folded(C, k, d, s2):
    return D(C * d * k) ** 2 / (2 * D(s2))


def eps(C, k, d, t):
    return D(C * d * k) / D(t)


def share_eps(g, C, k, d, a, b):
    return D(g * C * k * d) * (D(b) / D(a)).ln()


def tv_delta(cells, eps):
    return (1 + D(eps).exp()) * D(cells) / D(2) ** 110


def conversion(a, rho, delta):
    return (a * rho + ((1 / delta).ln() + (a - 1) * (1 - 1 / a).ln() - a.ln())
            / (a - 1))


def epsilon(rho, delta):
    """The minimum over a > 1, by golden section on ln(a - 1)."""
    rho, delta = D(rho), D(delta)
    low, high, golden = D(-40), D(80), (D(5).sqrt() - 1) / 2

    def at(x):
        return conversion(1 + x.exp(), rho, delta)

    for _ in range(75):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if at(left) < at(right):
            high = right
        else:
            low = left
    return max(D(0), at((low + high) / 2))


def rho_for(epsilon, delta):
    low, high = D(0), D(epsilon)
    for _ in range(45):
        middle = (low + high) / 2
        if globals()["epsilon"](middle, delta) <= D(epsilon):
            low = middle
        else:
            high = middle
    return low


NAMES = {f.__name__: f for f in (rho, rho_folded, eps, share_eps, tv_delta,
                                 epsilon, rho_for)}
NUMBER = re.compile(r"(?<![\w.])(\d+\.?\d*(?:e-?\d+)?)(?![\w.])")


def value(text):
    """The expression with every number in it a decimal."""
    # keyword arguments that must be whole stay whole numbers
    code = NUMBER.sub(lambda m: f"D('{m[1]}')", text)
    return D(eval(code, {"__builtins__": {}, "D": D}, NAMES))  # our own page


def fault(text, printed):
    have, want = value(text), D(printed)
    unit = D(1).scaleb(want.as_tuple().exponent)
    away = want - have if not text.startswith("rho_for") else have - want
    if 0 <= away < unit:
        return None
    return f"{text.strip()} is {have:.12g}, not {printed}"


def main():
    page = Path(sys.argv[1]).read_text()
    lines = [line for block in re.findall(r"```example\n(.*?)```", page, re.S)
             for line in block.splitlines()
             if line.strip() and not line.startswith("#")]
    faults = []
    for line in lines:
        text, printed = line.rsplit(" = ", 1)
        found = fault(text, printed.strip())
        if found:
            faults.append(found)
    # a figure that is wrong must be found
    if fault("rho(C=1, k=1, d=1, s2=25)", "0.03") is None or \
            fault("epsilon(rho=0.1, delta=1e-9)", "2.71548") is None:
        sys.exit("check_worked: a wrong figure was not found")
    for line in faults:
        print(line)
    print(f"{len(lines)} examples, {len(faults)} wrong")
    return 1 if faults or len(lines) < 15 else 0


if __name__ == "__main__":
    sys.exit(main())
