//go:build !amd64 || !goexperiment.simd

package integrate2d

// vectorSines and vectorCosines are for builds with vector instructions; this build leaves all points to the loops in
// kernel_polynomial.go.
func vectorSines([]float64, float64) (sum float64, count int)   { return 0, 0 }
func vectorCosines([]float64, float64) (sum float64, count int) { return 0, 0 }
