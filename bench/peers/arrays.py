"""Chunked arrays: Dask's threads, and plain NumPy, on the work of "braid bench array".

A name with "-ready" has its input in memory before; others make it in the timed part.
"""
import math

import measure
from measure import peer


def near(p, *want, part=2e-3):
    p.check = lambda got: len(got) == len(want) and all(abs(float(g) - w) <= part * abs(w) for g, w in zip(got, want))


def threads(p):
    import dask
    dask.config.set(scheduler="threads", num_workers=p.workers)


@peer("sum_transpose/dask-threads", n=20_000, pieces=10)
def _(p):
    import dask.array as da
    threads(p)
    near(p, p.n ** 2)
    yield lambda: [(lambda a: (a + a.T).sum().compute())(da.random.random((p.n, p.n), chunks=p.n // p.pieces))]


@peer("sum_transpose/numpy", n=20_000)
def _(p):
    import numpy as np
    near(p, p.n ** 2)

    def run():
        a = np.random.default_rng(1).random((p.n, p.n))
        return [(a + a.T).sum()]
    yield run


@peer("mean_std/dask-threads", n=20_000, pieces=10)
def _(p):
    import dask
    import dask.array as da
    threads(p)
    near(p, 0.5, math.sqrt(1 / 12))

    def run():
        a = da.random.random((p.n, p.n), chunks=p.n // p.pieces)
        return dask.compute(a.mean(), a.std())
    yield run


@peer("chain-ready/numpy", n=8000)
def _(p):
    import numpy as np
    a = np.random.default_rng(4).random((p.n, p.n))
    near(p, 0.8408 * p.n ** 2, part=5e-3)
    yield lambda: [np.abs((a * 2 + 1) * a - 0.5).sum()]


@peer("chain-ready/dask-threads", n=8000, pieces=8)
def _(p):
    import dask.array as da
    import numpy as np
    threads(p)
    a = da.from_array(np.random.default_rng(4).random((p.n, p.n)), chunks=p.n // p.pieces).persist()
    near(p, 0.8408 * p.n ** 2, part=5e-3)
    yield lambda: [np.abs((a * 2 + 1) * a - 0.5).sum().compute()]


@peer("rechunk-ready/dask-threads", n=16_000, pieces=10)
def _(p):
    import dask.array as da
    import numpy as np
    threads(p)
    band = p.n // p.pieces
    rows = da.arange(p.n, chunks=band, dtype="f8")[:, None]
    cols = da.from_array(np.arange(p.n) / p.n, chunks=-1)[None, :]
    a = (rows + cols).rechunk((band, p.n)).persist()
    want = p.n * (p.n - 1) / 2 + np.arange(p.n)
    p.check = lambda v: np.allclose(v, want, rtol=1e-12)
    yield lambda: a.rechunk((p.n, band)).map_blocks(lambda b: b.sum(axis=0, keepdims=True), chunks=((1,), (band,) * p.pieces)).compute()[0]


@peer("cumsum-ready/dask-threads", n=100_000_000, pieces=20)
def _(p):
    import dask
    import dask.array as da
    threads(p)
    a = da.arange(p.n, chunks=p.n // p.pieces, dtype="f8").persist()
    near(p, p.n * (p.n - 1) / 2, (p.n - 1) * p.n * (p.n + 1) / 6, part=1e-9)

    def run():
        c = a.cumsum(axis=0)
        return dask.compute(c[-1], c.sum())
    yield run


def five_points(x):
    import numpy as np
    return (x + np.roll(x, 1, 0) + np.roll(x, -1, 0) + np.roll(x, 1, 1) + np.roll(x, -1, 1)) / 5


@peer("stencil-ready/dask-threads", n=8000, pieces=4)
def _(p):
    import dask
    import dask.array as da
    import numpy as np
    threads(p)
    m = np.random.default_rng(4).random((p.n, p.n))
    a = da.from_array(m, chunks=p.n // p.pieces).persist()
    near(p, m.sum(), (five_points(m) ** 2).sum(), part=1e-9)

    def run():
        b = a.map_overlap(five_points, depth=1, boundary="periodic")
        return dask.compute(b.sum(), (b ** 2).sum())
    yield run


@peer("tiny/dask-threads", n=40, runs=1)
def _(p):
    import dask.array as da
    threads(p)
    near(p, p.n ** 2, part=1e-12)
    yield lambda: [da.ones((p.n, p.n), chunks=1).map_overlap(five_points, depth=1, boundary="periodic").sum().compute()]


if __name__ == "__main__":
    measure.main()
