package vector

import (
	"testing"
)

func TestBooleanOperations(t *testing.T) {
	r := seeded(t)
	random := func(n int) []bool {
		a := make([]bool, n+3)
		for i := range a {
			a[i] = r.IntN(2) == 0
		}
		return a[3:] // words need not begin where memory words do
	}
	for n := range 40 {
		a, b := random(n), random(n)
		and, or, xor, not := make([]bool, n), make([]bool, n), make([]bool, n), make([]bool, n)
		And(and, a, b)
		Or(or, a, b)
		Xor(xor, a, b)
		Not(not, a)
		all, anyTrue, count := true, false, 0
		for i := range n {
			if and[i] != (a[i] && b[i]) || or[i] != (a[i] || b[i]) || xor[i] != (a[i] != b[i]) || not[i] != !a[i] {
				t.Fatalf("of %v and %v at %d of %d: and %v, or %v, xor %v, not %v", a[i], b[i], i, n, and[i], or[i], xor[i], not[i])
			}
			all, anyTrue = all && a[i], anyTrue || a[i]
			if a[i] {
				count++
			}
		}
		if All(a) != all || Any(a) != anyTrue || CountTrue(a) != count {
			t.Fatalf("of %v: all %v, any %v, count %d", a, All(a), Any(a), CountTrue(a))
		}
	}
}

func TestCountNonzero(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		a := make([]float64, 1000)
		for i := range a {
			if i%3 == 0 {
				a[i] = minusZ
			} else if i%3 == 1 {
				a[i] = nan
			} else {
				a[i] = 1
			}
		}
		if n := CountNonzero(a); n != 666 {
			t.Errorf("%d of 1000 numbers are not zero, want 666", n)
		}
	})
}

func checkWhere[T Element](t *testing.T, a, b T) {
	t.Helper()
	eachLevel(t, func(t *testing.T) {
		for n := range 150 {
			x, y, dst := make([]T, n), make([]T, n), make([]T, n)
			fillAll(x, a)
			fillAll(y, b)
			Where(dst, everyThird(n), x, y)
			for i, got := range dst {
				want := b
				if i%3 == 0 {
					want = a
				}
				if got != want {
					t.Fatalf("%T %d of %d is %v, want %v", a, i, n, got, want)
				}
			}
		}
	})
}

func TestWhereOfEveryType(t *testing.T) {
	checkWhere(t, true, false)
	checkWhere[int8](t, 1, 2)
	checkWhere[uint16](t, 1, 2)
	checkWhere[int32](t, 1, 2)
	checkWhere[uint64](t, 1, 2)
	checkWhere[float32](t, 1, 2)
	checkWhere(t, 1.5, 2.5)
	checkWhere[complex64](t, 1+2i, 3-4i)
	checkWhere(t, 1+2i, 3-4i)
}

func TestPredicatesOfFloats(t *testing.T) {
	a := []float64{0, nan, inf, -inf, 1e308, 5e-324}
	check := func(name string, f func([]bool, []float64), want ...bool) {
		t.Helper()
		got := make([]bool, len(a))
		f(got, a)
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s(%g) is %v", name, a[i], got[i])
			}
		}
	}
	check("IsNaN", IsNaN[float64], false, true, false, false, false, false)
	check("IsInf", IsInf[float64], false, false, true, true, false, false)
	check("IsFinite", IsFinite[float64], true, false, false, false, true, true)
}
