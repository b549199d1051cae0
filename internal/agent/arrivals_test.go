package agent

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"testing"
	"testing/synctest"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/driver"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

const mib = 1 << 20

// total is an op that returns the number of bytes of all its arguments.
var total = &exec.Op{
	Call: func(_ context.Context, in []any) (any, error) {
		n := 0
		for _, v := range in {
			n += len(v.(*exec.Encoded).Data)
		}
		return fmt.Sprint(n), nil
	},
	Size: func(v any) (int64, bool) { return int64(len(v.(string))), true }, Encode: func(v any) ([]byte, error) { return []byte(v.(string)), nil },
}

// bounded starts an agent of 8 MiB and the one that holds what its tasks take.
func bounded(t *testing.T, ops map[string]*exec.Op) (s *stage, store *block.Store, holder Conn) {
	t.Helper()
	store, err := block.Open(block.Options{Limit: 8 * mib, Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s, holder = boundedBy(t, store, ops)
	return s, store, holder
}

// boundedBy is bounded for a store of the caller's.
func boundedBy(t *testing.T, store *block.Store, ops map[string]*exec.Op) (s *stage, holder Conn) {
	t.Helper()
	s = beginWith(t, Config{Memory: 8 * mib, Store: store}, ops)
	ours, holder := driver.Pipe()
	s.dial = func(string) (Conn, error) { return ours, nil }
	s.say(s.scheduler, &word.Peer{Agent: 8, Address: "there"})
	return s, holder
}

// finish ends the agent, of whose store nothing may be in use.
func (s *stage) finish(store *block.Store) {
	s.Helper()
	if err := s.end(); err != nil {
		s.Error(err)
	}
	if v := &s.agent.arrivals; v.bytes != 0 || v.unused != 0 || len(v.coming)+len(v.offers) > 0 {
		s.Errorf("of what was offered there is left: %+v", v)
	}
	if u := store.Stats(); u.Transfers != 0 || u.Blocks != 0 {
		s.Errorf("the store has %+v", u)
	}
	if err := store.Close(); err != nil {
		s.Error(err)
	}
}

// inputsOf returns blocks of agent 8.
func inputsOf(n int) (list []word.Input) {
	for k := range n {
		in := from(8)
		in.Block.Task.Index = graph.Index(k)
		list = append(list, in)
	}
	return list
}

func offer(inputs []word.Input) *word.Offer {
	o := &word.Offer{}
	for _, in := range inputs {
		o.Blocks, o.Bytes = append(o.Blocks, in.Block), append(o.Bytes, mib)
	}
	return o
}

// Large blocks are fetched one after the other as tasks use them up, and never more of them than there is room for.
func TestLargeBlocksAreFetchedAsFarAsThereIsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, store, holder := bounded(t, map[string]*exec.Op{"total": total})
		inputs := inputsOf(7)
		for k, in := range inputs {
			s.say(s.scheduler, s.assign(graph.Index(k), []word.Input{in}, "total"))
		}
		if w := hear[*word.OfferFirst](s, holder); w.Least != large {
			t.Errorf("blocks of %d bytes are to be offered", w.Least)
		}
		for range inputs {
			hear[*word.Subscribe](s, holder)
		}
		s.say(holder, offer(inputs))
		most := 0
		for done := 0; done < len(inputs); {
			synctest.Wait()
			var coming []word.Block
			for b := range s.agent.arrivals.coming {
				coming = append(coming, b)
			}
			most = max(most, len(coming))
			for range coming {
				b := hear[*word.Fetch](s, holder).Blocks[0]
				s.say(holder, &word.Delivery{Block: b, Outputs: [][]byte{make([]byte, mib)}})
				done++
			}
			synctest.Wait()
		}
		if most != 2 {
			t.Errorf("%d blocks of 1 MiB were under way at a time, and there is room for 2", most)
		}
		s.done(len(inputs), fmt.Sprint(mib))
		s.finish(store)
	})
}

// A task that takes more than there is room for gets it all the same, and what has arrived can leave memory meanwhile.
func TestATaskTakesMoreThanThereIsRoomFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		stuck := constant("stuck", func() ([]byte, error) { return []byte("stuck"), nil })
		stuck.Call = func(context.Context, []any) (any, error) { <-open; return "stuck", nil }
		s, store, holder := bounded(t, map[string]*exec.Op{"total": total, "stuck": stuck})
		s.say(s.scheduler, s.assign(10, nil, "stuck", "stuck")) // no slot is idle
		inputs := inputsOf(12)
		s.say(s.scheduler, s.assign(0, inputs, "total"))
		hear[*word.OfferFirst](s, holder)
		hear[*word.Subscribe](s, holder)
		s.say(holder, offer(inputs))
		for range inputs {
			b := hear[*word.Fetch](s, holder).Blocks[0]
			s.say(holder, &word.Delivery{Block: b, Outputs: [][]byte{make([]byte, mib)}})
		}
		synctest.Wait()
		if u := store.Stats(); u.SpilledBytes == 0 || u.Used > 8*mib {
			t.Errorf("twelve copies of 1 MiB are in a store of 8 MiB: %+v", u)
		}
		close(open)
		s.done(2, "stuck")
		s.done(1, fmt.Sprint(12*mib))
		s.finish(store)
	})
}

// A block that was offered may be gone when it is fetched, and so may its holder.
func TestWhatWasOfferedMayBeGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, store, holder := bounded(t, map[string]*exec.Op{"total": total})
		inputs := inputsOf(4)
		for k, in := range inputs {
			s.say(s.scheduler, s.assign(graph.Index(k), []word.Input{in}, "total"))
		}
		hear[*word.OfferFirst](s, holder)
		for range inputs {
			hear[*word.Subscribe](s, holder)
		}
		s.say(holder, offer(inputs))
		gone := hear[*word.Fetch](s, holder).Blocks
		hear[*word.Fetch](s, holder)
		s.say(holder, &word.NotHere{Blocks: gone})
		if m := hear[*word.InputMissing](s, s.scheduler); m.Input.Block != gone[0] {
			t.Errorf("missing %v, want %v", m.Input.Block, gone)
		}
		hear[*word.Fetch](s, holder) // there is room for another one
		s.say(s.scheduler, &word.Cancel{Tasks: []word.Block{blockOf(3)}})
		hear[*word.Unsubscribe](s, holder)
		synctest.Wait()
		if n := len(s.agent.arrivals.offers); n != 0 {
			t.Errorf("%d offers are left of blocks that nobody takes", n)
		}
		_ = holder.Close()
		if u := hear[*word.Unreachable](s, s.scheduler); u.Peer != 8 {
			t.Errorf("unreachable: %+v", u)
		}
		for range 2 {
			hear[*word.InputMissing](s, s.scheduler)
		}
		synctest.Wait()
		s.finish(store)
	})
}

// A holder offers large blocks to those who said that they want that, and sends them when they are fetched.
func TestAHolderOffersLargeBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data := bytes.Repeat([]byte("x"), 100<<10)
		big := constant(data, func() ([]byte, error) { return data, nil })
		big.Size = func(v any) (int64, bool) { return int64(len(v.([]byte))), true }
		s := begin(t, map[string]*exec.Op{"big": big, "number": constant(3, func() ([]byte, error) { return []byte("three"), nil })})
		w := s.assign(0, nil, "big", "number", "big")
		w.AllWanted = false
		s.say(s.scheduler, w)
		for n := 0; n < 3; {
			n += len(hear[*word.Done](s, s.scheduler).Tasks)
		}
		plain, picky := s.visit(), s.visit()
		s.say(picky, &word.OfferFirst{Least: large})
		for k := range 3 {
			s.say(plain, &word.Subscribe{Blocks: []word.Block{blockOf(graph.Index(k))}})
			if d := hear[*word.Delivery](s, plain); d.Block != blockOf(graph.Index(k)) {
				t.Errorf("delivered %v", d.Block)
			}
			s.say(picky, &word.Subscribe{Blocks: []word.Block{blockOf(graph.Index(k))}})
			if k == 1 {
				hear[*word.Delivery](s, picky)
			} else if o := hear[*word.Offer](s, picky); len(o.Blocks) != 1 || o.Blocks[0] != blockOf(graph.Index(k)) || o.Bytes[0] != 100<<10 {
				t.Errorf("offered %+v", o)
			}
		}
		s.say(s.scheduler, &word.Free{Blocks: []word.Block{blockOf(2)}})
		synctest.Wait()
		s.say(picky, &word.Fetch{Blocks: []word.Block{blockOf(0), blockOf(2)}})
		if n := hear[*word.NotHere](s, picky); n.Blocks[0] != blockOf(2) {
			t.Errorf("not here: %v", n.Blocks)
		}
		if d := hear[*word.Delivery](s, picky); d.Block != blockOf(0) || !bytes.Equal(d.Outputs[0], data) {
			t.Errorf("delivered %v", d.Block)
		}
		if err := s.end(); err != nil {
			t.Error(err)
		}
	})
}

// A holder may say what it wants of the sizes of its blocks: they are fetched one after the other, and counted as what can come at most.
func TestAHolderOffersMoreThanThereIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, store, holder := bounded(t, map[string]*exec.Op{"total": total})
		inputs := inputsOf(3)
		s.say(s.scheduler, s.assign(0, inputs, "total"))
		hear[*word.OfferFirst](s, holder)
		hear[*word.Subscribe](s, holder)
		o := offer(inputs)
		o.Bytes[0], o.Bytes[1], o.Bytes[2] = math.MaxInt64, math.MaxInt64, -1
		s.say(holder, o)
		for _, in := range inputs {
			if f := hear[*word.Fetch](s, holder); f.Blocks[0] != in.Block {
				t.Errorf("fetched is %v, want %v", f.Blocks[0], in.Block)
			}
			synctest.Wait()
			v := &s.agent.arrivals
			if n := store.Stats().Transfers; len(v.coming) != 1 || n < 0 || n > mostBytes {
				t.Errorf("%d blocks are under way, of %d bytes", len(v.coming), n)
			}
			s.say(holder, &word.Delivery{Block: in.Block, Outputs: [][]byte{make([]byte, mib)}})
		}
		s.done(1, fmt.Sprint(3*mib))
		s.finish(store)
	})
}
