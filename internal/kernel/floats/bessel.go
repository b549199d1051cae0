package floats

import (
	"math"

	"github.com/braid-compute/braid/ndarray"
)

// I0 returns the modified Bessel function of the first kind and order 0.
func I0(x ndarray.Untyped) (ndarray.Untyped, error) { return each(x, i0) }

// i0far is from where on the asymptotic series is exact: its smallest term is about exp(-2x).
const i0far = 25

// i0 adds the ascending series, Abramowitz and Stegun 9.6.12, whose terms are all positive, or the asymptotic one, 9.7.1.
func i0(x float64) float64 {
	x = math.Abs(x)
	term, sum := 1.0, 1.0
	if x < i0far {
		q := x * x / 4
		for k := 1.0; term > sum*0x1p-56; k++ {
			term *= q / (k * k)
			sum += term
		}
		return sum
	}
	if x != x || math.IsInf(x, 1) {
		return x
	}
	for k := 1.0; term > 0x1p-56; k++ {
		odd := 2*k - 1
		term *= odd * odd / (8 * k * x)
		sum += term
	}
	half := math.Exp(x / 2) // its square is beyond the greatest float before the result is
	return half * (sum / math.Sqrt(2*math.Pi*x)) * half
}
