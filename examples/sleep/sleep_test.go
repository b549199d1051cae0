package sleep

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/examples"
)

// open opens a client inside a bubble, where time passes only while everybody waits, and then exactly.
func open(t *testing.T) *braid.Client {
	t.Helper()
	c, err := braid.Open(t.Context(), braid.Options{Slots: Workers})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFourSleepsTakeTheTimeOfOneAndSevenThatOfTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t)
		defer c.Close()
		start := time.Now()
		r, err := Run(t.Context(), c, examples.Params{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Serial != 4*time.Second || r.Parallel != time.Second || r.SpeedUp() != 4 {
			t.Errorf("serial %v, parallel %v, speed-up %v; want exactly 4 s, 1 s and 4", r.Serial, r.Parallel, r.SpeedUp())
		}
		if len(r.Checks) != len(forms) {
			t.Errorf("%d results, want one and those of the %d forms that run at once", len(r.Checks), len(forms)-1)
		}
		for _, c := range r.Checks {
			if c.Deviation() != 0 {
				t.Errorf("%v; want no deviation in virtual time", c)
			}
		}
		if all, want := time.Since(start), 4*time.Second+time.Second+(7+2+2+2)*250*time.Millisecond; all != want {
			t.Errorf("all took %v, want %v", all, want)
		}
	})
}

func TestEachFormReturnsTheItemsInOrder(t *testing.T) {
	for _, form := range forms {
		t.Run(form.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := open(t)
				defer c.Close()
				all := naps(7, time.Second)
				for i := range all {
					all[i].For -= time.Duration(i) * time.Millisecond // the last is done first
				}
				items, err := form.run(t.Context(), c, all)
				if err != nil || len(items) != len(all) {
					t.Fatalf("%v (%v), want %d items", items, err, len(all))
				}
				for i, item := range items {
					if item != i {
						t.Errorf("place %d holds %d", i, item)
					}
				}
			})
		})
	}
}

func TestSleepsEndWithTheirContext(t *testing.T) {
	interrupted := errors.New("interrupted")
	for _, form := range forms {
		t.Run(form.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := open(t)
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(100*time.Millisecond, func() { cancel(interrupted) })
				start := time.Now()
				_, err := form.run(ctx, c, naps(7, time.Hour))
				if err == nil {
					t.Error("no error")
				}
				if err := c.Close(); err != nil {
					t.Errorf("closing: %v", err)
				}
				if took := time.Since(start); took != 100*time.Millisecond {
					t.Errorf("ended after %v, want 100ms", took)
				}
			})
		})
	}
}
