package conformance

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
)

var memory = theme{"memory", []testCase{
	{name: "tasks without inputs wait while sized results are above the limit", near: true, options: braid.Options{Slots: 4, MemoryLimit: 1000}, body: heldBySize},
	{name: "expected bytes hold back before a result exists", options: braid.Options{Slots: 4, MemoryLimit: 1000}, body: heldByHint},
	{name: "one task always runs, however large", options: braid.Options{MemoryLimit: 10}, body: oneAlwaysRuns},
	{name: "freed results let all that waits go on at once", options: braid.Options{Slots: 4, MemoryLimit: 1000}, body: heldGoOn},
	{name: "a graph much larger than the limit finishes", near: true, options: braid.Options{MemoryLimit: 10_000}, body: largeGraph},
	{name: "failed, panicking and cancelled tasks leave no bytes counted", near: true, options: braid.Options{MemoryLimit: 1000}, body: nothingLeftCounted},
	{name: "held tasks are cancelled, released and closed", options: braid.Options{Slots: 4, MemoryLimit: 1000}, closes: true, body: heldEnds},
	{name: "tasks inside a task are admitted while it waits", options: braid.Options{Slots: 2, MemoryLimit: 100}, body: heldInside},
	{name: "held tasks of every priority run in the end", options: braid.Options{Slots: 3, MemoryLimit: 100}, body: heldPriorities},
}}

// block makes n bytes.
var block = braid.Func("conformance/block", func(_ context.Context, n int) ([]byte, error) { return make([]byte, n), nil })

// slowBlock makes n bytes in a second and counts at a gate.
var slowBlock = braid.Func2("conformance/slow-block", func(_ context.Context, id, n int) ([]byte, error) {
	defer gateOf(id).enter()()
	time.Sleep(time.Second)
	return make([]byte, n), nil
})

var lengths = braid.Func("conformance/lengths", func(_ context.Context, b [][]byte) (int, error) {
	n := 0
	for _, x := range b {
		n += len(x)
	}
	return n, nil
})

var length = braid.Func("conformance/length", func(_ context.Context, b []byte) (int, error) { return len(b), nil })

func heldBySize(t *testing.T, c *braid.Client) {
	full := braid.Submit(t.Context(), c, block.Call(braid.V(1200)))
	get(t, full)
	g := newGate(t)
	busy := braid.Submit(t.Context(), c, length.Call(through2.Call(braid.V(g.id), full)))
	synctest.Wait()
	held := braid.Submit(t.Context(), c, block.Call(braid.V(500)))
	synctest.Wait()
	want(t, "a task above the limit is done", held.Done(), false)
	e := held.Explain()
	want(t, "its state", e.State, "held")
	if s := e.String(); !strings.Contains(s, "1200") || !strings.Contains(s, "1000") {
		t.Errorf("the explanation does not tell the bytes and the limit: %s", s)
	}
	if s := c.String(); !strings.Contains(s, "1 held for memory") {
		t.Errorf("the client does not say that a task is held:\n%s", s)
	}
	full.Release()
	synctest.Wait()
	want(t, "still, since another call takes the released result", held.Explain().State, "held")
	close(g.open)
	want(t, "the length", get(t, busy), 1200)
	want(t, "the length of the held one", len(get(t, held)), 500)
}

// through2 waits at a gate, or for the end of its context, and returns its second argument.
var through2 = braid.Func2("conformance/through2", func(ctx context.Context, id int, b []byte) ([]byte, error) {
	select {
	case <-gateOf(id).open:
		return b, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
})

func heldByHint(t *testing.T, c *braid.Client) {
	g := newGate(t)
	d := make([]*braid.Delayed[[]byte], 8)
	for i := range d {
		d[i] = slowBlock.With(braid.ExpectBytes(400)).Call(braid.V(g.id), braid.V(0))
	}
	took := timed(func() { want(t, "the bytes", result(t, c, lengths.Call(braid.All(d))), 0) })
	want(t, "tasks at once: two of 400 bytes fit into 1000", g.most.Load(), 2)
	want(t, "the time", took, 4*time.Second)
}

func oneAlwaysRuns(t *testing.T, c *braid.Client) {
	full := braid.Submit(t.Context(), c, block.Call(braid.V(1000)))
	get(t, full)
	for range 3 {
		want(t, "a block", len(result(t, c, block.With(braid.ExpectBytes(1<<40)).Call(braid.V(100)))), 100)
	}
	want(t, "blocks", len(gather(t, block.Map(t.Context(), c, []int{500, 600, 700, 800, 900}))), 5)
	full.Release()
}

func heldGoOn(t *testing.T, c *braid.Client) {
	full := braid.Submit(t.Context(), c, block.Call(braid.V(1200)))
	get(t, full)
	g, h := newGate(t), newGate(t)
	busy := braid.Submit(t.Context(), c, hold.Call(braid.V(g.id), braid.V(1)))
	synctest.Wait()
	var held []braid.Handle
	for range 3 {
		held = append(held, braid.Submit(t.Context(), c, slowBlock.With(braid.ExpectBytes(10)).Call(braid.V(h.id), braid.V(10))))
	}
	synctest.Wait()
	want(t, "held tasks that ran", h.came.Load(), 0)
	full.Release()
	took := timed(func() {
		if err := braid.Wait(t.Context(), held...); err != nil {
			t.Fatal(err)
		}
	})
	want(t, "the time for three on three free slots", took, time.Second)
	close(g.open)
	get(t, busy)
}

func largeGraph(t *testing.T, c *braid.Client) {
	const n = 500
	parts := make([]*braid.Delayed[int], n)
	for i := range parts {
		parts[i] = length.Call(block.Call(braid.V(1000)))
	}
	want(t, "the sum", result(t, c, sum.Call(braid.All(parts))), 1000*n)
	blocks := make([]*braid.Delayed[[]byte], n)
	for i := range blocks {
		blocks[i] = block.Call(braid.V(1000))
	}
	want(t, "the lengths", result(t, c, lengths.Call(braid.All(blocks))), 1000*n)
	wantNoBytes(t, c)
}

// wantNoBytes wants a client that counts no bytes of results.
func wantNoBytes(t *testing.T, c *braid.Client) {
	t.Helper()
	synctest.Wait()
	if s := c.String(); !strings.Contains(s, "\n  memory   0 B in results") {
		t.Errorf("bytes are left counted:\n%s", s)
	}
}

// spoil fails in one of several ways after its inputs were made.
var spoil = braid.Func2("conformance/spoil", func(ctx context.Context, how string, b []byte) ([]byte, error) {
	switch how {
	case "error":
		return nil, errKnown
	case "panic":
		panic("spoilt")
	case "limit", "cancel", "release":
		select {
		case <-ctx.Done():
		case <-time.After(time.Minute):
		}
	}
	return b, nil
})

func nothingLeftCounted(t *testing.T, c *braid.Client) {
	for _, how := range []string{"", "error", "panic", "limit", "cancel", "release"} {
		opts := []braid.Option{braid.ExpectBytes(300)}
		if how == "limit" {
			opts = append(opts, braid.TimeLimit(time.Second))
		}
		d := spoil.With(opts...).Call(braid.V(how), block.Call(braid.V(100)))
		f := braid.Submit(t.Context(), c, lengths.Call(braid.Args[[]byte](d, block.Call(braid.V(50)), block.Call(block2.Call(d)))))
		synctest.Wait()
		switch how {
		case "cancel":
			f.Cancel()
		case "release":
			f.Release()
		}
		_ = f.Wait(t.Context())
		<-time.After(time.Hour)
		synctest.Wait()
		f.Release()
		t.Logf("after %q", how)
		wantNoBytes(t, c)
	}
}

// block2 returns a small number.
var block2 = braid.Func("conformance/block2", func(_ context.Context, b []byte) (int, error) { return len(b) % 8, nil })

func heldEnds(t *testing.T, c *braid.Client) {
	full := braid.Submit(t.Context(), c, block.Call(braid.V(1200)))
	get(t, full)
	g := newGate(t)
	braid.Submit(t.Context(), c, hold.Call(braid.V(g.id), braid.V(1)))
	synctest.Wait()
	a := braid.Submit(t.Context(), c, square.Call(length.Call(block.Call(braid.V(10)))))
	b := braid.Submit(t.Context(), c, block.Call(braid.V(10)))
	d := block.Map(t.Context(), c, []int{10, 20, 30})
	last := braid.Submit(t.Context(), c, block.Call(braid.V(10)))
	synctest.Wait()
	a.Cancel()
	b.Release()
	d.At(1).Cancel()
	wantCancelled(t, a)
	wantCancelled(t, d.At(1))
	d.Cancel()
	wantCancelled(t, d.At(0))
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	wantClosed(t, last)
}

var blockInside = braid.Func("conformance/block-inside", func(ctx context.Context, n int) (int, error) {
	c := braid.FromContext(ctx)
	b, err := block.Map(ctx, c, []int{n, n, n}).Gather(ctx)
	return len(b), err
})

func heldInside(t *testing.T, c *braid.Client) {
	full := braid.Submit(t.Context(), c, block.Call(braid.V(1200)))
	get(t, full)
	want(t, "the sum", result(t, c, sum.Call(blockInside.Map(t.Context(), c, upTo(20)))), 60)
}

func heldPriorities(t *testing.T, c *braid.Client) {
	full := braid.Submit(t.Context(), c, block.Call(braid.V(1200)))
	get(t, full)
	var d []*braid.Delayed[[]byte]
	for p := -3; p <= 3; p++ {
		d = append(d, block.With(braid.Priority(p), braid.ExpectBytes(50)).Call(braid.V(10)), block.Call(braid.V(10)))
	}
	want(t, "the bytes", result(t, c, lengths.Call(braid.All(d))), 140)
}
