"""Writes conformance.json: operations on arrays with NumPy's answers.

Run it in this folder with any Python that has NumPy 2; it imports nothing else:

    python3 conformance.py

"numpy" in the file is the version that gave the answers. What this package leaves out or does otherwise on purpose, because it has no
float of 16 bits or because an answer of NumPy is an error that depends on data, is not asked.
"""
import base64
import itertools
import json
import warnings
import zlib

import numpy as np

warnings.simplefilter("ignore")
np.seterr(all="ignore")

INTS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
FLOATS = ["float32", "float64"]
COMPLEX = ["complex64", "complex128"]
DTYPES = ["bool"] + INTS + FLOATS + COMPLEX
cases = []


def packed(a):
    a = np.asarray(a)
    little = np.ascontiguousarray(a).astype(a.dtype.newbyteorder("<"))
    return {"dtype": a.dtype.name, "shape": list(a.shape), "data": base64.b64encode(zlib.compress(little.tobytes(), 9)).decode()}


def edge(dtype):
    """Values where operations go wrong first."""
    d = np.dtype(dtype)
    if d.kind == "b":
        return np.array([False, True])
    if d.kind in "iu":
        i = np.iinfo(d)
        values = {i.min, i.min + 1, i.max, i.max - 1, 0, 1, 2, 3, 7, 100}
        return np.array(sorted(values | ({-1, -2, -7} if d.kind == "i" else set())), d)
    if d.kind == "f":
        f = np.finfo(d)
        return np.array([0.0, -0.0, 1, -1, 0.5, 1.5, 2.5, -2.5, 3.7, -100.25, f.max, f.tiny, f.smallest_subnormal, np.inf, -np.inf, np.nan], d)
    return np.array([0, 1, -1, 1j, -2.5j, 3 + 4j, -0.5 + 0.25j, 1e3 - 2e-3j], d)


def plain(dtype, shape, seed=0):
    """Ordinary values of either sign."""
    rng = np.random.default_rng(seed + len(shape) + sum(shape))
    d = np.dtype(dtype)
    if d.kind == "b":
        return rng.random(shape) < 0.5
    a = rng.integers(-20 if d.kind != "u" else 0, 20, shape).astype(d)
    if d.kind in "fc":
        a = a / d.type(8)
    if d.kind == "c":
        a = a + d.type(1j) * rng.integers(-9, 9, shape).astype(d)
    return a


def ask(op, inputs, answer, params=None, exact=True):
    try:
        want = np.asarray(answer(*inputs))
    except (TypeError, ValueError, OverflowError, IndexError, np.exceptions.AxisError):
        want = None
    if want is not None and want.dtype.name not in DTYPES:
        return
    cases.append({"op": op, "inputs": [packed(a) for a in inputs], "params": params or {}, "exact": exact,
                  "want": None if want is None else packed(want)})


# ---- elementwise -----------------------------------------------------------
BINARY = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide, "FloorDiv": np.floor_divide, "Mod": np.mod,
    "Minimum": np.minimum, "Maximum": np.maximum, "Fmin": np.fmin, "Fmax": np.fmax, "Equal": np.equal, "NotEqual": np.not_equal,
    "Less": np.less, "LessEqual": np.less_equal, "Greater": np.greater, "GreaterEqual": np.greater_equal,
    "BitAnd": np.bitwise_and, "BitOr": np.bitwise_or, "BitXor": np.bitwise_xor, "And": np.logical_and, "Or": np.logical_or,
    "Xor": np.logical_xor, "Copysign": np.copysign,
}
ORDER = ["Minimum", "Maximum", "Fmin", "Fmax", "Less", "LessEqual", "Greater", "GreaterEqual"]
for name, f in BINARY.items():
    for d in DTYPES:
        if d in COMPLEX and name in ORDER:
            continue
        if name == "Copysign" and np.dtype(d).kind not in "f":
            continue
        x = edge(d)
        ask(name, [x[:, None], x[None, :]], f, exact=not (d in COMPLEX and name in ("Div", "Mul")))
for a, b in itertools.product(DTYPES, DTYPES):
    if a != b:
        ask("Add", [plain(a, (5,)), plain(b, (3, 5))], np.add)
        ask("Mul", [plain(a, (4, 1)), plain(b, (3,))], np.multiply)
for name, f in {"Atan2": np.arctan2, "Hypot": np.hypot, "Pow": np.power}.items():
    for d in FLOATS + ["int32"]:
        x = edge(d) if d in FLOATS else plain(d, (9,))
        y = np.abs(plain(d, (7,), 3)) if name == "Pow" else x
        ask(name, [x[:, None], y[None, :]], f, exact=False)
for d in INTS:
    ask("Pow", [edge(d)[:, None], np.arange(9).astype(d)], np.power)
    ask("Shl", [edge(d)[:, None], np.arange(np.dtype(d).itemsize * 8 + 3).astype(d)], np.left_shift)
    ask("Shr", [edge(d)[:, None], np.arange(np.dtype(d).itemsize * 8 + 3).astype(d)], np.right_shift)
UNARY = {
    "Neg": np.negative, "Abs": np.abs, "Square": np.square, "Floor": np.floor, "Ceil": np.ceil, "Trunc": np.trunc,
    "IsNaN": np.isnan, "IsInf": np.isinf, "IsFinite": np.isfinite, "Not": np.invert, "Real": np.real, "Imag": np.imag, "Conj": np.conj,
}
for name, f in UNARY.items():
    for d in DTYPES:
        if name in ("Floor", "Ceil", "Trunc") and d not in FLOATS + INTS or name == "Conj" and d == "bool":
            continue
        if name == "Abs" and d in COMPLEX or name == "Square" and d in COMPLEX:
            ask(name, [edge(d)], f, exact=False)
            continue
        ask(name, [edge(d)], f)
for d in ["bool"] + INTS + FLOATS:
    if d != "bool":
        ask("Sign", [edge(d)], np.sign)
for d in FLOATS:
    ask("Rint", [np.concatenate([edge(d), np.arange(-4, 4, 0.5).astype(d)])], np.rint)
    ask("Reciprocal", [edge(d)], np.reciprocal)
MATH = {
    "Sqrt": np.sqrt, "Cbrt": np.cbrt, "Exp": np.exp, "Exp2": np.exp2, "Expm1": np.expm1, "Log": np.log, "Log2": np.log2, "Log10": np.log10,
    "Log1p": np.log1p, "Sin": np.sin, "Cos": np.cos, "Tan": np.tan, "Asin": np.arcsin, "Acos": np.arccos, "Atan": np.arctan,
    "Sinh": np.sinh, "Cosh": np.cosh, "Tanh": np.tanh, "Asinh": np.arcsinh, "Acosh": np.arccosh, "Atanh": np.arctanh,
}
for name, f in MATH.items():
    for d in FLOATS + ["int16", "int64", "uint32"]:
        x = edge(d) if np.dtype(d).kind == "f" else plain(d, (9,))
        ask(name, [x], f, exact=name == "Sqrt")
for name in ["Sqrt", "Exp", "Log", "Sin", "Cos", "Tanh"]:
    for d in COMPLEX:
        ask(name, [plain(d, (9,), 1)], MATH[name], exact=False)
for a, b in itertools.product(DTYPES, DTYPES):
    x = plain(a, (8,), 2)
    if a in COMPLEX and b not in COMPLEX + ["bool"] or a in FLOATS and b.startswith("u"):
        continue
    ask("Cast", [x], lambda x: x.astype(b), {"to": b})
for d in DTYPES:
    x, y = plain(d, (4, 5)), plain(d, (5,), 9)
    ask("Where", [plain("bool", (4, 1)), x, y], np.where)
    ask("Clip", [x, plain(d, (5,), 4), plain(d, (4, 1), 5)], lambda x, lo, hi: np.minimum(np.maximum(x, lo), hi)) if d not in COMPLEX else None
# weak numbers
for d in DTYPES:
    for v in [2, -1, 300, 2.5]:
        ask("AddNumber", [plain(d, (4,))], lambda x: x + v, {"number": v, "float": isinstance(v, float)})
        ask("DivNumber", [plain(d, (4,))], lambda x: x / v, {"number": v, "float": isinstance(v, float)})

# ---- reductions -------------------------------------------------------------
FOLDS = {
    "Sum": np.sum, "Prod": np.prod, "Min": np.min, "Max": np.max, "Any": np.any, "All": np.all, "Mean": np.mean, "Var": np.var, "Std": np.std,
    "ArgMin": np.argmin, "ArgMax": np.argmax, "CountNonzero": np.count_nonzero, "PTP": np.ptp,
}
for name, f in FOLDS.items():
    for d in DTYPES:
        if d in COMPLEX and name in ("Min", "Max", "ArgMin", "ArgMax", "PTP") or name == "PTP" and d == "bool":
            continue
        for shape, axes in [((7,), [None, 0]), ((4, 5), [None, 0, -1]), ((2, 3, 4), [None, 1, (0, 2)]), ((1, 5), [0]), ((), [None])]:
            for axis in axes:
                if isinstance(axis, tuple) and name.startswith("Arg"):
                    continue
                for keep in (False, True):
                    if keep and (axis is None or len(shape) != 2):
                        continue
                    ask(name, [plain(d, shape)], lambda x: f(x, axis=axis, keepdims=keep), {"axis": axis, "keep": keep},
                        exact=d not in FLOATS + COMPLEX and name not in ("Mean", "Var", "Std"))
    for d in FLOATS:
        if name not in ("Prod", "Var", "Std"):
            ask(name, [edge(d)], f, {"axis": None, "keep": False}, exact=name not in ("Sum", "Mean"))
            x = np.stack([edge(d)[:13], edge(d)[::-1][3:]])
            ask(name, [x], lambda x: f(x, axis=0), {"axis": 0, "keep": False}, exact=name not in ("Sum", "Mean"))
for name in ["Sum", "Prod", "Mean", "Any", "All", "Min", "Max", "ArgMin"]:
    for shape, axis in [((0,), None), ((3, 0), 0), ((3, 0), 1), ((0, 2), 0)]:
        ask(name, [np.zeros(shape)], lambda x: FOLDS[name](x, axis=axis), {"axis": axis, "keep": False})
NAN = {"Sum": np.nansum, "Prod": np.nanprod, "Min": np.nanmin, "Max": np.nanmax, "Mean": np.nanmean, "Var": np.nanvar, "Std": np.nanstd,
       "ArgMin": np.nanargmin, "ArgMax": np.nanargmax}
for name, f in NAN.items():
    for d in FLOATS:
        x = plain(d, (4, 6))
        x[1, 2] = x[3, 2] = x[0, 0] = np.nan
        for axis in (None, 0, 1):
            ask(name, [x], lambda x: f(x, axis=axis), {"axis": axis, "keep": False, "skip": True}, exact=name in ("Min", "Max", "ArgMin", "ArgMax"))
for ddof in (1, 2):
    ask("Var", [plain("float64", (4, 5))], lambda x: np.var(x, axis=1, ddof=ddof), {"axis": 1, "keep": False, "ddof": ddof}, exact=False)

# ---- elements elsewhere ------------------------------------------------------
whole = np.arange(7 * 6 * 5).reshape(7, 6, 5)
S = slice
for items in [[S(1, None)], [S(None, None, -1)], [S(5, 1, -2), S(None), S(1, 4)], [3], [-1, S(None, None, 2)], [Ellipsis, 0], [None, S(2, 5)],
              [S(None), None, 2, S(None, None, -3)], [S(4, 4)], [S(0, 100), S(-3, None)], [7], [S(None)] * 4]:
    text = [["at", i] if isinstance(i, int) else ["new"] if i is None else ["ellipsis"] if i is Ellipsis else ["range", i.start, i.stop, i.step] for i in items]
    ask("Slice", [whole], lambda x: x[tuple(items)].copy(), {"items": text})
    ask("SliceSum", [whole], lambda x: (x[tuple(items)] * 2 + 1).sum(), {"items": text})
for axes in itertools.permutations(range(3)):
    ask("Transpose", [whole], lambda x: x.transpose(axes), {"axes": axes})
for axis in [None, 0, (0, 2), 3]:
    ask("Flip", [whole], lambda x: np.flip(x, axis), {"axis": axis})
for k, i, j in [(0, 0, 1), (2, 1, 2), (-3, 0, 2), (9, 0, 1)]:
    ask("Diagonal", [whole], lambda x: x.diagonal(k, i, j), {"args": [k, i, j]})
for shape in [(210,), (6, 35), (35, 6), (5, 6, 7), (2, 3, 5, 7), (1, 210, 1), (-1, 10), (7, 6, 5), (4, 4)]:
    ask("Reshape", [whole], lambda x: x.reshape(shape), {"shape": shape})
    ask("ReshapeSum", [whole], lambda x: (x.T.reshape(shape) * 3).sum(axis=0), {"shape": shape})
for shape in [(4, 3), (2, 4, 3), (4, 2)]:
    ask("BroadcastTo", [plain("int32", (4, 1))], lambda x: np.broadcast_to(x, shape), {"shape": shape})
for axis in (0, 1, 2, -1, 5):
    parts = [whole[:3], whole[3:], whole[:3].astype("f8")]
    ask("Concatenate", parts, lambda *x: np.concatenate(x, axis), {"axis": axis})
    ask("Stack", [whole, whole * 2], lambda *x: np.stack(x, axis), {"axis": axis})
for d in ["bool", "int8", "uint16", "float32", "float64", "complex128"]:
    for axis in (0, 1, 2):
        x = plain(d, (4, 5, 3))
        ask("CumSum", [x], lambda x: np.cumsum(x, axis), {"axis": axis}, exact=d not in ("float32", "complex128"))
        if d != "float32":
            ask("CumProd", [np.sign(x) if d != "complex128" and d != "bool" else x], lambda x: np.cumprod(x, axis), {"axis": axis}, exact=False)
        ask("Diff", [x], lambda x: np.diff(x, axis=axis), {"axis": axis})
for axis, positions in [(0, [6, 0, 0, 3, 4, 5, -1]), (1, []), (2, [4, 3, 2, 1, 0]), (0, [7])]:
    ask("Take", [whole], lambda x: np.take(x, np.array(positions, int), axis), {"axis": axis, "positions": positions})
for k in (-2, 0, 1, 9):
    ask("Tril", [whole], lambda x: np.tril(x, k), {"k": k})
    ask("Triu", [whole], lambda x: np.triu(x, k), {"k": k})

# ---- from nothing --------------------------------------------------------------
for start, stop, step in [(0, 7, 1), (3, -8, -2), (0, 1, 0.1), (1.5, 4, 0.5), (5, 5, 1), (5, 0, 1)]:
    ask("Arange", [], lambda: np.arange(start, stop, step), {"args": [start, stop, step]}, exact=isinstance(step, int))
for start, stop, n in [(0, 1, 11), (-3, 7, 4), (2, 2, 3), (1, 5, 1), (1, 5, 0)]:
    ask("Linspace", [], lambda: np.linspace(start, stop, n), {"args": [start, stop, n]}, exact=False)
for n, m, k in [(3, 3, 0), (4, 2, -1), (2, 5, 3), (0, 3, 0)]:
    ask("Eye", [], lambda: np.eye(n, m, k), {"args": [n, m, k]})
for key in (0, 1, 2**40):
    ask("Random", [], lambda: np.random.Generator(np.random.Philox(key=key)).random((5, 7)), {"key": key})

# ---- products ------------------------------------------------------------------
MATRICES = [((3, 4), (4, 5)), ((4,), (4,)), ((4,), (4, 3)), ((3, 4), (4,)), ((2, 3, 4), (4, 2)), ((2, 1, 3, 4), (5, 4, 2)), ((3, 0), (0, 2)), ((3, 4), (3, 4)),
            ((), (3,)), ((2, 3, 4), (3, 4, 2))]
for x, y in MATRICES:
    ask("MatMul", [plain("float64", x), plain("float64", y, 1)], np.matmul)
    ask("Dot", [plain("float64", x), plain("float64", y, 1)], np.dot)
for d in DTYPES:
    ask("MatMul", [plain(d, (5, 7)), plain(d, (7, 3), 1)], np.matmul)
ask("MatMul", [plain("int8", (5, 7)) * 9, plain("float32", (7, 3), 1)], np.matmul)
ask("MatMul", [plain("int64", (3, 40)), plain("int64", (40, 2))], np.matmul)
ask("MatMul", [plain("bool", (3, 40)), plain("bool", (40, 2))], np.matmul)
for text, shapes in [("ij,jk->ik", [(3, 4), (4, 5)]), ("ii->i", [(4, 4)]), ("ii", [(4, 4)]), ("ij->ji", [(3, 4)]), ("ij->", [(3, 4)]), ("ij,ij->i", [(3, 4), (3, 4)]),
                     ("i,j->ij", [(3,), (4,)]), ("bij,bjk->bik", [(2, 3, 4), (2, 4, 3)]), ("ij,jk,kl->il", [(3, 4), (4, 2), (2, 5)]), ("ij,kj", [(3, 4), (2, 4)]),
                     ("iij,j->i", [(3, 3, 2), (2,)]), ("ab,cd->bd", [(2, 3), (4, 5)]), ("ij,jk->ik", [(3, 4), (3, 4)]), ("ij->ik", [(3, 4)]), ("i", [(3, 4)])]:
    ask("Einsum", [plain("float64", s, i) for i, s in enumerate(shapes)], lambda *x: np.einsum(text, *x), {"text": text})
for axes in [([1], [0]), ([0, 1], [1, 0]), ([], []), ([0], [5])]:
    ask("TensorDot", [plain("int32", (3, 4)), plain("int32", (4, 3))], lambda a, b: np.tensordot(a, b, axes), {"axes": axes[0], "positions": axes[1]})
for d in ["int16", "float32", "complex128"]:
    ask("VDot", [plain(d, (3, 4)), plain(d, (4, 3), 1)], np.vdot)
    ask("Outer", [plain(d, (3, 2)), plain(d, (4,), 1)], np.outer)
    ask("Trace", [plain(d, (4, 5, 2))], np.trace, exact=d != "float32")

# ---- by rank ---------------------------------------------------------------------
def some(d):
    """The same few values again and again, some of them special."""
    x = plain(d, (7, 5))
    x[3] = x[1]
    if np.dtype(d).kind == "f":
        x[2, 2] = x[6, 2] = np.nan
        x[0, 0], x[4, 1] = np.inf, -np.inf
    return x
for d in ["bool"] + INTS + FLOATS:
    for axis in (0, 1, 2):
        ask("Sort", [some(d)], lambda x: np.sort(x, axis), {"axis": axis})
        ask("ArgSort", [some(d)], lambda x: np.argsort(x, axis, kind="stable"), {"axis": axis})
    for k in (3, -2, 9):
        ask("TopK", [some(d)], lambda x: np.sort(x, 0)[:abs(k)] if k < 0 else np.sort(x, 0)[::-1][:k], {"axis": 0, "k": k})
    whole_line = np.argsort(some(d).ravel(), kind="stable")
    ask("ArgTopK", [some(d).ravel()], lambda x: whole_line[:6], {"axis": 0, "k": -6})
for d in INTS + FLOATS:
    y = plain(d, (5, 6))
    for axis in (None, 0, 1, (0, 1), 3):
        ask("Median", [y], lambda x: np.median(x, axis), {"axis": axis}, exact=False)
    for q in (0.0, 0.25, 0.9, 1.0):
        ask("Quantile", [y], lambda x: np.quantile(x, q, axis=0), {"axis": 0, "number": q}, exact=False)
    ask("Quantiles", [y], lambda x: np.quantile(x, [0.1, 0.5, 0.75], axis=1, keepdims=True).astype(d if d == "float32" else "f8"), {"axis": 1, "keep": True, "args": [0.1, 0.5, 0.75]}, exact=False)
for d in FLOATS:
    ask("Median", [some(d)], lambda x: np.median(x, 0), {"axis": 0}, exact=False)
    ask("Median", [some(d)[2:4]], lambda x: np.nanmedian(x, 0), {"axis": 0, "skip": True}, exact=False)
    ask("Percentile", [plain(d, (9, 4))], lambda x: np.nanpercentile(x, 30, axis=0), {"axis": 0, "skip": True, "number": 30}, exact=False)

# ---- by value -----------------------------------------------------------------------
table = np.array([-3.0, -1, 0, 0, 2, 7])
for d in ["bool", "int8", "uint16", "int64", "float32", "float64"]:
    x = plain(d, (4, 6))
    for right in (False, True):
        ask("SearchSorted", [table, x], lambda t, v: np.searchsorted(t, v, "right" if right else "left"), {"keep": right})
    ask("Digitize", [x], lambda x: np.digitize(x, table), {"args": list(table)})
    ask("IsIn", [x, table], np.isin)
    ask("Histogram", [x], lambda x: np.histogram(x, table + np.arange(6))[0], {"args": list(table + np.arange(6))})
    ask("Histogram", [x, plain("float64", (4, 6), 3)], lambda x, w: np.histogram(x, [-4, 0, 2], weights=w)[0], {"args": [-4, 0, 2]}, exact=False)
    ask("Unique", [x], np.unique)
    ask("Select", [x, x > 0], lambda x, m: x[m])
    ask("Select", [plain(d, (4, 3, 5)), plain("bool", (4,), 2)], lambda x, m: x[m])
    ask("Select", [plain(d, (4, 3, 5)), plain("bool", (4, 3), 2)], lambda x, m: x[m])
    ask("FlatNonzero", [x], np.flatnonzero)
    ask("ArgWhere", [x], np.argwhere)
    ask("Nonzero", [x], lambda x: np.nonzero(x)[1], {"axis": 1})
ask("Unique", [some("float64")], np.unique)
ask("Unique", [np.zeros((0, 3))], np.unique)
ask("Select", [whole, np.zeros((7, 6, 5), bool)], lambda x, m: x[m])
ask("Select", [whole, np.zeros((6,), bool)], lambda x, m: x[m])
ask("IsIn", [some("float64"), some("float64")[2]], np.isin)
for d in ["bool"] + INTS:
    x = np.abs(plain(d, (30,)))
    ask("BinCount", [x], lambda x: np.bincount(x.astype("i8"), minlength=25), {"k": 25})
ask("BinCount", [np.arange(6) % 4, plain("float32", (6,))], lambda x, w: np.bincount(x, w, minlength=5), {"k": 5}, exact=False)

# ---- elements put elsewhere -----------------------------------------------------------
def put(x, items, v):
    x = x.copy()
    x[items] = v
    return x
for items, v in [([S(1, 4)], -1), ([2], 7), ([S(None, None, 2), S(4, 0, -3)], np.arange(5)), ([-1, S(None), 0], np.arange(6)), ([S(None, None, -3)], 5), ([S(3, 3)], 1),
                 ([Ellipsis, S(1, 3)], [[1], [2], [3], [4], [5], [6]]), ([None, S(2, 5)], 2.9), ([9], 1), ([S(0, 2)], np.zeros((4, 4)))]:
    text = [["at", i] if isinstance(i, int) else ["new"] if i is None else ["ellipsis"] if i is Ellipsis else ["range", i.start, i.stop, i.step] for i in items]
    ask("SetSlice", [whole, np.array(v)], lambda x, v: put(x, tuple(items), v), {"items": text})
ask("SetMask", [whole, whole % 3 == 0, np.array(-1.5)], lambda x, m, v: put(x, m, v))
ask("SetMask", [whole, (whole % 3 == 0)[0], np.array(-1.5)], lambda x, m, v: np.where(m, -1, x))
for points in [[[0, 6, -1, 3], [5, 0, 0, 2], [4, 4, -5, 1]], [[7], [0], [0]]]:
    ask("VIndex", [whole], lambda x: x[tuple(np.array(p) for p in points)], {"points": points})
for n, axis in [(1, 0), (-3, 1), (11, 2), (0, 0), (2, 7)]:
    ask("Roll", [whole], lambda x: np.roll(x, n, axis), {"axis": axis, "k": n})
    ask("Repeat", [whole], lambda x: np.repeat(x, abs(n), axis), {"axis": axis, "k": abs(n)})
    ask("Rot90", [whole], lambda x: np.rot90(x, n, (axis, 0 if axis == 2 else axis + 1)), {"axis": axis, "k": n, "args": [0 if axis == 2 else axis + 1]})
for times in [(2,), (2, 1, 3), (2, 1, 1, 2), (0, 1, 1)]:
    ask("Tile", [whole[:3, :2]], lambda x: np.tile(x, times), {"axes": times})
for mode in ["constant", "edge", "wrap", "symmetric", "reflect"]:
    ask("Pad", [plain("int32", (4, 5))], lambda x: np.pad(x, [(2, 1), (0, 9)], mode), {"text": mode, "args": [2, 1, 0, 9]})
    ask("Pad", [plain("int32", (1, 5))], lambda x: np.pad(x, [(2, 1), (0, 2)], mode), {"text": mode, "args": [2, 1, 0, 2]})
for k in (0, 1, -2):
    ask("Diag", [plain("float64", (4,))], lambda x: np.diag(x, k), {"k": k})
    ask("Diag", [plain("float64", (4, 5))], lambda x: np.diag(x, k), {"k": k})
    ask("Tri", [], lambda: np.tri(4, 5, k), {"args": [4, 5, k]})
for i in (0, 1, 2):
    ask("Meshgrid", [np.arange(3), np.arange(4.0), np.arange(2)], lambda *x: np.meshgrid(*x)[i].copy(), {"k": i})
    ask("UnravelIndex", [np.arange(24)], lambda x: np.unravel_index(x, (2, 3, 4))[i], {"shape": (2, 3, 4), "k": i})
ask("Delete", [whole], lambda x: np.delete(x, [0, -1, 3], 1), {"axis": 1, "positions": [0, -1, 3]})
ask("Delete", [whole], lambda x: np.delete(x, [9], 1), {"axis": 1, "positions": [9]})
ask("Insert", [whole, whole[:, :2]], lambda x, v: np.concatenate([x[:, :3], v, x[:, 3:]], 1), {"axis": 1, "k": 3})
ask("HStack", [whole[:, :2], whole], lambda *x: np.hstack(x))
ask("VStack", [np.arange(3), np.arange(3.0)], lambda *x: np.vstack(x))

# ---- numbers of arrays -----------------------------------------------------------------
for d in ["int32", "float32", "float64"]:
    x, w = plain(d, (4, 6)), np.abs(plain("float64", (4, 6), 4)) + 1
    ask("Average", [x, w], lambda x, w: np.average(x, 0, w), {"axis": 0}, exact=False)
    ask("Average", [x, w[0]], lambda x, w: np.average(x, 1, w), {"axis": 1}, exact=False)
    ask("Cov", [x], np.cov, exact=False)
    ask("CorrCoef", [x], np.corrcoef, exact=False)
    ask("Gradient", [x], lambda x: np.gradient(x, 0.5, axis=1), {"axis": 1, "number": 0.5}, exact=False)
    ask("Round", [x], lambda x: np.round(x, 2), {"k": 2}, exact=False)
    ask("Deg2Rad", [x], np.deg2rad, exact=False)
    ask("Rad2Deg", [x], np.rad2deg, exact=False)
for d in FLOATS:
    ask("NaNToNum", [edge(d)], np.nan_to_num)
    ask("SignBit", [edge(d)], np.signbit)
    ask("Sinc", [plain(d, (9,))], np.sinc, exact=False)
    ask("LogAddExp", [edge(d)[:, None], edge(d)], np.logaddexp, exact=False)
    ask("Heaviside", [edge(d), np.array(0.5, d)], np.heaviside)
    ask("IsClose", [edge(d)[:, None], edge(d)], lambda a, b: np.isclose(a, b, 1e-5, 1e-8), {"args": [1e-5, 1e-8]})
    x = plain(d, (4, 5))
    x[1, 1] = x[2, 3] = np.nan
    ask("NaNCumSum", [x], lambda x: np.nancumsum(x, 1), {"axis": 1}, exact=False)
    ask("NaNCumProd", [x], lambda x: np.nancumprod(x, 0), {"axis": 0}, exact=False)

# ---- floats taken apart -------------------------------------------------------------------
for d in FLOATS + ["int32", "uint16", "bool"]:
    x = edge(d) if d in FLOATS else plain(d, (9,))
    finite = x[np.isfinite(x)] if d in FLOATS else x
    ask("Modf", [x], lambda x: np.modf(x)[0], {"k": 0})
    ask("Modf", [x], lambda x: np.modf(x)[1], {"k": 1})
    ask("Frexp", [x], lambda x: np.frexp(x)[0], {"k": 0})
    ask("Frexp", [finite], lambda x: np.frexp(x)[1], {"k": 1})
    ask("Ldexp", [x[:, None], np.array([0, 1, -1, 30, -140, -1070, 2000])], np.ldexp)
    ask("NextAfter", [x[:, None], x], np.nextafter)
    ask("LogicalNot", [x], np.logical_not)
    ask("FloatPower", [np.abs(plain(d, (5,))), plain("float32", (3, 1), 2)], np.float_power, exact=False)
    if d in FLOATS:
        ask("Spacing", [x], np.spacing)
        ask("IsPosInf", [x], np.isposinf)
        ask("IsNegInf", [x], np.isneginf)
for d in COMPLEX + FLOATS + ["int8"]:
    ask("LogicalNot", [edge(d)], np.logical_not)
    ask("IsReal", [edge(d)], np.isreal)
    ask("IsComplex", [edge(d)], np.iscomplex)
ask("FloatPower", [plain("complex64", (5,)), plain("int8", (3, 1), 2)], np.float_power, exact=False)
ask("Ldexp", [plain("float32", (3,)), plain("float32", (3,))], np.ldexp)
for d in INTS + FLOATS:
    ask("Fmod", [edge(d)[:, None], edge(d)], np.fmod)
    ask("DivMod", [edge(d)[:, None], edge(d)], lambda x, y: np.divmod(x, y)[0], {"k": 0})
    ask("DivMod", [edge(d)[:, None], edge(d)], lambda x, y: np.divmod(x, y)[1], {"k": 1})

# ---- elements chosen -------------------------------------------------------------------------
three = [plain("int16", (4, 5), i) for i in range(3)]
which = np.array([[0, 1, 2, -1, 7], [2, 2, 0, 1, 0], [1, 1, 1, 1, 1], [0, 0, 0, 2, 9]])
ask("Choose", [which] + three, lambda w, *c: np.choose(w, c, mode="clip"))
ask("Choose", [which, three[0], np.array(2.5)], lambda w, *c: np.choose(w, c, mode="clip"))
ask("Choose", [which, three[0]], lambda w, *c: np.choose(w, c, mode="clip"))
ask("SelectCases", [three[0] > 3, three[1] > 3, three[0], three[2].astype("f4"), np.array(-1)], lambda p, q, x, y, z: np.select([p, q], [x, y], z))
ask("SelectCases", [three[0] > 99, three[1] > 3, three[0], three[2], np.array(7)], lambda p, q, x, y, z: np.select([p, q], [x, y], z.astype("i2")).astype("i8"))
for d in DTYPES:
    ask("Lookup", [plain(d, (9,)), np.array([[0, 8, -1], [3, 3, -9]])], np.take)
ask("Lookup", [plain("float32", (9,)), np.array([2, 0], "uint8")], np.take)
ask("Lookup", [plain("float32", (9, 2)), np.array([2.5])], lambda x, i: x[i])
for condition in [[True, False, True], [], [False] * 7, [True] * 9]:
    ask("Compress", [whole], lambda x: np.compress(np.array(condition, bool), x, 0), {"axis": 0, "positions": [int(c) for c in condition]})
ask("Extract", [whole, whole % 4 == 1], lambda x, m: np.extract(m, x))
ask("Extract", [whole, (whole % 4 == 1).ravel()], lambda x, m: np.extract(m, x))
def put_along(x, v, positions, axis):
    x = x.copy()
    x[(S(None),) * axis + (positions,)] = v
    return x
for positions, axis, v in [([5, 0, -3], 0, np.array(-1)), ([2, 2], 1, np.array([[[7], [8]]])), ([4, 1], 2, np.array([9, 10])), ([], 1, np.array(3)), ([7], 0, np.array(3)),
                           ([0, 1], 0, np.zeros((3, 6, 5)))]:
    ask("SetTake", [whole, v], lambda x, v: put_along(x, v, positions, axis), {"axis": axis, "positions": positions})
def put_points(x, v, points):
    x = x.copy()
    x[tuple(np.array(p) for p in points)] = v
    return x
for points, v in [([[0, 6, -1, 0], [5, 0, 0, 5], [4, 4, -5, 4]], np.array([1, 2, 3, 4])), ([[7], [0], [0]], np.array(1)), ([[1, 2], [0, 0], [3, 3]], np.array(-7))]:
    ask("SetVIndex", [whole, v], lambda x, v: put_points(x, v, points), {"points": points})

# ---- arrays put together ----------------------------------------------------------------------
a, b, c, e = plain("int8", (2, 3)), plain("float32", (2, 2)), plain("int8", (3, 3)), plain("int8", (3, 2), 1)
ask("Assemble", [a, b, c, e], lambda a, b, c, e: np.block([[a, b], [c, e]]))
ask("Assemble", [a, b, c, c], lambda a, b, c, e: np.block([[a, b], [c, e]]))
ask("Assemble", [a[0], b[0], c[0], e[0]], lambda a, b, c, e: np.block([[a, b], [c, e]]))
for n, f in [(1, np.atleast_1d), (2, np.atleast_2d), (3, np.atleast_3d)]:
    for shape in [(), (3,), (2, 3), (2, 3, 4)]:
        ask("AtLeast", [plain("float32", shape)], f, {"k": n})
for shapes in [[(3,), (3,)], [(2, 3), (2, 3)], [(2, 3, 4), (2, 3)], [(2, 3), (3, 2)]]:
    ask("DStack", [plain("int32", s, i) for i, s in enumerate(shapes)], lambda *x: np.dstack(x))
for k in (0, 1):
    ask("BroadcastArrays", [plain("int32", (3, 1)), plain("float64", (2, 1, 4))], lambda *x: np.broadcast_arrays(*x)[k].copy(), {"k": k})
ask("Append", [a, c], lambda x, y: np.append(x, y, 0), {"axis": 0})
ask("Append", [a, c], lambda x, y: np.append(x, y, 1), {"axis": 1})
for n, axis in [(1, 0), (3, 1), (5, 2), (8, 0), (0, 0)]:
    ask("SlidingWindow", [whole], lambda x: np.lib.stride_tricks.sliding_window_view(x, n, axis) if n else int("no"), {"k": n, "axis": axis})
for times, axis in [([2, 0, 1, 3, 0, 1], 1), ([1, 2], 0), ([0] * 5, 2)]:
    ask("RepeatEach", [whole], lambda x: np.repeat(x, times, axis), {"positions": times, "axis": axis})
for n, k, m in [(4, 0, 4), (3, -1, 5), (5, 2, 3)]:
    for i in (0, 1):
        ask("TrilIndices", [], lambda: np.tril_indices(n, k, m)[i], {"args": [n, k, m], "axis": i})
        ask("TriuIndices", [], lambda: np.triu_indices(n, k, m)[i], {"args": [n, k, m], "axis": i})

# ---- functions of whole arrays ------------------------------------------------------------------
for d in FLOATS + ["int32", "bool"]:
    x = edge(d) if d in FLOATS else plain(d, (9,))
    ask("I0", [x[np.isfinite(x) & (np.abs(x) < 1e30)]], np.i0, exact=False)
    ask("LogAddExp2", [x[:, None], x], np.logaddexp2, exact=False)
ask("I0", [np.concatenate([np.linspace(-60, 60, 97), np.array([24.999, 25, 25.001, 300, -700, np.nan])])], np.i0, exact=False)
for a, b in [("int8", "int32"), ("float32", "float32"), ("bool", "uint8")]:
    for x, y in [((3,), (4,)), ((2, 3), (4,)), ((), (2, 2)), ((0, 2), (3,))]:
        ask("OuterAdd", [plain(a, x), plain(b, y, 1)], np.add.outer)
        ask("OuterLess", [plain(a, x), plain(b, y, 1)], np.less.outer)
for axes, places in [([0], [2]), ([2, 0], [0, 1]), ([0, 1], [-1, -2]), ([], []), ([0, 0], [1, 2]), ([0], [3]), ([0, 1], [1])]:
    ask("MoveAxes", [whole], lambda x: np.moveaxis(x, axes, places), {"axes": axes, "positions": places})
for axis, start in itertools.product((0, 1, 2, -1, 3), (0, 1, 2, 3, -1, 4)):
    ask("RollAxis", [whole], lambda x: np.rollaxis(x, axis, start), {"axis": axis, "k": start})
for shape in [(4,), (2, 3), (2, 3, 4)]:
    ask("FlipLR", [plain("int8", shape)], np.fliplr)
    ask("FlipUD", [plain("int8", shape)], np.flipud)
for d in ["int16", "uint8", "float32", "float64"]:
    for widths in [[2, 3, 0, 4], [0, 0, 1, 0], [1, 1, 1, 1]]:
        x = plain(d, (4, 5))
        pads = [tuple(widths[:2]), tuple(widths[2:])]
        ask("PadRamp", [x], lambda x: np.pad(x, pads, "linear_ramp", end_values=3), {"args": widths, "number": 3}, exact=d not in FLOATS)
        for mode in ["maximum", "minimum", "mean", "median"]:
            ask("PadWith", [x], lambda x: np.pad(x, pads, mode), {"args": widths, "text": mode}, exact=d not in FLOATS)
for f, name in [(np.sum, "Sum"), (np.max, "Max"), (lambda x, axis: np.cumsum(x, axis), "CumSum")]:
    for axes in [[0], [0, 2], [-1, 1], []]:
        ask("ApplyOverAxes", [whole.astype("int32")], lambda x: np.apply_over_axes(f, x, axes), {"axes": axes, "text": name})
for axis in (0, 1, 2, -1, 3):
    ask("ApplyAlong", [whole.astype("f8")], lambda x: np.apply_along_axis(lambda v: np.array([v.min(), v.max()]), axis, x), {"axis": axis, "text": "bounds"})
    ask("ApplyAlong", [whole.astype("f8")], lambda x: np.apply_along_axis(lambda v: v.max(), axis, x), {"axis": axis, "text": "most"})
for d in ["float32", "float64", "int16"]:
    x = plain(d, (4, 5))
    ask("Piecewise", [x, x < 0, x > 1], lambda x, p, q: np.piecewise(x, [p, q], [lambda v: -v, 7]), {"text": ""})
    ask("Piecewise", [x, x < 1, x > 0], lambda x, p, q: np.piecewise(x, [p, q], [lambda v: -v, 7, lambda v: v + 1]), {"text": "otherwise"})
for d in FLOATS:
    x = plain(d, (4, 6))
    x[1, 2] = x[3, 2] = x[0, 0] = np.nan
    ask("PTP", [x], lambda x: np.nanmax(x, 0) - np.nanmin(x, 0), {"axis": 0, "keep": False, "skip": True})
    ask("CountNonzero", [x], lambda x: np.count_nonzero(x, 0), {"axis": 0, "keep": False})
    ask("Quantiles", [x], lambda x: np.nanquantile(x, [0.2, 0.8], axis=0).astype(d), {"axis": 0, "skip": True, "args": [0.2, 0.8]}, exact=False)
    ask("Average", [x, np.abs(plain("float64", (4, 6), 4)) + 1], lambda x, w: np.average(x, 1, w), {"axis": 1}, exact=False)
for name, f in {"Sum": np.sum, "Max": np.max, "ArgMin": np.argmin, "Std": np.std}.items():
    for fan in (1, 2, 3):
        ask(name, [plain("int16", (5, 6))], lambda x: f(x) if fan > 1 else int("no"), {"axis": None, "keep": False, "fan": fan}, exact=name != "Std")

with open("conformance.json", "w") as f:
    f.write('{"numpy": "%s", "cases": [\n' % np.__version__)
    f.write(",\n".join(json.dumps(c, separators=(",", ":")) for c in cases))
    f.write("\n]}\n")
