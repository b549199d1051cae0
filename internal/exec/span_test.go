package exec

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
)

// independent has n tasks of one op, without inputs.
func independent(tb testing.TB, n int, retries uint16, call func(context.Context, []any) (any, error)) *graph.Graph {
	tb.Helper()
	b := graph.NewBuilder()
	c := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/op", Impl: &Op{Call: call}}), Traits: b.Traits(graph.Traits{Retries: retries}), Site: b.Site(0)})
	for range n {
		b.Add(c)
	}
	b.Number(1, 9)
	g, err := b.Build()
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

func run(tb testing.TB, x *Executor, g *graph.Graph) *Run {
	tb.Helper()
	r, err := x.Submit(g, Want{All: true})
	if err != nil {
		tb.Fatal(err)
	}
	<-r.Done()
	return r
}

func TestSpansAreBounded(t *testing.T) {
	x := New(Config{Slots: 2})
	defer x.Close(time.Second)
	g := independent(t, 10_000, 0, empty.Call)
	run(t, x, g)
	if n := len(x.Spans(1, 1)); n != 0 {
		t.Errorf("%d spans were kept, and nobody had asked for any", n)
	}
	x.Record(100)
	run(t, x, g)
	if n := len(x.Spans(50, 1000)); n != 100 {
		t.Errorf("%d spans were kept, with room for 100", n)
	}
	run(t, x, g)
	if n := len(x.Spans(1, 1000)); n < 100 || n > 400 { // some 200 by lot, a little more or less
		t.Errorf("of 10,000 tasks, with one in 50 recorded, %d are", n)
	}
	x.Record(0)
	run(t, x, g)
	if n := len(x.Spans(1, 1)); n != 0 {
		t.Errorf("%d spans were kept after the end of recording", n)
	}
}

func TestSpans(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := New(Config{Slots: 2})
		defer x.Close(time.Second)
		x.Record(10)
		<-time.After(time.Second)
		first := true
		run(t, x, independent(t, 1, 1, func(context.Context, []any) (any, error) {
			<-time.After(time.Minute)
			if first {
				first = false
				return nil, errors.New("again")
			}
			return nil, nil
		}))
		synctest.Wait()
		want := []Span{
			{Op: "op", Submission: 9, Attempt: 1, Start: time.Second, End: 61 * time.Second, Status: StatusWaiting},
			{Op: "op", Submission: 9, Attempt: 2, Start: 61 * time.Second, End: 121 * time.Second, Status: StatusDone},
		}
		got := x.Spans(1, 10)
		for k := range got {
			got[k].Slot = 0
		}
		if !slices.Equal(got, want) {
			t.Errorf("the spans are %+v", got)
		}
	})
}

// scribe is an observer that writes everything down.
type scribe struct {
	mu    sync.Mutex
	lines []string
	deaf  bool // to the end of runs
}

func (s *scribe) write(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, fmt.Sprintf(format, args...))
}

func (s *scribe) Submitted(r *Run, sizes []int64) bool {
	s.write("submitted %v", r.Groups(sizes))
	return !s.deaf
}

func (s *scribe) Decided(r *Run) {
	status, f := r.Standing()
	if f != nil {
		s.write("%v: %v", status, f.Err)
		return
	}
	s.write("%v", status)
}

func (s *scribe) Released(*Run) { s.write("released") }

func (s *scribe) Failed(f *Failure) { s.write("failed %s#%d: %v", f.Op(), f.Task, f.Err) }

func (s *scribe) Retried(f *Failure) { s.write("retried %s#%d", f.Op(), f.Task) }

func TestWhatAnObserverIsTold(t *testing.T) {
	fail := func(context.Context, []any) (any, error) { return nil, errors.New("no") }
	for name, c := range map[string]struct {
		play func(t *testing.T, x *Executor)
		deaf bool
		want []string
	}{
		"a run that is released": {
			play: func(t *testing.T, x *Executor) { run(t, x, independent(t, 2, 0, empty.Call)).ReleaseAll(ErrReleased) },
			want: []string{"submitted [{op 2}]", "done", "released"},
		},
		"half a run that is released": {
			play: func(t *testing.T, x *Executor) { run(t, x, independent(t, 2, 0, empty.Call)).Release(1) },
			want: []string{"submitted [{op 2}]", "done"},
		},
		"a run that is not wanted": {
			play: func(t *testing.T, x *Executor) { run(t, x, independent(t, 2, 0, empty.Call)).ReleaseAll(ErrReleased) },
			deaf: true,
			want: []string{"submitted [{op 2}]"},
		},
		"a task that fails": {
			play: func(t *testing.T, x *Executor) { run(t, x, independent(t, 1, 1, fail)) },
			want: []string{"submitted [{op 1}]", "retried op#0", "failed op#0: no", "failed: no"},
		},
		"a run that is cancelled": {
			play: func(t *testing.T, x *Executor) {
				r, err := x.Submit(independent(t, 1, 0, func(ctx context.Context, _ []any) (any, error) { <-ctx.Done(); return nil, ctx.Err() }), Want{All: true})
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				r.Cancel(ErrCancelled)
			},
			want: []string{"submitted [{op 1}]", "cancelled: braid: cancelled"},
		},
		"a run that comes too late": {
			play: func(t *testing.T, x *Executor) {
				_ = x.Close(time.Second)
				if _, err := x.Submit(independent(t, 1, 0, empty.Call), Want{}); !errors.Is(err, ErrClosed) {
					t.Error(err)
				}
			},
			want: []string{"submitted [{op 1}]", "cancelled: braid: the client is closed"},
		},
		"a promised run": {
			play: func(t *testing.T, x *Executor) {
				r, err := x.Promise(independent(t, 3, 0, empty.Call), Want{Tasks: []graph.Index{0, 1}}, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Settle(0, 1)
				r.Reject(1, &Failure{Err: errors.New("far away")})
				if g := x.Stats().Groups[0]; g.Total != 2 || g.Done != 1 || g.Failed != 1 {
					t.Errorf("counted: %+v", g)
				}
			},
			want: []string{"submitted [{op 3}]", "failed op#1: far away", "failed: far away"},
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &scribe{deaf: c.deaf}
			x := New(Config{Slots: 1, Observer: s})
			defer x.Close(time.Second)
			c.play(t, x)
			synctest.Wait()
			s.mu.Lock()
			defer s.mu.Unlock()
			if !slices.Equal(s.lines, c.want) {
				t.Errorf("%s: told %q, want %q", name, s.lines, c.want)
			}
		})
	}
}

// BenchmarkSpans runs a layer of a million tasks without spans, and with 1000 a second, taken ten times a second.
func BenchmarkSpans(b *testing.B) {
	const n = 1_000_000
	g := independent(b, n, 0, empty.Call)
	for _, perLook := range []int{0, 100} {
		b.Run(fmt.Sprintf("persecond=%d", 10*perLook), func(b *testing.B) {
			x := New(Config{Slots: 2, Observer: &scribe{}})
			defer x.Close(time.Second)
			x.Record(perLook)
			stop, stopped := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(stopped)
				tick := time.NewTicker(100 * time.Millisecond)
				defer tick.Stop()
				before := int64(0)
				for {
					select {
					case <-stop:
						return
					case <-tick.C:
						ended := x.Stats().Groups[0].Ended
						x.Spans((ended-before)/int64(max(perLook, 1)), perLook)
						before = ended
					}
				}
			}()
			var times []float64
			for b.Loop() {
				start := time.Now()
				run(b, x, g)
				times = append(times, float64(time.Since(start).Nanoseconds())/n)
			}
			close(stop)
			<-stopped
			b.ReportMetric(median(times), "ns/task")
			b.ReportMetric(slices.Min(times), "min-ns/task")
		})
	}
}
