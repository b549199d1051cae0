// The integral of 4 / (1 + x²) from a to b by the midpoint rule, with OpenMP.
#include <omp.h>
#include <stdint.h>
#include <stdlib.h>

double integral(int64_t n, double a, double b) {
	double h = (b - a) / n, sum = 0;
#pragma omp parallel for reduction(+ : sum)
	for (int64_t i = 0; i < n; i++) {
		double x = a + (i + 0.5) * h;
		sum += 4 / (1 + x * x);
	}
	return h * sum;
}

// How many threads a parallel loop would have, and what the environment says.
int32_t threads(void) { return omp_get_max_threads(); }

int32_t variable(const char *name) {
	const char *value = getenv(name);
	return value ? atoi(value) : -1;
}

void scale(double *x, int64_t n, double factor) {
	for (int64_t i = 0; i < n; i++)
		x[i] *= factor;
}

void crash(void) { abort(); }
