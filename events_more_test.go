package braid_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/braidtest"
	"github.com/braid-compute/braid/event"
)

func TestASlowReaderIsToldWhatItLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openHere(t, braid.Options{Slots: 1})
		var n, lost uint64
		for e, err := range c.Events(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case e.Kind == event.Dropped:
				lost += e.Dropped
				n += e.Dropped - 1 // its number is that of the last one lost
			case n == 0: // the first one: stay away while much happens
				for range 4000 {
					nap := braid.Submit(t.Context(), c, eventNap.Call(braid.V(20*time.Millisecond)))
					_ = nap.Wait(t.Context())
					nap.Release()
				}
				synctest.Wait()
				_ = c.Close()
			}
			if n++; e.Number != n {
				t.Fatalf("event number %d after %d", e.Number, n-1)
			}
		}
		if lost == 0 || n-lost > 8192 {
			t.Errorf("%d of %d events were lost", lost, n)
		}
		if more := all(t, c); more[0].Kind != event.Dropped || more[0].Dropped <= lost {
			t.Errorf("who comes later finds first: %+v", more[0])
		}
	})
}

func TestLeavingTheLoopEndsTheListening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openHere(t, braid.Options{Slots: 1})
		for range 3 {
			for e := range c.Events(t.Context()) {
				if e.Kind == event.Counted {
					break
				}
			}
		}
		began := time.Now()
		nap := braid.Submit(t.Context(), c, eventNap.Call(braid.V(time.Minute)))
		<-time.After(30 * time.Second)
		synctest.Wait()
		_ = c.Close()
		_ = nap.Wait(t.Context())
		if n := len(of(all(t, c), event.Counted)); n > 5 {
			t.Errorf("%d counts were told in %v while nobody listened", n, time.Since(began))
		}
	})
}

func TestEventsEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openHere(t, braid.Options{Slots: 1})
		why := errors.New("enough")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, why)
		defer cancel()
		var last error
		for _, err := range c.Events(ctx) {
			last = err
		}
		if !errors.Is(last, why) {
			t.Errorf("the last pair holds %v", last)
		}
	})
}

var listens = braid.Func("events/listens", func(ctx context.Context, n int) (int, error) {
	c := braid.FromContext(ctx)
	braid.Submit(ctx, c, eventNap.Call(braid.V(time.Second)))
	for e, err := range c.Events(ctx) {
		if err != nil {
			return 0, err
		}
		if e.Kind == event.Finished {
			return n, nil
		}
	}
	return 0, errors.New("no event")
})

func TestATaskThatListensYieldsItsSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openHere(t, braid.Options{Slots: 1})
		if n, err := braid.Submit(t.Context(), c, listens.Call(braid.V(7))).Get(t.Context()); n != 7 || err != nil {
			t.Error(n, err)
		}
	})
}

func TestManyTasksMakeFewEvents(t *testing.T) {
	const n = manyTasks
	file := filepath.Join(t.TempDir(), "events.ndjson")
	c := openHere(t, braid.Options{Slots: 2, Events: file, Spans: 500})
	began := time.Now()
	if _, err := square.Map(t.Context(), c, make([]int, n)).Gather(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 20_000 {
		if _, err := braid.Submit(t.Context(), c, square.Call(braid.V(3))).Get(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	seconds := time.Since(began).Seconds()
	list := readEvents(t, file)
	var spans, tasks int64
	for _, e := range of(list, event.Traced) {
		spans += int64(len(e.Trace.Spans))
		tasks += e.Trace.Tasks
	}
	if most := 2*(256+50*seconds) + 30*seconds + 20; float64(len(list)) > most {
		t.Errorf("%d events in %.1f s, more than %.0f", len(list), seconds, most)
	}
	if most := 500*seconds + 200; float64(spans) > most || spans == 0 {
		t.Errorf("%d spans in %.1f s, and 500 a second are wanted", spans, seconds)
	}
	if tasks < n*9/10 || tasks > n+20_000 {
		t.Errorf("the spans stand for %d tasks of %d", tasks, n+20_000)
	}
	last := list[len(list)-2].Counts
	if last.Groups[0].Done != n+20_000 || last.Runs != 20_001 || last.Untold == 0 {
		t.Errorf("the last counts: %+v", last)
	}
}

func readEvents(t *testing.T, path string) []event.Event {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := event.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var list []event.Event
	for e, err := range r.All() {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	if len(list) == 0 || list[len(list)-1].Kind != event.Closed {
		t.Fatalf("%d events, and the last is no end", len(list))
	}
	return list
}

func TestSpans(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "events.ndjson")
		c := openHere(t, braid.Options{Slots: 2, Events: file, Spans: 100})
		<-time.After(time.Second)
		if _, err := eventNap.Map(t.Context(), c, []time.Duration{time.Second, time.Second, 2 * time.Second}).Gather(t.Context()); err != nil {
			t.Fatal(err)
		}
		bad := eventFail.With(braid.Retries(1)).Map(t.Context(), c, []int{4})
		_ = bad.Wait(t.Context())
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		var spans []event.Span
		for _, e := range of(readEvents(t, file), event.Traced) {
			if e.Trace.Tasks != int64(len(e.Trace.Spans)) {
				t.Errorf("%d spans of %d tasks", len(e.Trace.Spans), e.Trace.Tasks)
			}
			spans = append(spans, e.Trace.Spans...)
		}
		if len(spans) != 5 {
			t.Fatalf("%d spans: %+v", len(spans), spans)
		}
		slices.SortFunc(spans[:2], func(a, b event.Span) int { return int(a.Task) - int(b.Task) })
		spans[0].Slot, spans[2].Slot = 0, 0
		if want := (event.Span{Op: "events/nap", Run: 1, Attempt: 1, Start: time.Second, End: 2 * time.Second, Status: "done"}); spans[0] != want {
			t.Errorf("the first span is %+v", spans[0])
		}
		if want := (event.Span{Op: "events/nap", Run: 1, Task: 2, Attempt: 1, Start: 2 * time.Second, End: 4 * time.Second, Status: "done"}); spans[2] != want {
			t.Errorf("the third span is %+v", spans[2])
		}
		if spans[3].Status != "retried" || spans[4].Status != "failed" || spans[4].Attempt != 2 {
			t.Errorf("the attempts that failed are %+v", spans[3:])
		}
	})
}

func TestMemoryPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "events.ndjson")
		c := openHere(t, braid.Options{Slots: 2, MemoryLimit: 1000, Events: file})
		nap := eventNap.With(braid.ExpectBytes(800))
		if err := nap.Map(t.Context(), c, []time.Duration{time.Second, time.Second}).Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		list := readEvents(t, file)
		if got := strings.Join(told(list), " "); !strings.HasPrefix(got, "opened submitted paused resumed ") {
			t.Fatalf("told: %s", got)
		}
		if p := of(list, event.Paused)[0].Counts; p.Held != 1 || p.MemoryLimit != 1000 {
			t.Errorf("paused: %+v", p)
		}
	})
}

func TestEventsOfAClusterThatIsSomebodyElses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cluster, err := braidtest.Start(braidtest.Options{Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "events.ndjson")
		c := openHere(t, braid.Options{Address: cluster.Address(), Events: file})
		fs := eventNap.Map(t.Context(), c, []time.Duration{time.Second, time.Second})
		<-time.After(500 * time.Millisecond)
		cluster.Kill("worker-1")
		if _, err := fs.Gather(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err = braid.Submit(t.Context(), c, add.Call(eventFail.Call(braid.V(1)), eventNap.Call(braid.V(time.Second)))).Get(t.Context())
		if err == nil {
			t.Fatal("no error")
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if err := cluster.Close(); err != nil {
			t.Fatal(err)
		}
		list := readEvents(t, file)
		var names []string
		for _, e := range list {
			if e.Kind == event.Joined || e.Kind == event.Lost {
				names = append(names, string(e.Kind)+" "+e.Worker.Name)
			}
		}
		if got := strings.Join(names, ", "); got != "joined worker-0, joined worker-1, lost worker-1" {
			t.Errorf("workers: %s", got)
		}
		ends := of(list, event.Finished)
		if len(ends) != 2 || ends[0].Run.Status != "done" || ends[1].Run.Status != "failed" {
			t.Errorf("finished: %+v", ends)
		}
		failed := of(list, event.Failed)
		if len(failed) != 1 || failed[0].Task.Op != "events/fail" || failed[0].Task.Type != "" || failed[0].Task.Reason != "error" {
			t.Errorf("failed: %+v", failed)
		}
		last := list[len(list)-2].Counts
		if last.Workers != 1 || len(last.Groups) == 0 || last.Groups[0].Name != "events/nap" || last.Groups[0].Total != 2 || last.Groups[0].Done != 2 {
			t.Errorf("the last counts: %+v", last)
		}
	})
}
