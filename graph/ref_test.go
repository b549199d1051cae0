package graph

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestAReferenceHoldsWhatWasPutIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint32Range(0, maxRefTable).Draw(t, "n")
		wide := rapid.Uint32().Draw(t, "wide")
		out := rapid.Uint16().Draw(t, "out")
		for _, c := range []struct {
			r    Ref
			kind RefKind
			got  [2]uint32
			want [2]uint32
		}{
			{LiteralRef(n), RefLiteral, [2]uint32{LiteralRef(n).Table()}, [2]uint32{n}},
			{ExternalRef(n), RefExternal, [2]uint32{ExternalRef(n).Table()}, [2]uint32{n}},
			{ListRef(wide), RefList, [2]uint32{uint32(ListRef(wide).Count())}, [2]uint32{wide}},
			{ItemRef(n, wide), RefItem, [2]uint32{ItemRef(n, wide).Table(), ItemRef(n, wide).Item()}, [2]uint32{n, wide}},
			{OutputRef(Index(wide), out), RefOutput,
				[2]uint32{uint32(OutputRef(Index(wide), out).Task()), uint32(OutputRef(Index(wide), out).Output())},
				[2]uint32{wide, uint32(out)}},
		} {
			if c.r.Kind() != c.kind || c.got != c.want || c.r != c.r.canonical() {
				t.Fatalf("%v: kind %v, holds %v and should hold %v of kind %v", c.r, c.r.Kind(), c.got, c.want, c.kind)
			}
		}
	})
}

func TestAnyBitsAreAReferenceThatCanBeShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Ref(rapid.Uint64().Draw(t, "bits"))
		if r.String() == "" || r.Kind().String() == "" {
			t.Fatalf("%#x shows as nothing", uint64(r))
		}
	})
	for r, want := range map[Ref]string{
		OutputRef(7, 2): "output 2 of task 7", ItemRef(3, 4): "item 4 of literal 3", ListRef(5): "list of 5",
		LiteralRef(1): "literal 1", ExternalRef(2): "external 2", 6 << refKindShift: "reference 0xc000000000000000 of unknown kind",
	} {
		if r.String() != want {
			t.Errorf("%#x shows as %q and not as %q", uint64(r), r, want)
		}
	}
	if got := fmt.Sprint(RefOutput, RefItem, RefList, RefKind(9)); got != "output item list kind 9" {
		t.Error(got)
	}
}

func TestAnIndexMapIsTheSumOfItsTermsAndStaysInItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		space := rapid.SliceOfN(rapid.Uint32Range(1, 5), 1, 4).Draw(t, "space")
		m := IndexMap{rapid.Int64Range(-50, 50).Draw(t, "offset"), rapid.SliceOfN(rapid.Int64Range(-9, 9), len(space), len(space)).Draw(t, "coefficients")}
		low, high := m.bounds(space)
		c := newCursor(m, space)
		reached := map[int64]bool{}
		k := uint32(0)
		eachPoint(space, func(point []int) {
			want := m.Offset
			for d, x := range point {
				want += m.Coef[d] * int64(x)
			}
			if m.at(space, k) != want || c.value != want || want < low || want > high {
				t.Fatalf("point %v: at %d, cursor %d, should be %d in %d to %d", point, m.at(space, k), c.value, want, low, high)
			}
			reached[want] = true
			k++
			if more := c.next(); more != (uint64(k) < (&Affine{Space: space}).count()) {
				t.Fatalf("after %d points the cursor says %v", k, more)
			}
		})
		if !reached[low] || !reached[high] {
			t.Fatalf("the bounds %d to %d are not reached", low, high)
		}
		if m.dense(space) && int64(len(reached)) != high-low+1 {
			t.Fatalf("dense, but %d of %d numbers are reached", len(reached), high-low+1)
		}
	})
}

func TestIdentityNumbersPointsInRowMajorOrder(t *testing.T) {
	space := []uint32{3, 4, 5}
	m := Identity(space...)
	for k := range uint32(60) {
		if m.at(space, k) != int64(k) {
			t.Fatalf("point %d maps to %d", k, m.at(space, k))
		}
	}
	if !m.dense(space) {
		t.Error("not seen to be dense")
	}
}

func TestABitsetFillsAndCountsRanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "n")
		s, slow := newBitset(n), make([]bool, n)
		for range 3 {
			first := rapid.IntRange(0, n).Draw(t, "first")
			end := rapid.IntRange(first, n).Draw(t, "end")
			s.fill(uint32(first), uint32(end))
			for i := first; i < end; i++ {
				slow[i] = true
			}
		}
		first := rapid.IntRange(0, n).Draw(t, "from")
		end := rapid.IntRange(first, n).Draw(t, "to")
		want := uint32(0)
		for i := first; i < end; i++ {
			if slow[i] != s.has(uint32(i)) {
				t.Fatalf("bit %d is %v", i, s.has(uint32(i)))
			}
			if slow[i] {
				want++
			}
		}
		if got := s.count(uint32(first), uint32(end)); got != want {
			t.Fatalf("%d bits from %d to %d, and %d are set", got, first, end, want)
		}
	})
}
