package agent

import (
	"bytes"
	"math"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// ownerOf is a store whose blocks an agent is to map, and what it says of one.
func ownerOf(t *testing.T, b word.Block, n int) (store *block.Store, lent *word.Lent, end func()) {
	t.Helper()
	store, err := block.Open(block.Options{Limit: 8 * mib})
	if err != nil {
		t.Fatal(err)
	}
	value := &exec.Encoded{Data: bytes.Repeat([]byte{3}, n)}
	blk, err := store.BoxSized(t.Context(), value, int64(n), exec.EncodedForm, nil)
	if err != nil {
		t.Fatal(err)
	}
	loan, ref, err := blk.Loan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a, err := store.Arena()
	if err != nil {
		t.Fatal(err)
	}
	lent = &word.Lent{Block: b, Process: a.Process, Descriptor: a.Descriptor, Inode: a.Inode, Offset: ref.Offset, Bytes: ref.Bytes}
	return store, lent, func() {
		loan.Release()
		blk.Release()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A large block of a holder on this machine is mapped, and given back when nobody looks at it any more: after the call of a function
// that only looks, or as soon as another one has its copy.
func TestLargeBlocksOfTheMachineAreMapped(t *testing.T) {
	for name, looks := range map[string]bool{"looked at": true, "taken": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				op := *total
				op.Looks = looks
				s, store, holder := bounded(t, map[string]*exec.Op{"total": &op})
				s.say(s.scheduler, &word.Peer{Agent: 8, Address: "unix:there"})
				inputs := inputsOf(1)
				b := inputs[0].Block
				_, lent, end := ownerOf(t, b, mib)
				defer end()
				s.say(s.scheduler, s.assign(0, inputs, "total"))
				hear[*word.OfferFirst](s, holder)
				hear[*word.Subscribe](s, holder)
				s.say(holder, offer(inputs))
				w := hear[*word.Borrow](s, holder)
				if w.Process != uint32(os.Getpid()) || w.Blocks[0] != b {
					t.Errorf("%+v", w)
				}
				s.say(holder, lent)
				s.done(1, "1048576")
				if !looks { // and the scheduler has freed nothing yet
					hear[*word.GiveBack](s, holder)
				}
				s.say(s.scheduler, &word.Free{Blocks: []word.Block{blockOf(0)}})
				if looks {
					if w := hear[*word.GiveBack](s, holder); w.Blocks[0] != b {
						t.Errorf("%v was given back", w.Blocks)
					}
				}
				synctest.Wait()
				if st := store.Stats(); st.Borrowed != 0 {
					t.Errorf("%+v", st)
				}
				s.finish(store)
			})
		})
	}
}

// What cannot be mapped is sent, and so is all that follows.
func TestWhatCannotBeMappedIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, store, holder := bounded(t, map[string]*exec.Op{"total": total})
		s.say(s.scheduler, &word.Peer{Agent: 8, Address: "unix:there"})
		inputs := inputsOf(2)
		for k, in := range inputs {
			s.say(s.scheduler, s.assign(graph.Index(k), []word.Input{in}, "total"))
		}
		hear[*word.OfferFirst](s, holder)
		hear[*word.Subscribe](s, holder)
		hear[*word.Subscribe](s, holder)
		s.say(holder, offer(inputs[:1]))
		hear[*word.Borrow](s, holder)
		_, lent, end := ownerOf(t, inputs[0].Block, mib)
		lent.Inode++
		s.say(holder, lent)
		hear[*word.GiveBack](s, holder)
		end()
		for k, in := range inputs {
			if k > 0 {
				s.say(holder, offer(inputs[k:]))
			}
			if w := hear[*word.Fetch](s, holder); w.Blocks[0] != in.Block {
				t.Errorf("%v is fetched", w.Blocks)
			}
			s.say(holder, &word.Delivery{Block: in.Block, Outputs: [][]byte{make([]byte, mib)}})
		}
		s.done(2, "1048576")
		s.finish(store)
	})
}

// A holder lends a result to who asks for it that way, keeps it although it is freed, until it is given back or its borrower's process has
// ended; and not only its connection.
func TestResultsAreLent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		big := &exec.Op{
			Call: constant(&exec.Encoded{Data: bytes.Repeat([]byte{9}, mib)}, nil).Call,
			Size: func(any) (int64, bool) { return mib, true }, Form: func(any) *block.Form { return exec.EncodedForm },
		}
		s, store, _ := bounded(t, map[string]*exec.Op{"big": big})
		w := s.assign(0, nil, "big", "big")
		w.AllWanted = false
		s.say(s.scheduler, w)
		for n := 0; n < 2; {
			n += len(hear[*word.Done](s, s.scheduler).Tasks)
		}
		visitor := s.visit()
		s.say(visitor, &word.OfferFirst{Least: 1})
		list := []word.Block{blockOf(0), blockOf(1)}
		s.say(visitor, &word.Subscribe{Blocks: list})
		hear[*word.Offer](s, visitor)
		hear[*word.Offer](s, visitor)
		self := uint32(os.Getpid())
		const nobody = math.MaxInt32 // above the greatest number of a process
		borrow := func(visitor Conn, process uint32, b word.Block) []byte {
			s.say(visitor, &word.Borrow{Process: process, Blocks: []word.Block{b}})
			lent := hear[*word.Lent](s, visitor)
			if lent.Block != b {
				t.Fatalf("%v was lent", lent.Block)
			}
			p, err := block.OpenPeer(block.Arena{Process: lent.Process, Descriptor: lent.Descriptor, Inode: lent.Inode})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = p.Close() })
			data, err := p.Bytes(block.Ref{Offset: lent.Offset, Bytes: lent.Bytes})
			if err != nil || len(data) != mib || data[0] != 9 || data[mib-1] != 9 {
				t.Fatalf("%d bytes, %v", len(data), err)
			}
			return data
		}
		late := s.visit()
		first, second := borrow(visitor, self, list[0]), borrow(late, nobody, list[1])
		s.say(s.scheduler, &word.Free{Blocks: list})
		s.meet()
		if first[0] != 9 || second[0] != 9 || store.Stats().Flat < 2*mib {
			t.Error("what is lent was freed")
		}
		_ = visitor.Close()
		_ = late.Close()
		<-time.After(3 * mournTime) // virtual
		synctest.Wait()
		if n := store.Stats().Flat; first[0] != 9 || n < mib || n >= 2*mib {
			t.Errorf("%d bytes are lent when one of two borrowers has ended and the other one has lost its connection", n)
		}
		again := s.visit()
		s.say(again, &word.GiveBack{Process: self, Blocks: []word.Block{list[0], list[0]}}) // once too often
		synctest.Wait()
		if n := store.Stats().Flat; n != 0 {
			t.Errorf("%d bytes are lent to nobody", n)
		}
		s.finish(store)
	})
}
