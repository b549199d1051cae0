package reconnect

import (
	"testing"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// A word is weighed with all that it keeps in memory.
func TestWordsAreWeighed(t *testing.T) {
	const n = 1000
	blocks, data := make([]word.Block, n), make([]byte, n*blockBytes)
	for _, w := range []any{
		&word.Revoke{Tasks: blocks}, &word.Cancel{Tasks: blocks}, &word.Free{Blocks: blocks}, &word.Returned{Tasks: blocks},
		&word.Started{Tasks: blocks}, &word.Blocked{Tasks: blocks}, &word.Lost{Blocks: blocks}, &word.Met{Tasks: blocks},
		&word.Broken{Tasks: blocks}, &word.Broken{Failure: data}, &word.Assign{Tasks: blocks}, &word.Assign{Body: data},
		&word.Assign{Inputs: make([]word.Input, n)}, &word.Done{Tasks: make([]word.Finished, n)},
		&word.Done{Tasks: []word.Finished{{Data: data}}}, &word.Done{Tasks: []word.Finished{{Used: blocks}}},
		&word.Failed{Failure: data}, &word.Submit{Graph: data}, &word.Submit{Wanted: make([]graph.Index, 4*n)},
		&word.Release{Tasks: make([]graph.Index, 4*n)}, &word.CancelTasks{Tasks: make([]graph.Index, 4*n)},
		&word.Settled{Tasks: make([]word.Outcome, n)}, &word.Settled{Tasks: []word.Outcome{{Data: data}}}, &word.Publish{Graph: data},
		&word.Published{List: make([]word.Publication, n)}, &word.Meet{Data: data}, &word.Met{Data: [][]byte{data, data}},
	} {
		if got := weigh(w); got < n*blockBytes || got > 16*n*blockBytes {
			t.Errorf("%T weighs %d", w, got)
		}
	}
	if got := weigh(&word.Leave{}); got != leastWord {
		t.Errorf("a short word weighs %d", got)
	}
}
