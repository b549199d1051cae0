package conformance

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/braidtest"
)

// cluster starts a cluster inside the test, and returns what opens clients of it.
func cluster(t *testing.T, o braidtest.Options) (*braidtest.Cluster, func() *braid.Client) {
	t.Helper()
	o.CloseTimeout = time.Hour
	cluster, err := braidtest.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Close(); err != nil {
			t.Error(err)
		}
	})
	return cluster, func() *braid.Client {
		t.Helper()
		c, err := braid.Open(t.Context(), braid.Options{Address: cluster.Address()})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

func end(t *testing.T, c *braid.Client) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// What a client has published is there for others when it has gone, also when the workers that held it have died, or when it was not
// even made before the client went.
func TestPublishedResultsOutliveClientsAndWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cluster, open := cluster(t, braidtest.Options{Workers: 2})
		first := open()
		rows := row.Map(t.Context(), first, upTo(5))
		publish(t, first, "rows", rows)
		publish(t, first, "one", rows.At(3))
		publish(t, first, "later", last.Call(row.Call(braid.V(7))))
		publish(t, first, "much later", late.Call(braid.V(1)))
		end(t, first)
		for n := range 3 {
			second := open()
			all := get(t, found[[][]float64](t, second, "rows"))
			for k := range all {
				want(t, "the last number of a row", all[k][999], float64(999*k))
			}
			one := found[[]float64](t, second, "one")
			want(t, "what takes one of them", result(t, second, last.Call(one)), 2997)
			want(t, "what was begun by a client that has gone", get(t, found[float64](t, second, "later")), 6993)
			want(t, "what takes a minute", get(t, found[int](t, second, "much later")), 1)
			end(t, second)
			cluster.Kill(fmt.Sprintf("worker-%d", n))
			if err := cluster.Add(fmt.Sprintf("worker-%d", n+2)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestAnybodyMayTakeANameBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, open := cluster(t, braidtest.Options{})
		first, second := open(), open()
		defer end(t, first)
		defer end(t, second)
		publish(t, first, "row", row.Call(braid.V(2)))
		f := found[[]float64](t, first, "row")
		if err := second.Unpublish(t.Context(), "row"); err != nil {
			t.Fatal(err)
		}
		if _, err := braid.Published[[]float64](t.Context(), first, "row"); !errors.Is(err, braid.ErrNotPublished) {
			t.Errorf("the name: %v", err)
		}
		want(t, "what was found before", get(t, f)[999], 1998)
	})
}

// A failure is told to those who were not there when it happened.
func TestAPublishedFailureSaysWhoseItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, open := cluster(t, braidtest.Options{})
		first := open()
		publish(t, first, "none", hopeless.Call(braid.V(5)))
		end(t, first)
		second := open()
		defer end(t, second)
		_, err := found[int](t, second, "none").Get(t.Context())
		if !errors.Is(err, errHopeless) || !strings.Contains(err.Error(), "no hope") {
			t.Errorf("the error is %v", err)
		}
		t.Log(err)
		l, err := second.Publications(t.Context())
		if err != nil || len(l) != 1 || l[0].State != "input failed" {
			t.Errorf("listed are %+v, %v", l, err)
		}
	})
}
