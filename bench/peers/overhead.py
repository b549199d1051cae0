"""Tasks that do nothing: one at a time, in a graph, and mapped over many items. Values are microseconds a task.

Starting workers is not timed, nor is writing a graph down; submitting and fetching results is. Every run has other
arguments, so that nothing is answered from a cache.
"""
import random
import statistics
import time

import measure
from measure import peer


def task(i):
    return i


def numbers(p):
    """Returns a function that gives p.n numbers, other ones at each call, and checks that they come back in order."""
    last = []

    def fresh():
        first = last[0] + p.n if last else 0
        last[:] = [first]
        return range(first, first + p.n)
    p.check = lambda answer: list(answer) == list(range(last[0], last[0] + p.n))
    return fresh


# ---- one task after the other: submit, then wait for its result -----------------------------------------------------

def each(p, once):
    """Takes the median over the calls, as braid's command does."""
    fresh = numbers(p)

    def run():
        results, took = [], []
        for i in fresh():
            start = time.perf_counter()
            results.append(once(i))
            took.append(time.perf_counter() - start)
        p.value = statistics.median(took) * 1e6
        return results
    return run


@peer("submit/futures-threads", unit="us", n=10_000)
def _(p):
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(p.workers) as pool:
        yield each(p, lambda i: pool.submit(task, i).result())


@peer("submit/dask-distributed", unit="us", n=100)
def _(p):
    client = measure.cluster(p)
    yield each(p, lambda i: client.submit(task, i).result())
    measure.close(client)


# ---- a graph in which every task has two inputs ---------------------------------------------------------------------

def joined(x, y):
    return (x + y + 1) % 1_000_003


@peer("graph/dask-threads", unit="us", n=10_000)
def _(p):
    """Each task after the second takes two different earlier tasks, drawn at random. What no task takes is fetched."""
    from dask.threaded import get
    rng = random.Random(7)
    inputs = [rng.sample(range(i), 2) for i in range(2, p.n)]
    taken = {i for pair in inputs for i in pair}
    last = [i for i in range(p.n) if i not in taken]
    values = [1, 2]
    for a, b in inputs:
        values.append(joined(values[a], values[b]))
    p.check = lambda answer: list(answer) == [values[i] for i in last]

    def run():
        graph = {("t", 0): (task, 1), ("t", 1): (task, 2)}
        for i, (a, b) in enumerate(inputs, start=2):
            graph["t", i] = (joined, ("t", a), ("t", b))
        start = time.perf_counter()
        answer = get(graph, [("t", i) for i in last], num_workers=p.workers)
        p.seconds = time.perf_counter() - start
        return answer
    yield run


# ---- one function over many items -----------------------------------------------------------------------------------

@peer("map/dask-distributed", unit="us", n=1000)
def _(p):
    fresh = numbers(p)
    client = measure.cluster(p)
    yield lambda: client.gather(client.map(task, fresh()))
    measure.close(client)


@peer("map/joblib-loky", unit="us", n=100_000)
def _(p):
    from joblib import Parallel, delayed
    fresh = numbers(p)
    with Parallel(n_jobs=p.workers, backend="loky") as parallel:
        yield lambda: parallel(delayed(task)(i) for i in fresh())


def pool_map(p, chunk):
    import multiprocessing
    fresh = numbers(p)
    pool = multiprocessing.Pool(p.workers)
    yield lambda: pool.map(task, fresh(), chunksize=chunk)
    pool.close()
    pool.join()


@peer("map/multiprocessing", unit="us", n=100_000)
def _(p): yield from pool_map(p, None)


@peer("map/multiprocessing-chunk-1", unit="us", n=10_000)
def _(p): yield from pool_map(p, 1)


if __name__ == "__main__":
    measure.main()
