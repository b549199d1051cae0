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
