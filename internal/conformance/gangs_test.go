package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/braidtest"
)

// What is promised about gangs holds wherever their calls are: on one worker, or on several that have the slots together.
func TestGangsAcrossWorkers(t *testing.T) {
	for _, workers := range []int{2, 4} {
		t.Run(fmt.Sprintf("workers=%d", workers), func(t *testing.T) {
			for _, tc := range gangs.cases {
				if tc.options.Slots < workers || tc.options.Resources != nil {
					continue
				}
				t.Run(tc.name, func(t *testing.T) {
					tc.run(t, func(t *testing.T, o braid.Options) *braid.Client {
						cluster, err := braidtest.Start(braidtest.Options{Workers: workers, Slots: o.Slots / workers, CloseTimeout: o.CloseTimeout})
						if err != nil {
							t.Fatal(err)
						}
						t.Cleanup(func() {
							if err := cluster.Close(); err != nil {
								t.Error(err)
							}
						})
						o.Address = cluster.Address()
						c, err := braid.Open(t.Context(), o)
						if err != nil {
							t.Fatal(err)
						}
						return c
					})
				})
			}
		})
	}
}

// stays meets the others of its gang, is with them for a minute, and returns how many began in all.
var stays = braid.Func("conformance/stays", func(ctx context.Context, id int) (int, error) {
	g := gateOf(id)
	defer g.enter()()
	if _, err := braid.Meet(ctx, nil); err != nil {
		return 0, err
	}
	select {
	case <-time.After(time.Minute):
		return int(g.came.Load()), nil
	case <-ctx.Done():
		if strings.Contains(context.Cause(ctx).Error(), `its worker "worker-1" was lost`) {
			g.note(1)
		}
		return 0, ctx.Err()
	}
})

func TestAGangIsStartedAgainWhenAWorkerDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cluster, err := braidtest.Start(braidtest.Options{Workers: 3, Slots: 2})
		if err != nil {
			t.Fatal(err)
		}
		c, err := braid.Open(t.Context(), braid.Options{Address: cluster.Address()})
		if err != nil {
			t.Fatal(err)
		}
		g := newGate(t)
		fs := stays.Gang(t.Context(), c, repeat(g.id, 6))
		<-time.After(30 * time.Second)
		cluster.Kill("worker-1")
		synctest.Wait()
		if err := cluster.Add("another"); err != nil {
			t.Fatal(err)
		}
		want(t, "results, of calls of which twelve began", fmt.Sprint(gather(t, fs)), "[12 12 12 12 12 12]")
		want(t, "calls that were told of the worker", fmt.Sprint(g.noted()), "[1 1 1 1]")
		if err := errors.Join(c.Close(), cluster.Close()); err != nil {
			t.Error(err)
		}
	})
}
