package conformance

import (
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid"
)

// A theme is a list of cases about one subject.
type theme struct {
	name  string
	cases []testCase
}

// A testCase is one promise. Its client is opened with options, where a zero field is up to the caller of [Run], and closed
// afterwards; a case that is about closing says so, and Close may then fail.
type testCase struct {
	name    string
	options braid.Options
	closes  bool
	near    bool // promised only where tasks run in the client's own process: values of any type, the order in which tasks start, what cancelling and closing promise about functions that run
	body    func(t *testing.T, c *braid.Client)
}

// A Kind says where a client's tasks run.
type Kind int

// The kinds.
const (
	Near   Kind = iota // in the client's process
	Far                // on a cluster: values and errors become bytes on their way
	Spread             // on a cluster of several workers, so that nothing is promised about a number of slots
)

// Run checks all promises on clients from open, which is called once for each case, inside the case's bubble. open must
// honour the fields that its options set, and may choose the others; it leaves closing the client to Run.
func Run(t *testing.T, kind Kind, open func(t *testing.T, o braid.Options) *braid.Client) {
	run(t, kind, append(slices.Clone(themes), millions), open)
}

// RunSmall checks all but those with a million items, which take most of the time. BRAID_LONG=1 makes it the same as [Run]. It is for the
// further variants of a kind of client of which one has run everything.
func RunSmall(t *testing.T, kind Kind, open func(t *testing.T, o braid.Options) *braid.Client) {
	if os.Getenv("BRAID_LONG") != "" {
		Run(t, kind, open)
		return
	}
	run(t, kind, themes, open)
}

var themes = []theme{
	values, graphs, lists, futures, maps, failures, retries, limits, cancels, priorities, memory, needs, inside, holding, keys, closing,
	sharing, slots, streams, explaining, events, memos, commands, gangs, publishing, largeNeeds,
}

func run(t *testing.T, kind Kind, themes []theme, open func(t *testing.T, o braid.Options) *braid.Client) {
	for _, th := range themes {
		t.Run(th.name, func(t *testing.T) {
			for _, tc := range th.cases {
				if tc.near && kind != Near || tc.options.Slots > 0 && kind == Spread {
					continue
				}
				t.Run(tc.name, func(t *testing.T) { tc.run(t, open) })
			}
		})
	}
}

func (tc testCase) run(t *testing.T, open func(*testing.T, braid.Options) *braid.Client) {
	before := goleak.IgnoreCurrent()
	synctest.Test(t, func(t *testing.T) {
		o := tc.options
		if o.CloseTimeout == 0 {
			o.CloseTimeout = time.Hour // of virtual time, for functions that sleep on
		}
		c := open(t, o)
		defer func() {
			if err := c.Close(); err != nil && !tc.closes {
				t.Errorf("Close: %v", err)
			}
		}()
		tc.body(t, c)
	})
	goleak.VerifyNone(t, before)
}

// get returns the result of a future that must have one.
func get[T any](t *testing.T, f *braid.Future[T]) T {
	t.Helper()
	v, err := f.Get(t.Context())
	if err != nil {
		t.Fatalf("%s: %v", f.Name(), err)
	}
	return v
}

// result submits a call that must succeed and returns its result.
func result[T any](t *testing.T, c *braid.Client, d *braid.Delayed[T]) T {
	t.Helper()
	return get(t, braid.Submit(t.Context(), c, d))
}

// gather returns the results of a map that must succeed.
func gather[T any](t *testing.T, fs *braid.Futures[T]) []T {
	t.Helper()
	v, err := fs.Gather(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// upTo returns 0, 1, … n-1.
func upTo(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

func want[T comparable](t *testing.T, what string, got, wanted T) {
	t.Helper()
	if got != wanted {
		t.Errorf("%s is %v, want %v", what, got, wanted)
	}
}

// timed returns how much virtual time f takes.
func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}
