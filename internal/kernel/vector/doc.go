// Package vector computes with slices of numbers: the inner loops of operations
// on arrays.
//
// A function sets dst[i] to what it makes of the elements i of its operands, or
// reduces a slice to one value. Operands must be at least as long as dst, or the
// function panics as indexing does; what is behind that length is not looked at.
// dst may be exactly one of the operands, but must not overlap one in part.
// Nothing is allocated, locked or started. A call takes some 10 ns before it
// begins, so tiles of a thousand elements or more are what to call it with.
//
// # Processors
//
// On amd64 most functions are in assembly for AVX2 and for AVX-512, chosen when the
// program starts by what the processor has; see [Level]. Everywhere else, and
// with the build tag purego, they are plain Go. All give the same bits, except
// for which NaN a NaN is: every operation is exact, rounds once, or is defined
// here as a sequence of such operations, math.FMA among them.
//
// The assembly is generated, as are the scalar forms of the elementary functions:
// both come from one description in the folder gen, a module of its own. After a
// change there run "go generate ./internal/kernel/vector"; a test of that module
// tells when it was forgotten.
//
// # Reductions
//
// [Sum], [SumSquares], [Dot], [Prod] and [MomentsOf] compute in float64 for both
// types of floats and have one shape, whatever the processor: see the file sum.go.
//
// # Elementary functions
//
// Each is accurate over its whole range, which for sine, cosine and tangent means
// all numbers, and has the special values of C99. Those of float32 are computed
// in float64 and rounded, so they are at most 0.5001 ulp off. For float64 the
// table says the greatest error seen in 200,000 arguments for each, chosen where
// errors are great, in units of the last place; 2 is never reached:
//
//	Exp    0.95   Sin    1.58   Asin   0.61   Sinh   1.54   Cbrt   0.67
//	Exp2   0.84   Cos    1.58   Acos   0.57   Cosh   1.30   Hypot  0.90
//	Expm1  0.97   Tan    0.90   Atan   1.28   Tanh   1.00   Pow    1.25
//	Log    0.79   Log2   0.64   Atan2  1.40   Sqrt   0.50
//	Log1p  0.77   Log10  0.61
//
// How they work, in short:
//
//   - Exp, Exp2, Expm1: x = n·ln 2 + r by two fused steps of Cody and Waite,
//     "Software Manual for the Elementary Functions" (1980), a polynomial in r, and
//     2ⁿ; Expm1 and Tanh carry what r and the sums round off.
//   - Log and its kin: x = 2ᵏ·(1+f), and the series of 2·atanh(f/(2+f)), as in
//     Tang, "Table-driven implementation of the logarithm function" (1990), without
//     the table; Log2 and Log10 carry a second part, Log1p corrects for rounding 1+x.
//   - Sin, Cos: the distance to the nearest multiple of π, or π/2, in three fused
//     steps of which the first is exact, and one odd polynomial up to π/2. Tan
//     divides sine by cosine, both in two parts. From 2³⁰ on, scalar code reduces
//     by Payne and Hanek, "Radian reduction for trigonometric functions" (1983).
//   - Asin, Acos: a polynomial up to 1/2, and beyond of √((1-x)/2), whose rounding
//     is corrected. Atan, Atan2: around 0, 1 and ∞.
//   - Sinh, Cosh: e^x and its inverse, and a polynomial for Sinh below 1.
//   - Pow: the logarithm with 66 bits, then Exp. Cbrt: Halley's iteration, once.
//   - All polynomials are near-minimax and made by gen/minimax.py.
//
// Infinities and NaNs cost nothing extra, but for infinite x of the trigonometric
// functions; subnormal numbers cost little. Only sines, cosines and tangents of
// numbers from 2³⁰ on, and powers of or to 0 and ±Inf, are done one by one.
package vector

//go:generate go run -C gen .
