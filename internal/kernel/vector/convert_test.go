package vector

import (
	"fmt"
	"math"
	"testing"
)

func TestConversionsGiveTheSameBitsOnAllLevels(t *testing.T) {
	checkConversionsFrom[int8](t)
	checkConversionsFrom[int16](t)
	checkConversionsFrom[int32](t)
	checkConversionsFrom[int64](t)
	checkConversionsFrom[uint8](t)
	checkConversionsFrom[uint16](t)
	checkConversionsFrom[uint32](t)
	checkConversionsFrom[uint64](t)
	checkConversionsFrom[float32](t)
	checkConversionsFrom[float64](t)
}

func checkConversionsFrom[S Number](t *testing.T) {
	t.Run(fmt.Sprintf("%T", *new(S)), func(t *testing.T) {
		r := seeded(t)
		checkLevels(t, r, fill[S], []operation[int8, S]{{"to int8", ofOne(Convert[int8, S])}})
		checkLevels(t, r, fill[S], []operation[int16, S]{{"to int16", ofOne(Convert[int16, S])}})
		checkLevels(t, r, fill[S], []operation[int32, S]{{"to int32", ofOne(Convert[int32, S])}})
		checkLevels(t, r, fill[S], []operation[int64, S]{{"to int64", ofOne(Convert[int64, S])}})
		checkLevels(t, r, fill[S], []operation[uint8, S]{{"to uint8", ofOne(Convert[uint8, S])}})
		checkLevels(t, r, fill[S], []operation[uint16, S]{{"to uint16", ofOne(Convert[uint16, S])}})
		checkLevels(t, r, fill[S], []operation[uint32, S]{{"to uint32", ofOne(Convert[uint32, S])}})
		checkLevels(t, r, fill[S], []operation[uint64, S]{{"to uint64", ofOne(Convert[uint64, S])}})
		checkLevels(t, r, fill[S], []operation[float32, S]{{"to float32", ofOne(Convert[float32, S])}})
		checkLevels(t, r, fill[S], []operation[float64, S]{{"to float64", ofOne(Convert[float64, S])}})
	})
}

// converts checks one conversion of a slice, on every level.
func converts[D, S Number](t *testing.T, from []S, want []D) {
	t.Helper()
	for l := range Best() + 1 {
		before := Use(l)
		// Many times over, so that vectors are filled.
		var long []S
		for range 40 {
			long = append(long, from...)
		}
		got := make([]D, len(long))
		Convert(got, long)
		Use(before)
		for i, x := range got {
			if w := want[i%len(want)]; !same(x, w) {
				t.Errorf("%v: %T of %T %v is %v, want %v", l, x, long[i], long[i], x, w)
				break
			}
		}
	}
}

func TestConversionsOfWhatDoesNotFit(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	floats := []float64{2.9, -2.9, 300, -129, 1e10, -1e10, 3e9, nan, inf, -inf, 1 << 63}
	converts(t, floats, []int8{2, -2, 44, 127, 0, 0, 0, 0, 0, 0, 0})
	converts(t, floats, []uint8{2, 254, 44, 127, 0, 0, 0, 0, 0, 0, 0})
	converts(t, floats, []int32{2, -2, 300, -129, math.MinInt32, math.MinInt32, math.MinInt32, math.MinInt32, math.MinInt32, math.MinInt32, math.MinInt32})
	converts(t, floats, []uint32{2, 1<<32 - 2, 300, 1<<32 - 129, 1410065408, 2884901888, 3000000000, 0, 0, 0, 0})
	const least = math.MinInt64
	converts(t, floats, []int64{2, -2, 300, -129, 1e10, -1e10, 3e9, least, least, least, least})
	converts(t, floats, []uint64{2, 1<<64 - 2, 300, 1<<64 - 129, 1e10, 1<<64 - 1e10, 3e9, 1 << 63, 0, 1 << 63, 1 << 63})
	converts(t, []float64{1e300, -1e300, 1e-300, 0.1, nan}, []float32{float32(inf), float32(-inf), 0, 0.1, float32(nan)})
	converts(t, []int64{-1, 256, 1<<53 + 1, math.MinInt64}, []uint8{255, 0, 1, 0})
	converts(t, []int64{-1, 256, 1<<53 + 1, math.MinInt64}, []float64{-1, 256, 1 << 53, math.MinInt64})
	converts(t, []uint64{1<<64 - 1, 1<<63 + 1<<10}, []float64{1 << 64, 1 << 63})
	converts(t, []uint64{1<<64 - 1, 1<<40 + 1<<16 + 1}, []float32{1 << 64, 1<<40 + 1<<17})
	converts(t, []int8{-1, 5}, []uint64{math.MaxUint64, 5})
}

func TestConversionsOfBools(t *testing.T) {
	from := []bool{true, false, true}
	got := make([]float64, 3)
	FromBool(got, from)
	if got[0] != 1 || got[1] != 0 || got[2] != 1 {
		t.Errorf("floats of %v are %v", from, got)
	}
	back := make([]bool, 3)
	ToBool(back, []float64{math.NaN(), math.Copysign(0, -1), 0.5})
	if !back[0] || back[1] || !back[2] {
		t.Errorf("NaN, -0, 0.5 as bools are %v, want true, false, true", back)
	}
}
