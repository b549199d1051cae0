package graph

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSuccessorsAreTheReferencesTurnedAround(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawModel(t).g
		s := g.Successors()
		want := make(map[Index][]Index)
		for i := range Index(g.Len()) {
			_, args := g.Task(i, nil)
			for _, a := range args {
				if a.Kind() == RefOutput {
					want[a.Task()] = append(want[a.Task()], i)
				}
			}
		}
		for i := range Index(g.Len()) {
			if got := s.Of(i); !slices.Equal(got, want[i]) {
				t.Fatalf("task %d is taken by %v, want %v", i, got, want[i])
			}
		}
		if s.Empty() != (len(want) == 0) {
			t.Fatalf("%d tasks are taken, and it says %v to none", len(want), s.Empty())
		}
	})
}

func TestAGraphWhoseOnlyMapsAreOfEmptyLayersHasNoSuccessors(t *testing.T) {
	b := NewBuilder()
	call := b.Call(Call{Op: b.Op(Op{Name: "f", Outputs: 1}), Traits: b.Traits(Traits{}), Site: b.AddSite(Site{})})
	b.Affine(Affine{Call: call, Space: []uint32{1}})
	b.Affine(Affine{Call: call, Space: []uint32{0, 0}, Args: []AffineArg{{OutputRef(0, 0), IndexMap{0, []int64{0, 0}}}}})
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	if s := g.Successors(); !s.Empty() {
		t.Fatalf("task 0 is said to be taken, by %v", s.Of(0))
	}
}
