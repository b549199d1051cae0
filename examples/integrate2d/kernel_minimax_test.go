package integrate2d

import (
	"math"
	"math/big"
)

// precision is the number of mantissa bits of the derivation. The linear systems of the exchange lose about
// thirty of them; the coefficients need 53.
const precision = 300

func bigFloat(x float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(x) }

// tail returns the sum over k of (-z)^k / (2k+first)!. With z = r², that is sin(r)/r for first = 1, cos(r) for 0, and
// for 3 and 4 the part of the two that the kernel replaces by a polynomial in z.
func tail(z *big.Float, first int) *big.Float {
	term := bigFloat(1)
	for i := 2; i <= first; i++ {
		term.Quo(term, bigFloat(float64(i)))
	}
	sum := new(big.Float).Copy(term)
	for k := first; k < first+40; k += 2 {
		term.Mul(term, z)
		term.Quo(term, bigFloat(-float64((k+1)*(k+2))))
		sum.Add(sum, term)
	}
	return sum
}

// exact returns the sine and the cosine of r, to far more digits than a float64 has.
func exact(r float64) (sine, cosine *big.Float) {
	x := bigFloat(r)
	z := new(big.Float).Mul(x, x)
	sine = new(big.Float).Mul(x, tail(z, 1))
	cosine = tail(z, 0)
	return sine, cosine
}

// distance returns |x − want|.
func distance(x float64, want *big.Float) float64 {
	d, _ := new(big.Float).Sub(bigFloat(x), want).Float64()
	return math.Abs(d)
}

// solve returns x with a·x = b by Gauss elimination with partial pivoting. It overwrites both.
func solve(a [][]*big.Float, b []*big.Float) []*big.Float {
	n := len(b)
	for col := range n {
		pivot := col
		for row := col + 1; row < n; row++ {
			if new(big.Float).Abs(a[row][col]).Cmp(new(big.Float).Abs(a[pivot][col])) > 0 {
				pivot = row
			}
		}
		a[col], a[pivot], b[col], b[pivot] = a[pivot], a[col], b[pivot], b[col]
		for row := col + 1; row < n; row++ {
			f := new(big.Float).Quo(a[row][col], a[col][col])
			for j := col; j < n; j++ {
				a[row][j].Sub(a[row][j], new(big.Float).Mul(f, a[col][j]))
			}
			b[row].Sub(b[row], new(big.Float).Mul(f, b[col]))
		}
	}
	for row := n - 1; row >= 0; row-- {
		for j := row + 1; j < n; j++ {
			b[row].Sub(b[row], new(big.Float).Mul(a[row][j], b[j]))
		}
		b[row].Quo(b[row], a[row][row])
	}
	return b
}

// horner evaluates the polynomial with the given coefficients, the constant term first.
func horner(c []*big.Float, z *big.Float) *big.Float {
	sum := bigFloat(0)
	for i := len(c) - 1; i >= 0; i-- {
		sum.Mul(sum, z)
		sum.Add(sum, c[i])
	}
	return sum
}

// weight is the factor between an error of the polynomial and the error of the function, r^first = z^(first/2).
func weight(z *big.Float, first int) *big.Float {
	w := new(big.Float).Sqrt(z)
	root := new(big.Float).Copy(w)
	for range first - 1 {
		w.Mul(w, root)
	}
	return w
}

// remez fits n coefficients to tail(·, first) on 0 ≤ z ≤ (π/4)² so that the largest absolute error of the
// function, weight·(fit − tail), is as small as it can be, by the exchange algorithm of Remez (1934). It returns
// the coefficients and that largest error.
func remez(n, first int) ([]*big.Float, float64) {
	const grid = 1500
	end := math.Pi * math.Pi / 16
	z, f, w := make([]*big.Float, grid+1), make([]*big.Float, grid+1), make([]*big.Float, grid+1)
	for i := range z {
		// Chebyshev spacing crowds the ends, where the extremes lie closest together.
		z[i] = bigFloat(end * (1 - math.Cos(math.Pi*float64(i)/grid)) / 2)
		f[i], w[i] = tail(z[i], first), weight(z[i], first)
	}
	nodes := make([]int, n+1)
	for k := range nodes {
		nodes[k] = grid * (k + 1) / (n + 1)
	}
	var fit []*big.Float
	largest := 0.0
	for range 12 {
		a, b := make([][]*big.Float, n+1), make([]*big.Float, n+1)
		for row, at := range nodes {
			a[row], b[row] = make([]*big.Float, n+1), new(big.Float).Copy(f[at])
			power := bigFloat(1)
			for col := range n {
				a[row][col] = new(big.Float).Copy(power)
				power.Mul(power, z[at])
			}
			a[row][n] = new(big.Float).Quo(bigFloat(float64(1-row%2*2)), w[at])
		}
		fit = solve(a, b)[:n]
		residual := make([]float64, grid+1)
		for i := range residual {
			d := new(big.Float).Sub(horner(fit, z[i]), f[i])
			residual[i], _ = d.Mul(d, w[i]).Float64()
		}
		nodes, largest = exchange(residual, n+1)
	}
	return fit, largest
}

// exchange returns the places of the largest residual in each run of one sign, the last count of them, and the
// largest residual. The runs nearest to z = 0 are those that the weight makes small.
func exchange(residual []float64, count int) (nodes []int, largest float64) {
	last := 0.0
	for i, r := range residual {
		largest = max(largest, math.Abs(r))
		switch {
		case r == 0:
		case last == 0 || math.Signbit(r) != math.Signbit(last):
			nodes, last = append(nodes, i), r
		case math.Abs(r) > math.Abs(last):
			nodes[len(nodes)-1], last = i, r
		}
	}
	return nodes[len(nodes)-count:], largest
}
