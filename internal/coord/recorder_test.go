package coord

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/braid-compute/braid/internal/coord/record"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// records begins a term with a recorder, which ends with the test.
func records(t *testing.T, c *Cluster) (*Recorder, *Lease) {
	t.Helper()
	l, err := c.Lead(within(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Record(within(t), l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r, l
}

func TestARecorderKeepsWhatItSaysIsKept(t *testing.T) {
	c := open(t, Options{})
	r, l := records(t, c)
	for range r.Replay() {
	}
	kept := make(chan error, 100)
	for n := range cap(kept) {
		r.Append([]any{sched.Submitted{Client: 1, Run: word.Run(n + 1), Graph: submission(t, uint64(n+1), 1, 10)}}, func(err error) { kept <- err })
	}
	for range cap(kept) {
		if err := <-kept; err != nil {
			t.Fatal(err)
		}
	}
	r.Close()
	r.Append(nil, func(err error) { kept <- err })
	if err := <-kept; !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	l.Release()
	next, _ := records(t, c)
	var runs []word.Run
	for what, err := range next.Replay() {
		if err != nil {
			t.Fatal(err)
		}
		switch x := what.(type) {
		case sched.Submitted:
			runs = append(runs, x.Run)
		case record.Numbers:
			if x.Run != word.Run(cap(kept)) {
				t.Errorf("the numbers given last are %+v", x)
			}
		}
	}
	if len(runs) != cap(kept) || !slices.IsSorted(runs) {
		t.Errorf("of %d runs, these are kept: %v", cap(kept), runs)
	}
}

func TestARecorderOfADeposedLeaderSaysSo(t *testing.T) {
	c := open(t, Options{})
	old, l := records(t, c)
	for range old.Replay() {
	}
	l.Release()
	records(t, c)
	kept := make(chan error, 2)
	for range cap(kept) { // also what comes after the first refusal
		old.Append([]any{sched.ClientGone{Client: 1}}, func(err error) { kept <- err })
	}
	for range cap(kept) {
		if err := <-kept; !errors.Is(err, ErrDeposed) && !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	}
}

func TestARecorderEndsWithItsCluster(t *testing.T) {
	c, err := Open(within(t), Options{Log: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	r, _ := records(t, c)
	for range r.Replay() {
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	kept := make(chan error, 1)
	r.Append([]any{sched.ClientGone{Client: 1}}, func(err error) { kept <- err })
	if err := <-kept; !errors.Is(err, ErrClosed) && !errors.Is(err, context.Canceled) && !errors.Is(err, ErrDeposed) {
		t.Error(err)
	}
}
