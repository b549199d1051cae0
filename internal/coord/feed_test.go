package coord

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestLinesAreFollowed(t *testing.T) {
	c := open(t, Options{})
	other := open(t, Options{Dial: serve(t, c)})
	p := c.Publish(0)
	if !p.Send([]byte("nobody follows")) {
		t.Error("dropped")
	}
	f, err := other.Follow(0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// What was sent before may still be on its way.
	const lines = 1000
	for k := range lines {
		if !p.Send(fmt.Append(nil, k)) {
			t.Fatal("dropped")
		}
	}
	p.Close()
	if p.Send(make([]byte, maxLine+1)) || p.Dropped() != 1 {
		t.Error("a line that is too long was sent")
	}
	k := 0
	for line, err := range f.Lines(within(t)) {
		if err != nil {
			t.Fatal(err)
		}
		if string(line) == "nobody follows" {
			continue
		}
		if string(line) != fmt.Sprint(k) {
			t.Fatalf("%q, want %d", line, k)
		}
		if k++; k == lines {
			break
		}
	}
	if f.Dropped() != 0 {
		t.Errorf("%d dropped", f.Dropped())
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, err := range f.Lines(ctx) {
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

func TestASlowFollowerIsToldWhatItMissed(t *testing.T) {
	c := open(t, Options{})
	const pending, lines = 10, 500
	f, err := c.Follow(pending)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := c.Publish(lines)
	for k := range lines {
		if !p.Send(fmt.Append(nil, k)) {
			t.Fatal("dropped")
		}
	}
	p.Close()
	if err := c.nc.Flush(); err != nil { // all of them have come
		t.Fatal(err)
	}
	got := uint64(0)
	for line, err := range f.Lines(within(t)) {
		if err != nil {
			t.Fatal(err)
		}
		if got++; got == pending {
			q := c.Publish(1)
			defer q.Close()
			if p.number != lines {
				t.Fatalf("%d lines were sent", p.number)
			}
			q.number = p.number // goes on where the first one ended
			if !q.Send([]byte("last")) {
				t.Fatal("dropped")
			}
		}
		if string(line) == "last" {
			break
		}
	}
	if got != pending+1 || f.Dropped() != lines-pending {
		t.Errorf("%d lines came and %d were dropped of %d", got, f.Dropped(), lines)
	}
}

func TestAPublisherNeverWaits(t *testing.T) {
	c := open(t, Options{})
	p := &Publisher{c: c, lines: make(chan []byte, 2)} // nobody takes lines away
	sent := 0
	for range 10 {
		if p.Send([]byte("x")) {
			sent++
		}
	}
	if sent != 2 || p.Dropped() != 8 {
		t.Errorf("%d sent, %d dropped", sent, p.Dropped())
	}
}
