package conformance

import (
	"errors"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/braid-compute/braid"
)

var holding = theme{"holding and releasing", []testCase{
	{name: "a persisted call runs once", body: persistOnce},
	{name: "a persisted call that fails says so where it is used", body: persistFails},
	{name: "a persisted result outlives the futures made of it", body: persistOutlives},
	{name: "a scattered value is taken by many calls", body: scatterMany},
	{name: "several values are scattered at once", body: scatterEach},
	{name: "a released result is gone", body: releaseGone},
	{name: "a released result stays for calls that were submitted before", body: releaseKeeps},
	{name: "releasing an unfinished task keeps it for calls that were submitted before", body: releaseUnfinished},
	{name: "a task released before it began is not run", near: true, options: braid.Options{Slots: 1}, body: releaseBefore},
	{name: "releasing while the task ends gives a result or says released", body: releaseRace},
	{name: "releasing while calls that take the result are submitted", body: releaseWhileTaken},
	{name: "a future that is dropped frees its result, one that is held does not", body: collected},
}}

func persistOnce(t *testing.T, c *braid.Client) {
	g := newGate(t)
	p := braid.Persist(t.Context(), c, count.Call(braid.V(g.id), braid.V(4)))
	want(t, "the square", result(t, c, square.Call(p)), 16)
	want(t, "the sum", result(t, c, add.Call(p, square.Call(p))), 20)
	want(t, "itself", result(t, c, p), 4)
	var a, b int
	if err := braid.Compute(t.Context(), c, p.Into(&a), add.Call(p, braid.V(1)).Into(&b)); err != nil {
		t.Fatal(err)
	}
	want(t, "computed", a*10+b, 45)
	if err := braid.Compute(t.Context(), c, p.Into(&a)); err != nil {
		t.Fatal(err)
	}
	want(t, "a persisted list member", result(t, c, sum.Call(braid.Args[int](p, p, braid.V(1)))), 9)
	want(t, "persisted twice", result(t, c, braid.Persist(t.Context(), c, p)), 4)
	want(t, "calls", g.came.Load(), 1)
}

func persistFails(t *testing.T, c *braid.Client) {
	p := braid.Persist(t.Context(), c, refuse.Call(braid.V(1)))
	_, err := braid.Submit(t.Context(), c, square.Call(p)).Get(t.Context())
	wantRoot(t, err, errOdd, "conformance/refuse#0")
	_, err = braid.Submit(t.Context(), c, p).Get(t.Context())
	wantRoot(t, err, errOdd, "conformance/refuse#0")
	never := braid.Persist(t.Context(), c, square.With(braid.TimeLimit(-1)).Call(braid.V(1)))
	if _, err := braid.Submit(t.Context(), c, never).Get(t.Context()); err == nil {
		t.Error("a persisted call that was never submitted has a result")
	}
}

func persistOutlives(t *testing.T, c *braid.Client) {
	p := braid.Persist(t.Context(), c, block.Call(braid.V(10)))
	f := braid.Submit(t.Context(), c, p)
	want(t, "the bytes", len(get(t, f)), 10)
	f.Release()
	want(t, "the bytes after a release of another handle", result(t, c, length.Call(p)), 10)
	want(t, "the bytes again", len(result(t, c, p)), 10)
	for range 3 {
		runtime.GC() // the future of the line above is garbage
		synctest.Wait()
	}
	want(t, "the bytes after a collection", result(t, c, length.Call(p)), 10)
	f = braid.Submit(t.Context(), c, p)
	f.Cancel()
	want(t, "the bytes after a late cancellation", result(t, c, length.Call(p)), 10)
}

func scatterMany(t *testing.T, c *braid.Client) {
	s := braid.Scatter(t.Context(), c, []int{1, 2, 3})
	want(t, "the sum", result(t, c, add.Call(sum.Call(s), sum.Call(s))), 12)
	want(t, "the value", len(get(t, s)), 3)
	n := braid.Scatter[any](t.Context(), c, nil)
	if v, err := n.Get(t.Context()); v != nil || err != nil {
		t.Errorf("scattered nil is %v, %v", v, err)
	}
	s.Release()
	if _, err := braid.Submit(t.Context(), c, sum.Call(s)).Get(t.Context()); err == nil {
		t.Error("a released value is still an argument")
	}
}

func scatterEach(t *testing.T, c *braid.Client) {
	fs := braid.ScatterEach(t.Context(), c, []int{3, 4, 5})
	want(t, "their sum", result(t, c, sum.Call(fs)), 12)
	want(t, "one of them squared", result(t, c, square.Call(fs.At(1))), 16)
	if got := gather(t, fs); !slices.Equal(got, []int{3, 4, 5}) {
		t.Errorf("the values are %v", got)
	}
	fs.At(0).Release()
	want(t, "another after a release", get(t, fs.At(2)), 5)
	want(t, "none", len(gather(t, braid.ScatterEach(t.Context(), c, []int{}))), 0)
	if err := braid.ScatterEach[int](t.Context(), nil, nil).Wait(t.Context()); err == nil {
		t.Error("values were scattered to no client")
	}
}

func releaseGone(t *testing.T, c *braid.Client) {
	f := braid.Submit(t.Context(), c, square.Call(braid.V(3)))
	get(t, f)
	f.Release()
	f.Release()
	if v, err := f.Get(t.Context()); !errors.Is(err, braid.ErrReleased) {
		t.Errorf("a released result: %v, %v", v, err)
	}
	want(t, "the state", f.Explain().State, "released")
	if _, err := braid.Submit(t.Context(), c, square.Call(f)).Get(t.Context()); err == nil {
		t.Error("a released future is still an argument")
	}
	fs := square.Map(t.Context(), c, []int{1, 2, 3})
	gather(t, fs)
	fs.At(1).Release()
	if _, err := fs.Gather(t.Context()); !errors.Is(err, braid.ErrReleased) {
		t.Errorf("Gather with a released item: %v", err)
	}
	want(t, "another item", get(t, fs.At(2)), 9)
	fs.Release()
	if _, err := fs.At(2).Get(t.Context()); !errors.Is(err, braid.ErrReleased) {
		t.Errorf("an item of released futures: %v", err)
	}
	if _, err := braid.Submit(t.Context(), c, sum.Call(fs)).Get(t.Context()); err == nil {
		t.Error("released futures are still an argument")
	}
}

func releaseKeeps(t *testing.T, c *braid.Client) {
	g := newGate(t)
	f := braid.Submit(t.Context(), c, square.Call(braid.V(3)))
	get(t, f)
	d := braid.Submit(t.Context(), c, add.Call(f, hold.Call(braid.V(g.id), braid.V(1))))
	f.Release()
	close(g.open)
	want(t, "the sum", get(t, d), 10)
}

func releaseUnfinished(t *testing.T, c *braid.Client) {
	g := newGate(t)
	f := braid.Submit(t.Context(), c, square.Call(hold.Call(braid.V(g.id), braid.V(3))))
	d := braid.Submit(t.Context(), c, add.Call(f, braid.V(1)))
	fs := holdOne.Map(t.Context(), c, []int{g.id, g.id, g.id})
	s := braid.Submit(t.Context(), c, sum.Call(fs))
	f.Release()
	fs.Release()
	close(g.open)
	want(t, "the sum", get(t, d), 10)
	want(t, "the sum of the released map", get(t, s), 3)
}

func releaseBefore(t *testing.T, c *braid.Client) {
	g, n := newGate(t), newGate(t)
	busy := braid.Submit(t.Context(), c, hold.Call(braid.V(g.id), braid.V(1)))
	synctest.Wait()
	f := braid.Submit(t.Context(), c, square.Call(count.Call(braid.V(n.id), braid.V(3))))
	one := braid.Submit(t.Context(), c, count.Call(braid.V(n.id), braid.V(3)))
	fs := countOne.Map(t.Context(), c, []int{n.id, n.id, n.id})
	f.Release()
	one.Release()
	fs.At(1).Release()
	close(g.open)
	get(t, busy)
	get(t, fs.At(2))
	synctest.Wait()
	want(t, "calls", n.came.Load(), 2)
	for _, f := range []*braid.Future[int]{f, one, fs.At(1)} {
		if v, err := f.Get(t.Context()); !errors.Is(err, braid.ErrReleased) {
			t.Errorf("a task that was released before it began: %v, %v", v, err)
		}
	}
}

func releaseRace(t *testing.T, c *braid.Client) {
	for range 500 {
		f := braid.Submit(t.Context(), c, add.Call(square.Call(braid.V(3)), braid.V(1)))
		done := make(chan struct{})
		go func() {
			defer close(done)
			f.Release()
		}()
		if v, err := f.Get(t.Context()); err == nil && v != 10 || err != nil && !errors.Is(err, braid.ErrReleased) {
			t.Fatalf("%v, %v", v, err)
		}
		<-done
		synctest.Wait() // whoever settled the task may still be about to let go of the result
		if v, err := f.Get(t.Context()); !errors.Is(err, braid.ErrReleased) {
			t.Fatalf("after the release: %v, %v", v, err)
		}
	}
}

func releaseWhileTaken(t *testing.T, c *braid.Client) {
	for range 300 {
		f := braid.Submit(t.Context(), c, square.Call(braid.V(3)))
		get(t, f)
		done := make(chan struct{})
		go func() {
			defer close(done)
			f.Release()
		}()
		v, err := braid.Submit(t.Context(), c, square.Call(f)).Get(t.Context())
		if err == nil && v != 81 || err != nil && !errors.Is(err, braid.ErrReleased) {
			t.Fatalf("%v, %v; want the result, or that it was released", v, err)
		}
		<-done
	}
}

func collected(t *testing.T, c *braid.Client) {
	held := braid.Submit(t.Context(), c, block.Call(braid.V(100)))
	items := block.Map(t.Context(), c, []int{1000, 2000})
	one := items.At(1)
	items = nil
	for range 20 {
		if n := len(result(t, c, block.Call(braid.V(50)))); n != 50 {
			t.Fatal(n)
		}
		runtime.GC()
	}
	synctest.Wait()
	want(t, "the held result", len(get(t, held)), 100)
	want(t, "a held item of a dropped map", len(get(t, one)), 2000)
	runtime.KeepAlive(held)
	runtime.KeepAlive(one)
}
