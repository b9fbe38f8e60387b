#!/usr/bin/env python3
"""`ward account convert` against 60-digit arithmetic.

The formula is that of analysis/account.h; every input and every printed digit
is taken as the decimal text that it is.  Epsilon must not be below the true
value, a rho from an epsilon not above it, and both within 1e-9.
"""
import json
import random
import subprocess
import sys
from decimal import Decimal as D, getcontext

getcontext().prec = 60
SEED = 20260101
WITHIN = D("1e-9")
CANCELS = D("1e-17")  # of sqrt(rho): what is left where all terms cancel


def log1p(x):
    """ln(1 + x); as a series where 1 + x would lose digits."""
    if x > D("1e-15"):
        return (1 + x).ln()
    return x - x * x / 2 + x ** 3 / 3 - x ** 4 / 4


def rho_at(x, l):
    return (l - log1p(x)) / (x * x)


def epsilon_at(x, l):
    return (1 + 2 * x) * rho_at(x, l) - log1p(1 / x)


def solve(falling, want, l):
    """The x at which falling(x, l) passes want."""
    low, high = D(-200), l
    for _ in range(125):
        mid = (low + high) / 2
        if falling(mid.exp(), l) > want:
            low = mid
        else:
            high = mid
    return high.exp()


def epsilon(rho, delta):
    l = -delta.ln()
    x = solve(rho_at, rho, l)
    return max(D(0), (1 + x) * rho - log1p(1 / x) + (l - log1p(x)) / x)


def rho(eps, delta):
    l = -delta.ln()
    x = solve(epsilon_at, eps, l)
    return (eps + log1p(1 / x) - (l - log1p(x)) / x) / (1 + x)


def zero(rho_, scale):
    """A delta near that at which the epsilon of rho passes 0."""
    low, high = D("1e-40").ln(), D("0.9").ln()
    for _ in range(80):
        mid = (low + high) / 2
        if epsilon(rho_, mid.exp()) > 0:
            low = mid
        else:
            high = mid
    return ((low + high) / 2).exp() * (1 - scale)


def text(r, low, high):
    """A number with some digits, of any size between powers of ten."""
    value = D(10) ** D(str(r.uniform(low, high)))
    style = r.choice(["{:.1e}", "{:.5e}", "{:.16e}", "{:.24e}"])
    return style.format(value)


def cases(r):
    edges = ["1e-12", "1e-3", "0.1", "1", "1e3", "0.02"]
    chances = ["1e-300", "1e-100", "1e-9", "1e-6", "0.5"]
    for a in edges:
        for d in chances:
            yield "rho", a, d
            yield "epsilon", a, d
    yield "rho", "0.02", None
    yield "epsilon", "2", None
    for _ in range(70):
        yield "rho", text(r, -12, 3), text(r, -300, -0.301)
        yield "rho", text(r, -9, 1), text(r, -15, -2)
        yield "epsilon", text(r, -12, 3), text(r, -300, -0.301)
        yield "epsilon", text(r, -4, 2), text(r, -15, -2)
    for power in range(1, 9):
        a = text(r, -10, -1)
        d = zero(D(a), D(10) ** -power)
        yield "rho", a, f"{d:.30e}"


def convert(ward, what, value, delta):
    words = [ward, "account", "convert", "--" + what, value, "--json"]
    if delta is not None:
        words += ["--delta", delta]
    done = subprocess.run(words, text=True, capture_output=True, timeout=60)
    if done.returncode != 0:
        return None, done.stderr
    out = json.loads(done.stdout, parse_float=D, parse_int=D)
    return out["epsilon" if what == "rho" else "rho"], ""


def fault(what, value, delta, got):
    chance = D(delta or "1e-9")
    if what == "rho":
        want = epsilon(D(value), chance)
        slack = want * WITHIN + CANCELS * D(value).sqrt()
        good = want <= got <= want + slack
    else:
        want = rho(D(value), chance)
        good = want * (1 - WITHIN) <= got <= want
    return None if good else f"{got}, not {want:.25e}"


def main():
    ward, n, bad = sys.argv[1], 0, 0
    for what, value, delta in cases(random.Random(SEED)):
        got, why = convert(ward, what, value, delta)
        why = why if got is None else fault(what, value, delta, got)
        n += 1
        if why:
            bad += 1
            print(f"--{what} {value} --delta {delta}: {why}")
    print(f"{n} conversions, {bad} wrong")
    return 1 if bad or n < 300 else 0


if __name__ == "__main__":
    sys.exit(main())
