package graph

import (
	"slices"
	"testing"
)

func TestGangsAreStretchesOfOneCallThatTakeNothingFromThemselves(t *testing.T) {
	b := oneOp()
	ganged := Traits{Lifetime: LifetimeGang}
	plain := b.Call(Call{Traits: b.Traits(Traits{})})
	one, two := b.Call(Call{Traits: b.Traits(ganged)}), b.Call(Call{Traits: b.Traits(Traits{Lifetime: LifetimeGang, Retries: 1})})
	first := b.Add(plain)
	for range 3 {
		b.Add(one, OutputRef(first, 0))
	}
	b.Add(two)
	last := b.Add(two)
	b.Add(two, OutputRef(last, 0)) // with the result of a member it cannot start with it
	b.Add(two)
	b.Add(plain)
	b.Affine(Affine{Call: one, Space: []uint32{4}})
	g := mustBuild(t, b)
	want := []Gang{{1, 3, one}, {4, 2, two}, {6, 2, two}, {9, 4, one}}
	if got := g.Gangs(); !slices.Equal(got, want) {
		t.Errorf("the gangs are %v, want %v", got, want)
	}
	back, err := Decode(mustEncode(t, g))
	if err != nil {
		t.Fatal(err)
	}
	if got := back.Gangs(); len(got) != len(want) || got[3].Count != 4 {
		t.Errorf("as bytes and back, they are %v", got)
	}
	c := oneOp()
	c.Add(0)
	if got := mustBuild(t, c).Gangs(); got != nil {
		t.Errorf("a graph without gangs has %v", got)
	}
}
