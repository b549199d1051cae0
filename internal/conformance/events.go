package conformance

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/event"
)

var events = theme{"events", []testCase{
	{name: "runs are told from their submission to their end", body: runsTold},
	{name: "a task that fails is told once", body: failuresTold},
	{name: "a run that is cancelled is told", body: cancellingTold},
}}

// closedEvents closes the client and returns what it told.
func closedEvents(t *testing.T, c *braid.Client) (list []event.Event) {
	t.Helper()
	synctest.Wait()
	_ = c.Close()
	for e, err := range c.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	if n := len(list); n < 3 || list[0].Kind != event.Opened || list[n-1].Kind != event.Closed || list[n-2].Kind != event.Counted {
		t.Fatalf("the events are %+v", list)
	}
	return list
}

// runsOf returns the events of a kind that are about runs.
func runsOf(list []event.Event, kind event.Kind) (runs []*event.Run) {
	for _, e := range list {
		if e.Kind == kind {
			runs = append(runs, e.Run)
		}
	}
	return runs
}

func runsTold(t *testing.T, c *braid.Client) {
	squares := square.Map(t.Context(), c, upTo(10))
	want(t, "the sum", result(t, c, sum.Call(squares)), 285)
	gather(t, squares) // the sum may be heard of before them
	squares.Release()
	list := closedEvents(t, c)
	submitted, finished, released := runsOf(list, event.Submitted), runsOf(list, event.Finished), runsOf(list, event.Released)
	if len(submitted) != 2 || len(finished) != 2 || len(released) != 1 {
		t.Fatalf("%d runs were submitted, %d finished and %d released", len(submitted), len(finished), len(released))
	}
	want(t, "the first run", submitted[0].Name, "conformance/square (10 tasks)")
	want(t, "the released run", released[0].Number, submitted[0].Number)
	if g := submitted[0].Groups; len(g) != 1 || g[0].Name != "conformance/square" || g[0].Tasks != 10 {
		t.Errorf("its groups are %v", g)
	}
	if !strings.HasPrefix(submitted[0].Site, "events.go:") || !strings.HasPrefix(submitted[1].Site, "events.go:") {
		t.Errorf("the lines are %q and %q", submitted[0].Site, submitted[1].Site)
	}
	want(t, "the numbers", finished[0].Number+finished[1].Number, submitted[0].Number+submitted[1].Number)
	for _, r := range finished {
		want(t, "the status", r.Status, "done")
	}
	counts := list[len(list)-2].Counts
	want(t, "runs", counts.Runs, 2)
	for _, g := range counts.Groups {
		if g.Name == "conformance/square" && (g.Total != 10 || g.Done != 10) {
			t.Errorf("the last counts of squares: %+v", g)
		}
	}
}

func failuresTold(t *testing.T, c *braid.Client) {
	d := square.Call(refuse.Call(braid.V(3)))
	fs := []*braid.Future[int]{braid.Submit(t.Context(), c, d), braid.Submit(t.Context(), c, refuse.Call(braid.V(5)))}
	for _, f := range fs {
		if _, err := f.Get(t.Context()); err == nil {
			t.Error("no error")
		}
	}
	list := closedEvents(t, c)
	failed := 0
	for _, e := range list {
		if e.Kind != event.Failed {
			continue
		}
		failed++
		if e.Task.Op != "conformance/refuse" || e.Task.Text != errOdd.Error() || e.Task.Attempt != 1 || e.Task.Reason != "error" ||
			!strings.HasPrefix(e.Task.Name, "conformance/refuse#") || !strings.HasPrefix(e.Task.Site, "events.go:") {
			t.Errorf("it told of %+v", e.Task)
		}
	}
	want(t, "the number of failures", failed, 2)
	for _, r := range runsOf(list, event.Finished) {
		want(t, "the status", r.Status, "failed")
		want(t, "the reason", r.Why, errOdd.Error())
	}
}

func cancellingTold(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, nap.Call(braid.V(time.Hour)))
	f.Cancel()
	finished := runsOf(closedEvents(t, c), event.Finished)
	if len(finished) != 1 || finished[0].Status != "cancelled" {
		t.Errorf("finished: %+v", finished)
	}
}
