package integrate2d

// The polynomials below stand for sine and cosine on |r| ≤ π/4, with z = r²:
//
//	sin r ≈ r − r·z·(s0 + s1·z + … + s5·z⁵)           degree 13, error at most 1.6e-18
//	cos r ≈ 1 − z/2 + z²·(c0 + c1·z + … + c4·z⁴)      degree 12, error at most 7.8e-17
//
// Those are errors of the polynomials in exact arithmetic; evaluated in float64 both stay within 2e-16 of the
// function (measured: 0.8e-16 and 1.8e-16). The coefficients are the minimax ones, found by the exchange algorithm of E. Ya. Remez (1934) in 300-bit
// arithmetic and then rounded; a test derives them again and compares.
const (
	s0 = 0x1.555555555553dp-03
	s1 = -0x1.111111110eb1fp-07
	s2 = 0x1.a01a019ab4afcp-13
	s3 = -0x1.71de347565f71p-19
	s4 = 0x1.ae5db4797b6f7p-26
	s5 = -0x1.5d64c9794de19p-33

	c0 = 0x1.5555555553113p-05
	c1 = -0x1.6c16c1676bab6p-10
	c2 = 0x1.a019faaa652f6p-16
	c3 = -0x1.27e02a8b358a4p-22
	c4 = 0x1.1bc7c51db2e8bp-29
)

// sine returns sin r for |r| ≤ π/4.
func sine(r float64) float64 {
	z := r * r
	return r - r*(z*(s0+z*(s1+z*(s2+z*(s3+z*(s4+z*s5))))))
}

// cosine returns cos r for |r| ≤ π/4.
func cosine(r float64) float64 {
	z := r * r
	return 1 + z*(z*(c0+z*(c1+z*(c2+z*(c3+z*c4))))-0.5)
}

// sumSines returns the sum of sin(x+c) over xs, where |x+c| ≤ π/4.
//
// One sine is a chain of operations that each wait for the one before. Four are written out step by step, with a sum
// each, so that a core has four independent chains to overlap and loads each coefficient once for all four.
func sumSines(xs []float64, c float64) float64 {
	sum0, count := vectorSines(xs, c)
	xs = xs[count:]
	var sum1, sum2, sum3 float64
	for ; len(xs) >= 4; xs = xs[4:] {
		r0, r1, r2, r3 := xs[0]+c, xs[1]+c, xs[2]+c, xs[3]+c
		z0, z1, z2, z3 := r0*r0, r1*r1, r2*r2, r3*r3
		p0, p1, p2, p3 := s4+z0*s5, s4+z1*s5, s4+z2*s5, s4+z3*s5
		p0, p1, p2, p3 = s3+z0*p0, s3+z1*p1, s3+z2*p2, s3+z3*p3
		p0, p1, p2, p3 = s2+z0*p0, s2+z1*p1, s2+z2*p2, s2+z3*p3
		p0, p1, p2, p3 = s1+z0*p0, s1+z1*p1, s1+z2*p2, s1+z3*p3
		p0, p1, p2, p3 = s0+z0*p0, s0+z1*p1, s0+z2*p2, s0+z3*p3
		sum0 += r0 - r0*(z0*p0)
		sum1 += r1 - r1*(z1*p1)
		sum2 += r2 - r2*(z2*p2)
		sum3 += r3 - r3*(z3*p3)
	}
	for _, x := range xs {
		sum0 += sine(x + c)
	}
	return (sum0 + sum1) + (sum2 + sum3)
}

// sumCosines returns the sum of cos(x+c) over xs, where |x+c| ≤ π/4, in four chains like sumSines.
func sumCosines(xs []float64, c float64) float64 {
	sum0, count := vectorCosines(xs, c)
	xs = xs[count:]
	var sum1, sum2, sum3 float64
	for ; len(xs) >= 4; xs = xs[4:] {
		r0, r1, r2, r3 := xs[0]+c, xs[1]+c, xs[2]+c, xs[3]+c
		z0, z1, z2, z3 := r0*r0, r1*r1, r2*r2, r3*r3
		p0, p1, p2, p3 := c3+z0*c4, c3+z1*c4, c3+z2*c4, c3+z3*c4
		p0, p1, p2, p3 = c2+z0*p0, c2+z1*p1, c2+z2*p2, c2+z3*p3
		p0, p1, p2, p3 = c1+z0*p0, c1+z1*p1, c1+z2*p2, c1+z3*p3
		p0, p1, p2, p3 = c0+z0*p0, c0+z1*p1, c0+z2*p2, c0+z3*p3
		sum0 += 1 + z0*(z0*p0-0.5)
		sum1 += 1 + z1*(z1*p1-0.5)
		sum2 += 1 + z2*(z2*p2-0.5)
		sum3 += 1 + z3*(z3*p3-0.5)
	}
	for _, x := range xs {
		sum0 += cosine(x + c)
	}
	return (sum0 + sum1) + (sum2 + sum3)
}
