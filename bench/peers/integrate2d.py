"""The integral of sin(x+y) over [0, pi]^2 by the midpoint rule on n x n points, in two halves, which are 2 and -2."""
import math
import os
import subprocess

import measure
from measure import peer


def rows(n, first, last):
    import numpy as np
    h = math.pi / n
    y = h * (np.arange(n) + 0.5)
    row = np.empty(n)
    total = 0.0
    for i in range(first, last):
        np.add(y, h * (i + 0.5), out=row)
        np.sin(row, out=row)
        total += row.sum()
    return float(total * h * h)


def halves(p):
    """Sets the check. The midpoint rule itself errs by 1.6e-8 at n = 10,000 and by 1.6e-6 at 1,000."""
    p.check = lambda v: abs(v[0] - 2) < 1e-5 and abs(v[1] + 2) < 1e-5
    return p.n // 2


@peer("numpy", n=10_000)
def _(p):
    middle = halves(p)
    yield lambda: (rows(p.n, 0, middle), rows(p.n, middle, p.n))


@peer("dask-threads-numpy", n=10_000, pieces=16)
def _(p):
    import dask
    halves(p)
    cuts = [p.n * k // p.pieces for k in range(p.pieces + 1)]

    def run():
        calls = [dask.delayed(rows)(p.n, a, b) for a, b in zip(cuts, cuts[1:])]
        parts = dask.compute(*calls, scheduler="threads", num_workers=p.workers)
        return sum(parts[:p.pieces // 2]), sum(parts[p.pieces // 2:])
    yield run


def fortran(p, *flags):
    """Compiles the program, which times itself without its start."""
    halves(p)
    program = measure.scratch() / ("integrate2d" + "".join(flags))
    subprocess.run(["gfortran", *flags, str(measure.HERE / "fortran" / "integrate2d.f90"), "-o", str(program)], check=True)

    def run():
        done = subprocess.run([str(program), str(p.n)], capture_output=True, text=True, check=True,
                              env={**os.environ, "OMP_NUM_THREADS": str(p.workers)})
        lower, upper, p.seconds = map(float, done.stdout.split())
        return lower, upper
    yield run


@peer("fortran-O3", n=10_000)
def _(p): yield from fortran(p, "-O3")


@peer("fortran-O3-native-fastmath-openmp", n=10_000)
def _(p): yield from fortran(p, "-O3", "-march=native", "-ffast-math", "-fopenmp")


if __name__ == "__main__":
    measure.main()
