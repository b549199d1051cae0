package conformance

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
)

var streams = theme{"streams", []testCase{
	{name: "AsCompleted yields in the order of completion", options: braid.Options{Slots: 8}, body: asCompleted},
	{name: "AsCompleted yields failed, cancelled and never submitted futures", options: braid.Options{Slots: 2}, body: asCompletedFailures},
	{name: "AsCompleted ends with its context", body: asCompletedContext},
	{name: "leaving AsCompleted cancels nothing", body: asCompletedLeft},
	{name: "AsCompleted of nothing, and of the same future twice", body: asCompletedFew},
	{name: "Completed yields in the order of completion", options: braid.Options{Slots: 8}, body: completedOrder},
	{name: "Completed yields each item of a cancelled map once", body: completedCancelled},
	{name: "Completed ends with its context, and can be had again", options: braid.Options{Slots: 2}, body: completedContext},
	{name: "Wait waits for all, whatever their outcome", body: waitAll},
}}

func asCompleted(t *testing.T, c *braid.Client) {
	var fs []*braid.Future[time.Duration]
	for _, s := range []int{5, 1, 4, 2, 3} {
		fs = append(fs, braid.Submit(t.Context(), c, nap.Call(braid.V(time.Duration(s)*time.Second))))
	}
	var got []time.Duration
	for f, err := range braid.AsCompleted(t.Context(), fs...) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, get(t, f))
	}
	want(t, "the order", fmt.Sprint(got), "[1s 2s 3s 4s 5s]")
}

func asCompletedFailures(t *testing.T, c *braid.Client) {
	g := newGate(t)
	cancelled := braid.Submit(t.Context(), c, hold.Call(braid.V(g.id), braid.V(1)))
	fs := []*braid.Future[int]{
		cancelled,
		braid.Submit(t.Context(), c, refuse.Call(braid.V(1))),
		braid.Submit(t.Context(), c, square.With(braid.Retries(-1)).Call(braid.V(1))),
		braid.Submit(t.Context(), c, add.Call(cancelled, braid.V(1))),
	}
	n := 0
	for f, err := range braid.AsCompleted(t.Context(), fs...) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Get(t.Context()); err == nil {
			t.Errorf("%v has a result", f)
		}
		if n++; n == 2 {
			cancelled.Cancel()
		}
	}
	want(t, "futures", n, 4)
}

func asCompletedContext(t *testing.T, c *braid.Client) {
	g := newGate(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	quick, slow := braid.Submit(t.Context(), c, square.Call(braid.V(2))), braid.Submit(t.Context(), c, hold.Call(braid.V(g.id), braid.V(1)))
	n := 0
	for f, err := range braid.AsCompleted(ctx, quick, slow) {
		if n++; n == 1 && (f != quick || err != nil) || n == 2 && (f != nil || !errors.Is(err, context.DeadlineExceeded)) {
			t.Errorf("pair %d: %v, %v", n, f, err)
		}
	}
	want(t, "pairs", n, 2)
	close(g.open)
	want(t, "the slow one", get(t, slow), 1)
}

func asCompletedLeft(t *testing.T, c *braid.Client) {
	g := newGate(t)
	quick, slow := braid.Submit(t.Context(), c, square.Call(braid.V(2))), braid.Submit(t.Context(), c, hold.Call(braid.V(g.id), braid.V(1)))
	for range braid.AsCompleted(t.Context(), quick, slow) {
		break
	}
	close(g.open)
	want(t, "the slow one", get(t, slow), 1)
}

func asCompletedFew(t *testing.T, c *braid.Client) {
	for range braid.AsCompleted[int](t.Context()) {
		t.Error("a future of none")
	}
	f, n := braid.Submit(t.Context(), c, square.Call(braid.V(2))), 0
	for got, err := range braid.AsCompleted(t.Context(), f, f) {
		if n++; got != f || err != nil {
			t.Error(got, err)
		}
	}
	want(t, "pairs", n, 2)
}

func completedOrder(t *testing.T, c *braid.Client) {
	fs := nap.Map(t.Context(), c, []time.Duration{5 * time.Second, time.Second, 4 * time.Second, 2 * time.Second, 3 * time.Second})
	var got []int
	for i, f := range fs.Completed(t.Context()) {
		get(t, f)
		got = append(got, i)
	}
	want(t, "the order", fmt.Sprint(got), "[1 3 4 2 0]")
}

func completedCancelled(t *testing.T, c *braid.Client) {
	g := newGate(t)
	const n = 5000
	ids := make([]int, n)
	for i := range ids {
		ids[i] = 2*g.id + min(1, i%5)
	}
	fs := holdOdd.With(braid.Retries(1)).Map(t.Context(), c, ids)
	seen, times := make([]int, n), 0
	go func() {
		<-time.After(time.Second)
		fs.At(5).Cancel()
		<-time.After(time.Second)
		fs.Cancel()
	}()
	for i, f := range fs.Completed(t.Context()) {
		seen[i]++
		times++
		if !f.Done() {
			t.Errorf("item %d was yielded before it had its outcome", i)
		}
	}
	want(t, "items", times, n)
	for i, k := range seen {
		if k != 1 {
			t.Errorf("item %d was yielded %d times", i, k)
		}
	}
}

func completedContext(t *testing.T, c *braid.Client) {
	g := newGate(t)
	fs := holdOdd.Map(t.Context(), c, []int{2 * g.id, 2*g.id + 1})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	n := 0
	for range fs.Completed(ctx) {
		n++
	}
	want(t, "items before the context ended", n, 1)
	for range fs.Completed(t.Context()) {
		break
	}
	close(g.open)
	n = 0
	for range fs.Completed(t.Context()) {
		n++
	}
	want(t, "items", n, 2)
}

func waitAll(t *testing.T, c *braid.Client) {
	g := newGate(t)
	a, b := braid.Submit(t.Context(), c, hold.Call(braid.V(g.id), braid.V(1))), braid.Submit(t.Context(), c, refuse.Call(braid.V(1)))
	n := braid.Submit(t.Context(), c, square.With(braid.Retries(-1)).Call(braid.V(1)))
	done := make(chan error, 1)
	go func() { done <- braid.Wait(t.Context(), a, b) }()
	synctest.Wait()
	if len(done) != 0 {
		t.Error("Wait did not wait")
	}
	close(g.open)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := braid.Wait(t.Context(), a, n); err == nil {
		t.Error("Wait for a future that was never submitted has no error")
	}
	if err := braid.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}
