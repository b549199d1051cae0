package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
)

var gangs = theme{"gangs", []testCase{
	{name: "start together and meet", options: braid.Options{Slots: 4}, body: gangMeets},
	{name: "have ranks, and a call of none is alone", options: braid.Options{Slots: 4}, body: gangRanks},
	{name: "meet again and again", options: braid.Options{Slots: 4}, body: gangRounds},
	{name: "of one, and of none", options: braid.Options{Slots: 1}, body: gangSmall},
	{name: "compete with each other", options: braid.Options{Slots: 4}, body: gangsCompete},
	{name: "start in the midst of other work", options: braid.Options{Slots: 4}, body: gangBusy},
	{name: "with needs", options: offers, body: gangNeeds},
	{name: "fail together, and say whose failure it was", options: braid.Options{Slots: 4}, body: gangFails},
	{name: "by a panic and a time limit", options: braid.Options{Slots: 4}, body: gangTroubles},
	{name: "that are cancelled", options: braid.Options{Slots: 4}, body: gangCancelled},
	{name: "of which one call is cancelled", options: braid.Options{Slots: 4}, body: gangMemberCancelled},
	{name: "are tried again as a whole", options: braid.Options{Slots: 4}, body: gangRetries},
	{name: "of which a call returns without coming to a meeting", options: braid.Options{Slots: 4}, body: gangMissed},
	{name: "of which a call gives a meeting up", options: braid.Options{Slots: 4}, body: gangGivesUp},
	{name: "of calls that wait for other tasks, and for gangs", options: braid.Options{Slots: 4}, body: gangNested},
	{name: "that are too large are refused with what there is", options: braid.Options{Slots: 4}, body: gangTooLarge},
	{name: "do not go with options for single calls", options: braid.Options{Slots: 4}, body: gangOptions},
	{name: "bring little to a meeting", options: braid.Options{Slots: 4}, body: gangBrings},
	{name: "are explained while they wait", options: braid.Options{Slots: 4}, body: gangExplained},
	{name: "of programs", options: braid.Options{Slots: 2}, body: unixOnly(gangPrograms)},
}}

// meet brings its argument to the others of its gang and returns what all brought.
var meet = braid.Func("conformance/meet", func(ctx context.Context, n int) (string, error) {
	rank, size := braid.Rank(ctx)
	all, err := braid.Meet(ctx, fmt.Append(nil, n))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d of %d: %s", rank, size, all), nil
})

// beside is at the gate with the others of its gang for a second, and returns how many were there.
var beside = braid.Func("conformance/beside", func(ctx context.Context, id int) (int, error) {
	g := gateOf(id)
	defer g.enter()()
	if _, err := braid.Meet(ctx, nil); err != nil {
		return 0, err
	}
	n := int(g.inside.Load())
	<-time.After(time.Second)
	return n, nil
})

// repeat returns n times v.
func repeat(v, n int) []int { return slices.Repeat([]int{v}, n) }

func gangMeets(t *testing.T, c *braid.Client) {
	got := gather(t, meet.Gang(t.Context(), c, []int{5, 6, 7, 8}))
	for rank, s := range got {
		want(t, "a result", s, fmt.Sprintf("%d of 4: [5 6 7 8]", rank))
	}
	g := newGate(t)
	fs := beside.Gang(t.Context(), c, repeat(g.id, 4))
	want(t, "how many are together, by each", result(t, c, sum.Call(fs)), 16)
}

var ranked = braid.Func("conformance/ranked", func(ctx context.Context, n int) (int, error) {
	rank, size := braid.Rank(ctx)
	return 100*n + 10*rank + size, nil
})

func gangRanks(t *testing.T, c *braid.Client) {
	want(t, "ranks", fmt.Sprint(gather(t, ranked.Gang(t.Context(), c, []int{1, 2, 3}))), "[103 213 323]")
	want(t, "a call alone", result(t, c, ranked.Call(braid.V(7))), 701)
	want(t, "a meeting alone", result(t, c, meet.Call(braid.V(7))), "0 of 1: [7]")
	rank, size := braid.Rank(t.Context())
	want(t, "outside, the rank and size", [2]int{rank, size}, [2]int{0, 1})
}

var rounds = braid.Func("conformance/rounds", func(ctx context.Context, n int) (int, error) {
	total := 0
	for k := range n {
		rank, _ := braid.Rank(ctx)
		if rank == k%3 {
			<-time.After(time.Millisecond)
		}
		all, err := braid.Meet(ctx, []byte{byte(k), byte(rank)})
		if err != nil {
			return 0, err
		}
		for other, b := range all {
			if b[0] != byte(k) || b[1] != byte(other) {
				return 0, fmt.Errorf("round %d, rank %d: %v came", k, rank, all)
			}
		}
		total += len(all)
	}
	return total, nil
})

func gangRounds(t *testing.T, c *braid.Client) {
	want(t, "those who came", fmt.Sprint(gather(t, rounds.Gang(t.Context(), c, repeat(50, 3)))), "[150 150 150]")
}

func gangSmall(t *testing.T, c *braid.Client) {
	want(t, "a gang of one", fmt.Sprint(gather(t, meet.Gang(t.Context(), c, []int{3}))), "[0 of 1: [3]]")
	want(t, "the length of a gang of none", len(gather(t, meet.Gang(t.Context(), c, nil))), 0)
}

func gangsCompete(t *testing.T, c *braid.Client) {
	g := newGate(t)
	var all []*braid.Futures[int]
	for k := range 12 {
		all = append(all, beside.Gang(t.Context(), c, repeat(g.id, 1+k%4)))
	}
	for k, fs := range all {
		for _, n := range gather(t, fs) {
			if n < 1+k%4 {
				t.Errorf("of a gang of %d, %d were there", 1+k%4, n)
			}
		}
	}
	if g.most.Load() > 4 {
		t.Errorf("%d functions ran at once on four slots", g.most.Load())
	}
}

func gangBusy(t *testing.T, c *braid.Client) {
	before := sleep.Map(t.Context(), c, seconds(8))
	<-time.After(time.Second / 2)
	g := newGate(t)
	began := time.Now()
	gang := beside.Gang(t.Context(), c, repeat(g.id, 4))
	after := sleep.Map(t.Context(), c, seconds(400))
	want(t, "of each, how many are together", fmt.Sprint(gather(t, gang)), "[4 4 4 4]")
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("a gang in the midst of four hundred seconds of work took %v", took)
	}
	gather(t, before)
	gather(t, after)
}

func gangNeeds(t *testing.T, c *braid.Client) {
	g := newGate(t)
	for what, need := range map[string]braid.Option{
		"two cores": braid.Cores(2), "a device": braid.Resource("device", 1), "half of the memory": braid.Memory(500_000),
		"half a GPU": braid.GPUs(0.5),
	} {
		other := sleep.With(need).Map(t.Context(), c, seconds(3))
		want(t, "with "+what, fmt.Sprint(gather(t, beside.With(need).Gang(t.Context(), c, repeat(g.id, 2)))), "[2 2]")
		gather(t, other)
	}
}

// What the calls of a gang do: the last digit of their argument; the others are the number of a gate.
const (
	toWait = iota
	toFail
	toPanic
	toReturn
)

var behave = braid.Func("conformance/behave", func(ctx context.Context, n int) (int, error) {
	g := gateOf(n / 10)
	defer g.enter()()
	if _, err := braid.Meet(ctx, nil); err != nil {
		return 0, err
	}
	switch n % 10 {
	case toFail:
		<-time.After(time.Second)
		return 0, errOdd
	case toPanic:
		panic("behave")
	case toReturn:
		return n, nil
	}
	<-ctx.Done()
	cause := context.Cause(ctx)
	switch {
	case !errors.Is(cause, context.Canceled), ctx.Err() != context.Canceled:
		g.note(-1)
	case errors.Is(cause, errOdd) && strings.Contains(cause.Error(), "conformance/behave#2"):
		g.note(2)
	}
	return 0, ctx.Err()
})

func behaving(g *gate, how ...int) []int {
	args := slices.Clone(how)
	for k := range args {
		args[k] += 10 * g.id
	}
	return args
}

func gangFails(t *testing.T, c *braid.Client) {
	g := newGate(t)
	fs := behave.Gang(t.Context(), c, behaving(g, toWait, toReturn, toFail, toWait))
	_, err := fs.Gather(t.Context())
	wantRoot(t, err, errOdd, "conformance/behave#2")
	for i := range 4 {
		_, err := fs.At(i).Get(t.Context())
		wantRoot(t, err, errOdd, "conformance/behave#2")
	}
	synctest.Wait()
	want(t, "contexts that said whose failure it was", fmt.Sprint(g.noted()), "[2 2]")
	want(t, "a gang afterwards", len(gather(t, meet.Gang(t.Context(), c, upTo(4)))), 4)
}

func gangTroubles(t *testing.T, c *braid.Client) {
	g := newGate(t)
	_, err := behave.Gang(t.Context(), c, behaving(g, toWait, toPanic, toWait)).Gather(t.Context())
	if err == nil || !strings.Contains(err.Error(), "panic: behave") {
		t.Errorf("after a panic: %v", err)
	}
	_, err = behave.With(braid.TimeLimit(time.Minute), braid.Retries(1)).Gang(t.Context(), c, behaving(g, toWait, toReturn)).Gather(t.Context())
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after a time limit: %v", err)
	}
	want(t, "a gang afterwards", len(gather(t, meet.Gang(t.Context(), c, upTo(4)))), 4)
}

func gangCancelled(t *testing.T, c *braid.Client) {
	for _, busy := range []int{0, 4} {
		g := newGate(t)
		others := sleep.Map(t.Context(), c, seconds(busy))
		running := behave.Gang(t.Context(), c, behaving(g, toWait, toWait, toWait, toWait))
		waiting := behave.Gang(t.Context(), c, behaving(g, toWait, toWait))
		synctest.Wait()
		waiting.Cancel()
		running.Cancel()
		for _, fs := range []*braid.Futures[int]{waiting, running} {
			if _, err := fs.Gather(t.Context()); !errors.Is(err, braid.ErrCancelled) {
				t.Errorf("a cancelled gang: %v", err)
			}
		}
		want(t, "a gang afterwards", len(gather(t, meet.Gang(t.Context(), c, upTo(4)))), 4)
		gather(t, others)
	}
}

func gangMemberCancelled(t *testing.T, c *braid.Client) {
	g := newGate(t)
	fs := behave.Gang(t.Context(), c, behaving(g, toWait, toReturn, toWait))
	<-time.After(time.Second)
	want(t, "one that has returned, as long as others run, is done", fs.At(1).Done(), false)
	fs.At(2).Cancel()
	for i := range 3 {
		_, err := fs.At(i).Get(t.Context())
		wantRoot(t, err, braid.ErrCancelled, "conformance/behave#2")
	}
	want(t, "a gang afterwards", len(gather(t, meet.Gang(t.Context(), c, upTo(4)))), 4)
}

// third succeeds when the calls of its gang have begun for the third time.
var third = braid.Func("conformance/third", func(ctx context.Context, id int) (int, error) {
	g := gateOf(id)
	defer g.enter()()
	rank, size := braid.Rank(ctx)
	if _, err := braid.Meet(ctx, nil); err != nil {
		return 0, err
	}
	came := int(g.came.Load())
	switch {
	case came == 3*size || rank == 0:
		return came, nil
	case rank == 1:
		<-time.After(time.Second)
		return 0, errOdd
	}
	<-ctx.Done()
	return 0, ctx.Err()
})

func gangRetries(t *testing.T, c *braid.Client) {
	g := newGate(t)
	fs := third.With(braid.Retries(2)).Gang(t.Context(), c, repeat(g.id, 4))
	want(t, "results, all of the third attempt", fmt.Sprint(gather(t, fs)), "[12 12 12 12]")
	g = newGate(t)
	_, err := third.With(braid.Retries(1)).Gang(t.Context(), c, repeat(g.id, 4)).Gather(t.Context())
	wantRoot(t, err, errOdd, "conformance/third#1")
	if e, ok := errors.AsType[*braid.TaskError](err); !ok || e.Root().Attempt != 2 {
		t.Errorf("the error %v does not say that it was the second attempt", err)
	}
	want(t, "functions that were called", g.came.Load(), 8)
}

func gangMissed(t *testing.T, c *braid.Client) {
	_, err := leaving.Gang(t.Context(), c, repeat(2, 3)).Gather(t.Context())
	if err == nil || !strings.Contains(err.Error(), "conformance/leaving#1, another task of the gang, has returned without coming") {
		t.Errorf("one has left, and another that waits for it ends with %v", err)
	}
}

// leaving meets the others several times, and once less with rank 1.
var leaving = braid.Func("conformance/leaving", func(ctx context.Context, n int) (int, error) {
	if rank, _ := braid.Rank(ctx); rank == 1 {
		n--
	}
	for range n {
		if _, err := braid.Meet(ctx, nil); err != nil {
			return 0, err
		}
	}
	return n, nil
})

// hasty meets the others twice, who come late; with rank 0 it does not wait that long.
var hasty = braid.Func("conformance/hasty", func(ctx context.Context, n int) (string, error) {
	rank, _ := braid.Rank(ctx)
	if rank > 0 {
		<-time.After(time.Minute)
		all, err := braid.Meet(ctx, fmt.Append(nil, n))
		return fmt.Sprintf("%s", all), err
	}
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, first := braid.Meet(short, fmt.Append(nil, n))
	_, second := braid.Meet(ctx, nil)
	<-time.After(2 * time.Minute)
	return fmt.Sprintf("%v; %v", first, second), nil
})

func gangGivesUp(t *testing.T, c *braid.Client) {
	got := gather(t, hasty.Gang(t.Context(), c, []int{5, 6, 7}))
	for rank, has := range []string{"braid: meet: context deadline exceeded; braid: meet: this task has not waited for the end of an earlier meeting", "[5 6 7]", "[5 6 7]"} {
		if !strings.Contains(got[rank], has) {
			t.Errorf("rank %d returned %q, want %q", rank, got[rank], has)
		}
	}
}

// outer waits for a gang of its own, and then for its own gang.
var outer = braid.Func("conformance/outer", func(ctx context.Context, n int) (int, error) {
	inner, err := meet.Gang(ctx, braid.FromContext(ctx), upTo(n)).Gather(ctx)
	if err != nil {
		return 0, err
	}
	all, err := braid.Meet(ctx, nil)
	return len(inner) + 10*len(all), err
})

func gangNested(t *testing.T, c *braid.Client) {
	one, two := outer.Gang(t.Context(), c, repeat(4, 2)), outer.Gang(t.Context(), c, repeat(2, 4))
	want(t, "two that wait for gangs of all slots", fmt.Sprint(gather(t, one)), "[24 24]")
	want(t, "four that wait for gangs of two", fmt.Sprint(gather(t, two)), "[42 42 42 42]")
}

func gangTooLarge(t *testing.T, c *braid.Client) {
	for _, tc := range []struct {
		fs  *braid.Futures[string]
		has string
	}{
		{meet.Gang(t.Context(), c, upTo(5)), "gang of 5 tasks needs 5 slots at once, and there are 4"},
		{meet.With(braid.Cores(2)).Gang(t.Context(), c, upTo(3)), "needs"},
		{meet.With(braid.Cores(5)).Gang(t.Context(), c, upTo(1)), "5 cores"},
		{meet.With(braid.GPUs(1)).Gang(t.Context(), c, upTo(2)), "gpu"},
	} {
		if _, err := tc.fs.Gather(t.Context()); err == nil || !strings.Contains(err.Error(), tc.has) || !strings.Contains(err.Error(), "conformance/meet") {
			t.Errorf("the error %v does not name the function and say %q", err, tc.has)
		}
	}
	want(t, "a gang afterwards", len(gather(t, meet.Gang(t.Context(), c, upTo(4)))), 4)
}

func gangOptions(t *testing.T, c *braid.Client) {
	for what, o := range map[string]braid.Option{
		"Key": braid.Key("k"), "Isolated": braid.Isolated(), "Memo": braid.Memo(braid.MemoStore{Folder: t.TempDir(), Version: "1"}),
	} {
		if _, err := meet.With(o).Gang(t.Context(), c, upTo(2)).Gather(t.Context()); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("with %s: %v", what, err)
		}
	}
}

// brings meets the others with so many bytes.
var brings = braid.Func("conformance/brings", func(ctx context.Context, n int) (int, error) {
	all, err := braid.Meet(ctx, make([]byte, n))
	return len(slices.Concat(all...)), err
})

func gangBrings(t *testing.T, c *braid.Client) {
	most := gather(t, brings.Gang(t.Context(), c, []int{braid.MaxMeet, 0, braid.MaxMeet}))
	want(t, "the bytes that came", fmt.Sprint(most), fmt.Sprint(repeat(2*braid.MaxMeet, 3)))
	if _, err := brings.Gang(t.Context(), c, []int{1, braid.MaxMeet + 1}).Gather(t.Context()); err == nil || !strings.Contains(err.Error(), "65537 bytes") {
		t.Errorf("too many bytes: %v", err)
	}
}

func gangExplained(t *testing.T, c *braid.Client) {
	g := newGate(t)
	busy := hold.Map(t.Context(), c, repeat(g.id, 3), braid.V(0))
	synctest.Wait()
	fs := meet.Gang(t.Context(), c, upTo(4))
	synctest.Wait()
	if e := fs.At(2).Explain(); !strings.Contains(e.Why, "gang") || e.State == "running" {
		t.Errorf("a call that waits for its gang is explained with %v", e)
	}
	close(g.open)
	gather(t, busy)
	gather(t, fs)
}

var places = braid.Command{Line: `echo {} $BRAID_RANK of $BRAID_SIZE`}.Func("conformance/places")

func gangPrograms(t *testing.T, c *braid.Client) {
	out := gather(t, places.Gang(t.Context(), c, []string{"a", "b"}))
	want(t, "what they print", string(slices.Concat(out...)), "a 0 of 2\nb 1 of 2\n")
}
