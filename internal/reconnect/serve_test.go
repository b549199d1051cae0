package reconnect_test

import (
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/reconnect"
	"github.com/braid-compute/braid/internal/word"
)

// servedWire is a wire that is served, and keeps words until Flush.
type servedWire struct {
	*wire
	mu   sync.Mutex
	kept []any
}

func (w *servedWire) Serve(hear func(any)) error {
	for {
		v, err := w.Receive()
		if err != nil {
			return err
		}
		hear(v)
	}
}

func (w *servedWire) Poll() bool { return false }

func (w *servedWire) Put(v any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kept = append(w.kept, v)
	return nil
}

func (w *servedWire) Send(v any) error {
	w.Flush()
	return w.wire.Send(v)
}

func (w *servedWire) Flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, v := range w.kept {
		_ = w.wire.Send(v)
	}
	w.kept = nil
}

// Who serves the conversation, and puts words for later, keeps the same order.
func TestAServedConversation(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for round := range 20 {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, uint64(round)))
			s := serve(t)
			cuts := 0
			near, far := s.begin(func() (reconnect.Carrier, error) {
				a, b := wires()
				a.lasts.Store(int64(4 + r.IntN(40)))
				cuts++
				if _, err := s.dial(a, b); err != nil {
					return nil, err
				}
				return &servedWire{wire: a}, nil
			}, nil)
			const n = 300
			heard := make(chan uint64, 2*n)
			var readers sync.WaitGroup
			readers.Go(func() {
				_ = near.Serve(func(w any) { heard <- w.(*word.Explain).Question })
			})
			readers.Go(func() {
				for {
					w, err := far.Receive()
					if err != nil {
						return
					}
					_ = far.Send(w) // an echo
				}
			})
			for k := range uint64(n) {
				if err := near.Put(&word.Explain{Question: k}); err != nil {
					t.Fatal(err)
				}
				if k%7 == 0 {
					near.Flush()
				}
			}
			near.Flush()
			for k := range uint64(n) {
				if got := <-heard; got != k {
					t.Fatalf("round %d: heard %d, want %d", round, got, k)
				}
				near.Poll()
			}
			_ = near.Close()
			_ = far.Close()
			readers.Wait()
			if cuts < 3 {
				t.Errorf("there were %d connections", cuts)
			}
		})
	}
}

// A word that travels in parts counts as so many.
func TestAWordInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t)
		var last *wire
		near, far := s.begin(func() (reconnect.Carrier, error) {
			a, b := wires()
			last = a
			return s.dial(a, b)
		}, nil)
		go func() {
			for {
				if _, err := near.Receive(); err != nil {
					return
				}
			}
		}()
		last.cut()
		if err := near.Send(&word.Release{Run: 1, Tasks: make([]graph.Index, word.MaxItems+5)}); err != nil {
			t.Error(err)
		}
		for _, want := range []int{word.MaxItems, 5} {
			w, err := far.Receive()
			if r, ok := w.(*word.Release); err != nil || !ok || len(r.Tasks) != want {
				t.Fatalf("heard %T, %v", w, err)
			}
		}
		_ = near.Close()
		_ = far.Close()
	})
}

// One who says that it is over and goes on is not heard any more.
func TestWordsAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := wires()
		defer b.Conn.Close()
		for _, w := range []any{&word.Explain{Question: 1}, &word.End{}, &word.Explain{Question: 2}} {
			_ = b.Conn.Send(w)
		}
		c := reconnect.Accept(&servedWire{wire: a}, word.Token{1}, reconnect.Options{Broken: func(error) { t.Error("it can be resumed") }})
		var heard []any
		if err := c.Serve(func(w any) { heard = append(heard, w) }); err != io.EOF {
			t.Errorf("it ended with %v", err)
		}
		if len(heard) != 1 {
			t.Errorf("heard %+v, and the end was after the first", heard)
		}
		_ = c.Close()
	})
}
