package exec

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
)

// limited returns a graph of one task with a time limit of a second.
func limited(t *testing.T, retries uint16, call func(ctx context.Context) (any, error)) *graph.Graph {
	t.Helper()
	b := graph.NewBuilder()
	op := &Op{Call: func(ctx context.Context, _ []any) (any, error) { return call(ctx) }}
	b.Add(b.Call(graph.Call{
		Op: b.Op(graph.Op{Name: "go/limited", Impl: op}), Traits: b.Traits(graph.Traits{Limit: int64(time.Second), Retries: retries}), Site: b.Site(0),
	}))
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestTheLimitAndWhatTheFunctionSaid: a function that looks at its context may say how it ended, and is not waited for long.
func TestTheLimitAndWhatTheFunctionSaid(t *testing.T) {
	errDisk := errors.New("the disk is full")
	say := func(after time.Duration, err error) func(context.Context) (any, error) {
		return func(ctx context.Context) (any, error) {
			<-ctx.Done()
			<-time.After(after)
			return nil, err
		}
	}
	for name, c := range map[string]struct {
		call   func(context.Context) (any, error)
		begins string
		settle time.Duration
		is     error
		stack  bool
	}{
		"an error": {
			say(time.Millisecond, fmt.Errorf("write: %w", errDisk)),
			"it outlived its time limit of 1s, and ended with: write: the disk is full", time.Second + time.Millisecond, errDisk, false,
		},
		"its context's error": {
			say(0, context.DeadlineExceeded), "it outlived its time limit of 1s: context deadline exceeded", time.Second, nil, false,
		},
		"a result": {
			say(0, nil), "it outlived its time limit of 1s: context deadline exceeded", time.Second, nil, false,
		},
		"a panic": {
			func(ctx context.Context) (any, error) { <-ctx.Done(); panic(errDisk) },
			"it outlived its time limit of 1s, and ended with: panic: the disk is full", time.Second, errDisk, true,
		},
		"too late": {
			say(time.Hour, errDisk), "it outlived its time limit of 1s: context deadline exceeded", time.Second + lastWords, nil, false,
		},
		"deaf": {
			func(context.Context) (any, error) { <-time.After(time.Hour); return nil, errDisk },
			"it outlived its time limit of 1s: context deadline exceeded", time.Second, nil, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := New(Config{Slots: 1})
				defer func() {
					if err := x.Close(2 * time.Hour); err != nil {
						t.Error(err)
					}
				}()
				start := time.Now()
				r, err := x.Submit(limited(t, 0, c.call), Want{All: true})
				if err != nil {
					t.Fatal(err)
				}
				<-r.Done()
				if took := time.Since(start); took != c.settle {
					t.Errorf("it was settled after %v, want %v", took, c.settle)
				}
				_, f, _ := r.Outcome(0)
				if f == nil {
					t.Fatal("it has a result")
				}
				if f.Reason != ReasonLimit || f.Err.Error() != c.begins || !errors.Is(f.Err, context.DeadlineExceeded) {
					t.Errorf("it failed for %v: %v", f.Reason, f.Err)
				}
				if c.is != nil && !errors.Is(f.Err, c.is) {
					t.Errorf("%v is not %v", f.Err, c.is)
				}
				if (len(f.Stack) > 0) != c.stack {
					t.Errorf("its stack has %d bytes", len(f.Stack))
				}
			})
		})
	}
}

// TestARetryAfterTheLimit: the next attempt begins when the last one has said how it ended, or has been waited for.
func TestARetryAfterTheLimit(t *testing.T) {
	for _, after := range []time.Duration{0, time.Millisecond, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			x := New(Config{Slots: 2})
			defer func() {
				if err := x.Close(2 * time.Hour); err != nil {
					t.Error(err)
				}
			}()
			start := time.Now()
			r, err := x.Submit(limited(t, 1, func(ctx context.Context) (any, error) {
				if FromContext(ctx).Attempt() == 2 {
					return time.Since(start), nil
				}
				<-ctx.Done()
				if after > 0 {
					<-time.After(after)
				}
				return nil, ctx.Err()
			}), Want{All: true})
			if err != nil {
				t.Fatal(err)
			}
			<-r.Done()
			v, f, _ := r.Outcome(0)
			if want := time.Second + min(after, lastWords); f != nil || v != want {
				t.Errorf("%v, %v; the second attempt should have begun after %v", v, f, want)
			}
		})
	}
}

// TestCancelledWhileItsLastWordsAreWaitedFor: a cancellation does not wait for them.
func TestCancelledWhileItsLastWordsAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := New(Config{Slots: 1})
		defer func() {
			if err := x.Close(2 * time.Hour); err != nil {
				t.Error(err)
			}
		}()
		over := make(chan struct{})
		r, err := x.Submit(limited(t, 1, func(ctx context.Context) (any, error) {
			<-ctx.Done()
			close(over)
			<-time.After(time.Hour)
			return nil, nil
		}), Want{All: true})
		if err != nil {
			t.Fatal(err)
		}
		<-over
		if e := r.Explain(0); e.State != "cancelling" {
			t.Errorf("it is %s after its limit", e.State)
		}
		r.Cancel(ErrCancelled)
		_, f, _ := r.Outcome(0)
		if f == nil || f.Reason != ReasonCancelled || !strings.Contains(f.Err.Error(), "cancelled") {
			t.Errorf("%+v", f)
		}
	})
}
