#!/usr/bin/env python3
"""The tables of privacy/noise against their laws, with 80 digits.

    check_table.py PRINT_TABLES

For each law the mass of every outcome of |X| is computed from the tables, in
whole units, and compared with the true one: the total variation distance, all
that the tables leave out included, is at most 2^-112 a table (privacy/noise.c
argues that; noise_distance charges 2^-110).  For weights of any kind each
outcome has its units to within one.
"""
import subprocess
import sys
from decimal import Decimal, getcontext

getcontext().prec = 80
BOUND = Decimal(2) ** -112
M = 2**32 - 1
GAUSS = [(1, M), (1, 1000), (1, 3), (1, 1), (7, 3), (25, 1), (100, 1),
         (101, 1), (255, 1), (1250, 1), (10000, 1), (16384, 1),
         (M, 262144)]
LAPLACE = [(1, M), (1, 50), (1, 1), (3, 2), (3, 1), (M, M // 3), (4, 1),
           (10, 1), (1100, 100), (12, 1), (49, 1), (50, 1), (100, 1),
           (M, 33554432), (128, 1)]
WEIGHTS = [1, 2, 3, 15, 16, 17, 100, 128, 129, 1000, 2047, 2048]


def tables(program, *what):
    """The numbers that follow each title line."""
    text = subprocess.run([program, *map(str, what)], check=True,
                          capture_output=True, text=True).stdout
    parts = []
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1:
            parts.append((words, []))
        else:
            parts[-1][1].append(int(line, 16))
    return parts


def sizes(parts):
    """Units of each |X|, and how many there are in all."""
    title, low = parts[0]
    whole = 2 ** (112 + int(title[1]))
    if title[2] == "0":
        return low, whole
    base, high = int(title[2]), parts[1][1]
    units = [0] * (base * len(high) + len(low))
    for h, of_high in enumerate(high):
        for m, of_low in enumerate(low):
            if of_high and of_low:
                units[m + base * h] += of_low * of_high
    return units, whole * 2 ** (112 + int(parts[1][0][1]))


def gauss(num, den):
    """Half the weights, without end: 1/2 for 0, exp(-x^2 / (2 s2)) for x."""
    yield Decimal(1) / 2
    x = 1
    while True:
        yield (-Decimal(x * x) * den / (2 * num)).exp()
        x += 1


def laplace(num, den):
    ratio = (-Decimal(den) / num).exp()
    yield Decimal(1) / 2
    power = ratio
    while True:
        yield power
        power *= ratio


def weights_of(law, at_least):
    weights = []
    for weight in law:
        if len(weights) >= at_least and weight < Decimal(10) ** -75:
            return weights
        weights.append(weight)


def distance(units, whole, law):
    """Half the sum of all differences, over every integer."""
    weights = weights_of(law, len(units))
    total = sum(weights)
    gone = sum(abs(Decimal(units[x] if x < len(units) else 0) / whole -
                   weight / total) for x, weight in enumerate(weights))
    return gone / 2


def check_law(program, name, law, num, den):
    parts = tables(program, name, num, den)
    units, whole = sizes(parts)
    faults = []
    if sum(units) != whole:
        faults.append(f"{name} {num}/{den}: {whole - sum(units)} units lost")
    away = distance(units, whole, law(num, den))
    if away > BOUND * len(parts):
        faults.append(f"{name} {num}/{den}: {away:.3e} from the law")
    # the test of the test: 2^-109 moved from 0 to 1 is seen
    units = units + [0]
    units[0] -= whole >> 109
    units[1] += whole >> 109
    if distance(units, whole, law(num, den)) <= BOUND * len(parts):
        faults.append(f"{name} {num}/{den}: a planted shift was not seen")
    return away / len(parts), faults


def check_weights(program, n):
    (_, weights), (title, units) = tables(program, "weights", n, n)
    total, whole = sum(weights), 2 ** (112 + int(title[1]))
    faults = [] if sum(units) == whole else [f"{n} weights: units lost"]
    for i, got in enumerate(units):
        want = weights[i] * whole if i < n else 0
        # |got - want / total| <= 1, but for the rounding of the quotient
        if abs(got * total - want) > total + (total >> 50):
            faults.append(f"{n} weights: outcome {i} has {got} units")
    return faults


def main():
    program, faults, worst = sys.argv[1], [], 0
    for name, law, scales in (("gauss", gauss, GAUSS),
                              ("laplace", laplace, LAPLACE)):
        for num, den in scales:
            away, found = check_law(program, name, law, num, den)
            worst = max(worst, away)
            faults += found
    for n in WEIGHTS:
        faults += check_weights(program, n)
    for fault in faults:
        print(fault)
    print(f"{len(GAUSS) + len(LAPLACE)} laws, {len(WEIGHTS)} sets of weights,"
          f" at most {worst:.2e} a table (bound {BOUND:.2e}),"
          f" {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
