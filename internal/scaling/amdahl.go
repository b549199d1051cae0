package scaling

import "math"

// KarpFlatt returns the serial fraction that a speed-up shows: the part of the work on one core that would have to
// be serial to explain it by Amdahl's law alone. A fraction that grows with the count tells of overhead that grows with
// it, such as communication; a steady one of work that is serial. It is below 0 if the speed-up is more than the cores
// account for, as happens with caches, and above 1 if more cores took longer. (A. H. Karp and H. P. Flatt, "Measuring
// parallel processor performance", Communications of the ACM 33(5), 1990. Theirs is the case base = 1; for another base
// it is the same law, solved for the ratio of two counts.)
//
// It is NaN if cores is base, and if the slow-down is so great that no fraction explains it.
func KarpFlatt(base, cores int, speedUp float64) float64 {
	b, n := 1/float64(base), 1/float64(cores)
	divisor := speedUp*(1-n) - (1 - b)
	if base == cores || divisor <= 0 {
		return math.NaN()
	}
	return (b - speedUp*n) / divisor
}

// FitAmdahl returns the serial fraction s, from 0 to 1, for which the law T(n) = T(1)·(s + (1-s)/n) is nearest to the
// times: the least sum of squares of relative deviations. (G. M. Amdahl, "Validity of the single processor approach to
// achieving large scale computing capabilities", AFIPS Spring Joint Computer Conference, 1967.) It is NaN for fewer than two
// counts.
func FitAmdahl(cores []int, seconds []float64) float64 {
	if len(cores) < 2 {
		return math.NaN()
	}
	// T = a + b/n with a, b ≥ 0, each row divided by its T: the normal equations of a·x + b·y = 1.
	var xx, xy, yy, x1, y1 float64
	for i, n := range cores {
		x := 1 / seconds[i]
		y := x / float64(n)
		xx, xy, yy, x1, y1 = xx+x*x, xy+x*y, yy+y*y, x1+x, y1+y
	}
	determinant := xx*yy - xy*xy
	if !(determinant > 1e-12*xx*yy) {
		return math.NaN() // times that are no finite numbers above 0
	}
	a, b := (yy*x1-xy*y1)/determinant, (xx*y1-xy*x1)/determinant
	switch {
	case a <= 0:
		return 0
	case b <= 0:
		return 1
	}
	return a / (a + b)
}
