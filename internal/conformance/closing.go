package conformance

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
)

var closing = theme{"closing", []testCase{
	{name: "a closed client refuses work", body: closedRefuses},
	{name: "closing cancels what waits, what runs and what is blocked", near: true, body: closeCancels},
	{name: "closing names the tasks still running after its timeout", near: true, options: braid.Options{CloseTimeout: 3 * time.Second}, closes: true, body: closeNames},
	{name: "closing waits for functions that return in time", near: true, options: braid.Options{CloseTimeout: time.Hour}, body: closeWaits},
	{name: "closing while others submit", body: closeRace},
	{name: "closing from inside a task ends", near: true, options: braid.Options{CloseTimeout: 3 * time.Second}, closes: true, body: closeInside},
	{name: "a finished result may be had after closing, or says closed", body: getAfterClose},
}}

func wantClosed[T any](t *testing.T, f *braid.Future[T]) {
	t.Helper()
	if v, err := f.Get(t.Context()); !errors.Is(err, braid.ErrClosed) {
		t.Errorf("%s: %v, %v; want that the client is closed", f.Name(), v, err)
	}
}

func closedRefuses(t *testing.T, c *braid.Client) {
	p := braid.Persist(t.Context(), c, square.Call(braid.V(1)))
	f := braid.Submit(t.Context(), c, square.Call(braid.V(1)))
	get(t, f)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	wantClosed(t, braid.Submit(t.Context(), c, square.Call(braid.V(1))))
	wantClosed(t, braid.Submit(t.Context(), c, square.Call(p)))
	wantClosed(t, braid.Submit(t.Context(), c, square.Call(f)))
	wantClosed(t, braid.Submit(t.Context(), c, p))
	wantClosed(t, braid.Scatter(t.Context(), c, 1))
	wantClosed(t, square.Map(t.Context(), c, []int{1}).At(0))
	if _, err := square.Map(t.Context(), c, []int{1}).Gather(t.Context()); !errors.Is(err, braid.ErrClosed) {
		t.Errorf("Map: %v", err)
	}
	if err := braid.Compute(t.Context(), c, square.Call(braid.V(1)).Into(new(int))); !errors.Is(err, braid.ErrClosed) {
		t.Errorf("Compute: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	if s := c.String(); !strings.Contains(s, "closed") {
		t.Errorf("the client does not say that it is closed: %s", s)
	}
}

func closeCancels(t *testing.T, c *braid.Client) {
	g := newGate(t)
	f := braid.Submit(t.Context(), c, hold.Call(braid.V(g.id), braid.V(1)))
	d := braid.Submit(t.Context(), c, add.Call(f, braid.V(1)))
	fs := holdOne.Map(t.Context(), c, []int{g.id, g.id, g.id, g.id})
	s := braid.Submit(t.Context(), c, sum.Call(fs))
	b := braid.Submit(t.Context(), c, waitInside.Call(braid.V(time.Hour)))
	low := braid.Submit(t.Context(), c, square.With(braid.Priority(-1)).Call(f))
	synctest.Wait()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	wantClosed(t, f)
	wantClosed(t, d)
	wantClosed(t, fs.At(3))
	wantClosed(t, s)
	wantClosed(t, b)
	wantClosed(t, low)
	for i := range fs.Completed(t.Context()) {
		want(t, "an item is done", fs.At(i).Done(), true)
	}
	want(t, "functions that still run", g.inside.Load(), 0)
}

func closeNames(t *testing.T, c *braid.Client) {
	g := newGate(t)
	f := braid.Submit(t.Context(), c, deaf.Call(braid.V(g.id), braid.V(1)))
	synctest.Wait()
	var err error
	took := timed(func() { err = c.Close() })
	want(t, "the time", took, 3*time.Second)
	if err == nil || !strings.Contains(err.Error(), "conformance/deaf#0") || !strings.Contains(err.Error(), "3s") {
		t.Errorf("Close: %v", err)
	}
	if again := c.Close(); again == nil || again.Error() != err.Error() {
		t.Errorf("Close again: %v", again)
	}
	wantClosed(t, f)
	close(g.open)
}

func closeWaits(t *testing.T, c *braid.Client) {
	braid.Submit(t.Context(), c, sleep.Call(braid.V(time.Minute)))
	synctest.Wait()
	took := timed(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	want(t, "the time", took, time.Minute)
}

func closeRace(t *testing.T, c *braid.Client) {
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for {
				f := braid.Submit(t.Context(), c, add.Call(square.Call(braid.V(2)), braid.V(1)))
				fs := square.Map(t.Context(), c, []int{1, 2, 3})
				s := braid.Submit(t.Context(), c, sum.Call(fs))
				v, err := f.Get(t.Context())
				w, err2 := s.Get(t.Context())
				if err == nil && v != 5 || err != nil && !errors.Is(err, braid.ErrClosed) || err2 == nil && w != 14 || err2 != nil && !errors.Is(err2, braid.ErrClosed) {
					t.Errorf("%v, %v; %v, %v", v, err, w, err2)
				}
				if err != nil || err2 != nil {
					return
				}
			}
		})
	}
	for range 100 {
		result(t, c, square.Call(braid.V(1)))
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
}

func closeInside(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, closer.Call(braid.V(1)))
	wantClosed(t, f)
	synctest.Wait()
	<-time.After(time.Minute)
}

func getAfterClose(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, square.Call(braid.V(3)))
	get(t, f)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if v, err := f.Get(t.Context()); err == nil && v != 9 || err != nil && !errors.Is(err, braid.ErrClosed) && !errors.Is(err, braid.ErrReleased) {
		t.Errorf("a finished result after closing: %v, %v", v, err)
	}
	f.Release()
	f.Cancel()
	_ = f.Explain().String()
}

// closer closes its own client.
var closer = braid.Func("conformance/closer", func(ctx context.Context, _ int) (int, error) {
	return 0, braid.FromContext(ctx).Close()
})
