"""Makes elementary.bin: arguments and correctly rounded values of the elementary functions.

    python3 reference.py [COUNT] > elementary.bin

It needs gmpy2 (pip install gmpy2), whose MPFR computes each value with 300 bits; the first line of
the file says which versions made it. Then comes for each function a line "name
arity count" and count records of little-endian numbers: the arguments (float64),
the value rounded to float64, and the exact value less that in 1/250 of its
last place (int8). One argument in four is a float32.
"""

import json
import math
import random
import struct
import sys

import gmpy2
from gmpy2 import mpfr

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 600
SEED = 7
wide = gmpy2.context(precision=300, emax=1 << 20, emin=-(1 << 20))
gmpy2.set_context(wide)
PI = gmpy2.const_pi()


def from_bits(b):
    return struct.unpack("<d", struct.pack("<Q", b))[0]


def any_bits(r):
    while True:
        x = from_bits(r.getrandbits(64))
        if math.isfinite(x):
            return x


def to_single(x):
    try:
        return struct.unpack("<f", struct.pack("<f", x))[0]
    except OverflowError:
        return x


def around(r, x):
    """A float64 at most two away from x."""
    x = float(x)
    for _ in range(r.randrange(3)):
        x = math.nextafter(x, r.choice([-math.inf, math.inf]))
    return x


def uniform(a, b):
    return lambda r: r.uniform(a, b)


def tiny(r):
    return r.choice([-1, 1]) * 2.0 ** r.uniform(-1074, 0)


def positive(r):
    return from_bits(r.getrandbits(63) % 0x7FF0000000000000)


def subnormal(r):
    return from_bits(r.getrandbits(r.randrange(1, 52)))


def near(*points):
    return lambda r: around(r, r.choice(points))


def quarters(r):
    """The float64 nearest to a multiple of π/2, or next to it."""
    k = r.choice([r.randrange(1, 40), int(2.0 ** r.uniform(5, 31)), int(2.0 ** r.uniform(31, 1020))])
    return around(r, PI / 2 * k * r.choice([-1, 1]))


def large(r):
    return r.choice([-1, 1]) * 2.0 ** r.uniform(10, 1023.9)


def half(r):
    return r.randrange(-2200, 2200) / 2


trig = [uniform(-7, 7), uniform(-1e5, 1e5), quarters, large, tiny, any_bits]
exps = [uniform(-2, 2), uniform(-746, 710), uniform(-0.4, 0.4), near(709.782712893384, -745.1332191019411, -708.3964185322641, 0.34657359027997264, -0.34657359027997264, 1.0397207708399179), tiny, uniform(-745.2, -708)]
logs = [positive, uniform(0.5, 2), uniform(0.99, 1.01), near(1, 2, 0.5, 0.7071067811865476, 1.4142135623730951), subnormal, lambda r: float(10 ** r.randrange(0, 23))]
unit = [uniform(-1, 1), uniform(-0.5, 0.5), near(0.5, -0.5, 0.7071067811865476), tiny, lambda r: r.choice([-1, 1]) * (1 - 2.0 ** r.uniform(-53, 0))]
hyper = [uniform(-3, 3), uniform(-710.4, 710.4), uniform(-0.6, 0.6), near(0.17328679513998632, 0.34657359027997264, 1, 0.5, 22, 710.4758600739439), tiny]


def pairs(f, g):
    return lambda r: (f(r), g(r))


def power(r):
    """Arguments whose power is within range."""
    x = r.choice([positive, uniform(0.5, 2), uniform(0, 100), near(1)])(r)
    if x <= 0 or x == 1:
        x = 3.0
    return x, float(mpfr(r.uniform(-1075, 1024)) / gmpy2.log2(mpfr(x)))


def close(r):
    x = any_bits(r)
    return x, x * 2.0 ** r.uniform(-3, 3) * r.choice([-1, 1])


plane = [pairs(any_bits, any_bits), close, pairs(uniform(-1, 1), uniform(-1, 1)), pairs(subnormal, subnormal), pairs(tiny, uniform(-1, 1))]

functions = {
    "exp": (gmpy2.exp, exps), "exp2": (gmpy2.exp2, [uniform(-1075, 1024), uniform(-1, 1), half, tiny, uniform(-1075, -1021)]),
    "expm1": (gmpy2.expm1, exps), "log": (gmpy2.log, logs), "log2": (gmpy2.log2, logs), "log10": (gmpy2.log10, logs),
    "log1p": (gmpy2.log1p, [uniform(-1, 3), tiny, positive, lambda r: -1 + 2.0 ** r.uniform(-53, 0), near(1, -0.5, -0.2928932188134524, 0.41421356237309515)]),
    "sin": (gmpy2.sin, trig), "cos": (gmpy2.cos, trig), "tan": (gmpy2.tan, trig),
    "asin": (gmpy2.asin, unit), "acos": (gmpy2.acos, unit),
    "atan": (gmpy2.atan, [uniform(-5, 5), uniform(-0.7, 0.7), any_bits, tiny, near(0.41421356237309503, 2.414213562373095, 1, -1)]),
    "sinh": (gmpy2.sinh, hyper), "cosh": (gmpy2.cosh, hyper), "tanh": (gmpy2.tanh, hyper + [uniform(-25, 25)]),
    "cbrt": (gmpy2.cbrt, [any_bits, uniform(-30, 30), subnormal, lambda r: float(r.randrange(-1000, 1000) ** 3)]),
    "atan2": (gmpy2.atan2, plane), "hypot": (gmpy2.hypot, plane),
    "pow": (lambda x, y: x**y, [power, power, pairs(uniform(0, 50), lambda r: r.randrange(-50, 50) / 2), lambda r: (-abs(power(r)[0]), float(r.randrange(-30, 30)))]),
}


def last_place(x):
    return mpfr(math.ulp(x))


def record(f, args):
    exact = f(*[mpfr(a) for a in args])
    if gmpy2.is_nan(exact) or gmpy2.is_infinite(exact):
        return None
    value = float(exact)  # rounded once, to subnormal numbers too
    if math.isinf(value):
        return None
    offset = int(gmpy2.rint((exact - mpfr(value)) / last_place(value) * 250))
    return struct.pack("<%ddb" % (len(args) + 1), *args, value, max(-125, min(125, offset)))


def records(f, sources, r):
    made = []
    while len(made) < COUNT:
        args = r.choice(sources)(r)
        args = args if isinstance(args, tuple) else (args,)
        if r.randrange(4) == 0:
            args = tuple(to_single(a) for a in args)
        one = record(f, args)
        if one:
            made.append(one)
    return made


def main():
    out = sys.stdout.buffer
    facts = {"python": sys.version.split()[0], "gmpy2": gmpy2.version(), "mpfr": gmpy2.mpfr_version(), "bits": wide.precision, "seed": SEED}
    out.write(json.dumps(facts).encode() + b"\n")
    r = random.Random(SEED)
    for name, (f, sources) in functions.items():
        made = records(f, sources, r)
        arity = len(made[0]) // 8 - 1
        out.write(f"{name} {arity} {len(made)}\n".encode())
        out.write(b"".join(made))


main()
