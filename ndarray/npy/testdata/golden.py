"""Writes the golden files of this folder. Run it here with a Python that has NumPy 2.

Every file "<name>.npy" holds shape (2, 3) of the values 0 to 5 (bools: odd or not;
complex: with the imaginary part -x/2), except where its name says another shape.
"""
import io

import numpy as np
from numpy.lib import format


def save(name, a, version=None):
    with open(name + ".npy", "wb") as f:
        format.write_array(f, a, version=version)


base = np.arange(6).reshape(2, 3)
for d in "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128".split():
    a = (base % 2 == 1) if d == "bool" else (base - 0.5j * base).astype(d) if d[0] == "c" else base.astype(d)
    save(d, a)
    if a.itemsize > 1:
        save(d + "_big", a.astype(a.dtype.newbyteorder(">")))
    if d in ("int16", "float64"):
        save(d + "_fortran", np.asfortranarray(a))
        save(d + "_big_fortran", np.asfortranarray(a.astype(a.dtype.newbyteorder(">"))))
for version in ((1, 0), (2, 0), (3, 0)):
    save("version%d" % version[0], base.astype("f8"), version)
for name, shape in {"scalar": (), "empty": (0, 3), "one_axis": (5,), "many_axes": (1, 2, 1, 3, 1, 2), "long": (1000,)}.items():
    save("shape_" + name, np.zeros(shape, "u1"))
refused = {"structured": np.zeros(2, [("x", "<f8"), ("y", "<i4")]), "half": np.zeros(2, "f2"), "text": np.array(["a", "bc"]), "bytes": np.array([b"a"]),
           "date": np.zeros(2, "M8[s]"), "void": np.zeros(2, "V3"), "object": np.array([{}, None])}
for name, a in refused.items():
    save("refused_" + name, a)
np.savez("stored.npz", x=base.astype("f8"), y=np.arange(4, dtype="u1"))
np.savez_compressed("deflated.npz", x=base.astype("f8"), y=np.arange(4, dtype="u1"))
