package braid_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/event"
)

var (
	eventNap = braid.Func("events/nap", func(ctx context.Context, d time.Duration) (int, error) {
		select {
		case <-time.After(d):
			return 0, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	})
	eventFail = braid.Func("events/fail", func(_ context.Context, n int) (int, error) {
		return 0, fmt.Errorf("number %d: %w", n, &os.PathError{Op: "open", Path: "nowhere", Err: errors.New("no luck")})
	})
)

// all returns the events up to the end of the client, which must be closed by somebody.
func all(t *testing.T, c *braid.Client) []event.Event {
	t.Helper()
	var list []event.Event
	for e, err := range c.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

// told returns what is told besides counts, a word for each event.
func told(list []event.Event) []string {
	var words []string
	for _, e := range list {
		if e.Kind != event.Counted {
			words = append(words, string(e.Kind))
		}
	}
	return words
}

func of(list []event.Event, k event.Kind) (some []event.Event) {
	for _, e := range list {
		if e.Kind == k {
			some = append(some, e)
		}
	}
	return some
}

func openHere(t *testing.T, o braid.Options) *braid.Client {
	t.Helper()
	c, err := braid.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestEventsOfARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openHere(t, braid.Options{Slots: 2})
		naps := eventNap.Map(t.Context(), c, []time.Duration{time.Second, time.Second, time.Second})
		if _, err := naps.Gather(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		naps.Release()
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		list := all(t, c)
		if got := strings.Join(told(list), " "); got != "opened submitted finished released closed" {
			t.Fatalf("told: %s", got)
		}
		for k, e := range list {
			if e.Number != uint64(k+1) {
				t.Errorf("event %d has number %d", k, e.Number)
			}
			if k > 0 && e.At < list[k-1].At {
				t.Errorf("event %d is earlier than the one before", k)
			}
		}
		run := list[1].Run
		if run.Name != "events/nap (3 tasks)" || run.Tasks != 3 || !strings.HasPrefix(run.Site, "events_test.go:") {
			t.Errorf("submitted: %+v", run)
		}
		if want := []event.Size{{Name: "events/nap", Tasks: 3}}; !slices.Equal(run.Groups, want) {
			t.Errorf("groups: %v", run.Groups)
		}
		if end := list[2].Run; end.Number != run.Number || end.Status != "done" || end.Took != 2*time.Second || list[2].At != 2*time.Second {
			t.Errorf("finished: %+v after %v", end, list[2].At)
		}
		last := list[len(list)-2].Counts
		want := event.Group{Name: "events/nap", Total: 3, Done: 3, Busy: 3 * time.Second}
		if len(last.Groups) != 1 || last.Groups[0] != want || last.Runs != 1 || last.Untold != 0 || last.Slots != 2 {
			t.Errorf("the last counts: %+v", last)
		}
	})
}

func TestEventsOfFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openHere(t, braid.Options{Slots: 2})
		fs := eventFail.With(braid.Retries(1)).Map(t.Context(), c, make([]int, 1000))
		if _, err := fs.Gather(t.Context()); err == nil {
			t.Fatal("no error")
		}
		_ = fs.Wait(t.Context())
		synctest.Wait()
		_ = c.Close()
		list := all(t, c)
		failed, retried := of(list, event.Failed), of(list, event.Retried)
		if len(failed) != 16 || len(retried) != 16 {
			t.Errorf("%d failures and %d further attempts were told at one moment", len(failed), len(retried))
		}
		f := failed[0].Task
		if f.Op != "events/fail" || f.Attempt != 2 || f.Reason != "error" || f.Type != "*fs.PathError" || !strings.HasPrefix(f.Site, "events_test.go:") || f.Text != "number 0: open nowhere: no luck" {
			t.Errorf("failed: %+v", f)
		}
		end := of(list, event.Finished)[0].Run
		if end.Status != "failed" || !strings.Contains(end.Why, "no luck") {
			t.Errorf("finished: %+v", end)
		}
		counts := of(list, event.Counted)
		if g := counts[len(counts)-1].Counts.Groups[0]; g.Failed != 1000 || g.Retried != 1000 {
			t.Errorf("counts: %+v", g)
		}
	})
}

func TestCountsWhileSomebodyListens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openHere(t, braid.Options{Slots: 1})
		heard := make(chan []event.Event)
		go func() {
			var list []event.Event
			for e := range c.Events(t.Context()) {
				list = append(list, e)
			}
			heard <- list
		}()
		naps := make([]time.Duration, 10)
		for k := range naps {
			naps[k] = 1050 * time.Millisecond // so that no task ends at the moment of a look
		}
		if _, err := eventNap.Map(t.Context(), c, naps).Gather(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Hour) // in which nothing happens
		_ = c.Close()
		counts := of(<-heard, event.Counted)
		if n := len(counts); n < 10 || n > 40 {
			t.Errorf("%d counts were told of ten tasks one after the other", n)
		}
		for k := 1; k < len(counts); k++ {
			if d := counts[k].At - counts[k-1].At; d < 100*time.Millisecond && k < len(counts)-1 {
				t.Errorf("counts after %v", d)
			}
		}
		busy := func(e event.Event) bool {
			return e.Counts.Running == 1 && len(e.Counts.Groups) == 1 && e.Counts.Groups[0].Running == 1 && e.Counts.Groups[0].Done == 4
		}
		if !slices.ContainsFunc(counts, busy) {
			t.Error("nothing was told of the fifth task while it ran")
		}
	})
}
