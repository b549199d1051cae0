package vector

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// seeded returns random numbers whose seed is logged.
func seeded(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// special are numbers at which something changes.
var special = []float64{
	0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 2, math.Inf(1), math.Inf(-1), math.NaN(), math.MaxFloat64, math.SmallestNonzeroFloat64, 0x1p-1022,
	1 << 31, -1 << 31, 1<<31 - 1, 1 << 63, -1 << 63, 1 << 32, 1<<53 + 2, 1e10, 1e300, math.Pi, math.E, 709.8, -745.2, 3, 1e-8, 1 << 30, math.MaxFloat32,
}

// fill makes half of a random bits, and the rest numbers of everyday size or
// special ones.
func fill[T Number](r *rand.Rand, a []T) {
	for i := range a {
		switch r.IntN(4) {
		case 0:
			a[i] = T(r.IntN(100))
		case 1:
			x := special[r.IntN(len(special))]
			if f, ok := any(&a[i]).(*float64); ok {
				*f = x
			} else if f, ok := any(&a[i]).(*float32); ok {
				*f = float32(x)
			}
		default:
			bits := r.Uint64()
			a[i] = *(*T)(unsafe.Pointer(&bits))
		}
	}
}

// same compares bits; all NaNs are the same.
func same[T Element](a, b T) bool {
	switch x := any(a).(type) {
	case float64:
		y := any(b).(float64)
		return math.Float64bits(x) == math.Float64bits(y) || x != x && y != y
	case float32:
		y := any(b).(float32)
		return math.Float32bits(x) == math.Float32bits(y) || x != x && y != y
	}
	return a == b
}

// An operation sets dst from up to two slices.
type operation[D, S Element] struct {
	name string
	do   func(dst []D, a, b []S)
}

// checkLevels compares every level with portable Go, for all short lengths and
// some offsets, with results in a slice of their own and, if the types are the
// same, in each of the operands.
func checkLevels[D, S Element](t *testing.T, r *rand.Rand, fill func(*rand.Rand, []S), operations []operation[D, S]) {
	t.Helper()
	const margin = 3
	defer Use(Active())
	for _, op := range operations {
		for n := range 80 {
			if testing.Short() && n%4 != 0 {
				continue
			}
			if n > 70 {
				n *= 7 + r.IntN(9)
			}
			offset := r.IntN(margin)
			a, b := make([]S, n+offset)[offset:], make([]S, n+offset)[offset:]
			fill(r, a)
			fill(r, b)
			if r.IntN(4) == 0 {
				copy(b, a)
			}
			want := make([]D, n)
			Use(Portable)
			op.do(want, a, b)
			for l := Portable; l <= Best(); l++ {
				Use(l)
				whole := make([]D, n+2*margin)
				compareRun(t, op, l, whole[margin:margin+n], want, a, b)
				for i := range margin {
					if zero := *new(D); whole[i] != zero || whole[margin+n+i] != zero {
						t.Fatalf("%s with %v writes beyond %d elements", op.name, l, n)
					}
				}
				for _, alias := range []int{0, 1} {
					x, y := append([]S(nil), a...), append([]S(nil), b...)
					if dst, ok := any([][]S{x, y}[alias]).([]D); ok {
						compareRun(t, op, l, dst, want, x, y)
					}
				}
			}
		}
	}
}

func compareRun[D, S Element](t *testing.T, op operation[D, S], l Level, dst, want []D, a, b []S) {
	t.Helper()
	var x, y []S
	x, y = append(x, a...), append(y, b...)
	op.do(dst, a, b)
	for i := range want {
		if !same(dst[i], want[i]) {
			t.Fatalf("%s of %T with %v: element %d of %d from %v and %v is %v, want %v", op.name, a, l, i, len(want), x[i], y[i], dst[i], want[i])
		}
	}
}

// ofOne and ofScalar make operations of functions with other arguments.
func ofOne[D, S Element](f func(dst []D, a []S)) func(dst []D, a, b []S) {
	return func(dst []D, a, _ []S) { f(dst, a) }
}

func ofScalar[D, S Element](f func(dst []D, a []S, s S)) func(dst []D, a, b []S) {
	return func(dst []D, a, b []S) {
		if len(b) > 0 {
			f(dst, a, b[len(b)/2])
		}
	}
}

func ofScalarFirst[T Element](f func(dst []T, s T, a []T)) func(dst, a, b []T) {
	return ofScalar(func(dst, a []T, s T) { f(dst, s, a) })
}

func checkNumbers[T Number](t *testing.T) {
	t.Run(fmt.Sprintf("%T", *new(T)), func(t *testing.T) {
		r := seeded(t)
		checkLevels(t, r, fill[T], []operation[T, T]{
			{"Add", Add[T]}, {"Sub", Sub[T]}, {"Mul", Mul[T]}, {"Min", Min[T]}, {"Max", Max[T]},
			{"AddScalar", ofScalar(AddScalar[T])}, {"SubScalar", ofScalar(SubScalar[T])}, {"ScalarSub", ofScalarFirst(ScalarSub[T])},
			{"MulScalar", ofScalar(MulScalar[T])}, {"MinScalar", ofScalar(MinScalar[T])}, {"MaxScalar", ofScalar(MaxScalar[T])},
			{"Neg", ofOne(Neg[T])}, {"Abs", ofOne(Abs[T])}, {"Square", ofOne(Square[T])},
			{"Where", func(dst, a, b []T) { Where(dst, everyThird(len(dst)), a, b) }},
		})
		checkLevels(t, r, fill[T], []operation[bool, T]{
			{"Equal", Equal[T]}, {"NotEqual", NotEqual[T]}, {"Less", Less[T]}, {"LessEqual", LessEqual[T]}, {"Greater", Greater[T]}, {"GreaterEqual", GreaterEqual[T]},
			{"EqualScalar", ofScalar(EqualScalar[T])}, {"NotEqualScalar", ofScalar(NotEqualScalar[T])}, {"LessScalar", ofScalar(LessScalar[T])},
			{"LessEqualScalar", ofScalar(LessEqualScalar[T])}, {"GreaterScalar", ofScalar(GreaterScalar[T])}, {"GreaterEqualScalar", ofScalar(GreaterEqualScalar[T])},
			{"ToBool", ofOne(ToBool[T])},
		})
		checkLevels(t, r, fill[T], []operation[T, T]{
			{"MinOf", ofReduction(MinOf[T])}, {"MaxOf", ofReduction(MaxOf[T])},
			{"ArgMin", ofReduction(func(a []T) T { return a[ArgMin(a)] })}, {"ArgMax", ofReduction(func(a []T) T { return a[ArgMax(a)] })},
		})
	})
}

func checkFloats[T Float](t *testing.T) {
	t.Run(fmt.Sprintf("%T", *new(T)), func(t *testing.T) {
		r := seeded(t)
		checkLevels(t, r, fill[T], []operation[T, T]{
			{"Div", Div[T]}, {"DivScalar", ofScalar(DivScalar[T])}, {"ScalarDiv", ofScalarFirst(ScalarDiv[T])}, {"Sqrt", ofOne(Sqrt[T])},
			{"Floor", ofOne(Floor[T])}, {"Ceil", ofOne(Ceil[T])}, {"Trunc", ofOne(Trunc[T])}, {"Rint", ofOne(Rint[T])},
		})
		var elementary []operation[T, T]
		for name, f := range functions[T]() {
			elementary = append(elementary, operation[T, T]{name, f})
		}
		checkLevels(t, r, fill[T], elementary)
		checkLevels(t, r, fill[T], []operation[float64, T]{
			{"Sum", ofReduction(Sum[T])}, {"Prod", ofReduction(Prod[T])},
			{"Dot", func(dst []float64, a, b []T) { fillAll(dst, Dot(a, b)) }},
			{"SumSquares", ofScalar(func(dst []float64, a []T, s T) { fillAll(dst, SumSquares(a, float64(s))) })},
			{"MomentsOf", ofReduction(func(a []T) float64 { return MomentsOf(a).M2 })},
		})
	})
}

func ofReduction[D, S Element](f func(a []S) D) func(dst []D, a, b []S) {
	return func(dst []D, a, _ []S) {
		if len(a) > 0 {
			fillAll(dst, f(append([]S(nil), a...))) // dst may be a
		}
	}
}

func fillAll[T Element](dst []T, x T) {
	for i := range dst {
		dst[i] = x
	}
}

func everyThird(n int) []bool {
	cond := make([]bool, n)
	for i := range cond {
		cond[i] = i%3 == 0
	}
	return cond
}

func TestAllLevelsGiveTheSameBits(t *testing.T) {
	checkNumbers[int8](t)
	checkNumbers[int16](t)
	checkNumbers[int32](t)
	checkNumbers[int64](t)
	checkNumbers[uint8](t)
	checkNumbers[uint16](t)
	checkNumbers[uint32](t)
	checkNumbers[uint64](t)
	checkNumbers[float32](t)
	checkNumbers[float64](t)
	checkFloats[float32](t)
	checkFloats[float64](t)
}

// TestSlicesLongerThanAStretch crosses the border between calls of a kernel.
func TestSlicesLongerThanAStretch(t *testing.T) {
	const n = 2*stretch + 77
	r := seeded(t)
	a, b := make([]float64, n), make([]float64, n)
	fill(r, a)
	fill(r, b)
	defer Use(Active())
	results := func() (sum, sine, less, single []float64, least float64) {
		sum, sine, single = make([]float64, n), make([]float64, n), make([]float64, n)
		Add(sum, a, b)
		Sin(sine, a)
		set, narrow := make([]bool, n), make([]float32, n)
		Less(set, a, b)
		less = make([]float64, n)
		Where(less, set, a, b)
		Convert(narrow, a)
		Convert(single, narrow)
		return sum, sine, less, single, MinOf(sine[stretch-3 : stretch+3])
	}
	Use(Portable)
	sum, sine, less, single, least := results()
	for l := range Best() + 1 {
		Use(l)
		gotSum, gotSine, gotLess, gotSingle, gotLeast := results()
		for i := range n {
			if !same(gotSum[i], sum[i]) || !same(gotSine[i], sine[i]) || !same(gotLess[i], less[i]) || !same(gotSingle[i], single[i]) || !same(gotLeast, least) {
				t.Fatalf("with %v element %d of %d from %x and %x: sum %x, sine %x, lesser %x, single %x; portably %x, %x, %x, %x",
					l, i, n, a[i], b[i], gotSum[i], gotSine[i], gotLess[i], gotSingle[i], sum[i], sine[i], less[i], single[i])
			}
		}
		whole := make([]float64, n)
		whole[n-1], whole[stretch] = 1, -1
		if MinOf(whole) != -1 || MaxOf(whole) != 1 || ArgMin(whole) != stretch || ArgMax(whole) != n-1 {
			t.Errorf("with %v the extremes of %d numbers are %g and %g at %d and %d", l, n, MinOf(whole), MaxOf(whole), ArgMin(whole), ArgMax(whole))
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	x, y, set, narrow := make([]float64, 10000), make([]float64, 10000), make([]bool, 10000), make([]float32, 10000)
	eachLevel(t, func(t *testing.T) {
		n := testing.AllocsPerRun(5, func() {
			Add(y, x, x)
			AddScalar(y, x, 1)
			Sin(y, x)
			Pow(y, x, y)
			LessScalar(set, x, 1)
			Where(y, set, x, y)
			Convert(narrow, x)
			y[0] = Sum(x) + Dot(x, y) + Prod(x) + MomentsOf(x).M2 + MinOf(x) + float64(ArgMax(x)+CountNonzero(x))
		})
		if n != 0 {
			t.Errorf("%g allocations, want none", n)
		}
	})
}
