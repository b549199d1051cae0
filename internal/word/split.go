package word

import (
	"iter"
	"slices"

	"github.com/braid-compute/braid/graph"
)

// Split returns a word in parts that say the same one after the other, each with lists short enough for Append, if its only list is
// longer than that; otherwise the word itself.
func Split(w any) iter.Seq[any] { return split(w, MaxItems) }

func split(w any, most int) iter.Seq[any] {
	switch w := w.(type) {
	case *Revoke:
		return parts(w, w.Tasks, most, func(l []Block) any { return &Revoke{l} })
	case *Cancel:
		return parts(w, w.Tasks, most, func(l []Block) any { return &Cancel{l} })
	case *Free:
		return parts(w, w.Blocks, most, func(l []Block) any { return &Free{l} })
	case *Returned:
		return parts(w, w.Tasks, most, func(l []Block) any { return &Returned{l} })
	case *Started:
		return parts(w, w.Tasks, most, func(l []Block) any { return &Started{l} })
	case *Blocked:
		return parts(w, w.Tasks, most, func(l []Block) any { return &Blocked{l} })
	case *Subscribe:
		return parts(w, w.Blocks, most, func(l []Block) any { return &Subscribe{l} })
	case *Unsubscribe:
		return parts(w, w.Blocks, most, func(l []Block) any { return &Unsubscribe{l} })
	case *Lost:
		return parts(w, w.Blocks, most, func(l []Block) any { return &Lost{l} })
	case *Fetch:
		return parts(w, w.Blocks, most, func(l []Block) any { return &Fetch{l} })
	case *NotHere:
		return parts(w, w.Blocks, most, func(l []Block) any { return &NotHere{l} })
	case *Done:
		return parts(w, w.Tasks, most/2, func(l []Finished) any { return &Done{l} }) // leaves room for the inputs of impure tasks
	case *Release:
		return parts(w, w.Tasks, most, func(l []graph.Index) any { return &Release{w.Run, w.All, l} })
	case *CancelTasks:
		return parts(w, w.Tasks, most, func(l []graph.Index) any { return &CancelTasks{w.Run, w.All, l} })
	case *Settled:
		return parts(w, w.Tasks, most, func(l []Outcome) any { return &Settled{w.Run, l} })
	}
	return func(yield func(any) bool) { yield(w) }
}

// parts yields w, or words with most items of its list each.
func parts[T any](w any, list []T, most int, with func([]T) any) iter.Seq[any] {
	return func(yield func(any) bool) {
		if len(list) <= most {
			yield(w)
			return
		}
		for part := range slices.Chunk(list, most) {
			if !yield(with(part)) {
				return
			}
		}
	}
}
