package agent

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// ruin overwrites all spill files.
func ruin(t *testing.T, scratch string) (n int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(scratch, "braid-spill-*", "[0-9]*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := os.WriteFile(f, []byte("ruined"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return len(files)
}

// A task whose inputs are damaged here goes back to the scheduler, which is told of those that were made here. Copies are fetched again.
func TestATaskWhoseInputsAreLostGoesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		big := &exec.Op{
			Call: constant(&exec.Encoded{Data: make([]byte, mib)}, nil).Call,
			Size: func(any) (int64, bool) { return mib, true }, Form: func(any) *block.Form { return exec.EncodedForm },
		}
		scratch := t.TempDir()
		store, err := block.Open(block.Options{Limit: 8 * mib, SpillMark: 1, PauseMark: 6 * mib, Scratch: scratch})
		if err != nil {
			t.Fatal(err)
		}
		s, holder := boundedBy(t, store, map[string]*exec.Op{"big": big, "total": total})
		w := s.assign(0, nil, "big")
		w.AllWanted = false
		s.say(s.scheduler, w)
		hear[*word.Done](s, s.scheduler)
		synctest.Wait()

		// It takes what was made here, which is on disk, and two copies, of which the first is on disk when the second comes.
		own := word.Input{Block: blockOf(0), Holder: self}
		far := inputsOf(2)
		take := append([]word.Input{own}, far...)
		s.say(s.scheduler, s.assign(1, take, "total"))
		hear[*word.OfferFirst](s, holder)
		hear[*word.Subscribe](s, holder)
		s.say(holder, &word.Delivery{Block: far[0].Block, Outputs: [][]byte{make([]byte, mib)}})
		synctest.Wait()
		if n := ruin(t, scratch); n != 2 {
			t.Fatalf("%d files, and the store has %+v", n, store.Stats())
		}
		s.say(holder, &word.Delivery{Block: far[1].Block, Outputs: [][]byte{make([]byte, mib)}})
		if l := hear[*word.Lost](s, s.scheduler); len(l.Blocks) != 1 || l.Blocks[0] != blockOf(0) {
			t.Errorf("lost: %v", l.Blocks)
		}
		if r := hear[*word.Returned](s, s.scheduler); len(r.Tasks) != 1 || r.Tasks[0] != blockOf(1) {
			t.Errorf("returned: %v", r.Tasks)
		}

		// Only the first lost input is known, since none is read after it: the others show when the task comes again.
		again := s.assign(2, far, "total")
		s.say(s.scheduler, again)
		if w := hear[*word.Subscribe](s, holder); len(w.Blocks) != 2 {
			t.Errorf("subscribed to %v", w.Blocks)
		}
		s.say(holder, &word.Delivery{Block: far[0].Block, Outputs: [][]byte{make([]byte, mib)}})
		synctest.Wait()
		ruin(t, scratch)
		s.say(holder, &word.Delivery{Block: far[1].Block, Outputs: [][]byte{make([]byte, mib)}})
		if r := hear[*word.Returned](s, s.scheduler); len(r.Tasks) != 1 || r.Tasks[0] != blockOf(2) {
			t.Errorf("returned: %v", r.Tasks)
		}
		s.say(s.scheduler, s.assign(3, far, "total"))
		hear[*word.Subscribe](s, holder)
		for _, in := range far {
			s.say(holder, &word.Delivery{Block: in.Block, Outputs: [][]byte{make([]byte, mib)}})
		}
		s.done(1, "2097152")
		s.finish(store)
	})
}

// A result that turns out to be damaged when it is sent is spoken of, too.
func TestAResultThatIsLostWhenItIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		big := &exec.Op{
			Call: constant(&exec.Encoded{Data: make([]byte, mib)}, nil).Call,
			Size: func(any) (int64, bool) { return mib, true }, Form: func(any) *block.Form { return exec.EncodedForm },
		}
		scratch := t.TempDir()
		store, err := block.Open(block.Options{Limit: 8 * mib, SpillMark: 1, PauseMark: 6 * mib, Scratch: scratch})
		if err != nil {
			t.Fatal(err)
		}
		s, _ := boundedBy(t, store, map[string]*exec.Op{"big": big})
		w := s.assign(0, nil, "big", "big")
		w.AllWanted = false
		s.say(s.scheduler, w)
		for n := 0; n < 2; {
			n += len(hear[*word.Done](s, s.scheduler).Tasks)
		}
		visitor := s.visit()
		for k := range graph.Index(2) {
			synctest.Wait()
			if k == 1 {
				ruin(t, scratch)
			}
			s.say(visitor, &word.Subscribe{Blocks: []word.Block{blockOf(k)}})
			if k == 0 {
				if d := hear[*word.Delivery](s, visitor); len(d.Outputs[0]) != mib {
					t.Errorf("%d bytes were delivered", len(d.Outputs[0]))
				}
				continue
			}
			if l := hear[*word.Lost](s, s.scheduler); l.Blocks[0] != blockOf(k) {
				t.Errorf("lost: %v", l.Blocks)
			}
			hear[*word.NotHere](s, visitor)
		}
		s.say(s.scheduler, &word.Free{Blocks: []word.Block{blockOf(0)}})
		synctest.Wait()
		s.finish(store)
	})
}
