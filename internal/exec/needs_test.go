package exec

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/par"
)

// needy is a graph of n tasks that need the same and do what call does.
func needy(t *testing.T, n int, need graph.Needs, call func(context.Context) error) *graph.Graph {
	t.Helper()
	b := graph.NewBuilder()
	op := b.Op(graph.Op{Name: "go/needy", Impl: &Op{Call: func(ctx context.Context, _ []any) (any, error) { return nil, call(ctx) }}})
	c := b.Call(graph.Call{Op: op, Traits: b.Traits(graph.Traits{Needs: need}), Site: b.Site(0)})
	for range n {
		b.Add(c)
	}
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func submitted(t *testing.T, x *Executor, g *graph.Graph) *Run {
	t.Helper()
	r, err := x.Submit(g, Want{All: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// open returns an executor of four slots and two devices, which is closed with the test.
func open(t *testing.T) *Executor {
	x := New(Config{Slots: 4, MemoryLimit: 1000, Resources: []Resource{{"device", 2000}, {"license", 1000}}})
	t.Cleanup(func() {
		if err := x.Close(time.Minute); err != nil {
			t.Error(err)
		}
	})
	return x
}

func second(context.Context) error { <-time.After(time.Second); return nil }

func TestNeedsSayHowManyRunAtOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		need graph.Needs
		want time.Duration // for twelve tasks of a second
	}{
		"nothing":           {graph.Needs{}, 3 * time.Second},
		"half a device":     {graph.Needs{Named: []graph.Named{{Name: "device", Amount: 500}}}, 3 * time.Second},
		"a device":          {graph.Needs{Named: []graph.Named{{Name: "device", Amount: 1000}}}, 6 * time.Second},
		"both, and one":     {graph.Needs{Named: []graph.Named{{Name: "device", Amount: 2000}, {Name: "license", Amount: 1000}}}, 12 * time.Second},
		"two cores":         {graph.Needs{CPU: 2000}, 6 * time.Second},
		"more than two":     {graph.Needs{CPU: 2001}, 12 * time.Second},
		"less than one":     {graph.Needs{CPU: 100}, 3 * time.Second},
		"memory of a third": {graph.Needs{Memory: 333}, 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				<-submitted(t, open(t), needy(t, 12, tc.need, second)).Done()
				if took := time.Since(begin); took != tc.want {
					t.Errorf("twelve tasks of a second took %v, want %v", took, tc.want)
				}
			})
		})
	}
}

func TestALargeNeedIsNotStarvedBySmallOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := open(t)
		small := func() *graph.Graph { return needy(t, 20, graph.Needs{}, second) }
		submitted(t, x, small())
		<-time.After(500 * time.Millisecond)
		big := submitted(t, x, needy(t, 1, graph.Needs{CPU: 4000}, second))
		submitted(t, x, small())
		begin := time.Now()
		<-big.Done()
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("all cores were given after %v, behind tasks of a second", took-time.Second)
		}
	})
}

func TestCoresAreABudgetAndAreLentWhileTheTaskWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := open(t)
		<-submitted(t, x, needy(t, 1, graph.Needs{CPU: 4000}, func(ctx context.Context) error {
			if b := ctx.Value(par.BudgetKey{}).(*par.Budget); b.Cores() != 4 {
				t.Errorf("a task of four cores has a budget of %d", b.Cores())
			}
			inner := submitted(t, x, needy(t, 4, graph.Needs{CPU: 4000}, second))
			c := FromContext(ctx)
			c.Block("its own")
			<-inner.Done()
			c.Unblock()
			return nil
		})).Done()
	})
}

func TestWhatNobodyHasIsRefused(t *testing.T) {
	defer goleak.VerifyNone(t)
	x := open(t)
	for _, tc := range []struct {
		need graph.Needs
		want string
	}{
		{graph.Needs{CPU: 5000}, "needs 5 cores, and there are 4 slots"},
		{graph.Needs{Memory: 1001}, "needs 1001 bytes of memory, and the limit is 1000"},
		{graph.Needs{GPU: 500}, `needs 0.5 of resource "gpu", and there is only 2 of "device", 1 of "license"`},
		{graph.Needs{Named: []graph.Named{{Name: "device", Amount: 2001}}}, `needs 2.001 of resource "device", and there is 2`},
	} {
		if _, err := x.Submit(needy(t, 1, tc.need, second), Want{All: true}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("got %v, want an error that says %q", err, tc.want)
		}
		if err := x.Lacks(tc.need); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("Lacks says %v, want %q", err, tc.want)
		}
	}
}

func TestTasksThatWaitForWhatTheyNeedAreExplainedAndCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := open(t)
		busy := submitted(t, x, needy(t, 1, graph.Needs{CPU: 2000, Named: []graph.Named{{Name: "device", Amount: 1500}}}, second))
		synctest.Wait()
		device := submitted(t, x, needy(t, 3, graph.Needs{Named: []graph.Named{{Name: "device", Amount: 1000}}}, second))
		cores := submitted(t, x, needy(t, 1, graph.Needs{CPU: 4000}, second))
		synctest.Wait()
		if e := device.Explain(1); e.State != "held" || !strings.Contains(e.For, `1 of "device", of which 1.5 of 2 are in use`) {
			t.Errorf("a task that waits for a device: %+v", e)
		}
		if e := cores.Explain(0); e.State != "held" || !strings.Contains(e.For, `4 of "cpu", of which 2 of 4 are in use`) {
			t.Errorf("a task that waits for cores: %+v", e)
		}
		begin := time.Now()
		device.Cancel(ErrCancelled)
		<-device.Done()
		if e := device.Explain(1); e.State != "cancelled" || time.Since(begin) != 0 {
			t.Errorf("after cancelling it, and %v: %+v", time.Since(begin), e)
		}
		<-busy.Done()
		<-cores.Done()
		if took := time.Since(begin); took != 2*time.Second {
			t.Errorf("the others took %v", took)
		}
	})
}

// Closing while slots are being collected leaves no worker behind.
func TestClosingWhileSlotsAreCollected(t *testing.T) {
	defer goleak.VerifyNone(t)
	synctest.Test(t, func(t *testing.T) {
		x := New(Config{Slots: 4})
		submitted(t, x, needy(t, 3, graph.Needs{}, second))
		<-time.After(500 * time.Millisecond)
		all := submitted(t, x, needy(t, 1, graph.Needs{CPU: 4000}, second))
		synctest.Wait()
		if e := all.Explain(0); !strings.Contains(e.For, "4 cores, of which 1 are free so far") {
			t.Errorf("%+v", e)
		}
		if err := x.Close(time.Minute); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatATaskHoldsThatWaitsIsNotKeptFromThoseItWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := open(t)
		device := func(n uint32) graph.Needs {
			return graph.Needs{Named: []graph.Named{{Name: "device", Amount: 1000 * n}}}
		}
		outer := submitted(t, x, needy(t, 1, device(1), func(ctx context.Context) error {
			<-time.After(time.Second) // meanwhile somebody asks for both devices
			return submitted(t, x, needy(t, 1, device(1), second)).WaitAll(ctx)
		}))
		large := submitted(t, x, needy(t, 1, device(2), second))
		<-outer.Done()
		<-large.Done()
	})
}

func TestALargeNeedOfAResourceIsNotStarvedBySmallOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := open(t)
		device := func(n uint32) graph.Needs {
			return graph.Needs{Named: []graph.Named{{Name: "device", Amount: 1000 * n}}}
		}
		submitted(t, x, needy(t, 20, device(1), second))
		<-time.After(500 * time.Millisecond)
		large := submitted(t, x, needy(t, 1, device(2), second))
		synctest.Wait() // it has come before the next
		submitted(t, x, needy(t, 200, device(1), second))
		begin := time.Now()
		<-large.Done()
		if took := time.Since(begin); took > 13*time.Second {
			t.Errorf("both devices were given after %v, behind ten seconds of tasks of one", took-time.Second)
		}
	})
}
