package conformance

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
)

var explaining = theme{"explaining", []testCase{
	{name: "a task in every state says where it stands and why", near: true, options: braid.Options{Slots: 1}, body: everyState},
	{name: "a task that was retried tells its attempt", body: explainAttempt},
	{name: "a future that was never submitted says why", body: explainNever},
	{name: "explaining while everything moves", body: explainRace},
}}

func explains(t *testing.T, h braid.Handle, state string, words ...string) {
	t.Helper()
	e := h.Explain()
	if e.State != state {
		t.Errorf("%s is %s, want %s", e.Task, e.State, state)
	}
	for _, w := range append(words, state, e.Task) {
		if !strings.Contains(e.String(), w) {
			t.Errorf("the explanation does not say %q: %s", w, e)
		}
	}
}

func everyState(t *testing.T, c *braid.Client) {
	g, h := newGate(t), newGate(t)
	running := braid.Submit(t.Context(), c, hold.Call(braid.V(g.id), braid.V(1)))
	synctest.Wait()
	<-time.After(2 * time.Second)
	ready := braid.Submit(t.Context(), c, square.Call(braid.V(1)))
	waiting := braid.Submit(t.Context(), c, add.Call(running, ready))
	deep := braid.Submit(t.Context(), c, square.Call(add.Call(waiting, braid.V(1))))
	low := braid.Submit(t.Context(), c, square.With(braid.Priority(-1)).Call(braid.V(1)))
	synctest.Wait()
	explains(t, running, "running", "explaining.go:", "2s", "attempt 1 of 1")
	explains(t, ready, "ready", "1 slots", "conformance/hold#0", "explaining.go:")
	explains(t, low, "ready", "conformance/hold#0")
	explains(t, waiting, "waiting", "conformance/hold#0, which is running", "conformance/square#0, which is waiting")
	explains(t, deep, "waiting", "conformance/add#0, which is waiting")
	close(g.open)
	get(t, deep)
	explains(t, running, "done")
	explains(t, deep, "done")
	failed := braid.Submit(t.Context(), c, square.Call(refuse.Call(braid.V(1))))
	_ = failed.Wait(t.Context())
	explains(t, failed, "failed", "needs conformance/refuse#0", errOdd.Error())
	blocked := braid.Submit(t.Context(), c, waitInside.Call(braid.V(time.Minute)))
	synctest.Wait()
	explains(t, blocked, "blocked", "conformance/nap#0")
	get(t, blocked)
	late := braid.Submit(t.Context(), c, deaf.With(braid.TimeLimit(time.Second)).Call(braid.V(h.id), braid.V(1)))
	_ = late.Wait(t.Context())
	<-time.After(time.Second)
	explains(t, late, "cancelling", "2s", "time limit")
	close(h.open)
	synctest.Wait()
	explains(t, late, "failed", "time limit of 1s")
	running.Release()
	explains(t, running, "released")
	late.Cancel()
	explains(t, late, "failed")
}

func explainAttempt(t *testing.T, c *braid.Client) {
	g := newGate(t)
	f := braid.Submit(t.Context(), c, flaky.With(braid.Retries(5), braid.TimeLimit(time.Second)).Call(braid.V(g.id), braid.V(3), braid.V("slow")))
	<-time.After(1500 * time.Millisecond)
	e := f.Explain()
	want(t, "the state", e.State, "running")
	want(t, "the attempt", e.Attempt, 2)
	want(t, "the attempts", e.Attempts, 6)
	want(t, "the time it runs", e.Since, 500*time.Millisecond)
	want(t, "the result", get(t, f), 4)
	want(t, "the last attempt", f.Explain().Attempt, 4)
}

func explainNever(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, square.With(braid.Retries(-1)).Call(braid.V(1)))
	explains(t, f, "failed", "Retries(-1)", "explaining.go:")
	if !strings.Contains(f.String(), "never submitted") {
		t.Errorf("its text is %s", f)
	}
	f.Cancel()
	f.Release()
	want(t, "done", f.Done(), true)
}

func explainRace(t *testing.T, c *braid.Client) {
	const n = 3000
	fs := refuse.With(braid.Retries(1)).Map(t.Context(), c, upTo(n))
	s := braid.Submit(t.Context(), c, sum.Call(fs))
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				_ = fs.At(i%n).Explain().String() + s.Explain().String() + c.String() + s.String()
			}
		}
	}()
	if err := fs.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = s.Wait(t.Context())
	close(stop)
	<-stopped
}
