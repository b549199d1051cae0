"""Counting words with a bag of lines: the exercise of braid's example wordcount, on a text by the same rule.

With n words one of them occurs n times, the next n-1 times, and the last once. Writing the text and starting workers are
not timed; reading it is.
"""
import random
import re
import tempfile
from collections import Counter
from pathlib import Path

import measure
from measure import peer

WORD = re.compile(r"[^\W\d_]+")
PARTS = 8


def word(i):
    consonants, vowels = "bdfgklmnprstvz", "aeiou"
    w = ""
    while True:
        i, c = divmod(i, len(consonants))
        i, v = divmod(i, len(vowels))
        w += consonants[c] + vowels[v]
        if i == 0:
            return w
        i -= 1


def written(p, folder):
    """Writes the text and returns its file. The order of words is not that of braid's text, their numbers are."""
    words = [word(i) for i in range(p.n) for _ in range(p.n - i)]
    random.Random(2026).shuffle(words)
    file = Path(folder) / "text"
    with open(file, "w", encoding="ascii") as out:
        for i in range(0, len(words), 12):
            out.write(" ".join(words[i:i + 12]).capitalize() + ".\n")
    p.check = lambda counts: len(counts) == p.n and all(n == p.n - i for i, (_, n) in enumerate(counts))
    return file


def words_of(line):
    return WORD.findall(line.lower())


def ordered(counts):
    return sorted(counts, key=lambda pair: (-pair[1], pair[0]))


def with_bag(p, **options):
    import dask.bag
    with tempfile.TemporaryDirectory() as folder:
        file = written(p, folder)
        size = -(-file.stat().st_size // PARTS)

        def run():
            lines = dask.bag.read_text(str(file), blocksize=size)
            return ordered(lines.map(words_of).flatten().frequencies().compute(**options))
        yield run


@peer("wordcount/python", n=3000)
def _(p):
    with tempfile.TemporaryDirectory() as folder:
        file = written(p, folder)

        def run():
            counts = Counter()
            with open(file, encoding="utf-8") as lines:
                for line in lines:
                    counts.update(words_of(line))
            return ordered(counts.items())
        yield run


@peer("wordcount/dask-bag-processes", n=3000)
def _(p): yield from with_bag(p, scheduler="processes", num_workers=p.workers)


@peer("wordcount/dask-bag-threads", n=3000)
def _(p): yield from with_bag(p, scheduler="threads", num_workers=p.workers)


@peer("wordcount/dask-distributed", n=3000)
def _(p):
    client = measure.cluster(p)
    yield from with_bag(p)
    measure.close(client)


if __name__ == "__main__":
    measure.main()
