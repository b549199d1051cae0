//go:build goexperiment.simd

package integrate2d

import "simd/archsimd"

// vectors says whether this processor has the instructions of the loops below: AVX2 and fused multiply-add.
var vectors = archsimd.X86.AVX2() && archsimd.X86.FMA()

// vectorSines adds up sin(x+c) over the longest part of xs, from its start, that fills whole vectors, and returns how
// many that were: 0 on a processor without them.
func vectorSines(xs []float64, c float64) (sum float64, count int) {
	if !vectors {
		return 0, 0
	}
	v0, v1, v2 := archsimd.BroadcastFloat64x4(s0), archsimd.BroadcastFloat64x4(s1), archsimd.BroadcastFloat64x4(s2)
	v3, v4, v5 := archsimd.BroadcastFloat64x4(s3), archsimd.BroadcastFloat64x4(s4), archsimd.BroadcastFloat64x4(s5)
	offset := archsimd.BroadcastFloat64x4(c)
	var sumA, sumB archsimd.Float64x4
	for ; len(xs)-count >= 8; count += 8 {
		rA := archsimd.LoadFloat64x4Slice(xs[count:]).Add(offset)
		rB := archsimd.LoadFloat64x4Slice(xs[count+4:]).Add(offset)
		zA, zB := rA.Mul(rA), rB.Mul(rB)
		pA, pB := v5.MulAdd(zA, v4), v5.MulAdd(zB, v4)
		pA, pB = pA.MulAdd(zA, v3), pB.MulAdd(zB, v3)
		pA, pB = pA.MulAdd(zA, v2), pB.MulAdd(zB, v2)
		pA, pB = pA.MulAdd(zA, v1), pB.MulAdd(zB, v1)
		pA, pB = pA.MulAdd(zA, v0), pB.MulAdd(zB, v0)
		sumA = sumA.Add(rA.Sub(rA.Mul(zA.Mul(pA))))
		sumB = sumB.Add(rB.Sub(rB.Mul(zB.Mul(pB))))
	}
	return addLanes(sumA.Add(sumB)), count
}

// vectorCosines is vectorSines for cos(x+c).
func vectorCosines(xs []float64, c float64) (sum float64, count int) {
	if !vectors {
		return 0, 0
	}
	v0, v1, v2 := archsimd.BroadcastFloat64x4(c0), archsimd.BroadcastFloat64x4(c1), archsimd.BroadcastFloat64x4(c2)
	v3, v4 := archsimd.BroadcastFloat64x4(c3), archsimd.BroadcastFloat64x4(c4)
	half, one := archsimd.BroadcastFloat64x4(-0.5), archsimd.BroadcastFloat64x4(1)
	offset := archsimd.BroadcastFloat64x4(c)
	var sumA, sumB archsimd.Float64x4
	for ; len(xs)-count >= 8; count += 8 {
		rA := archsimd.LoadFloat64x4Slice(xs[count:]).Add(offset)
		rB := archsimd.LoadFloat64x4Slice(xs[count+4:]).Add(offset)
		zA, zB := rA.Mul(rA), rB.Mul(rB)
		pA, pB := v4.MulAdd(zA, v3), v4.MulAdd(zB, v3)
		pA, pB = pA.MulAdd(zA, v2), pB.MulAdd(zB, v2)
		pA, pB = pA.MulAdd(zA, v1), pB.MulAdd(zB, v1)
		pA, pB = pA.MulAdd(zA, v0), pB.MulAdd(zB, v0)
		pA, pB = pA.MulAdd(zA, half), pB.MulAdd(zB, half)
		sumA = sumA.Add(pA.MulAdd(zA, one))
		sumB = sumB.Add(pB.MulAdd(zB, one))
	}
	return addLanes(sumA.Add(sumB)), count
}

// addLanes returns the sum of the four numbers of v. It also clears the upper halves of the registers, which would
// slow the scalar instructions that follow.
func addLanes(v archsimd.Float64x4) float64 {
	var lanes [4]float64
	v.Store(&lanes)
	archsimd.ClearAVXUpperBits()
	return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
}
