"""Writes conformance.json: operations on arrays with NumPy's answers.

Run it in this folder with any Python that has NumPy 2; it imports nothing else:

    python3 conformance.py

The cases are drawn with a fixed seed, so another run of the same NumPy writes the
same file. "numpy" in the file is the version that gave the answers.
"""
import base64
import itertools
import json
import random
import warnings
import zlib

import numpy as np

warnings.simplefilter("ignore")
np.seterr(all="ignore")

DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
          "float32", "float64", "complex64", "complex128"]
SHAPES = [(), (0,), (1,), (7,), (2, 3), (3, 0), (1, 4), (4, 1), (2, 3, 4), (2, 0, 3), (1, 1, 1), (3, 1, 2, 2)]
rng = random.Random(1)


def attempt(f):
    try:
        return f()
    except (IndexError, ValueError, TypeError):
        return None


def counted(shape):
    return np.arange(int(np.prod(shape)), dtype="i8").reshape(shape)


def answer(a):
    """The shape and the elements, or null for an error."""
    return None if a is None else {"shape": list(a.shape), "elements": a.ravel().tolist()}


# ---- one axis: every slice near its ends --------------------------------
def edge(n):
    return [None, 0, 1, 2, n - 1, n, n + 1, -1, -2, -n, -n - 1, -n - 2, 2**62, -2**62]


def item(n):
    kind = rng.random()
    if kind < 0.3:
        return ["at", rng.choice([0, 1, n - 1, -1, -n] * 3 + [n, -n - 1])]
    if kind < 0.85:
        return ["range", rng.choice(edge(n)), rng.choice(edge(n)), rng.choice([None, 1, 2, 3, -1, -2, -3, 2**62, -2**63])]
    return ["new"] if kind < 0.95 else ["ellipsis"]


def python_index(items):
    make = {"at": lambda i: i, "range": lambda a, b, c: slice(a, b, c), "new": lambda: None, "ellipsis": lambda: Ellipsis}
    return tuple(make[i[0]](*i[1:]) for i in items)


def indexing():
    cases = [((n,), [["range", a, b, c]]) for n in (0, 4) for a, b in itertools.product(edge(n)[:12], repeat=2) for c in (None, 2, -1, -3)]
    cases += [((5,), [["range", None, None, 0]])]
    for _ in range(700):
        shape = rng.choice(SHAPES)
        cases.append((shape, [item(n) for n in list(shape) + [3] * rng.choice([0, 0, 0, 1])][: rng.randint(0, 5)]))
    return [{"shape": list(s), "items": i, "want": answer(attempt(lambda: counted(s)[python_index(i)]))} for s, i in cases]


# ---- views and shapes ---------------------------------------------------
def views():
    cases = []

    def add(shape, op, args, f):
        cases.append({"shape": list(shape), "op": op, "args": list(args), "want": answer(attempt(lambda: f(counted(shape))))})

    for s in SHAPES:
        r = len(s)
        axes = [-r - 1, -r, -1, 0, 1, r - 1, r]
        for p in list(itertools.permutations(range(r)))[:12] + [(0,) * r, tuple(range(-r, 0)), tuple(range(r + 1))]:
            if p:
                add(s, "transpose", p, lambda a: a.transpose(p))
        add(s, "transpose", (), lambda a: a.T)
        for x, y in sorted(set(itertools.product(axes, repeat=2))):
            add(s, "swapaxes", (x, y), lambda a: a.swapaxes(x, y))
            add(s, "moveaxis", (x, y), lambda a: np.moveaxis(a, x, y))
        for x in sorted(set(axes + [r + 1, -r - 2])):
            if r > 0:  # NumPy lets squeeze name an axis that a scalar has not
                add(s, "squeeze", (x,), lambda a: a.squeeze(x))
            add(s, "expand", (x,), lambda a: np.expand_dims(a, x))
            add(s, "flip", (x,), lambda a: np.flip(a, x))
        add(s, "squeeze", (), lambda a: a.squeeze())
        add(s, "flip", (), lambda a: np.flip(a))
        if r >= 2:
            for k in (-2**62, -5, -1, 0, 1, 2, 9, 2**62):
                for x, y in ((0, 1), (1, 0), (0, -1), (0, 0)):
                    add(s, "diagonal", (k, x, y), lambda a: a.diagonal(k, x, y) if abs(k) < 100 else a.diagonal(100 if k > 0 else -100, x, y))
    for a, b in itertools.product(SHAPES, SHAPES + [(3,), (5, 2, 3), (2, 3, 1), (0, 1), (-1, 2)]):
        add(a, "broadcast", b, lambda x: np.broadcast_to(x, b))
    return cases


def reshape():
    """Of an array, its transpose and slices: the elements, and whether NumPy needs a copy.

    NumPy takes any negative length for the one to be worked out; we refuse all but -1.
    """
    cases = []
    targets = [(), (1,), (-1,), (6,), (24,), (0,), (0, 5), (3, 2), (2, 3), (2, 12), (12, 2), (4, 6), (6, 4), (2, 2, 6), (3, -1), (-1, 2), (-1, 4), (-1, 0),
               (0, -1), (-1, -1), (1, -1, 1), (5, -1), (2, 3, 4), (4, 3, 2), (2, 1, 3, 1, 4), (8, 3), (3, 8), (2**40, 2**40)]
    makes = {"whole": lambda a: a, "T": lambda a: a.T, "step": lambda a: a[..., ::2], "back": lambda a: a[::-1], "swap": lambda a: a.swapaxes(0, 1)}
    for s in [(), (6,), (2, 3), (3, 0), (2, 3, 4), (4, 1, 6), (1, 1, 1)]:
        for make, f in makes.items():
            for t in targets:
                a = attempt(lambda: f(counted(s)))
                if a is None:
                    continue
                b = attempt(lambda: a.reshape(t))
                c = {"shape": list(s), "make": make, "to": list(t), "want": answer(b)}
                if b is not None and b.size > 0:
                    c["view"] = bool(np.shares_memory(a, b))
                cases.append(c)
    return cases


def broadcasting():
    cases = []
    for k in (2, 3):
        for _ in range(150):
            shapes = [tuple(rng.choice([0, 1, 1, 2, 3]) for _ in range(rng.randint(0, 4))) for _ in range(k)]
            got = attempt(lambda: np.broadcast_shapes(*shapes))
            cases.append({"shapes": [list(s) for s in shapes], "want": None if got is None else list(got)})
    return cases


# ---- types --------------------------------------------------------------
def promotion():
    names = [np.dtype(d) for d in DTYPES]
    return {"pairs": [[str(np.promote_types(a, b)) for b in names] for a in names],
            "triples": [[*map(str, t), str(np.result_type(*t))] for t in itertools.product(names, repeat=3) if rng.random() < 0.3]}


def casting():
    return {rule: ["".join("01"[np.can_cast(a, b, rule)] for b in DTYPES) for a in DTYPES] for rule in ("safe", "same_kind", "unsafe")}


def edges(d):
    d = np.dtype(d)
    if d.kind == "b":
        return [False, True]
    if d.kind in "iu":
        i = np.iinfo(d)
        near = [0, 1, -1, 2, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**24 + 1, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53 + 1, 2**62 + 2**38 + 1,
                2**63 - 1, 2**63, 2**64 - 1, i.min, i.max, -128, -129, -32769, -2**31, -2**31 - 1, -2**53 - 1, 2**63 + 2**39, 2**63 + 2**39 + 1]
        return [x for x in near if i.min <= x <= i.max]
    real = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 0.999999, 1.5, 2.5, -2.5, 127.5, 128.0, 255.0, 256.0, -129.0, 65535.9, 65536.0, 2.0**31 - 1, 2.0**31, -2.0**31,
            -2.0**31 - 1, 3e9, 2.0**32, 2.0**32 + 5, 2.0**53, 2.0**62, 2.0**63, -2.0**63, 1.2e19, 2.0**64, 1e20, -1e20, 1e38, 3.4028235e38, 3.5e38, 1e300,
            1.1754944e-38, 1e-40, 1.4e-45, 1e-46, 1e-300, 5e-324, 0.1, 1 / 3, 16777217.0, np.nan, np.inf, -np.inf]
    if d.kind == "f":
        return real
    return [complex(x, y) for x, y in zip(real, real[5:] + real[:5])] + [complex(0, 1), complex(0, -0.0), complex(np.nan, 0), complex(0, np.nan)]


def casts():
    cases = []
    for a in DTYPES:
        # One at a time, so that no vector unit with other habits is used.
        source = [np.array(x).astype(a) for x in edges(a)]
        for b in DTYPES:
            cases.append({"from": a, "to": b, "in": b"".join(x.tobytes() for x in source).hex(), "out": b"".join(x.astype(b).tobytes() for x in source).hex()})
    return cases


# ---- printing -----------------------------------------------------------
def printing():
    nan, inf = np.nan, np.inf
    r = np.random.default_rng(1)
    arrays = [np.array(x) for x in (
        1.5, 1e16, 1e15, 1e-5, nan, -inf, -0.0, 7, True, 1 + 2j, 2j, complex(-0.0, 2), complex(nan, -inf), 1.5 - 0.25j, 1e20 + 1e-7j,
        [], [[], []], [1, 2, 3], [-100, 5, 30], [True, False], [1.0, 2.5, -3.25], [1e-5, 1.0], [1e8, 1.0], [1e10], [1, 1000.0], [1, 1001.0], [1e-300, 1e300],
        [nan, 1.0], [nan, inf], [-inf, 1.0], [nan, nan], [inf], [-inf], [1e100, nan, -inf], [-1e100, -inf], [0.0, -0.0], [1 / 3, 2 / 3, 100.0], [123456789.123], [0.00012345678912], [12345678.9],
        [1 + 2j, -1.5 - 0.25j], [complex(nan, 1), complex(1, inf)], [1e10 + 1j], [complex(1, nan), complex(-inf, -2.5)], [0j], [1e-7 + 1e7j, 1],
        [[1.0, 2.0], [3.0, 4.5]], [[[1, 2], [3, 4]], [[5, 6], [7, 8]]], [0.1 + 0.2, 0.3], [5e-324], [99999999.9], [99999999.4], [0.123456785, 0.5], [2.5e-9, 1], [5e-324, 1.25], [5e-324 + 1.5j, 2.25]
    )]
    arrays += [np.arange(30), np.arange(1000), np.arange(1001), np.arange(2000.0), np.arange(40) / 7, np.zeros((2, 3, 4)), np.zeros((40, 50)), np.ones((11, 11, 11), dtype="i4"),
               np.arange(1200).reshape(2, 600), np.arange(1200).reshape(600, 2) * 1.25, np.arange(1500).reshape(5, 300), np.arange(-8, 8, dtype="i1").reshape(4, 4), np.eye(3) > 0, np.zeros((0, 3)), np.zeros((1, 1, 1)),
               np.arange(1100) % 2 == 0, np.arange(1024.0).reshape(4, 4, 4, 4, 4), np.arange(1331.0).reshape(11, 11, 11).T, np.arange(1200.0).reshape(30, 40)[::-1, ::2], np.array([2**64 - 1, 0], dtype="u8"),
               np.full(20, -2**63), np.array(["a"]).view("u4")]
    arrays += [np.float32(x) for x in ([0.1, 1 / 3, 16777216.0], [1e-5, 1], [3.4e38, 1], [1.4e-45, 1e-3], [0.1 + 0.2], [1000.1, 1.0], [1, 1000], [999.99994, 0.99999994])]
    arrays += [np.array(np.float32(0.1)), np.array(np.float32(1e16)), np.array(np.float32(16777216)), np.array(np.complex64(0.1 + 0.3j)), np.complex64([0.1 + 0.3j, 1e-3 - 7j]), np.array(np.int8(-7))]
    for scale in (1, 1e-6, 1e6, 1e12, 1e-200):
        for n in (1, 2, 5, 17):
            arrays.append(r.normal(size=n) * scale)
            arrays.append((r.normal(size=n) * min(scale, 1e12)).astype("f4"))
            arrays.append(np.round(r.normal(size=n) * scale, 3))
            arrays.append((r.normal(size=n) + 1j * r.normal(size=n) * scale))
            arrays.append(10 ** (r.normal(size=n) * 5))
    return [{"dtype": str(a.dtype), "shape": list(a.shape), "data": base64.b64encode(zlib.compress(a.tobytes(), 9)).decode(), "text": str(a)} for a in arrays]


cases = {"numpy": np.__version__, "dtypes": DTYPES, "indexing": indexing(), "views": views(), "reshape": reshape(), "broadcasting": broadcasting(),
         "promotion": promotion(), "casting": casting(), "casts": casts(), "printing": printing()}
with open("conformance.json", "w") as f:
    f.write("{\n" + ",\n".join(
        f'"{k}": ' + ("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in v) + "\n]" if isinstance(v, list) else json.dumps(v, separators=(",", ":")))
        for k, v in cases.items()) + "\n}\n")
