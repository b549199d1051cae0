# The part of the integral of sin(x+y) over [0, pi]^2 that rows FIRST to LAST of a grid of N by N points give.
# Usage: python3 integrate.py N FIRST LAST
import math
import sys

n, first, last = map(int, sys.argv[1:])
h = math.pi / n
xs = [(j + 0.5) * h for j in range(n)]
total = 0.0
for i in range(first, last):
    y = (i + 0.5) * h
    total += sum(math.sin(x + y) for x in xs)
print(repr(total * h * h))
