#!/usr/bin/env python3
"""Makes the synthetic hospital of the demonstration, and its gazetteer.

make_istv.py SOUTH-WALES-STREET.csv.zst DATA-FOLDER

From the full street file of South Wales Police for 2021 (real, open) it writes
DATA-FOLDER/demo/gazetteer-cardiff.csv.zst: the named streets and places within
25 km of the University Hospital of Wales, with National Grid metres (OSTN15)
and LSOA.  A name that lies in several LSOAs is left out.

DATA-FOLDER/demo/cardiff-and-vale-uhb-istv-synthetic.csv.zst holds 6,000 made-up
attendances.  NO ROW IS A REAL ATTENDANCE AND NO PATIENT IS REAL: every row says
SYNTHETIC.  They are drawn with a fixed seed from:

  where   points of recorded violence of 2021, by their number of records and
          exp(-distance to the hospital / 6 km)
  when    month by recorded violence of that month; hour of the week by WEEK
          below (nights of Friday and Saturday highest)
  how     METHODS and TYPES below: round shares, by judgement, in the order that
          published summaries of assault attendances give
  who     of 100 attendances about 18 are by a patient seen before, half of them
          within 20 days: so that the bound per person and month has work to do
  text    the nearest name of the gazetteer in the same LSOA, as people write it
          (shortened, lower case, "outside", a town added); some descriptions
          name no place
"""
import csv
import datetime
import io
import math
import random
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

SEED = 20210101
ROWS = 6000
HOSPITAL = (51.5072, -3.1906)  # University Hospital of Wales, Heath Park
SITE = "7A4BV"
REACH_KM = 25
NEAR_KM = 6
GENERIC = {"Parking Area", "Sports/Recreation Area", "Supermarket",
           "Shopping Area", "Pedestrian Subway", "Petrol Station", "Nightclub",
           "Hospital", "Police Station", "Park/Open Space", "Prison",
           "Further/Higher Educational Building", "Bus/Coach Station",
           "Theatre/Concert Hall", "Conference/Exhibition Centre",
           "Public Building", "Pub/Bar", ""}
METHODS = {"fist": 46, "pushed": 9, "foot": 8, "other body part": 6,
           "head": 3, "blunt object": 7, "bottle or glass": 4, "knife": 4,
           "sharp instrument": 2, "sexual assault": 1, "other": 5,
           "not known": 5}
TYPES = {"street": 42, "home": 22, "pub or bar": 10, "nightclub": 8,
         "workplace": 4, "school": 3, "park": 3, "public transport": 3,
         "shop": 2, "other public place": 3}
VAGUE = {"home": ["patient's home", "home address", "own home", "pts home"],
         "pub or bar": ["pub", "bar in town"], "nightclub": ["night club"],
         "workplace": ["at work"], "school": ["school", "in school"],
         "park": ["park"], "public transport": ["on the bus", "train"],
         "shop": ["shop"], "street": ["street", "in town", "unknown",
                                      "walking home"],
         "other public place": ["unknown", "not stated"]}
HOURS = [5, 4, 4, 3, 2, 1, 1, 2, 3, 4, 4, 5,
         6, 6, 6, 7, 7, 7, 8, 8, 8, 8, 8, 7]  # Monday to Thursday, from 0 h
WEEK = [HOURS[h] * (3 if (day in (4, 5) and h >= 20) or
                    (day in (5, 6) and h < 5) else 1)
        for day in range(7) for h in range(24)]


def open_zst(path):
    raw = subprocess.run(["zstd", "-dc", "--long=27", str(path)],
                         capture_output=True, check=True).stdout
    return csv.DictReader(io.StringIO(raw.decode(), newline=""))


def write_zst(path, header, rows):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    subprocess.run(["zstd", "-q", "-f", "-19", "-o", str(path)],
                   input=out.getvalue().encode(), check=True)


class Grid:
    """WGS 84 to the National Grid: transverse Mercator on GRS80 (Ordnance
    Survey, "A guide to coordinate systems", annex C) and OSTN15."""

    def __init__(self, data):
        self.east = (data / "osgb/ostn_east").read_bytes()
        self.north = (data / "osgb/ostn_north").read_bytes()

    @staticmethod
    def project(lat, lon):
        a, b, f = 6378137.0, 6356752.3141, 0.9996012717
        lat, lon = math.radians(lat), math.radians(lon)
        lat0, lon0 = math.radians(49), math.radians(-2)
        e2, n = 1 - (b / a) ** 2, (a - b) / (a + b)
        s, c, t = math.sin(lat), math.cos(lat), math.tan(lat)
        nu = a * f / math.sqrt(1 - e2 * s * s)
        rho = nu * (1 - e2) / (1 - e2 * s * s)
        eta = nu / rho - 1
        d, p = lat - lat0, lat + lat0
        m = b * f * ((1 + n + 1.25 * n ** 2 + 1.25 * n ** 3) * d
                     - (3 * n + 3 * n ** 2 + 2.625 * n ** 3)
                     * math.sin(d) * math.cos(p)
                     + 1.875 * (n ** 2 + n ** 3)
                     * math.sin(2 * d) * math.cos(2 * p)
                     - 35 / 24 * n ** 3 * math.sin(3 * d) * math.cos(3 * p))
        x = lon - lon0
        north = (m - 100000 + nu / 2 * s * c * x ** 2
                 + nu / 24 * s * c ** 3 * (5 - t * t + 9 * eta) * x ** 4
                 + nu / 720 * s * c ** 5 * (61 - 58 * t * t + t ** 4) * x ** 6)
        east = (400000 + nu * c * x
                + nu / 6 * c ** 3 * (nu / rho - t * t) * x ** 3
                + nu / 120 * c ** 5 * (5 - 18 * t * t + t ** 4 + 14 * eta
                                       - 58 * t * t * eta) * x ** 5)
        return east, north

    @staticmethod
    def node(table, column, row):
        i = 2 * (row * 701 + column)
        return table[i] | table[i + 1] << 8

    def shift(self, table, east, north):
        i, j = int(east // 1000), int(north // 1000)
        x, y = east / 1000 - i, north / 1000 - j
        low = (1 - x) * self.node(table, i, j) + x * self.node(table, i + 1, j)
        high = ((1 - x) * self.node(table, i, j + 1)
                + x * self.node(table, i + 1, j + 1))
        return (1 - y) * low + y * high

    def metres(self, lat, lon):
        e, n = self.project(lat, lon)
        return (int(e + (self.shift(self.east, e, n) + 82140) / 1000),
                int(n + (self.shift(self.north, e, n) - 84180) / 1000))


def distance_km(a, b):
    north = (a[0] - b[0]) * 111.2
    east = (a[1] - b[1]) * 111.2 * math.cos(math.radians(a[0]))
    return math.hypot(north, east)


def read_street(path):
    """Points of violence with their records; names with their points;
    violence by month."""
    violence, months, names = Counter(), Counter(), defaultdict(set)
    for r in open_zst(path):
        violent = r["Crime type"] == "Violence and sexual offences"
        months[r["Month"]] += violent
        if not r["LSOA code"]:
            continue
        at = (float(r["Latitude"]), float(r["Longitude"]))
        if distance_km(at, HOSPITAL) > REACH_KM:
            continue
        point = (at, r["LSOA code"])
        violence[point] += violent
        name = r["Location"].removeprefix("On or near ").strip()
        if name not in GENERIC:
            names[name.replace("'S", "'s")].add(point)
    return violence, months, names


def one_place(names):
    """Names that lie in one LSOA, each with its first point."""
    return {name: min(points) for name, points in sorted(names.items())
            if len({lsoa for _, lsoa in points}) == 1}


def as_written(rng, name):
    """A name as somebody at a reception desk writes it."""
    for full, short in (("Street", "St"), ("Road", "Rd"), ("Avenue", "Ave")):
        if rng.random() < 0.4:
            name = name.replace(full, short)
    text = rng.choice(["", "", "outside ", "near ", "on "]) + name
    if rng.random() < 0.2 and len(name.split()) >= 2:
        text += rng.choice([", Cardiff", " cardiff"])
    return text.lower() if rng.random() < 0.5 else text


def moment(rng, month):
    """A date and time of the month, by hour of the week."""
    first = datetime.datetime(int(month[:4]), int(month[5:]), 1)
    after = (first.replace(day=28) + datetime.timedelta(days=4)).replace(day=1)
    hours = [first + datetime.timedelta(hours=h)
             for h in range((after - first).days * 24)]
    weights = [WEEK[t.weekday() * 24 + t.hour] for t in hours]
    return rng.choices(hours, weights)[0] + datetime.timedelta(
        minutes=rng.randrange(60))


class Patients:
    """Who attends: now and then somebody who was seen before."""

    def __init__(self, rng):
        self.rng, self.seen = rng, []

    def take(self, when):
        recent = [p for p, last in self.seen[-300:]
                  if (when - last).days <= 20]
        draw = self.rng.random()
        if draw < 0.09 and recent:
            patient = self.rng.choice(recent)
        elif draw < 0.18 and self.seen:
            patient = self.rng.choice(self.seen)[0]
        else:
            patient = f"SYN{self.rng.getrandbits(40):010x}"
        self.seen.append((patient, when))
        return patient


def attendances(rng, violence, months, places):
    points = [p for p, n in sorted(violence.items()) if n > 0]
    weights = [violence[p] * math.exp(-distance_km(p[0], HOSPITAL) / NEAR_KM)
               for p in points]
    named = defaultdict(list)
    for name, (at, lsoa) in places.items():
        named[lsoa].append((at, name))
    whens = sorted(moment(rng, m) for m in rng.choices(
        sorted(months), [months[m] for m in sorted(months)], k=ROWS))
    patients = Patients(rng)
    for number, when in enumerate(whens, 1):
        at, lsoa = rng.choices(points, weights)[0]
        kind = rng.choices(list(TYPES), list(TYPES.values()))[0]
        near = min(named[lsoa], key=lambda n: distance_km(n[0], at),
                   default=None)
        vague = rng.random() < (0.6 if kind == "home" else 0.08)
        text = (rng.choice(VAGUE[kind]) if vague or near is None
                else as_written(rng, near[1]))
        method = rng.choices(list(METHODS), list(METHODS.values()))[0]
        arrival = when + datetime.timedelta(minutes=20 + int(
            rng.expovariate(1 / 90)))
        yield ["SYNTHETIC", "2021-01-01", "2021-12-31", SITE,
               f"SYN-{number:05}", f"{arrival:%Y-%m-%d %H:%M}",
               f"{when:%Y-%m-%d %H:%M}", method, "", kind, text,
               patients.take(when)]


COLUMNS = ["note", "reporting_period_start_date", "reporting_period_end_date",
           "site_code_of_treatment", "attendance_identifier",
           "arrival_date_and_time_at_accident_and_emergency_department",
           "assault_date_and_time", "assault_method",
           "assault_method_other_description", "assault_location_type",
           "assault_location_description", "patient_pseudonym"]


def main():
    street, data = sys.argv[1], Path(sys.argv[2])
    grid, rng = Grid(data), random.Random(SEED)
    violence, months, names = read_street(street)
    places = one_place(names)
    write_zst(data / "demo/gazetteer-cardiff.csv.zst",
              ["place", "east", "north", "lsoa"],
              [[name, *grid.metres(*at), lsoa]
               for name, (at, lsoa) in places.items()])
    rows = list(attendances(rng, violence, months, places))
    write_zst(data / "demo/cardiff-and-vale-uhb-istv-synthetic.csv.zst",
              COLUMNS, rows)
    print(f"{len(places)} names, {len(rows)} attendances, "
          f"{len({r[-1] for r in rows})} patients")


if __name__ == "__main__":
    main()
