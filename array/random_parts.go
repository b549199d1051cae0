package array

import (
	"fmt"
	"math"
	"slices"

	"github.com/braid-compute/braid/internal/kernel/random"
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/ndarray"
)

// StandardNormal returns numbers of the normal distribution with mean 0 and standard deviation 1; see [Generator.Normal].
func (r *Generator) StandardNormal(shape Shape, opts ...Option) *Array {
	s, m := site{"StandardNormal", caller()}, options(opts)
	return m.cast(s, r.normal(s, shape, m))
}

// StandardExponential returns numbers of the exponential distribution with mean 1.
func (r *Generator) StandardExponential(shape Shape, opts ...Option) *Array {
	s, m := site{"StandardExponential", caller()}, options(opts)
	return m.cast(s, r.waits(s, shape, m))
}

// StandardGamma returns numbers of the gamma distribution with a shape and scale 1.
func (r *Generator) StandardGamma(shape float64, size Shape, opts ...Option) *Array {
	s, m := site{"StandardGamma", caller()}, options(opts)
	return m.cast(s, r.draw(s, size, m, random.Gamma, shape))
}

// Hypergeometric returns how many good ones are among so many that are drawn from good and bad ones, each at most once. There may be
// 10⁹ of each.
func (r *Generator) Hypergeometric(good, bad, drawn int64, shape Shape, opts ...Option) *Array {
	s, m := site{"Hypergeometric", caller()}, options(opts)
	return m.cast(s, r.draw(s, shape, m, random.Hypergeometric, float64(good), float64(bad), float64(drawn)))
}

// LogSeries returns whole numbers of the logarithmic series distribution, in which k has a probability proportional to that of a power
// of p divided by k.
func (r *Generator) LogSeries(p float64, shape Shape, opts ...Option) *Array {
	s, m := site{"LogSeries", caller()}, options(opts)
	return m.cast(s, r.draw(s, shape, m, random.LogSeries, p))
}

// NoncentralChiSquare returns numbers of the noncentral chi-square distribution with degrees of freedom and a noncentrality.
func (r *Generator) NoncentralChiSquare(degrees, noncentrality float64, shape Shape, opts ...Option) *Array {
	s, m := site{"NoncentralChiSquare", caller()}, options(opts)
	return m.cast(s, r.draw(s, shape, m, random.NoncentralChiSquare, degrees, noncentrality))
}

// NoncentralF returns numbers of the noncentral F distribution with degrees of freedom above and below the line, and a noncentrality.
func (r *Generator) NoncentralF(above, below, noncentrality float64, shape Shape, opts ...Option) *Array {
	s, m := site{"NoncentralF", caller()}, options(opts)
	x, y := r.draw(s, shape, m, random.NoncentralChiSquare, above, noncentrality), r.squares(s, below, shape, m)
	return m.cast(s, s.binary(tile.Divide, s.binary(tile.Divide, x, above), s.binary(tile.Divide, y, below)))
}

// Multinomial returns how often each outcome comes in so many trials: the outcomes, whose probabilities are 1 together, are a last axis behind
// those of the shape, and are not cut. There may be 2⁴⁰ trials.
func (r *Generator) Multinomial(trials int64, probabilities []float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Multinomial", caller()}, options(opts)
	return m.cast(s, r.draw(s, shape, m, random.Multinomial, slices.Concat([]float64{float64(trials)}, probabilities)...))
}

// MultivariateHypergeometric returns how many of each kind are among so many that are drawn, each at most once, from counts of each: the
// kinds are a last axis behind those of the shape, and are not cut. There may be 10⁹ together.
func (r *Generator) MultivariateHypergeometric(counts []int64, drawn int64, shape Shape, opts ...Option) *Array {
	s, m := site{"MultivariateHypergeometric", caller()}, options(opts)
	parameters := []float64{float64(drawn)}
	for _, n := range counts {
		parameters = append(parameters, float64(n))
	}
	return m.cast(s, r.draw(s, shape, m, random.MultivariateHypergeometric, parameters...))
}

// Dirichlet returns shares, which are 1 together, of the Dirichlet distribution with a concentration of each part: the parts are a last axis
// behind those of the shape, and are not cut.
func (r *Generator) Dirichlet(concentrations []float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Dirichlet", caller()}, options(opts)
	return m.cast(s, r.draw(s, shape, m, random.Dirichlet, concentrations...))
}

// MultivariateNormal returns points of the normal distribution with a mean and covariances, of which each row has as many numbers as the
// mean: their coordinates are a last axis behind those of the shape, and are not cut. Covariances must be symmetric and of no negative
// variance in any direction; there may be none in some. A point is the mean and the triangular root of the covariances, by the method of
// Cholesky, times numbers of [Generator.StandardNormal].
func (r *Generator) MultivariateNormal(mean []float64, covariances [][]float64, shape Shape, opts ...Option) *Array {
	s, m := site{"MultivariateNormal", caller()}, options(opts)
	n := len(mean)
	root, err := rootOf(covariances, n)
	if err != nil {
		return s.fail("%w", err)
	}
	g, err := m.grid(shape, 8*n)
	if err != nil {
		return s.fail("%w", err)
	}
	sizes := [][]int{}
	for _, axis := range g {
		sizes = append(sizes, axis.Sizes())
	}
	points := r.normal(s, append(slices.Clone(shape), n), making{sizes: append(sizes, []int{n})})
	turned, err := ndarray.FromSlice(root, n, n)
	if err != nil {
		return s.fail("%w", err)
	}
	middle, err := ndarray.FromSlice(slices.Clone(mean))
	if err != nil {
		return s.fail("%w", err)
	}
	spread := matmul(s, points, fromNdarray(s, turned, making{}))
	return m.cast(s, s.binary(tile.Add, spread, fromNdarray(s, middle, making{})))
}

// rootOf returns the upper triangular matrix that, turned and multiplied by itself, is a matrix of covariances, in row-major order.
func rootOf(covariances [][]float64, n int) ([]float64, error) {
	if n == 0 || len(covariances) != n {
		return nil, fmt.Errorf("a mean of %d numbers and %d rows of covariances: give as many, and at least one", n, len(covariances))
	}
	widest := 0.0
	for i, row := range covariances {
		if len(row) != n {
			return nil, fmt.Errorf("row %d of the covariances has %d numbers, and the mean has %d", i, len(row), n)
		}
		widest = max(widest, row[i])
	}
	const rounding = 1e-8 // of what covariances are computed with, as NumPy's check allows
	root := make([]float64, n*n)
	for i := range n {
		for j := i; j < n; j++ {
			left := covariances[i][j]
			if !(math.Abs(left-covariances[j][i]) <= rounding*widest) {
				return nil, fmt.Errorf("covariance %d, %d is %v, and %d, %d is %v: they must be finite and the same", i, j, left, j, i, covariances[j][i])
			}
			for k := range i {
				left -= root[k*n+i] * root[k*n+j]
			}
			switch pivot := root[i*n+i]; {
			case i == j && left >= -rounding*widest:
				if left > rounding*rounding*widest {
					root[i*n+i] = math.Sqrt(left)
				}
			case i != j && pivot > 0:
				root[i*n+j] = left / pivot
			case i == j || math.Abs(left) > rounding*widest:
				return nil, fmt.Errorf("covariances of a negative variance: coordinate %d varies less than those before it say", j)
			}
		}
	}
	return root, nil
}
