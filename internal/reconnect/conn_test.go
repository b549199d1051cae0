package reconnect_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid/internal/driver"
	"github.com/braid-compute/braid/internal/reconnect"
	"github.com/braid-compute/braid/internal/word"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errCut = errors.New("cut by the test")

// wire is one end of a connection that the test can cut, for one end alone or for both.
type wire struct {
	driver.Conn
	gone  atomic.Bool
	lasts atomic.Int64 // words until it cuts itself; 0: it does not
	holds atomic.Bool  // closing it does not reach the other end
	other *wire
}

func wires() (a, b *wire) {
	x, y := driver.Pipe()
	a, b = &wire{Conn: x}, &wire{Conn: y}
	a.other, b.other = b, a
	return a, b
}

func (w *wire) cut() {
	w.gone.Store(true)
	w.other.gone.Store(true)
	_ = w.Conn.Close()
}

func (w *wire) Close() error {
	if w.holds.Load() {
		return nil
	}
	return w.Conn.Close()
}

func (w *wire) Receive() (any, error) {
	v, err := w.Conn.Receive()
	if w.lasts.Add(-1) == 0 {
		w.cut()
	}
	if w.gone.Load() {
		return nil, errCut
	}
	return v, err
}

// server is the side that accepts, with one conversation.
type server struct {
	*testing.T
	mu       sync.Mutex
	conn     *reconnect.Conn
	token    word.Token
	refuse   string // why, if it takes nobody in
	patience time.Duration
	broken   atomic.Int64
	begun    chan *reconnect.Conn
}

func serve(t *testing.T) *server {
	return &server{T: t, patience: time.Minute, begun: make(chan *reconnect.Conn, 1)}
}

// dial is how the other side connects.
func (s *server) dial(near, far *wire) (reconnect.Carrier, error) {
	go func() {
		first, err := far.Receive()
		if err != nil {
			_ = far.Close()
			return
		}
		w := first.(*word.Attach)
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case s.refuse != "":
			_ = far.Send(&word.Gone{Why: s.refuse})
			_ = far.Close()
		case s.conn == nil && !w.Again:
			s.token = w.Token
			s.conn = reconnect.Accept(far, w.Token, reconnect.Options{Patience: s.patience, Broken: func(error) { s.broken.Add(1) }})
			s.begun <- s.conn
		case w.Token != s.token || !w.Again:
			s.Errorf("a connection begins with %+v", w)
		default:
			if err := s.conn.Resume(far, w.Heard); err != nil {
				s.Error(err)
			}
		}
	}()
	return near, nil
}

// begin begins a conversation over connections from next.
func (s *server) begin(next func() (reconnect.Carrier, error), notice func(string)) (near, far *reconnect.Conn) {
	s.Helper()
	carrier, err := next()
	if err != nil {
		s.Fatal(err)
	}
	near, err = reconnect.Dial(s.Context(), carrier, reconnect.Options{
		Dial: func(context.Context) (reconnect.Carrier, error) { return next() }, Notice: notice,
	})
	if err != nil {
		s.Fatal(err)
	}
	return near, <-s.begun
}

// Whatever breaks when, each word arrives once and in order, in both directions.
func TestWordsArriveOnceAndInOrder(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for round := range 40 {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, uint64(round)))
			most := 1 + r.IntN(200) // words that a connection lasts
			s := serve(t)
			cuts := 0
			near, far := s.begin(func() (reconnect.Carrier, error) {
				a, b := wires()
				a.lasts.Store(int64(4 + r.IntN(most))) // so many that something gets through
				b.lasts.Store(int64(4 + r.IntN(most)))
				cuts++
				if cuts%7 == 0 {
					return nil, errors.New("nobody answers")
				}
				return s.dial(a, b)
			}, nil)
			const n = 500
			var heard, readers sync.WaitGroup
			heard.Add(2)
			for _, ends := range [][2]*reconnect.Conn{{near, far}, {far, near}} {
				go func() {
					for k := range n {
						if err := ends[0].Send(&word.Explain{Question: uint64(k)}); err != nil {
							t.Error(err)
						}
						if k%100 == 0 {
							<-time.After(time.Millisecond)
						}
					}
				}()
				readers.Go(func() { // to the end, for the other side may have to repeat something
					for k := 0; ; k++ {
						w, err := ends[1].Receive()
						if err != nil && k == n {
							return
						}
						if x, ok := w.(*word.Explain); err != nil || !ok || x.Question != uint64(k) {
							t.Errorf("word %d is %+v, %v", k, w, err)
						}
						if k == n-1 {
							heard.Done()
						}
					}
				})
			}
			heard.Wait()
			_ = near.Close()
			_ = far.Close()
			readers.Wait()
			if cuts < 3 {
				t.Errorf("round %d had %d connections", round, cuts)
			}
		})
	}
}

func TestAWordOverAConnectionThatWasReplacedDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t)
		made := make(chan *wire, 10)
		near, far := s.begin(func() (reconnect.Carrier, error) {
			a, b := wires()
			made <- a
			return s.dial(a, b)
		}, nil)
		heard := make(chan uint64, 100)
		for _, c := range []*reconnect.Conn{near, far} {
			go func() {
				for {
					w, err := c.Receive()
					if err != nil {
						return
					}
					heard <- w.(*word.Explain).Question
				}
			}()
		}
		synctest.Wait()
		old := <-made
		old.holds.Store(true) // the far end does not notice
		old.gone.Store(true)
		_ = old.other.Conn.Send(&word.Inspect{}) // the near end does
		<-made
		synctest.Wait()
		_ = old.Conn.Send(&word.Explain{Question: 99})
		old.holds.Store(false)
		if err := errors.Join(near.Send(&word.Explain{Question: 1}), far.Send(&word.Explain{Question: 2})); err != nil {
			t.Error(err)
		}
		if a, b := <-heard, <-heard; a+b != 3 {
			t.Errorf("heard %d and %d", a, b)
		}
		synctest.Wait()
		if n := s.broken.Load(); n != 0 || len(heard) > 0 {
			t.Errorf("the owner was told of %d breaks of a connection that had been replaced, and %d words too many were heard", n, len(heard))
		}
		_ = old.Conn.Close()
		_ = near.Close()
		_ = far.Close()
	})
}

func TestWithoutAConnectionItIsOverAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t)
		var wire *wire
		var said []string
		near, far := s.begin(func() (reconnect.Carrier, error) {
			if wire != nil {
				return nil, errors.New("nobody listens")
			}
			a, b := wires()
			wire = a
			return s.dial(a, b)
		}, func(text string) { said = append(said, text) })
		began := time.Now()
		wire.cut()
		_, err := near.Receive()
		if took := time.Since(began); took > s.patience || took < s.patience-2*time.Second {
			t.Errorf("it was given up after %v", took)
		}
		for _, want := range []string{"cut by the test", "could not be made again within 1m0s", "nobody listens"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("the error is %v, without %q", err, want)
			}
		}
		if len(said) != 1 || !strings.Contains(said[0], "for up to 1m0s") {
			t.Errorf("people were told %q", said)
		}
		if err2 := near.Send(&word.Leave{}); err2 != err {
			t.Errorf("sending afterwards: %v", err2)
		}
		_ = near.Close()
		_ = far.Close()
	})
}

func TestTheOtherSideMaySayThatItIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t)
		var last *wire
		near, far := s.begin(func() (reconnect.Carrier, error) {
			a, b := wires()
			last = a
			return s.dial(a, b)
		}, nil)
		s.mu.Lock()
		s.refuse = "it does not know you"
		s.mu.Unlock()
		began := time.Now()
		last.cut()
		if _, err := near.Receive(); err == nil || errors.Is(err, io.EOF) || !strings.Contains(err.Error(), s.refuse) || time.Since(began) > 0 {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		_ = near.Close()
		_ = far.Close()
	})
}

func TestAnEndOnPurpose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for k := range 2 {
			s := serve(t)
			near, far := s.begin(func() (reconnect.Carrier, error) {
				a, b := wires()
				return s.dial(a, b)
			}, nil)
			ends := []*reconnect.Conn{near, far}
			if err := ends[k].Send(&word.Leave{}); err != nil {
				t.Error(err)
			}
			_ = ends[k].Close()
			if w, err := ends[1-k].Receive(); err != nil {
				t.Errorf("the last word is %v, %v", w, err)
			}
			for _, c := range ends {
				if w, err := c.Receive(); err != io.EOF {
					t.Errorf("after the end: %v, %v", w, err)
				}
			}
			_ = ends[1-k].Close()
		}
	})
}

// Close does not wait for a connection that does not come.
func TestClosedWhileItIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t)
		var wire *wire
		near, far := s.begin(func() (reconnect.Carrier, error) {
			if wire != nil {
				return nil, errors.New("nobody listens")
			}
			a, b := wires()
			wire = a
			return s.dial(a, b)
		}, nil)
		wire.cut()
		over := make(chan error)
		go func() {
			_, err := near.Receive()
			over <- err
		}()
		<-time.After(time.Second)
		began := time.Now()
		_ = near.Close()
		if err := <-over; err != io.EOF || time.Since(began) > 0 {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		_ = far.Close()
	})
}

func TestAWordThatIsTooLongIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t)
		var last *wire
		var hold atomic.Bool
		near, far := s.begin(func() (reconnect.Carrier, error) {
			if hold.Load() {
				return nil, errors.New("not yet")
			}
			a, b := wires()
			last = a
			return s.dial(a, b)
		}, nil)
		heard := make(chan any)
		for _, c := range []*reconnect.Conn{near, far} {
			go func() {
				for {
					w, err := c.Receive()
					if err != nil {
						return
					}
					heard <- w
				}
			}()
		}
		hold.Store(true)
		last.cut()
		synctest.Wait()
		if err := near.Send(&word.Assign{Tasks: make([]word.Block, word.MaxItems+1), Ends: make([]uint32, word.MaxItems+1)}); !errors.Is(err, word.ErrItems) {
			t.Errorf("a word that is too long: %v", err)
		}
		if err := near.Send(&word.Leave{}); err != nil {
			t.Error(err)
		}
		hold.Store(false)
		if w, ok := (<-heard).(*word.Leave); !ok {
			t.Errorf("heard %+v", w)
		}
		_ = near.Close()
		_ = far.Close()
	})
}

func TestTooMuchForASideThatIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t)
		var last *wire
		near, far := s.begin(func() (reconnect.Carrier, error) {
			if last != nil {
				return nil, errors.New("not again")
			}
			a, b := wires()
			last = a
			return s.dial(a, b)
		}, nil)
		last.cut()
		over := make(chan error)
		go func() {
			_, err := far.Receive()
			over <- err
		}()
		synctest.Wait()
		sent, err := 0, error(nil)
		for ; err == nil && sent < 1000; sent++ {
			err = far.Send(&word.Submit{Graph: make([]byte, 1<<20)})
		}
		if !errors.Is(err, reconnect.ErrBacklog) || sent < 250 || sent > 257 {
			t.Errorf("after %d words of a megabyte: %v", sent, err)
		}
		if err := <-over; !errors.Is(err, reconnect.ErrBacklog) {
			t.Errorf("its reader: %v", err)
		}
		_ = near.Close()
		_ = far.Close()
	})
}

func TestWhoHasForgottenWhatItHeardCannotGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := wires()
		defer b.Close()
		c := reconnect.Accept(a, word.Token{1}, reconnect.Options{Broken: func(error) {}})
		for range 10 {
			if err := c.Send(&word.Leave{}); err != nil {
				t.Error(err)
			}
		}
		_ = b.Conn.Send(&word.Heard{Count: 5})
		_ = b.Conn.Send(&word.Leave{})
		if _, err := c.Receive(); err != nil {
			t.Error(err)
		}
		for heard, want := range map[uint64]string{3: "has forgotten words", 11: "has heard 11 words, and 10 were sent"} {
			x, y := wires()
			if err := c.Resume(x, heard); err == nil || !strings.Contains(fmt.Sprint(err), want) {
				t.Errorf("one who has heard %d: %v", heard, err)
			}
			_ = y.Close()
		}
		_ = c.Close()
	})
}
