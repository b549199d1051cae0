"""Reference for the great-circle example: every distance between two of the cities in ../cities.csv, with NumPy.

    /usr/bin/python3 reference.py        (Debian: python3-numpy) writes reference.json beside itself

The haversine formula on a sphere of radius 6371 km, on the full matrix of pairs. Near antipodes h is close to 1 and
arcsin is ill-conditioned there: an error of one unit in the last place of h, 1.1e-16, becomes R·1.1e-16/sqrt(1-h).
The example uses the same formula, so both suffer it alike, and the margin to the runner-up is written down: the two
programs can agree on the pair only if that margin is far above this error.
"""

import csv
import json
import math
import pathlib

import numpy as np

RADIUS = 6371.0  # km

here = pathlib.Path(__file__).resolve().parent
with open(here.parent / "cities.csv", newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file))
latitude = np.radians([float(row["latitude"]) for row in rows])
longitude = np.radians([float(row["longitude"]) for row in rows])

h = (
    np.sin((latitude[None, :] - latitude[:, None]) / 2) ** 2
    + np.cos(latitude)[:, None] * np.cos(latitude)[None, :]
    * np.sin((longitude[None, :] - longitude[:, None]) / 2) ** 2
)
distance = 2 * RADIUS * np.arcsin(np.sqrt(np.minimum(h, 1)))
first, second = np.triu_indices(len(rows), k=1)
pairs = distance[first, second]

order = np.argsort(-pairs, kind="stable")  # equal distances stay in the order of their indices
best, runner_up = order[0], order[1]
total = math.fsum(pairs)

report = {
    "numpy": np.__version__,
    "formula": "haversine, radius 6371 km",
    "cities": len(rows),
    "pairs": len(pairs),
    "greatest_km": float(pairs[best]),
    "greatest_pair": [int(first[best]), int(second[best])],
    "greatest_names": [rows[first[best]]["name"], rows[second[best]]["name"]],
    "runner_up_km": float(pairs[runner_up]),
    "one_ulp_of_h_km": float(RADIUS * 2.0**-53 / math.sqrt(1 - h[first[best], second[best]])),
    "sum_km": total,
    "mean_km": total / len(pairs),
    "farthest_from_first": int(np.argmax(distance[0])),
    "farthest_from_first_km": float(distance[0].max()),
}
with open(here / "reference.json", "w", encoding="utf-8") as file:
    json.dump(report, file, indent=2, ensure_ascii=False)
    file.write("\n")
