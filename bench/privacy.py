#!/usr/bin/env python3
"""./dev bench privacy -- speed of the noise, accuracy of what people see.

Each figure stands beside its goal, its peers of the same run and stored
references.  A missed goal makes the exit code 1, a missed moonshot never.
Peers that are not installed are skipped, loudly.

noise     CPU time, medians of ROUNDS rounds in which ours and the peers take
          turns; ratios are medians of the rounds' ratios.
accuracy  mean |answer - truth| of 2,000 random rectangles (bench/dpbench), the
          same numbers every time.  Goals of strategies whose error does not
          depend on the data, and of the display product of the three grids.
          References over ten public grids are geometric means; ours is over the
          three that are shipped, so those two do not compare number by number.
          --grids DIR adds others, `row,col,count` as the shipped ones.
"""
import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "bench/dpbench"
SHIPPED = ("SF-CABS-S", "STROKE", "TWITTER")
ROUNDS = 5
WITHIN = 1.05
COLUMNS = [(side, records, eps) for side, records in
           ((64, 10**4), (256, 10**4), (256, 10**6)) for eps in (0.1, 1)]
RUNS = {64: 100, 256: 3}  # of each of three resamples

# Stored references, geometric means over ten public grids, by COLUMNS.
MEANS = {
    "pure": {
        "identity": (332, 31.0, 1339, 126, 1339, 126),
        "hb": (278, 27.3, 832, 83.5, 832, 83.5),
        "AGRID": (118, 14.1, 136, 25.8, 325, 64.9),
        "PrivTree": (100, 14.8, 125, 23.3, 347, 44.1),
        "quadtree": (104, 13.3, 169, 24.3, 296, 33.9),
        "DAWA": (77, 9.3, 109, 14.8, 214, None),
    },
    "zcdp": {
        "identity": (1289, 133, 4756, 517, 4756, 517),
        "haar": (372, 40.9, 657, 72.2, 657, 72.2),
        "quadtree": (138, 21.1, 173, 29.2, 363, 46.9),
    },
}
# Single grids, 64 x 64, 10,000 records, eps 0.1 and 1.
SINGLE = {
    "STROKE": {"AGRID": (148, 22.1), "quadtree": (181, 22.1),
               "DAWA": (161, 25.0)},
    "TWITTER": {"AGRID": (143, 21.1), "quadtree": (133, 19.6),
                "DAWA": (115, 15.3)},
    "SF-CABS-S": {"AGRID": (92, 9.5), "quadtree": (64, 7.1),
                  "DAWA": (38, 6.9)},
}
GOOGLE = 0.25  # M draws/s, C++, floating granularity; stored reference

NUMPY = """
import sys, time, numpy as n
r = n.random.default_rng(1)
t = time.process_time()
n.rint(r.normal(0, float(sys.argv[1]), 1000000))
print(1e6 / (time.process_time() - t))
"""
OPENDP = """
import sys, time, opendp.prelude as dp
dp.enable_features("contrib")
m = dp.m.make_gaussian(dp.vector_domain(dp.atom_domain(T=int)),
                       dp.l2_distance(T=float), scale=float(sys.argv[1]))
x = [0] * 20000
m(x[:10])
t = time.process_time()
m(x)
print(len(x) / (time.process_time() - t))
"""


class Report:
    """Rows as they come; what was met and missed in the end."""

    def __init__(self, quiet):
        self.quiet = quiet
        self.rows = []

    def say(self, text=""):
        if not self.quiet:
            print(text, flush=True)

    def note(self, text):
        self.say("  " + text)

    def row(self, what, figure, unit, bound=None, kind="goal", least=False,
            beside=""):
        """bound: the largest figure (least: the smallest) that meets it."""
        met = None
        if bound is not None:
            met = figure is not None and (
                figure >= bound if least else figure <= bound)
        self.rows.append({"what": what, "figure": figure, "unit": unit,
                          "bound": bound, "kind": kind if bound is not None
                          else "printed", "met": met, "beside": beside})
        shown = "-" if figure is None else f"{figure:.4g} {unit}".strip()
        verdict = "" if met is None else (
            f"{kind} {'met' if met else 'missed'} "
            f"({'>=' if least else '<='} {bound:.4g})")
        self.say(f"  {what:58} {shown:>11}  {verdict:26} {beside}".rstrip())

    def skipped(self, what, why):
        self.rows.append({"what": what, "kind": "skipped", "why": why})
        self.say(f"  {what:58} {'SKIPPED':>11}  {why}")

    def count(self, kind, met):
        return sum(r["kind"] == kind and r["met"] is met for r in self.rows)

    def end(self):
        missed = self.count("goal", False)
        if self.quiet:
            print(json.dumps({"rows": self.rows, "goals_missed": missed},
                             indent=1))
        self.say(f"goals: {self.count('goal', True)} met, {missed} missed; "
                 f"moonshots: {self.count('moonshot', True)} met, "
                 f"{self.count('moonshot', False)} missed")
        return 1 if missed else 0


def number(words, **more):
    """The number a program prints, or None if it fails."""
    done = subprocess.run(list(map(str, words)), capture_output=True,
                          text=True, check=False, **more)
    return float(done.stdout) if done.returncode == 0 else None


def python_with(module):
    for python in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(python) and subprocess.run(
                [python, "-c", "import " + module], capture_output=True,
                check=False).returncode == 0:
            return python
    return None


def opendp_python(folder):
    """A Python with OpenDP: this one, or a new one filled from PyPI."""
    python = python_with("opendp")
    if python:
        return python
    python = Path(folder) / "bin/python"
    try:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True,
                       capture_output=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "opendp"],
                       check=True, capture_output=True, timeout=180)
    except (subprocess.SubprocessError, OSError):
        return None
    return python


def measure(things):
    """name -> figures, one a round; the things take turns."""
    seen = {name: [] for name in things}
    for _ in range(ROUNDS):
        for name, words in things.items():
            seen[name].append(number(words))
    return {name: None if None in v else v for name, v in seen.items()}


def median(values, scale=1.0):
    return None if values is None else statistics.median(values) * scale


def ratio(ours, peer):
    if ours is None or peer is None:
        return None
    return statistics.median(a / b for a, b in zip(ours, peer))


def peers_of(sd, numpy, opendp):
    peers = {}
    if numpy:
        peers["numpy"] = [numpy, "-c", NUMPY, sd]
    if opendp:
        peers["OpenDP"] = [opendp, "-c", OPENDP, sd]
    return peers


def gaussians(report, bench, numpy, opendp):
    for sd, goal in ((1, 100), (10, 100), (100, 15)):
        seen = measure({
            "ours": [bench, "draw", "gauss", sd],
            "portable": [bench, "draw", "gauss", sd, "portable"],
            "CKS": [bench, "draw", "cks", sd],
            **peers_of(sd, numpy, opendp)})
        beside = ", ".join(f"{k} {median(v, 1e-6):.3g}" for k, v in
                           seen.items() if k != "ours" and v)
        report.row(f"Gaussian, constant time, sigma {sd}",
                   median(seen["ours"], 1e-6), "M/s", goal, least=True,
                   beside=f"{beside}, Google C++ {GOOGLE} (stored)")
        judged = sd == 10
        report.row(f"  beside our CKS loop, sigma {sd}",
                   ratio(seen["ours"], seen["CKS"]), "x",
                   5 if judged else None, least=True)
        if numpy:
            report.row(f"  beside numpy's unsafe normal, sigma {sd}",
                       ratio(seen["ours"], seen["numpy"]), "x",
                       3 if judged else None, least=True)


def times(report, bench, what, items):
    """Milliseconds of one thing; items: (text, words, bound)."""
    seen = measure({text: [bench, *words] for text, words, _ in items})
    for text, _, bound in items:
        rate = median(seen[text])
        report.row(f"{what}, {text}", None if not rate else 1000 / rate, "ms",
                   bound)


def noise(report, build):
    bench = build / "bench/bench"
    report.say(f"noise (CPU time, medians of {ROUNDS} rounds)")
    numpy = python_with("numpy")
    if not numpy:
        report.skipped("numpy's unsafe normal", "apt-get install python3-numpy")
    with tempfile.TemporaryDirectory() as folder:
        opendp = opendp_python(folder)
        if not opendp:
            report.skipped("OpenDP", "neither installed nor to be had from PyPI")
        gaussians(report, bench, numpy, opendp)
    for law, scale, goal in (("laplace", 1, 100), ("laplace", 10, 100),
                             ("laplace", 100, None), ("pure", 10, None)):
        name = "Laplace" + (", exact sampler" if law == "pure" else
                            ", constant time")
        report.row(f"{name}, scale {scale}",
                   median(measure({"": [bench, "draw", law, scale]})[""],
                          1e-6), "M/s", goal, least=True)
    times(report, bench, "Polya share of 1e6 cells, 20 nodes",
          [(f"eps {eps}", ("polya", eps), goal) for eps, goal in
           ((1, 10), (0.1, 150), (0.01, 400))])
    times(report, bench, "release of 1e6 cells",
          [(f"sigma {sd}", ("release", sd), goal) for sd, goal in
           ((1, 20), (10, 20), (100, None))])
    report.row("keyed stream", median(
        measure({"": [bench, "random"]})[""], 1e-9), "GB/s")
    report.say()


def grids_of(folder):
    """name -> file of the shipped grids and of those in folder."""
    found = {name: DATA / f"{name}.csv" for name in SHIPPED}
    for path in sorted(folder.glob("*.csv")) if folder else ():
        found.setdefault(path.stem, path)
    return found


def errors(build, grid, column, nodes, mode, runs):
    """(law, strategy, product) -> mean error."""
    side, records, eps = column
    done = subprocess.run(
        list(map(str, (build / "bench/accuracy", grid, DATA / f"rr_{side}.csv",
                       side, records, eps, nodes, mode, runs))),
        capture_output=True, text=True, check=True)
    return {tuple(line.split("\t")[:3]): float(line.split("\t")[3])
            for line in done.stdout.splitlines()}


def mean(values):
    return math.exp(statistics.mean(map(math.log, values)))


def name_of(column):
    side, records, eps = column
    return f"{side} x {side}, {records:.0e} records, eps {eps}".replace(
        "e+0", "e")


def judge_display(report, single):
    """single: (grid, eps, nodes) -> errors, 64 x 64."""
    report.note("display product, 64 x 64, 1e4 records")
    for (grid, eps, nodes), seen in single.items():
        reference = {k: v[0 if eps == 0.1 else 1]
                     for k, v in SINGLE[grid].items()}
        figure = seen["pure", "tree", "denoised"]
        whose = "one node" if nodes == 1 else f"secret sum of {nodes}"
        report.row(f"{grid}, eps {eps}, {whose}", figure, "",
                   WITHIN * reference["quadtree"], beside=", ".join(
                       [f"projected only {seen['pure', 'tree', 'display']:.4g}"]
                       + [f"{k} {v}" for k, v in reference.items()]))
        if nodes == 1:
            report.row(f"{grid}, eps {eps}: DAWA's error", figure, "",
                       reference["DAWA"], kind="moonshot")


def judge_unbiased(report, law, strategy, by_column, whose):
    for column, seen in by_column.items():
        bound = WITHIN * MEANS[law][strategy][COLUMNS.index(column)]
        report.row(f"{strategy}, {law}, {name_of(column)}, {whose}",
                   seen[law, strategy, "unbiased"], "", bound)


def print_display(report, by_column):
    """by_column: column -> errors of the grids."""
    count = len(next(iter(by_column.values())))
    report.note(f"display products, geometric means of {count} grids "
                "(references: of ten)")
    for column, grids in by_column.items():
        i = COLUMNS.index(column)
        for law in ("pure", "zcdp"):
            for strategy in ("tree", "quadtree"):
                projected, denoised = (
                    mean([g[law, strategy, p] for g in grids])
                    for p in ("display", "denoised"))
                report.row(
                    f"{strategy}, {law}, {name_of(column)}", denoised, "",
                    beside=", ".join(
                        [f"projected only {projected:.4g}"] +
                        [f"{k} {v[i]}" for k, v in MEANS[law].items()
                         if v[i] and k not in ("identity", "hb", "haar")]))


def accuracy(report, build, folder=None):
    report.say("accuracy (mean error of 2,000 random rectangles, seeds 1-3)")
    grids = grids_of(folder)
    jobs = {("central", grid, column): (path, column, 1, "sum",
                                        RUNS[column[0]])
            for column in COLUMNS for grid, path in grids.items()}
    for column in COLUMNS[:2]:
        for grid in SHIPPED:
            jobs["sum", grid, column] = (grids[grid], column, 3, "sum", 30)
        jobs["answers", column] = (grids[SHIPPED[0]], column, 3, "answers",
                                   30)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        done = dict(zip(jobs, pool.map(lambda j: errors(build, *j),
                                       jobs.values())))

    judge_display(report, {
        (grid, column[2], nodes): done[kind, grid, column]
        for kind, nodes in (("central", 1), ("sum", 3))
        for grid in SHIPPED for column in COLUMNS[:2]})
    report.note("unbiased products (their error does not depend on the data)")
    central = {c: done["central", SHIPPED[0], c] for c in COLUMNS}
    for law, strategy in (("pure", "identity"), ("pure", "hb"),
                          ("zcdp", "identity"), ("zcdp", "haar")):
        judge_unbiased(report, law, strategy, central, "one node")
    for strategy in ("identity", "hb"):
        judge_unbiased(report, "pure", strategy, {
            c: done["sum", SHIPPED[0], c] for c in COLUMNS[:2]},
            "secret sum of 3")
    report.note("answers of three nodes added, over one node's error times "
                "the square root of 3")
    for law, strategy in (("pure", "identity"), ("pure", "hb"),
                          ("zcdp", "identity"), ("zcdp", "haar")):
        key = law, strategy, "unbiased"
        for column in COLUMNS[:2]:
            report.row(f"{strategy}, {law}, {name_of(column)}",
                       done["answers", column][key] / central[column][key] /
                       math.sqrt(3), "x")
    print_display(report, {
        c: [done["central", g, c] for g in grids] for c in COLUMNS})
    report.say()


def run(build, as_json=False, sections=(), grids=None):
    report = Report(as_json)
    if not sections or "noise" in sections:
        noise(report, build)
    if not sections or "accuracy" in sections:
        accuracy(report, build, grids)
    return report.end()


def main():
    p = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--build", default="build")
    p.add_argument("--json", action="store_true")
    p.add_argument("--grids", type=Path, help="more grids for accuracy")
    p.add_argument("sections", nargs="*", help="noise, accuracy; all")
    args = p.parse_args()
    return run(Path(args.build).resolve(), args.json, args.sections,
               args.grids)


if __name__ == "__main__":
    sys.exit(main())
