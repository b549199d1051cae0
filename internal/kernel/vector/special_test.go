package vector

import (
	"math"
	"testing"
)

// The values that C99 and NumPy give at special arguments.
var (
	nan        = math.NaN()
	inf        = math.Inf(1)
	minusZ     = math.Copysign(0, -1)
	specialOne = map[string][][2]float64{
		"exp":   {{0, 1}, {minusZ, 1}, {inf, inf}, {-inf, 0}, {nan, nan}, {709.79, inf}, {-745.2, 0}, {1e300, inf}, {-1e300, 0}, {-745.1, 5e-324}},
		"exp2":  {{0, 1}, {10, 1024}, {-1074, 5e-324}, {-1022, 0x1p-1022}, {1023, 0x1p1023}, {1024, inf}, {-1076, 0}, {inf, inf}, {-inf, 0}, {nan, nan}},
		"expm1": {{0, 0}, {minusZ, minusZ}, {inf, inf}, {-inf, -1}, {nan, nan}, {5e-324, 5e-324}, {-5e-324, -5e-324}, {709.79, inf}, {-50, -1}},
		"log":   {{1, 0}, {0, -inf}, {minusZ, -inf}, {-1, nan}, {-inf, nan}, {inf, inf}, {nan, nan}, {5e-324, -744.4400719213812}},
		"log2":  {{1, 0}, {0, -inf}, {-1, nan}, {inf, inf}, {nan, nan}, {8, 3}, {0x1p-1074, -1074}, {0x1p1023, 1023}, {0.5, -1}},
		"log10": {{1, 0}, {0, -inf}, {-1, nan}, {inf, inf}, {nan, nan}, {10, 1}, {1000, 3}, {1e15, 15}, {1e22, 22}, {0.1, -1}, {1e-3, -3}},
		"log1p": {{0, 0}, {minusZ, minusZ}, {-1, -inf}, {-2, nan}, {inf, inf}, {-inf, nan}, {nan, nan}, {5e-324, 5e-324}, {1e-300, 1e-300}},
		"sin":   {{0, 0}, {minusZ, minusZ}, {inf, nan}, {-inf, nan}, {nan, nan}, {5e-324, 5e-324}, {1e22, -0.8522008497671888}, {math.Pi, 1.2246467991473532e-16}},
		"cos":   {{0, 1}, {minusZ, 1}, {inf, nan}, {-inf, nan}, {nan, nan}, {5e-324, 1}, {math.Pi, -1}, {math.Pi / 2, 6.123233995736766e-17}},
		"tan":   {{0, 0}, {minusZ, minusZ}, {inf, nan}, {nan, nan}, {-5e-324, -5e-324}, {math.Pi / 2, 1.633123935319537e16}},
		"asin":  {{0, 0}, {minusZ, minusZ}, {1, math.Pi / 2}, {-1, -math.Pi / 2}, {1.0000000000000002, nan}, {-2, nan}, {nan, nan}, {inf, nan}},
		"acos":  {{1, 0}, {-1, math.Pi}, {0, math.Pi / 2}, {minusZ, math.Pi / 2}, {1.0000000000000002, nan}, {-2, nan}, {nan, nan}, {inf, nan}},
		"atan":  {{0, 0}, {minusZ, minusZ}, {inf, math.Pi / 2}, {-inf, -math.Pi / 2}, {nan, nan}, {1, math.Pi / 4}, {5e-324, 5e-324}, {1e300, math.Pi / 2}},
		"sinh":  {{0, 0}, {minusZ, minusZ}, {inf, inf}, {-inf, -inf}, {nan, nan}, {711, inf}, {-711, -inf}, {5e-324, 5e-324}},
		"cosh":  {{0, 1}, {minusZ, 1}, {inf, inf}, {-inf, inf}, {nan, nan}, {711, inf}, {-711, inf}, {5e-324, 1}},
		"tanh":  {{0, 0}, {minusZ, minusZ}, {inf, 1}, {-inf, -1}, {nan, nan}, {30, 1}, {-1e300, -1}, {5e-324, 5e-324}},
		"cbrt":  {{0, 0}, {minusZ, minusZ}, {inf, inf}, {-inf, -inf}, {nan, nan}, {27, 3}, {-1e-300, -1e-100}, {0x1p-1074, 0x1p-358}, {1e6, 100}},
	}
	specialTwo = map[string][][3]float64{
		"atan2": {
			{0, 0, 0}, {minusZ, 0, minusZ}, {0, minusZ, math.Pi}, {minusZ, minusZ, -math.Pi}, {0, -1, math.Pi}, {minusZ, -1, -math.Pi}, {0, 1, 0}, {1, 0, math.Pi / 2}, {-1, minusZ, -math.Pi / 2},
			{inf, inf, math.Pi / 4}, {-inf, inf, -math.Pi / 4}, {inf, -inf, 3 * math.Pi / 4}, {-inf, -inf, -3 * math.Pi / 4}, {1, inf, 0}, {-1, inf, minusZ}, {1, -inf, math.Pi}, {inf, 1, math.Pi / 2}, {-inf, -1, -math.Pi / 2},
			{nan, 1, nan}, {1, nan, nan}, {nan, inf, nan}, {inf, nan, nan}, {nan, 0, nan}, {0, nan, nan}, {1e308, 1e308, math.Pi / 4}, {5e-324, 5e-324, math.Pi / 4}, {5e-324, 1e308, 0}, {1e308, 5e-324, math.Pi / 2},
		},
		"hypot": {
			{0, 0, 0}, {minusZ, minusZ, 0}, {3, 4, 5}, {-3, 4, 5}, {inf, nan, inf}, {nan, -inf, inf}, {nan, 1, nan}, {1, nan, nan}, {0, nan, nan}, {1e300, 1e300, 1.4142135623730952e300}, {5e-324, 0, 5e-324}, {math.MaxFloat64, math.MaxFloat64, inf}, {3e-320, 4e-320, 5e-320},
		},
		"pow": {
			{2, 10, 1024}, {2, -1074, 5e-324}, {2, 1024, inf}, {10, 15, 1e15}, {10, 22, 1e22}, {9, 0.5, 3}, {nan, 0, 1}, {1, nan, 1}, {nan, minusZ, 1}, {inf, 0, 1}, {nan, 1, nan}, {2, nan, nan}, {0, nan, nan}, {-1, nan, nan},
			{0, 2, 0}, {minusZ, 3, minusZ}, {minusZ, 2, 0}, {0, -1, inf}, {minusZ, -1, -inf}, {minusZ, -2, inf}, {0, inf, 0}, {0, -inf, inf}, {-8, 3, -512}, {-8, 2, 64}, {-8, 1.0 / 3, nan}, {-2, 1e300, inf}, {-2, -1e300, 0}, {-1, 0x1p53, 1}, {-1, 0x1p53 - 1, -1},
			{inf, 1, inf}, {inf, -1, 0}, {-inf, 3, -inf}, {-inf, 2, inf}, {-inf, -3, minusZ}, {-inf, 0.5, inf}, {2, inf, inf}, {0.5, inf, 0}, {2, -inf, 0}, {-1, inf, 1}, {-1, -inf, 1}, {1, inf, 1}, {5e-324, 1, 5e-324}, {5e-324, -1, inf}, {0.99, 1e300, 0}, {1.01, 1e300, inf},
		},
	}
)

func TestElementaryFunctionsOfSpecialArguments(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for name, cases := range specialOne {
			for _, c := range cases {
				checkSpecial(t, name, c[0], 0, c[1])
			}
		}
		for name, cases := range specialTwo {
			for _, c := range cases {
				checkSpecial(t, name, c[0], c[1], c[2])
			}
		}
	})
}

// checkSpecial puts the arguments at every place of vectors of ordinary ones.
func checkSpecial(t *testing.T, name string, x, y, want float64) {
	t.Helper()
	for n := range 20 {
		xs, ys, got := make([]float64, 20), make([]float64, 20), make([]float64, 20)
		fillAll(xs, 0.75)
		fillAll(ys, 0.5)
		xs[n], ys[n] = x, y
		functions[float64]()[name](got, xs, ys)
		if !same(got[n], want) {
			t.Errorf("%s(%g, %g) = %g, want %g", name, x, y, got[n], want)
			return
		}
		if other := (n + 1) % len(got); math.IsNaN(got[other]) || got[other] != got[(n+2)%len(got)] {
			t.Errorf("%s(%g, %g) changes a neighbour to %g", name, x, y, got[other])
			return
		}
	}
}

func TestElementaryFunctionsOfSinglePrecisionRoundOnce(t *testing.T) {
	_, refs := readReferences(t)
	eachLevel(t, func(t *testing.T) {
		for _, ref := range refs {
			checkSingle(t, ref)
		}
	})
}

// checkSingle compares with the exact values at arguments that are float32s: being
// rounded from float64, results are at most little more than half a last place off.
func checkSingle(t *testing.T, ref reference) {
	t.Helper()
	var args [2][]float32
	var exact []float64
	for i, v := range ref.value {
		x, y := ref.args[0][i], second(ref, i)
		if float64(float32(x)) != x || float64(float32(y)) != y || math.Abs(v) > math.MaxFloat32 {
			continue
		}
		args[0], args[1], exact = append(args[0], float32(x)), append(args[1], float32(y)), append(exact, v)
	}
	if len(exact) < 20 {
		t.Fatalf("%s: only %d arguments are float32s", ref.name, len(exact))
	}
	got := make([]float32, len(exact))
	functions[float32]()[ref.name](got, args[0], args[1])
	for i, y := range got {
		place := float64(math.Nextafter32(float32(math.Abs(exact[i])), float32(inf))) - float64(float32(math.Abs(exact[i])))
		if e := math.Abs(float64(y)-exact[i]) / place; !(e < 0.5001) {
			t.Errorf("%s(%g, %g) = %g, want %g: %.4f ulp away", ref.name, args[0][i], args[1][i], y, exact[i], e)
		}
	}
}
