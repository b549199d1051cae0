"""Writes distributions.json: of each distribution of random numbers what NumPy's are like.

Run it in this folder with any Python that has NumPy 2; it imports nothing else:

    python3 distributions.py

For each: its name and parameters as package array has them, of which part it is where a result has several (-1 for the first and twice the
last), the mean and standard deviation of a million of NumPy's numbers, and at
some points, which are quantiles of these, the share of the numbers that are not above the point.
"""
import json

import numpy as np

N = 1_000_000
rng = np.random.default_rng(20261122)
CASES = [
    ("Normal", [2, 3], lambda: rng.normal(2, 3, N)),
    ("Exponential", [1.5], lambda: rng.exponential(1.5, N)),
    ("Gamma", [0.3, 2], lambda: rng.gamma(0.3, 2, N)),
    ("Gamma", [1, 1], lambda: rng.gamma(1, 1, N)),
    ("Gamma", [9.5, 0.5], lambda: rng.gamma(9.5, 0.5, N)),
    ("Beta", [0.4, 0.2], lambda: rng.beta(0.4, 0.2, N)),
    ("Beta", [2, 5], lambda: rng.beta(2, 5, N)),
    ("Poisson", [0.7], lambda: rng.poisson(0.7, N)),
    ("Poisson", [9.5], lambda: rng.poisson(9.5, N)),
    ("Poisson", [10], lambda: rng.poisson(10, N)),
    ("Poisson", [4321], lambda: rng.poisson(4321, N)),
    ("Binomial", [20, 0.1], lambda: rng.binomial(20, 0.1, N)),
    ("Binomial", [40, 0.45], lambda: rng.binomial(40, 0.45, N)),
    ("Binomial", [100000, 0.7], lambda: rng.binomial(100000, 0.7, N)),
    ("Binomial", [3, 0.99], lambda: rng.binomial(3, 0.99, N)),
    ("NegativeBinomial", [4.5, 0.3], lambda: rng.negative_binomial(4.5, 0.3, N)),
    ("Geometric", [0.35], lambda: rng.geometric(0.35, N)),
    ("Geometric", [1], lambda: rng.geometric(1, N)),
    ("Zipf", [3.5], lambda: rng.zipf(3.5, N)),
    ("ChiSquare", [3], lambda: rng.chisquare(3, N)),
    ("F", [5, 20], lambda: rng.f(5, 20, N)),
    ("StandardT", [6], lambda: rng.standard_t(6, N)),
    ("VonMises", [2.5, 1.3], lambda: rng.vonmises(2.5, 1.3, N)),
    ("VonMises", [-1, 40], lambda: rng.vonmises(-1, 40, N)),
    ("Wald", [2, 3], lambda: rng.wald(2, 3, N)),
    ("LogNormal", [0.2, 0.5], lambda: rng.lognormal(0.2, 0.5, N)),
    ("Laplace", [1, 2], lambda: rng.laplace(1, 2, N)),
    ("Logistic", [1, 2], lambda: rng.logistic(1, 2, N)),
    ("Gumbel", [1, 2], lambda: rng.gumbel(1, 2, N)),
    ("Rayleigh", [1.7], lambda: rng.rayleigh(1.7, N)),
    ("Weibull", [1.4], lambda: rng.weibull(1.4, N)),
    ("Pareto", [5.5], lambda: rng.pareto(5.5, N)),
    ("Power", [2.5], lambda: rng.power(2.5, N)),
    ("StandardCauchy", [], lambda: rng.standard_cauchy(N)),
    ("Triangular", [-1, 0.5, 4], lambda: rng.triangular(-1, 0.5, 4, N)),
    ("Uniform", [-2, 5], lambda: rng.uniform(-2, 5, N)),
    ("Integers", [-4, 9], lambda: rng.integers(-4, 9, N)),
    ("Hypergeometric", [7, 5, 4], lambda: rng.hypergeometric(7, 5, 4, N)),
    ("Hypergeometric", [60, 25, 70], lambda: rng.hypergeometric(60, 25, 70, N)),
    ("Hypergeometric", [300, 900, 100], lambda: rng.hypergeometric(300, 900, 100, N)),
    ("Hypergeometric", [400000, 300000, 250000], lambda: rng.hypergeometric(400000, 300000, 250000, N)),
    ("LogSeries", [0.3], lambda: rng.logseries(0.3, N)),
    ("LogSeries", [0.97], lambda: rng.logseries(0.97, N)),
    ("NoncentralChiSquare", [3, 2.5], lambda: rng.noncentral_chisquare(3, 2.5, N)),
    ("NoncentralChiSquare", [0.5, 40], lambda: rng.noncentral_chisquare(0.5, 40, N)),
    ("NoncentralF", [4, 25, 1.5], lambda: rng.noncentral_f(4, 25, 1.5, N)),
    ("StandardNormal", [], lambda: rng.standard_normal(N)),
    ("StandardExponential", [], lambda: rng.standard_exponential(N)),
    ("StandardGamma", [2.5], lambda: rng.standard_gamma(2.5, N)),
    ("ChoiceWeighted", [0.1, 0.5, 0, 0.4], lambda: rng.choice(4, N, p=[0.1, 0.5, 0, 0.4])),
]
PARTS = [
    ("Multinomial", [30, 0.2, 0, 0.5, 0.3], lambda: rng.multinomial(30, [0.2, 0, 0.5, 0.3], N)),
    ("MultivariateHypergeometric", [20, 30, 5, 0, 400], lambda: rng.multivariate_hypergeometric([30, 5, 0, 400], 20, N)),
    ("Dirichlet", [0.3, 2, 5], lambda: rng.dirichlet([0.3, 2, 5], N)),
    ("MultivariateNormal", [1, -2, 0.5], lambda: rng.multivariate_normal([1, -2, 0.5], [[4, 1, 2], [1, 2, 0.5], [2, 0.5, 1]], N)),
]
out = []
def describe(name, parameters, x):
    x = np.sort(x)
    points = np.unique(np.quantile(x, np.arange(1, 64) / 64, method="inverted_cdf"))
    out.append({"name": name, "parameters": parameters, "mean": x.mean(), "deviation": x.std(),
                "points": points.tolist(), "shares": (np.searchsorted(x, points, "right") / N).tolist()})
for name, parameters, draw in CASES:
    describe(name, parameters, draw())
for name, parameters, draw in PARTS:
    x = draw()
    for k in range(x.shape[1]):
        describe(name, parameters, x[:, k])
        out[-1]["part"] = k
    describe(name, parameters, x[:, 0] + 2 * x[:, -1])  # which says how parts go together
    out[-1]["part"] = -1
with open("distributions.json", "w") as f:
    f.write('{"numpy": "%s", "count": %d, "distributions": [\n' % (np.__version__, N))
    f.write(",\n".join(json.dumps(d, separators=(",", ":")) for d in out))
    f.write("\n]}\n")
