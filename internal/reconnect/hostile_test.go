package reconnect_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/reconnect"
	"github.com/braid-compute/braid/internal/word"
)

// meddled is a connection on which something happens before a word is sent.
type meddled struct {
	*wire
	before func(w any) error
}

func (m *meddled) Send(w any) error {
	if err := m.before(w); err != nil {
		return err
	}
	return m.wire.Send(w)
}

// One who acknowledges a word that is being refused loses its conversation, and nobody else anything.
func TestAWordIsAcknowledgedThatIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := wires()
		defer b.Conn.Close()
		c := reconnect.Accept(&meddled{a, func(w any) error {
			if _, ok := w.(*word.Leave); !ok {
				return nil
			}
			_ = b.Conn.Send(&word.Heard{Count: 1})
			synctest.Wait() // until that is taken in
			return fmt.Errorf("%w: so it is refused", word.ErrBytes)
		}}, word.Token{1}, reconnect.Options{Broken: func(error) { t.Error("it can be resumed") }})
		end := make(chan error)
		go func() {
			_, err := c.Receive()
			end <- err
		}()
		if err := c.Send(&word.Leave{}); !errors.Is(err, word.ErrBytes) {
			t.Errorf("the word: %v", err)
		}
		if err := <-end; err == nil || !strings.Contains(err.Error(), "acknowledged a word that was not sent") {
			t.Errorf("it ended with %v", err)
		}
		_ = c.Close()
	})
}

// What is kept for one who takes everything and acknowledges nothing is bounded.
func TestOneWhoAcknowledgesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := wires()
		defer b.Conn.Close()
		c := reconnect.Accept(a, word.Token{1}, reconnect.Options{Broken: func(error) {}})
		end := make(chan error, 1)
		go func() {
			_, err := c.Receive()
			end <- err
		}()
		data := make([]byte, 16<<20)
		sent, err := 0, error(nil)
		for ; err == nil && sent < 1000; sent++ {
			err = c.Send(&word.Submit{Graph: data})
			_, _ = b.Conn.Receive()
		}
		if err == nil || !strings.Contains(err.Error(), "does not acknowledge") || sent < word.MaxBytes>>24 || sent > 81 {
			t.Errorf("after %d words of 16 MiB: %v", sent, err)
		}
		if err := <-end; err == nil || !strings.Contains(err.Error(), "does not acknowledge") {
			t.Errorf("its reader: %v", err)
		}
		_ = c.Close()
	})
}

// The side that dialled does not go on dialling when too much waits.
func TestTooMuchForWhoDials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t)
		var last *wire
		near, far := s.begin(func() (reconnect.Carrier, error) {
			if last != nil {
				return nil, errors.New("not yet")
			}
			a, b := wires()
			last = a
			return s.dial(a, b)
		}, nil)
		over := make(chan error)
		go func() {
			_, err := near.Receive()
			over <- err
		}()
		last.cut()
		synctest.Wait()
		many := make([]word.Outcome, word.MaxItems) // in five of these there is too much
		for k := range many {
			many[k].Index, many[k].Status = graph.Index(k), word.StatusDone
		}
		began, err := time.Now(), error(nil)
		for n := 0; err == nil && n < 100; n++ {
			err = near.Send(&word.Settled{Run: 1, Tasks: many})
		}
		if err2 := <-over; !errors.Is(err, reconnect.ErrBacklog) || err2 != err || time.Since(began) > 0 {
			t.Errorf("sending: %v; receiving, after %v: %v", err, time.Since(began), err2)
		}
		_ = near.Close()
		_ = far.Close()
	})
}

// An end on purpose comes after what is being repeated.
func TestClosedWhileWordsAreRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var near *reconnect.Conn
		var second *wire
		var ends atomic.Bool
		closed := make(chan struct{})
		dials := 0
		next := func() (reconnect.Carrier, error) {
			a, b := wires()
			if dials++; dials == 1 {
				go func() {
					_, _ = b.Receive()
					_ = b.Send(&word.Attached{Nanos: int64(time.Minute)})
					_, _ = b.Receive() // the word, which is not acknowledged
					a.cut()
				}()
				return a, nil
			}
			second = b
			go func() {
				_, _ = b.Receive()
				_ = b.Send(&word.Attached{})
			}()
			return &meddled{a, func(w any) error {
				switch w.(type) {
				case *word.End:
					ends.Store(true)
				case *word.Explain: // is being repeated
					go func() {
						_ = near.Close()
						close(closed)
					}()
					for n := 0; n < 1000 && !ends.Load(); n++ {
						runtime.Gosched() // Close waits for a lock, which virtual time does not know of
					}
				}
				return nil
			}}, nil
		}
		first, _ := next()
		var err error
		near, err = reconnect.Dial(t.Context(), first, reconnect.Options{
			Dial: func(context.Context) (reconnect.Carrier, error) { return next() },
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := near.Send(&word.Explain{Question: 7}); err != nil {
			t.Error(err)
		}
		if _, err := near.Receive(); err != io.EOF {
			t.Errorf("its reader: %v", err)
		}
		<-closed
		for _, want := range []any{&word.Explain{Question: 7}, &word.End{}} {
			if w, err := second.Receive(); err != nil || !reflect.DeepEqual(w, want) {
				t.Errorf("the other side hears %+v, %v, want %+v", w, err, want)
			}
		}
	})
}
