package coord

import (
	"context"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// breaker makes connections and cuts them.
type breaker struct {
	dial func(context.Context) (net.Conn, error)

	mu   sync.Mutex
	last net.Conn
}

func (b *breaker) Dial(ctx context.Context) (net.Conn, error) {
	conn, err := b.dial(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = conn
	return conn, err
}

func (b *breaker) cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last.Close()
}

// TestABrokenConnectionLosesAndRepeatsNothing cuts the connection with the server again and again while a journal is written.
func TestABrokenConnectionLosesAndRepeatsNothing(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	server := open(t, Options{Lease: time.Minute})
	b := &breaker{dial: serve(t, server)}
	c := open(t, Options{Dial: b.Dial, Log: func(string, ...any) {}})
	l, j := lead(t, c)
	var want []string
	write := func(size int) {
		rec := strconv.Itoa(len(want)) + string(make([]byte, size))
		if err := j.Write(within(t), []byte(rec)); err != nil {
			t.Fatal(err)
		}
		want = append(want, rec)
	}
	for range 10 {
		for range 20 {
			write(r.IntN(1 << r.IntN(20)))
			j.flush(within(t), &j.tail)
		}
		b.cut()
		write(10)
		if err := j.Sync(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	l.Release()
	_, j = lead(t, server)
	if got := replay(t, j); !slices.Equal(got, want) {
		t.Errorf("%d records, want %d", len(got), len(want))
	}
}
