"""The greatest of the great-circle distances between all pairs of the cities that braid's own example reads.

The haversine of every pair, on a sphere of 6,371 km. The answer is compared with what a full matrix in NumPy gave when the
example was made.
"""
import csv
import json
import math

import measure
from measure import peer

EXAMPLE = measure.HERE.parent.parent / "examples" / "cities"
RADIUS = 6371.0
ROWS = 50  # a strip, as in braid's example

places = []  # of a worker process: latitude and longitude in radians


def load():
    with open(EXAMPLE / "cities.csv", newline="", encoding="utf-8") as file:
        return [(math.radians(float(r["latitude"])), math.radians(float(r["longitude"]))) for r in csv.DictReader(file)]


def checked(p):
    with open(EXAMPLE / "testdata" / "reference.json", encoding="utf-8") as file:
        reference = json.load(file)
    p.check = lambda km: abs(km - reference["greatest_km"]) < 1e-7
    cities = load()
    p.cities = len(cities)
    return cities


def numpy_strip(first):
    """The greatest haversine of the pairs whose first city is in the strip."""
    import numpy as np
    lat, lon = np.array(places).T
    cos = np.cos(lat)
    greatest = 0.0
    for i in range(first, min(first + ROWS, len(places) - 1)):
        h = np.sin((lat[i + 1:] - lat[i]) / 2) ** 2 + cos[i] * cos[i + 1:] * np.sin((lon[i + 1:] - lon[i]) / 2) ** 2
        greatest = max(greatest, float(h.max()))
    return greatest


def python_strip(first):
    from math import cos, sin
    greatest = 0.0
    for i in range(first, min(first + ROWS, len(places) - 1)):
        lat, lon = places[i]
        c = cos(lat)
        for other, far in places[i + 1:]:
            h = sin((other - lat) / 2) ** 2 + c * cos(other) * sin((far - lon) / 2) ** 2
            if h > greatest:
                greatest = h
    return greatest


def kilometres(haversine):
    return 2 * RADIUS * math.asin(math.sqrt(min(haversine, 1.0)))


def strips():
    return range(0, len(places), ROWS)


@peer("numpy", cities=2000)
def _(p):
    places[:] = checked(p)
    yield lambda: kilometres(max(map(numpy_strip, strips())))


def receive(cities):
    places[:] = cities


def pool_of(p, strip):
    import multiprocessing
    places[:] = checked(p)
    pool = multiprocessing.Pool(p.workers, receive, (places,))
    yield lambda: kilometres(max(pool.map(strip, strips(), chunksize=1)))
    pool.close()
    pool.join()


@peer("multiprocessing", cities=2000)
def _(p): yield from pool_of(p, python_strip)


@peer("multiprocessing-numpy", cities=2000)
def _(p): yield from pool_of(p, numpy_strip)


if __name__ == "__main__":
    measure.main()
