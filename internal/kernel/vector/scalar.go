package vector

import (
	"math"
	"math/bits"
)

// scaleBy returns x·2^n, rounded once, for x not far from 1; biased is n + 2048
// with anything above its low 12 bits but a zero in the 13th.
func scaleBy(x float64, biased uint64) float64 {
	half := biased >> 1
	y := float64(x * math.Float64frombits((half-1)<<52))
	return float64(y * math.Float64frombits((biased-half-1)<<52))
}

// The following are the trigonometric functions of numbers from 2^30 up.

func sinHard(x float64) float64 {
	quarter, r, low := reduceHuge(math.Abs(x))
	return math.Copysign(1, x) * quarterSine(quarter, r, low)
}

func cosHard(x float64) float64 {
	quarter, r, low := reduceHuge(math.Abs(x))
	return quarterSine(quarter+1, r, low)
}

func tanHard(x float64) float64 {
	quarter, r, low := reduceHuge(math.Abs(x))
	if quarter&1 == 0 {
		return math.Copysign(1, x) * tangentOfParts(r, low)
	}
	return -math.Copysign(1, x) * cotangentOfParts(r, low)
}

// quarterSine is the sine of r + low plus quarter times π/2.
func quarterSine(quarter uint64, r, low float64) float64 {
	y := 0.0
	if quarter&1 == 0 {
		y = sineOfParts(r, low)
	} else {
		y = cosineOfParts(r, low)
	}
	if quarter&2 != 0 {
		return -y
	}
	return y
}

// reduceHuge returns the distance r + low of x to the nearest multiple of π/2, and
// which multiple that is, modulo 4. It multiplies the whole number that x is, but
// for a power of 2, by as many bits of 2/π as matter: Payne and Hanek, "Radian
// reduction for trigonometric functions" (1983). x is at least 2^30.
func reduceHuge(x float64) (quarter uint64, r, low float64) {
	if x > math.MaxFloat64 {
		return 0, math.NaN(), 0
	}
	e := int(math.Float64bits(x)>>52) - 1023 - 52
	m := math.Float64bits(x)&(1<<52-1) | 1<<52
	// Bits of 2/π before position e-1 give multiples of 4. The next 192, times m:
	first := uint(64 + e - 2)
	w0, w1, w2 := piBits(first), piBits(first+64), piBits(first+128)
	c2, _ := bits.Mul64(w2, m)
	c1, p1 := bits.Mul64(w1, m)
	p1, carry := bits.Add64(p1, c2, 0)
	p0 := w0*m + c1 + carry
	// Two bits before the binary point, the fraction behind it.
	quarter = p0 >> 62
	high, rest := p0<<2|p1>>62, p1<<2
	sign := 1.0
	if high>>63 != 0 {
		quarter++
		sign = -1
		var borrow uint64
		rest, borrow = bits.Sub64(0, rest, 0)
		high, _ = bits.Sub64(0, high, borrow)
	}
	shift := bits.LeadingZeros64(high)
	high, rest = high<<shift|rest>>(64-shift), rest<<shift
	f := math.Ldexp(float64(high&^(1<<11-1)), -64-shift)
	g := math.Ldexp(float64(high&(1<<11-1)), -64-shift) + math.Ldexp(float64(rest), -128-shift)
	r = float64(f * halfPiHigh)
	low = math.FMA(f, halfPiHigh, -r) + math.FMA(f, halfPiMiddle, float64(g*halfPiHigh))
	sum := r + low
	return quarter, sign * sum, sign * (r - sum + low)
}

// piBits returns 64 bits of the table of 2/π from a position on.
func piBits(from uint) uint64 {
	word, bit := from/64, from%64
	return twoOverPi[word]<<bit | twoOverPi[word+1]>>(64-bit)
}

// powHard is the power of zeros and infinities, for which the standard library
// lists all cases.
func powHard(x, y float64) float64 { return math.Pow(x, y) }
