package vector

import "math"

// MinOf returns the least element of a. If one is a NaN, the result is a NaN; of
// zeros with different signs -0 is less. a must not be empty.
func MinOf[T Number](a []T) T {
	least := leastOf(a[:min(len(a), blockLen)])
	for i := blockLen; i < len(a); i += blockLen {
		x := leastOf(a[i:min(len(a), i+blockLen)])
		if x == 0 && least == 0 && !negative(x) {
			continue
		}
		if x <= least || x != x {
			least = x
		}
	}
	return least
}

// MaxOf returns the greatest element of a. If one is a NaN, the result is a NaN;
// of zeros with different signs +0 is greater. a must not be empty.
func MaxOf[T Number](a []T) T {
	greatest := greatestOf(a[:min(len(a), blockLen)])
	for i := blockLen; i < len(a); i += blockLen {
		x := greatestOf(a[i:min(len(a), i+blockLen)])
		if x == 0 && greatest == 0 && negative(x) {
			continue
		}
		if x >= greatest || x != x {
			greatest = x
		}
	}
	return greatest
}

// leastOf is MinOf for a run that fits the first cache, where it looks again at
// zeros: comparing does not tell -0 from +0, so which of them is found would
// depend on the order.
func leastOf[T Number](run []T) T {
	least := run[0]
	var found extremes
	candidates, done := extreme(opMin, &found, run)
	for _, x := range candidates {
		least = lesser(least, x)
	}
	for _, x := range run[done:] {
		least = lesser(least, x)
	}
	if least != 0 {
		return least
	}
	// Bits of -0 are the least integer, and no other number is below zero here.
	switch any(least).(type) {
	case float64:
		if leastOf(asElements[int64](run)) == math.MinInt64 {
			return T(math.Copysign(0, -1))
		}
	case float32:
		if leastOf(asElements[int32](run)) == math.MinInt32 {
			return T(math.Copysign(0, -1))
		}
	}
	return 0
}

// greatestOf is MaxOf for a run.
func greatestOf[T Number](run []T) T {
	greatest := run[0]
	var found extremes
	candidates, done := extreme(opMax, &found, run)
	for _, x := range candidates {
		greatest = greater(greatest, x)
	}
	for _, x := range run[done:] {
		greatest = greater(greatest, x)
	}
	if greatest != 0 {
		return greatest
	}
	// Bits of +0 are the least unsigned integer, and no other number is above zero here.
	switch any(greatest).(type) {
	case float64:
		if leastOf(asElements[uint64](run)) != 0 {
			return T(math.Copysign(0, -1))
		}
	case float32:
		if leastOf(asElements[uint32](run)) != 0 {
			return T(math.Copysign(0, -1))
		}
	}
	return 0
}

// negative tells -0 from 0.
func negative[T Number](zero T) bool { return math.Signbit(float64(zero)) }

// ArgMin returns the index of the first NaN of a, or else of the first of its
// least elements. a must not be empty.
func ArgMin[T Number](a []T) int {
	return first(a, MinOf[T], func(x, least T) bool { return x < least })
}

// ArgMax returns the index of the first NaN of a, or else of the first of its
// greatest elements. a must not be empty.
func ArgMax[T Number](a []T) int {
	return first(a, MaxOf[T], func(x, greatest T) bool { return x > greatest })
}

// first finds the run of a with the most extreme element, and that in it.
func first[T Number](a []T, of func([]T) T, beats func(x, than T) bool) int {
	best, start := of(a[:min(len(a), blockLen)]), 0
	for i := blockLen; i < len(a) && best == best; i += blockLen {
		if x := of(a[i:min(len(a), i+blockLen)]); beats(x, best) || x != x {
			best, start = x, i
		}
	}
	for i, x := range a[start:] {
		if x == best || x != x {
			return start + i
		}
	}
	return start
}

// CumSum sets dst[i] to start + a[0] + … + a[i], one after the other, and
// returns the last, or start of no elements.
func CumSum[T Number](dst, a []T, start T) T {
	for i, x := range a[:len(dst)] {
		start += x
		dst[i] = start
	}
	return start
}

// CumProd sets dst[i] to start · a[0] · … · a[i], one after the other, and
// returns the last, or start of no elements.
func CumProd[T Number](dst, a []T, start T) T {
	for i, x := range a[:len(dst)] {
		start *= x
		dst[i] = start
	}
	return start
}
