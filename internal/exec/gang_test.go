package exec

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
)

// ganged is a graph of a gang of n tasks with the same traits, which do what call does, after others that take a second
// each, of which the gang's tasks take one.
func ganged(t *testing.T, n int, traits graph.Traits, others int, call func(ctx context.Context, rank int) (any, error)) *graph.Graph {
	t.Helper()
	b := graph.NewBuilder()
	traits.Lifetime = graph.LifetimeGang
	plain := b.Call(graph.Call{Traits: b.Traits(graph.Traits{}), Site: b.Site(0),
		Op: b.Op(graph.Op{Name: "go/other", Impl: &Op{Call: func(ctx context.Context, _ []any) (any, error) { return nil, second(ctx) }}})})
	c := b.Call(graph.Call{Traits: b.Traits(traits), Site: b.Site(0), Op: b.Op(graph.Op{Name: "go/member", Impl: &Op{
		Call: func(ctx context.Context, _ []any) (any, error) {
			return call(ctx, int(FromContext(ctx).Index())-others)
		}}})})
	for range others {
		b.Add(plain)
	}
	for k := range n {
		if others > 0 {
			b.Add(c, graph.OutputRef(graph.Index(k%others), 0))
		} else {
			b.Add(c)
		}
	}
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// meets lets a member meet the others, which must have begun in the same moment, and return how many they are.
func meets(ctx context.Context, rank int) (any, error) {
	now := time.Now().String()
	all, err := FromContext(ctx).Meet(ctx, []byte(now))
	for other, began := range all {
		if string(began) != now {
			return nil, fmt.Errorf("%d began at %s, and %d at %s", rank, now, other, began)
		}
	}
	return len(all), err
}

func wantDone(t *testing.T, r *Run) {
	t.Helper()
	if err := r.WaitAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f := r.FirstFailure(); f != nil {
		t.Fatalf("%s: %v", r.Name(f.Task), f.Root().Err)
	}
}

func TestAGangStartsTogetherWhateverElseRuns(t *testing.T) {
	for name, needs := range map[string]graph.Needs{
		"nothing": {}, "cores": {CPU: 2000}, "devices": {Named: []graph.Named{{Name: "device", Amount: 1000}}}, "memory": {Memory: 400},
	} {
		for others := range 3 {
			t.Run(fmt.Sprintf("%s after %d", name, others), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					x := open(t)
					busy := submitted(t, x, needy(t, 9, graph.Needs{CPU: 2000}, second))
					small := submitted(t, x, needy(t, 40, graph.Needs{}, second))
					gangs := []*Run{
						submitted(t, x, ganged(t, 2, graph.Traits{Needs: needs}, others, meets)),
						submitted(t, x, ganged(t, 2, graph.Traits{Needs: needs}, others, meets)),
						submitted(t, x, ganged(t, 1, graph.Traits{Needs: needs}, others, meets)),
					}
					if needs.CPU == 0 && needs.Named == nil && needs.Memory == 0 {
						gangs = append(gangs, submitted(t, x, ganged(t, 4, graph.Traits{}, others, meets)))
					}
					for _, r := range append(gangs, busy, small) {
						wantDone(t, r)
					}
				})
			})
		}
	}
}

func TestMembersThatWaitForOtherTasksDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := open(t)
		nested := func(ctx context.Context, rank int) (any, error) {
			inner := submitted(t, x, ganged(t, 4, graph.Traits{}, 0, meets))
			if err := inner.WaitAll(ctx); err != nil {
				return nil, err
			}
			return FromContext(ctx).Meet(ctx, nil)
		}
		for range 3 {
			defer wantDone(t, submitted(t, x, ganged(t, 4, graph.Traits{}, 0, nested)))
			defer wantDone(t, submitted(t, x, ganged(t, 3, graph.Traits{}, 0, nested)))
			defer wantDone(t, submitted(t, x, needy(t, 3, graph.Needs{CPU: 3000}, second)))
		}
	})
}

func TestAnotherAttemptIsOneOfTheWholeGang(t *testing.T) {
	for _, how := range []string{"error", "panic", "limit"} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := open(t)
				var begun, broken atomic.Int32
				r := submitted(t, x, ganged(t, 3, graph.Traits{Retries: 2, Limit: int64(time.Minute)}, 0, func(ctx context.Context, rank int) (any, error) {
					begun.Add(1)
					attempt := FromContext(ctx).Attempt()
					switch {
					case rank == 0: // has its result, which does not count yet
						return attempt, nil
					case rank == 1 && attempt < 3 && how == "error":
						<-time.After(time.Second) // the others have begun
						return nil, errors.New("not yet")
					case rank == 1 && attempt < 3 && how == "panic":
						<-time.After(time.Second)
						panic("not yet")
					case attempt < 3:
						<-ctx.Done()
						if b, ok := errors.AsType[*BrokenGang](context.Cause(ctx)); ok && b.Member == "member#1" {
							broken.Add(1)
						}
						return nil, ctx.Err()
					}
					return attempt, nil
				}))
				wantDone(t, r)
				synctest.Wait() // for functions of earlier attempts
				for i := range graph.Index(3) {
					if v, _, _ := r.Outcome(i); v != 3 {
						t.Errorf("member %d has the result of attempt %v", i, v)
					}
				}
				if begun.Load() != 9 {
					t.Errorf("functions were called %d times", begun.Load())
				}
				if how != "limit" && broken.Load() != 2 {
					t.Errorf("%d contexts said whose failure it was", broken.Load())
				}
			})
		})
	}
}

func TestAMemberThatFailsFailsTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := open(t)
		r := submitted(t, x, ganged(t, 4, graph.Traits{Retries: 1}, 2, func(ctx context.Context, rank int) (any, error) {
			switch rank {
			case 0:
				return 1, nil
			case 1:
				<-time.After(time.Second)
				return nil, errors.New("worn out")
			}
			return 1, WaitChannel(ctx, nil, "nothing")
		}))
		after := submitted(t, x, needy(t, 4, graph.Needs{CPU: 4000}, second)) // what they had is free again
		<-r.Done()
		for k := range graph.Index(4) {
			_, f, _ := r.Outcome(2 + k)
			if f == nil || f.Root().Task != 3 || f.Root().Attempt != 2 {
				t.Errorf("member %d has the outcome %+v", k, f)
			}
		}
		wantDone(t, after)
	})
}

func TestACancelledMemberAndACancelledRunEndAGang(t *testing.T) {
	for name, end := range map[string]func(*Run){
		"the run":             func(r *Run) { r.Cancel(ErrCancelled) },
		"a member":            func(r *Run) { r.CancelTask(3, ErrCancelled) },
		"a member's input":    func(r *Run) { r.CancelTask(1, ErrCancelled) },
		"all handles dropped": func(r *Run) { r.ReleaseAll(ErrReleased) },
	} {
		for _, after := range []time.Duration{0, 500 * time.Millisecond, 1500 * time.Millisecond, 2500 * time.Millisecond, 3500 * time.Millisecond, 10 * time.Second} {
			for busy := range 3 {
				t.Run(fmt.Sprint(name, after, busy), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						x := open(t)
						for range busy {
							submitted(t, x, needy(t, 2, graph.Needs{}, second))
							submitted(t, x, needy(t, 1, graph.Needs{CPU: 3000}, second))
						}
						r := submitted(t, x, ganged(t, 4, graph.Traits{Retries: 1}, 2, func(ctx context.Context, rank int) (any, error) {
							if rank == 0 {
								return 1, nil
							}
							return 2, WaitChannel(ctx, nil, "nothing")
						}))
						<-time.After(after)
						end(r)
						if name != "a member's input" || r.Status(1) == StatusCancelled {
							<-r.Done()
						}
						r.Cancel(ErrCancelled)
						<-time.After(10 * time.Second)
						synctest.Wait()
						if !r.isOver() {
							t.Error("the run is not over")
						}
						wantDone(t, submitted(t, x, ganged(t, 4, graph.Traits{}, 0, meets)))
					})
				})
			}
		}
	}
}

func (r *Run) isOver() bool { return r.live.Load() == 0 }

func TestATooLargeGangIsRefusedWithWhatThereIs(t *testing.T) {
	x := open(t)
	for _, tc := range []struct {
		n    int
		need graph.Needs
		want string
	}{
		{5, graph.Needs{}, "a gang of 5 tasks needs 5 slots at once, and there are 4"},
		{3, graph.Needs{CPU: 2000}, "a gang of 3 tasks of 2 cores needs 6 slots at once, and there are 4"},
		{3, graph.Needs{Named: []graph.Named{{Name: "device", Amount: 1000}}}, `one of a gang of 3, of which together it needs 3 of resource "device", and there is 2`},
		{1, graph.Needs{CPU: 5000}, "it needs 5 cores, and there are 4 slots"},
	} {
		if _, err := x.Submit(ganged(t, tc.n, graph.Traits{Needs: tc.need}, 0, meets), Want{All: true}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("a gang of %d was refused with %v, want %q", tc.n, err, tc.want)
		}
	}
}

func TestAMeetingThatAMemberMissesEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := open(t)
		r := submitted(t, x, ganged(t, 3, graph.Traits{}, 0, func(ctx context.Context, rank int) (any, error) {
			for round := range 3 {
				if rank == 1 && round == 2 {
					return nil, nil
				}
				if all, err := FromContext(ctx).Meet(ctx, []byte{byte(round), byte(rank)}); err != nil {
					return nil, err
				} else if len(all) != 3 || all[2][0] != byte(round) || all[2][1] != 2 {
					return nil, fmt.Errorf("round %d: %v", round, all)
				}
			}
			return nil, nil
		}))
		<-r.Done()
		if f := r.FirstFailure(); f == nil || !strings.Contains(f.Root().Err.Error(), "member#1, another task of the gang, has returned") {
			t.Errorf("the failure is %+v", f)
		}
	})
}
