package coord

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestOneLeads(t *testing.T) {
	c := open(t, Options{})
	if _, ok, err := c.Leader(within(t)); ok || err != nil {
		t.Error(ok, err)
	}
	first, err := c.Lead(within(t), []byte("first"))
	if err != nil {
		t.Fatal(err)
	}
	got, ok, err := c.Leader(within(t))
	if !ok || err != nil || string(got.Value) != "first" || got.Term != first.Term() {
		t.Errorf("%+v, %v, %v; term %d", got, ok, err, first.Term())
	}
	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Lead(short, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while another one leads: %v", err)
	}
	led := make(chan *Lease, 1)
	go func() {
		l, err := c.Lead(within(t), []byte("second"))
		if err != nil {
			t.Error(err)
		}
		led <- l
	}()
	first.Release()
	<-first.Lost()
	if second := <-led; second.Term() <= first.Term() || !errors.Is(first.Err(), ErrClosed) || second.Err() != nil {
		t.Errorf("term %d after %d; %v; %v", second.Term(), first.Term(), first.Err(), second.Err())
	}
}

func TestALeaseIsRenewed(t *testing.T) {
	t.Parallel()
	c := open(t, Options{Lease: 900 * time.Millisecond})
	l, err := c.Lead(within(t), []byte("here"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := c.lease.Watch(within(t), leaderKey)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	for renewed := 0; renewed < 4; { // more than its time
		select {
		case e := <-w.Updates():
			if e != nil {
				renewed++
			}
		case <-l.Lost():
			t.Fatal(l.Err())
		}
	}
	if got, ok, err := c.Leader(within(t)); !ok || err != nil || got.Term != l.Term() || string(got.Value) != "here" {
		t.Errorf("%+v, %v, %v", got, ok, err)
	}
}

// TestALeaderThatHasLostItsLeaseIsRefused takes the lease away behind a leader's back.
func TestALeaderThatHasLostItsLeaseIsRefused(t *testing.T) {
	c := open(t, Options{Lease: time.Minute})
	old, oldJournal := lead(t, c)
	add(t, oldJournal, "one")
	if err := c.lease.Purge(within(t), leaderKey); err != nil {
		t.Fatal(err)
	}
	l, j := lead(t, c)
	add(t, j, "two")
	if old.Err() != nil {
		t.Fatal("the old leader has noticed, so this test shows nothing")
	}
	for range 2 {
		if err := oldJournal.Append(within(t), []byte("three")); !errors.Is(err, ErrDeposed) {
			t.Errorf("the old leader wrote: %v", err)
		}
	}
	if _, err := c.Journal(within(t), old); !errors.Is(err, ErrDeposed) {
		t.Errorf("the old leader began again: %v", err)
	}
	add(t, j, "four")
	l.Release()
	_, j = lead(t, c)
	if got := replay(t, j); len(got) != 3 || got[2] != "four" {
		t.Errorf("%q", got)
	}
}

func TestALeaderNoticesThatAnotherOneLeads(t *testing.T) {
	c := open(t, Options{Lease: minLease})
	old, err := c.Lead(within(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.lease.Purge(within(t), leaderKey); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Lead(within(t), nil); err != nil {
		t.Fatal(err)
	}
	<-old.Lost()
	if !errors.Is(old.Err(), ErrDeposed) {
		t.Error(old.Err())
	}
}

func TestALeaderWithoutAServerStops(t *testing.T) {
	t.Parallel()
	server := open(t, Options{Lease: time.Second})
	c := open(t, Options{Dial: serve(t, server)})
	l, j := lead(t, c)
	add(t, j, "one")
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	err := j.Append(within(t), []byte("two"))
	if !errors.Is(err, ErrDeposed) {
		t.Error(err)
	}
	<-l.Lost()
	if !errors.Is(l.Err(), ErrDeposed) {
		t.Error(l.Err())
	}
}
