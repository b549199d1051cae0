"""METG(50 %) of Dask's threads, the minimum effective task granularity, in microseconds.

After E. Slaughter et al., "Task Bench: A Parameterized Benchmark for Evaluating Parallel Runtime Performance", SC20. The
granularity of a run is workers * elapsed / tasks; its efficiency is the duration of a task's work, alone on one core, over
the granularity. From long tasks down the duration is cut until the efficiency is below one half. Where it crosses,
interpolated on a logarithmic scale, half of the granularity is work, so METG is twice the duration there. Building the graph is not timed, running it is. The work is a compiled loop called
through ctypes, which releases Python's lock meanwhile; otherwise no two threads would work at once.
"""
import ctypes
import math
import subprocess
import time

import measure
from measure import peer


LONGEST = 10  # seconds that one run may take at full speed


def compiled():
    library = measure.scratch() / "kernel.so"
    source = measure.HERE / "fortran" / "kernel.f90"
    subprocess.run(["gfortran", "-O2", "-shared", "-fPIC", str(source), "-o", str(library)], check=True)
    spin = ctypes.CDLL(str(library)).spin
    spin.argtypes, spin.restype = [ctypes.c_longlong, ctypes.c_double], ctypes.c_double
    return spin


def iterations_per_us(spin):
    """By this thread's CPU time, so that a busy machine does not bend it. Twice the iterations must take twice the time."""
    def seconds(n):
        best = math.inf
        for k in range(7):
            start = time.thread_time()
            spin(n, 0.3 + k / 100)
            best = min(best, time.thread_time() - start)
        return best
    one, two = seconds(2_000_000), seconds(4_000_000)
    if not 1.8 < two / one < 2.2:
        raise AssertionError(f"the kernel does not scale: {one} s, then {two} s for twice as much")
    return 4_000_000 / two / 1e6


def stencil(task, width, steps):
    """A graph of rows; a task depends on the one above it and that one's neighbours."""
    graph = {}
    for step in range(steps):
        for i in range(width):
            above = [(step - 1, j) for j in (i - 1, i, i + 1) if step and 0 <= j < width]
            graph[step, i] = (task, step, i, above)
    return graph, [(steps - 1, i) for i in range(width)]


def value(step, i, inputs):
    """Depends on every input, so that a dependency which is left out shows."""
    return (sum(inputs) * 31 + step * 7919 + i) % 1_000_003


def answer(graph, last):
    known = {}
    for key, (_, step, i, above) in graph.items():
        known[key] = value(step, i, [known[k] for k in above])
    return sum(known[k] for k in last)


@peer("stencil_1d/dask-threads", unit="us", runs=1, width=64, steps=100)
def _(p):
    from dask.threaded import get
    spin = compiled()
    per_us = iterations_per_us(spin)
    right = answer(*stencil(value, p.width, p.steps))
    p.check = lambda total: total == right

    def elapsed(us):
        """Seconds that the graph takes with tasks of us microseconds."""
        iterations = round(us * per_us)

        def task(step, i, inputs):
            if iterations:
                spin(iterations, 0.3)
            return value(step, i, inputs)
        graph, last = stencil(task, p.width, p.steps)
        start = time.perf_counter()
        total = sum(get(graph, last, num_workers=p.workers))
        seconds = time.perf_counter() - start
        if total != right:
            raise AssertionError(f"wrong answer with tasks of {us} us: {total}, not {right}")
        return seconds

    def run():
        tasks = p.width * p.steps

        def efficiency(us):
            return tasks * us / 1e6 / (p.workers * elapsed(us))
        long = elapsed(0) / tasks * 1e6 * 4
        high = efficiency(long)
        while high < 0.5:
            long *= 3
            if tasks * long / p.workers > LONGEST * 1e6:
                raise AssertionError(f"tasks of {long / 3:.0f} us keep the workers busy only {high:.0%} of the time; "
                                     "is the machine busy with something else?")
            high = efficiency(long)
        while True:
            if high > 1.1:
                raise AssertionError(f"an efficiency of {high}: the kernel or the clock is wrong")
            short = long / 1.6
            low = efficiency(short)
            if low < 0.5:
                break
            long, high = short, low
        p.value = short * (long / short) ** ((0.5 - low) / (high - low)) / 0.5
        return right
    yield run


if __name__ == "__main__":
    measure.main()
