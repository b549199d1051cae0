/* The part of the integral of sin(x+y) over [0, pi]^2 that rows FIRST to LAST of a grid of N by N points give.
   Usage: integrate N FIRST LAST */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: %s N FIRST LAST\n", argv[0]);
        return 2;
    }
    int n = atoi(argv[1]), first = atoi(argv[2]), last = atoi(argv[3]);
    double h = acos(-1.0) / n, total = 0.0;
    for (int i = first; i < last; i++) {
        double y = (i + 0.5) * h, row = 0.0;
        for (int j = 0; j < n; j++)
            row += sin((j + 0.5) * h + y);
        total += row;
    }
    printf("%.17g\n", total * h * h);
    return 0;
}
