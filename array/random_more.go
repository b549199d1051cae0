package array

import (
	"fmt"
	"math"

	"github.com/braid-compute/braid/internal/kernel/random"
	"github.com/braid-compute/braid/internal/kernel/selection"
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// draw returns numbers of a distribution that takes as many random words as it needs. What is drawn is made once, in chunks. Where a result
// has several parts, these are a further axis.
func (r *Generator) draw(s site, shape Shape, m making, k random.Kind, parameters ...float64) *Array {
	d := random.Distribution{Kind: k, Parameters: parameters, Key: [2]uint64{r.seed, r.stream}}
	if err := d.Check(); err != nil {
		return s.fail("%w", err)
	}
	g, err := m.grid(shape, d.DType().Size()*max(1, d.Width()))
	if err != nil {
		return s.fail("%w", err)
	}
	if n := d.Width(); n > 0 {
		g = append(g, arrays.Even(n, n))
	}
	r.stream++
	return &Array{node: arrays.Draw(s.name, s.pc, d, g)}
}

// scaled returns numbers times a scale, which must not be negative.
func (s site) scaled(a *Array, scale float64) *Array {
	switch {
	case !(scale >= 0) || math.IsInf(scale, 1):
		return s.fail("a scale of %v: give a finite number that is not negative", scale)
	case scale == 1:
		return a
	}
	return s.binary(tile.Multiply, a, scale)
}

func (s site) moved(a *Array, by float64) *Array {
	if by == 0 {
		return a
	}
	return s.binary(tile.Add, a, by)
}

// inner returns uniform numbers above 0 and below 1.
func (r *Generator) inner(s site, shape Shape, m making) *Array {
	return s.binary(tile.Maximum, r.next(s, shape, m), 0x1p-54)
}

// waits returns numbers of the exponential distribution with mean 1.
func (r *Generator) waits(s site, shape Shape, m making) *Array {
	return s.apply(tile.Negative, s.apply(tile.Log1p, s.apply(tile.Negative, r.next(s, shape, m))))
}

// Gamma returns numbers of the gamma distribution with a shape and a scale.
func (r *Generator) Gamma(shape, scale float64, size Shape, opts ...Option) *Array {
	s, m := site{"Gamma", caller()}, options(opts)
	return m.cast(s, s.scaled(r.draw(s, size, m, random.Gamma, shape), scale))
}

// ChiSquare returns numbers of the chi-square distribution with so many degrees of freedom.
func (r *Generator) ChiSquare(degrees float64, shape Shape, opts ...Option) *Array {
	s, m := site{"ChiSquare", caller()}, options(opts)
	return m.cast(s, r.squares(s, degrees, shape, m))
}

func (r *Generator) squares(s site, degrees float64, shape Shape, m making) *Array {
	return s.scaled(r.draw(s, shape, m, random.Gamma, degrees/2), 2)
}

// F returns numbers of the F distribution with degrees of freedom above and below the line.
func (r *Generator) F(above, below float64, shape Shape, opts ...Option) *Array {
	s, m := site{"F", caller()}, options(opts)
	x, y := r.squares(s, above, shape, m), r.squares(s, below, shape, m)
	return m.cast(s, s.binary(tile.Divide, s.binary(tile.Divide, x, above), s.binary(tile.Divide, y, below)))
}

// StandardT returns numbers of Student's t distribution with so many degrees of freedom.
func (r *Generator) StandardT(degrees float64, shape Shape, opts ...Option) *Array {
	s, m := site{"StandardT", caller()}, options(opts)
	x, y := r.normal(s, shape, m), r.squares(s, degrees, shape, m)
	return m.cast(s, s.binary(tile.Divide, x, s.apply(tile.Sqrt, s.binary(tile.Divide, y, degrees))))
}

// Beta returns numbers of the beta distribution.
func (r *Generator) Beta(a, b float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Beta", caller()}, options(opts)
	return m.cast(s, r.draw(s, shape, m, random.Beta, a, b))
}

// Poisson returns whole numbers of the Poisson distribution with a mean, which may be at most 2⁴⁰.
func (r *Generator) Poisson(mean float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Poisson", caller()}, options(opts)
	return m.cast(s, r.draw(s, shape, m, random.Poisson, mean))
}

// Binomial returns how many of so many trials succeed with a probability; there may be at most 2⁴⁰ trials.
func (r *Generator) Binomial(trials int64, probability float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Binomial", caller()}, options(opts)
	return m.cast(s, r.draw(s, shape, m, random.Binomial, float64(trials), probability))
}

// NegativeBinomial returns how many trials fail before so many, which need not be a whole number, succeed with a probability.
func (r *Generator) NegativeBinomial(successes, probability float64, shape Shape, opts ...Option) *Array {
	s, m := site{"NegativeBinomial", caller()}, options(opts)
	return m.cast(s, r.draw(s, shape, m, random.NegativeBinomial, successes, probability))
}

// Geometric returns how many trials it takes to succeed with a probability.
func (r *Generator) Geometric(probability float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Geometric", caller()}, options(opts)
	if !(probability > 0 && probability <= 1) {
		return s.fail("a probability of %v: give one above 0 and at most 1", probability)
	}
	n := s.apply(tile.Ceil, s.binary(tile.Divide, r.waits(s, shape, m), -math.Log1p(-probability)))
	return m.cast(s, s.cast(s.binary(tile.Minimum, s.binary(tile.Maximum, n, 1.0), 0x1p62), ndarray.Int64))
}

// Zipf returns whole numbers of the Zipf distribution with an exponent from 1.001 on.
func (r *Generator) Zipf(exponent float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Zipf", caller()}, options(opts)
	return m.cast(s, r.draw(s, shape, m, random.Zipf, exponent))
}

// VonMises returns angles, from −π to π, of the von Mises distribution around a mean.
func (r *Generator) VonMises(mean, concentration float64, shape Shape, opts ...Option) *Array {
	s, m := site{"VonMises", caller()}, options(opts)
	return m.cast(s, r.draw(s, shape, m, random.VonMises, mean, concentration))
}

// Wald returns numbers of the Wald, or inverse Gaussian, distribution.
func (r *Generator) Wald(mean, scale float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Wald", caller()}, options(opts)
	return m.cast(s, r.draw(s, shape, m, random.Wald, mean, scale))
}

// LogNormal returns numbers whose logarithms have the normal distribution with a mean and a standard deviation.
func (r *Generator) LogNormal(mean, deviation float64, shape Shape, opts ...Option) *Array {
	s, m := site{"LogNormal", caller()}, options(opts)
	return m.cast(s, s.apply(tile.Exp, s.moved(s.scaled(r.normal(s, shape, m), deviation), mean)))
}

// Laplace returns numbers of the Laplace distribution around a mean.
func (r *Generator) Laplace(mean, scale float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Laplace", caller()}, options(opts)
	u := s.binary(tile.Subtract, r.inner(s, shape, m), 0.5)
	size := s.apply(tile.Log1p, s.binary(tile.Multiply, s.apply(tile.Abs, u), -2.0))
	return m.cast(s, s.moved(s.scaled(s.binary(tile.Multiply, s.apply(tile.Negative, s.apply(tile.Sign, u)), size), scale), mean))
}

// Logistic returns numbers of the logistic distribution around a mean.
func (r *Generator) Logistic(mean, scale float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Logistic", caller()}, options(opts)
	u := r.inner(s, shape, m)
	a := s.binary(tile.Subtract, s.apply(tile.Log, u), s.apply(tile.Log1p, s.apply(tile.Negative, u)))
	return m.cast(s, s.moved(s.scaled(a, scale), mean))
}

// Gumbel returns numbers of the Gumbel distribution with a mode.
func (r *Generator) Gumbel(mode, scale float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Gumbel", caller()}, options(opts)
	a := s.apply(tile.Log, s.apply(tile.Negative, s.apply(tile.Log, r.inner(s, shape, m))))
	return m.cast(s, s.moved(s.scaled(s.apply(tile.Negative, a), scale), mode))
}

// Rayleigh returns numbers of the Rayleigh distribution with a mode.
func (r *Generator) Rayleigh(mode float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Rayleigh", caller()}, options(opts)
	return m.cast(s, s.scaled(s.apply(tile.Sqrt, s.binary(tile.Multiply, r.waits(s, shape, m), 2.0)), mode))
}

// Weibull returns numbers of the Weibull distribution of scale 1 with a shape.
func (r *Generator) Weibull(a float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Weibull", caller()}, options(opts)
	if !(a > 0) {
		return s.fail("a shape of %v: give one above 0", a)
	}
	return m.cast(s, s.binary(tile.Power, r.waits(s, shape, m), 1/a))
}

// Pareto returns numbers of the Pareto II, or Lomax, distribution with a shape.
func (r *Generator) Pareto(a float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Pareto", caller()}, options(opts)
	if !(a > 0) {
		return s.fail("a shape of %v: give one above 0", a)
	}
	return m.cast(s, s.apply(tile.Expm1, s.binary(tile.Divide, r.waits(s, shape, m), a)))
}

// Power returns numbers from 0 to 1 of the power distribution, whose density is that of a−1 times itself.
func (r *Generator) Power(a float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Power", caller()}, options(opts)
	if !(a > 0) {
		return s.fail("an exponent of %v: give one above 0", a)
	}
	return m.cast(s, s.binary(tile.Power, r.next(s, shape, m), 1/a))
}

// StandardCauchy returns numbers of the Cauchy distribution around 0.
func (r *Generator) StandardCauchy(shape Shape, opts ...Option) *Array {
	s, m := site{"StandardCauchy", caller()}, options(opts)
	return m.cast(s, s.apply(tile.Tan, s.binary(tile.Multiply, s.binary(tile.Subtract, r.inner(s, shape, m), 0.5), math.Pi)))
}

// Triangular returns numbers from left to right whose density rises to the mode and falls again.
func (r *Generator) Triangular(left, mode, right float64, shape Shape, opts ...Option) *Array {
	s, m := site{"Triangular", caller()}, options(opts)
	if !(left <= mode && mode <= right && left < right) {
		return s.fail("a triangle from %v by %v to %v: they must rise", left, mode, right)
	}
	u, base := r.next(s, shape, m), right-left
	rise := s.moved(s.apply(tile.Sqrt, s.binary(tile.Multiply, u, base*(mode-left))), left)
	fall := s.binary(tile.Subtract, right, s.apply(tile.Sqrt, s.binary(tile.Multiply, s.binary(tile.Subtract, 1.0, u), base*(right-mode))))
	return m.cast(s, s.where(s.binary(tile.Less, u, (mode-left)/base), rise, fall))
}

// Permutation returns the whole numbers below n, of which there may be 2⁴⁸, in random order. An element is computed from
// its place alone, so none needs to know of the others.
func (r *Generator) Permutation(n int, opts ...Option) *Array {
	s, m := site{"Permutation", caller()}, options(opts)
	return m.cast(s, r.draw(s, Shape{n}, m, random.Permutation, float64(n)))
}

// Permuted returns the parts of an array along an axis in random order. NumPy has it as permutation and shuffle, which change arrays.
func (r *Generator) Permuted(a *Array, axis int) *Array {
	s := site{"Permuted", caller()}
	at, err := s.along(a, axis)
	if err != nil {
		return &Array{err: err}
	}
	key := [2]uint64{r.seed, r.stream}
	r.stream++
	return take(s, a, random.Places(key, a.Shape()[at]), at)
}

// Choice returns whole numbers below n, each drawn anew, or with distinct each at most once.
func (r *Generator) Choice(n int, distinct bool, shape Shape, opts ...Option) *Array {
	s, m := site{"Choice", caller()}, options(opts)
	if n < 1 {
		return s.fail("a choice of %d: there must be at least one", n)
	}
	if !distinct {
		return m.cast(s, r.integers(s, 0, int64(n), shape, m))
	}
	count, err := sizeOf(shape)
	if err != nil {
		return s.fail("%w", err)
	}
	if count > n {
		return s.fail("%d different numbers of %d", count, n)
	}
	return m.cast(s, r.draw(s, shape, m, random.Permutation, float64(n)))
}

// ChoiceWeighted returns whole numbers, of which each has the probability that the list has at its place. They must be 1 together.
func (r *Generator) ChoiceWeighted(probabilities []float64, shape Shape, opts ...Option) *Array {
	s, m := site{"ChoiceWeighted", caller()}, options(opts)
	sums, err := cumulative(probabilities)
	if err != nil {
		return s.fail("%w", err)
	}
	table := fromNdarray(s, ndarray.Must(ndarray.FromSlice(sums)), making{})
	return m.cast(s, lookUp(s, r.next(s, shape, m), table, selection.Op{Kind: selection.Search, Right: true}, ndarray.Int64))
}

// cumulative returns the sums of the first probabilities, without the last one.
func cumulative(probabilities []float64) ([]float64, error) {
	sum := 0.0
	var sums []float64
	for i, p := range probabilities {
		if !(p >= 0) {
			return nil, fmt.Errorf("probability number %d is %v: give numbers that are not negative", i, p)
		}
		sum += p
		sums = append(sums, sum)
	}
	if math.Abs(sum-1) > 1e-8 {
		return nil, fmt.Errorf("%d probabilities are %v together, and must be 1", len(probabilities), sum)
	}
	return sums[:len(sums)-1], nil
}
