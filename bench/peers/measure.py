"""What the peers share: registering, timing, checking, and one line of JSON.

    SCRIPT.py                   lists the peers of the script with their default sizes
    SCRIPT.py PEER [k=v ...]    measures one of them and prints one line of JSON
    measure.py versions M ...   prints the versions of Python and of modules; null for one that is missing

A peer is a generator function. What runs before its yield is set-up and is not timed; the yielded function is timed after
one run that is not counted; what follows the yield is clean-up. It sets p.check, a function from the answer to whether it
is right. Where the function measures more closely by itself, it sets p.seconds; where its number is no duration of the
whole, p.value in the peer's unit.

The fields of the line: peer, unit, value (the median of the runs), runs, peak_mb (the most memory of the process, where the system
tells), sizes, ok; or peer and error.
"""
import gc
import importlib.metadata
import json
import os
import platform
import statistics
import sys
import tempfile
import time
import traceback
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).resolve().parent
PEERS = {}


def peer(name, unit="s", runs=3, **sizes):
    """Registers a peer. In the unit "us" its value is time divided by the size n: microseconds an item."""
    def register(fn):
        PEERS[name] = SimpleNamespace(fn=fn, unit=unit, sizes={"runs": runs, "workers": cores(), **sizes})
        return fn
    return register


def cores():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def scratch():
    """A folder for what is compiled, one for all peers that get the same TMPDIR."""
    folder = Path(tempfile.gettempdir()) / "braid-bench"
    folder.mkdir(exist_ok=True)
    return folder


def cluster(p):
    """A client of Dask distributed with one process, of one thread, a worker."""
    import logging
    from distributed import Client, LocalCluster
    return Client(LocalCluster(n_workers=p.workers, threads_per_worker=1, processes=True, dashboard_address=":0",
                               silence_logs=logging.CRITICAL, local_directory=str(scratch())))


def close(client):
    local = client.cluster
    client.close()
    local.close()


def once(p, run):
    """One run: its value in the peer's unit."""
    p.seconds = p.value = None
    gc.collect()
    start = time.perf_counter()
    answer = run()
    seconds = time.perf_counter() - start
    if not p.check(answer):
        raise AssertionError(f"wrong answer: {str(answer)[:200]}")
    if p.value is not None:
        return p.value
    seconds = seconds if p.seconds is None else p.seconds
    return seconds / p.n * 1e6 if p.unit == "us" else seconds


def measured(name, sizes):
    spec = PEERS[name]
    p = SimpleNamespace(unit=spec.unit, check=None, **{**spec.sizes, **sizes})
    generator = spec.fn(p)
    run = next(generator)
    once(p, run)
    values = [once(p, run) for _ in range(p.runs)]
    next(generator, None)
    return {"peer": name, "unit": spec.unit, "value": statistics.median(values), "runs": values, "peak_mb": peak_mb(),
            "sizes": {k: getattr(p, k) for k in spec.sizes if k not in ("runs", "workers")}, "ok": True}


def peak_mb():
    try:  # what getrusage tells may be the memory of who started this process
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    return next(int(line.split()[1]) * 1024 / 1e6 for line in status.splitlines() if line.startswith("VmHWM:"))


def sizes_of(name, args):
    sizes = {}
    for arg in args:
        key, _, number = arg.partition("=")
        if key not in PEERS[name].sizes or not number.isdigit() or int(number) == 0:
            sys.exit(f"{arg!r}: want a whole number above 0 for one of " + ", ".join(PEERS[name].sizes))
        sizes[key] = int(number)
    return sizes


def main():
    args = sys.argv[1:]
    if not args:
        for name, spec in PEERS.items():
            print(name, *(f"{k}={v}" for k, v in spec.sizes.items()))
        return
    name = args[0]
    if name not in PEERS:
        sys.exit(f"no peer {name!r}; there are " + ", ".join(PEERS))
    sizes = sizes_of(name, args[1:])
    try:
        line = measured(name, sizes)
    except Exception as e:
        traceback.print_exc()
        line = {"peer": name, "error": f"{type(e).__name__}: {e}"}
    print(json.dumps(line), flush=True)
    sys.exit("error" in line)


def versions(modules):
    found = {"python": platform.python_version()}
    for m in modules:
        try:
            found[m] = importlib.metadata.version(m)
        except importlib.metadata.PackageNotFoundError:
            found[m] = None
    return found


if __name__ == "__main__":
    if sys.argv[1:2] != ["versions"]:
        sys.exit(__doc__)
    print(json.dumps(versions(sys.argv[2:])))
