package conformance

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
)

var largeNeeds = theme{"large needs", []testCase{
	{name: "are not starved by small ones", options: offers, body: notStarved},
	{name: "of cores are not starved by fewer", options: offers, body: coresNotStarved},
	{name: "do not keep a task from what it waits for", options: offers, body: largeWaits},
}}

// notAfter submits a call in the midst of others, and fails the test if it waits for much more than a few of them.
func notAfter(t *testing.T, c *braid.Client, small, large braid.Option) {
	before := sleep.With(small).Map(t.Context(), c, seconds(20)) // two at a time
	<-time.After(time.Second / 2)
	began := time.Now()
	f := braid.Submit(t.Context(), c, sleep.With(large).Call(braid.V(time.Second)))
	synctest.Wait() // it has come before the next
	after := sleep.With(small).Map(t.Context(), c, seconds(200))
	get(t, f)
	if took := time.Since(began); took > 40*time.Second {
		t.Errorf("a second with large needs took %v, in the midst of a hundred seconds of small ones", took)
	}
	gather(t, before)
	gather(t, after)
}

func notStarved(t *testing.T, c *braid.Client) {
	notAfter(t, c, braid.Resource("device", 1), braid.Resource("device", 2))
}

func coresNotStarved(t *testing.T, c *braid.Client) { notAfter(t, c, braid.Cores(2), braid.Cores(4)) }

// devices waits for a while, and then for a call that needs a device, as it does itself.
var devices = braid.Func("conformance/devices", func(ctx context.Context, d time.Duration) (time.Duration, error) {
	<-time.After(d)
	return braid.Submit(ctx, braid.FromContext(ctx), sleep.With(braid.Resource("device", 1)).Call(braid.V(d))).Get(ctx)
})

func largeWaits(t *testing.T, c *braid.Client) {
	outer := devices.With(braid.Resource("device", 1)).Map(t.Context(), c, seconds(1))
	<-time.After(time.Second / 2)
	large := sleep.With(braid.Resource("device", 2)).Map(t.Context(), c, seconds(3))
	gather(t, outer)
	gather(t, large)
}
