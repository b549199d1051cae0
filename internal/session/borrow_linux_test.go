package session

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// near begins a stage with a worker of this machine, which holds the results of all tasks of a run.
func near(t *testing.T, tasks int) (g *stage, r *exec.Run) {
	g = begin(t)
	g.say(g.scheduler, &word.Peer{Agent: 3, Address: "unix:there", Name: "worker-3"})
	r = g.submit(g.calls(tasks, 1))
	for k := range tasks {
		g.done(r, graph.Index(k), 1, 3)
	}
	return g, r
}

// lend makes a result that can be mapped.
func lend(t *testing.T, b word.Block, text string) *word.Lent {
	t.Helper()
	store, err := block.Open(block.Options{Limit: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	room, err := store.Room(t.Context(), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		room.Discard()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	copy(room.Bytes(), text)
	l := room.Loan()
	return &word.Lent{Block: b, Process: l.Process, Descriptor: l.Descriptor, Inode: l.Inode, Offset: l.Offset, Bytes: l.Ref.Bytes}
}

// hearGreeting takes what an agent of this machine is told first.
func hearGreeting(g *stage, c Conn) {
	g.Helper()
	if w := hear[*word.OfferFirst](g, c); w.Least != exec.LeastLent {
		g.Errorf("%+v", w)
	}
	if w := hear[*word.Borrow](g, c); w.Process != uint32(os.Getpid()) || len(w.Blocks) != 0 {
		g.Errorf("%+v", w)
	}
}

// What an agent of this machine lends is copied and given back; what it only offers is asked for once more, when nothing is lent, and then fetched.
func TestLargeResultsOfTheMachineAreCopiedFromTheirHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, r := near(t, 3)
		texts := []string{strings.Repeat("a", 1<<19), strings.Repeat("b", 1<<19), strings.Repeat("c", 1<<19)}
		var results []<-chan got
		for k := range texts {
			results = append(results, g.fetch(t.Context(), r, graph.Index(k)))
		}
		c := <-g.workers
		hearGreeting(g, c)
		for range texts {
			hear[*word.Subscribe](g, c)
		}
		blocks := []word.Block{blockOf(r, 0, 1), blockOf(r, 1, 1), blockOf(r, 2, 1)}
		g.say(c, lend(t, blocks[0], texts[0]))
		g.say(c, &word.Offer{Blocks: blocks[1:], Bytes: []int64{1 << 19, 1 << 19}})
		if w := hear[*word.GiveBack](g, c); w.Process != uint32(os.Getpid()) || !slices.Equal(w.Blocks, blocks[:1]) {
			t.Errorf("%+v was given back", w)
		}
		if w := hear[*word.Subscribe](g, c); !slices.Equal(w.Blocks, blocks[1:2]) {
			t.Errorf("%v was asked for once more", w.Blocks)
		}
		g.say(c, lend(t, blocks[1], texts[1]))
		hear[*word.GiveBack](g, c)
		if w := hear[*word.Subscribe](g, c); !slices.Equal(w.Blocks, blocks[2:]) {
			t.Errorf("%v was asked for once more", w.Blocks)
		}
		g.say(c, &word.Offer{Blocks: blocks[2:], Bytes: []int64{1 << 19}})
		if w := hear[*word.Fetch](g, c); !slices.Equal(w.Blocks, blocks[2:]) {
			t.Errorf("%v was fetched", w.Blocks)
		}
		g.deliver(c, blocks[2], texts[2])
		for k, ch := range results {
			if v := <-ch; v != (got{data: texts[k]}) {
				t.Errorf("result %d: %d bytes, %v", k, len(v.data), v.err)
			}
		}
		g.end()
	})
}

// What cannot be mapped is sent, and so is all that follows.
func TestResultsThatCannotBeMappedAreSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, r := near(t, 2)
		first := g.fetch(t.Context(), r, 0)
		c := <-g.workers
		hearGreeting(g, c)
		hear[*word.Subscribe](g, c)
		w := lend(t, blockOf(r, 0, 1), strings.Repeat("x", 1<<19))
		w.Inode++
		g.say(c, w)
		hear[*word.GiveBack](g, c)
		if w := hear[*word.OfferFirst](g, c); w.Least != 0 {
			t.Errorf("%+v", w)
		}
		if w := hear[*word.Fetch](g, c); w.Blocks[0] != blockOf(r, 0, 1) {
			t.Errorf("%+v", w)
		}
		g.deliver(c, blockOf(r, 0, 1), "one")
		second := g.fetch(t.Context(), r, 1)
		hear[*word.Subscribe](g, c)
		g.say(c, &word.Offer{Blocks: []word.Block{blockOf(r, 1, 1)}, Bytes: []int64{1 << 20}}) // it crosses the word that nothing is to be offered
		hear[*word.Fetch](g, c)
		g.deliver(c, blockOf(r, 1, 1), "two")
		for want, ch := range map[string]<-chan got{"one": first, "two": second} {
			if v := <-ch; v != (got{data: want}) {
				t.Errorf("%+v, want %q", v, want)
			}
		}
		g.end()
	})
}
