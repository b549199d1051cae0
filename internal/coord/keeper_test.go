package coord

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/coord/record"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// submission returns a graph of n tasks, each of which takes an item of so many bytes.
func submission(t testing.TB, number uint64, n, size int) *graph.Graph {
	t.Helper()
	b := graph.NewBuilder()
	call := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/f"}), Traits: b.Traits(graph.Traits{}), Site: b.AddSite(graph.Site{File: "main.go", Line: 7})})
	items := make([][]byte, n)
	for k := range items {
		items[k] = bytes.Repeat([]byte{byte(k)}, size)
	}
	col := b.AddLiteral(graph.Literal{Encoded: &graph.Encoded{Column: true, Items: items}})
	b.Affine(graph.Affine{Call: call, Space: []uint32{uint32(n)}, Args: []graph.AffineArg{{Ref: graph.ItemRef(col.Table(), 0), Map: graph.Identity(uint32(n))}}})
	b.Number(1, number)
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// recall returns the events that a keeper replays, as texts, and the numbers that were given.
func recall(t testing.TB, k *Keeper) (events []string, last record.Numbers) {
	t.Helper()
	for what, err := range k.Replay() {
		if err != nil {
			t.Fatal(err)
		}
		if n, ok := what.(record.Numbers); ok {
			last = n
			continue
		}
		events = append(events, fmt.Sprint(what))
	}
	return events, last
}

func TestASuccessorKnowsWhatAgentsCannotTell(t *testing.T) {
	c := open(t, Options{SnapshotBytes: 2000})
	var want []sched.Event
	firsts := map[uint64]bool{}
	run := word.Run(0)
	for term := range 4 {
		l, j := lead(t, c)
		k := Keep(within(t), j)
		texts := []string{}
		for _, ev := range want {
			texts = append(texts, ev.String())
		}
		got, last := recall(t, k)
		if !slices.Equal(got, texts) {
			t.Fatalf("term %d:\n%q, want\n%q", term, got, texts)
		}
		if last.Run != run || last.Agent != word.Agent(10*term) {
			t.Errorf("%+v", last)
		}
		if err := k.Append([]any{record.Numbers{Agent: word.Agent(10 * (term + 1))}}); err != nil {
			t.Fatal(err)
		}
		for n := range 20 {
			run++
			client := word.Client(run%3 + 1)
			batch := []any{
				sched.Submitted{Client: client, Run: run, Graph: submission(t, uint64(run), 5, 20), All: n%2 == 0},
				sched.AgentWord{Agent: 1, Word: &word.Done{}},
				sched.ClientWord{Client: client, Word: &word.Release{Run: run, Tasks: []graph.Index{1}}},
			}
			if err := k.Append(batch); err != nil {
				t.Fatal(err)
			}
			if n%5 == 4 { // the others are over at once
				want = append(want, batch[0].(sched.Event), batch[2].(sched.Event))
			} else if err := k.Append([]any{record.Over{Run: run}, record.Over{Run: run + 1000}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := j.Sync(within(t)); err != nil {
			t.Fatal(err)
		}
		firsts[j.last.from] = true
		l.Release()
	}
	if len(firsts) < 3 {
		t.Errorf("snapshots at %v, so this test shows little", firsts)
	}
}

func TestAKeeperSaysThatARecordCannotBeRead(t *testing.T) {
	c := open(t, Options{})
	l, j := lead(t, c)
	add(t, j, "no record")
	l.Release()
	_, j = lead(t, c)
	for _, err := range Keep(within(t), j).Replay() {
		if !errors.Is(err, ErrDamaged) {
			t.Error(err)
		}
	}
}

func TestAKeeperStopsWithItsContext(t *testing.T) {
	c := open(t, Options{})
	_, j := lead(t, c)
	ctx, cancel := context.WithCancel(context.Background())
	k := Keep(ctx, j)
	cancel()
	if err := k.Append([]any{sched.AgentLost{Agent: 1}}); err != nil {
		t.Errorf("there is nothing to keep: %v", err)
	}
	if err := k.Append([]any{sched.ClientGone{Client: 1}}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// BenchmarkKeep is the cost of the journal for each task: submissions of different sizes, each kept before the next one begins.
func BenchmarkKeep(b *testing.B) {
	for _, tasks := range []int{1, 100, 10_000, 1_000_000} {
		for _, always := range []bool{false, true} {
			if always && tasks == 10_000 {
				continue
			}
			b.Run(fmt.Sprintf("tasks=%d/sync=%v", tasks, always), func(b *testing.B) {
				c := open(b, Options{SyncAlways: always})
				_, j := lead(b, c)
				k := Keep(within(b), j)
				ev := sched.Submitted{Client: 1, Graph: submission(b, 1, tasks, 9)}
				n := 0
				for b.Loop() {
					n++
					ev.Run = word.Run(n)
					if err := k.Append([]any{record.Over{Run: ev.Run - 1}, ev}); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(n)/float64(tasks), "µs/task")
			})
		}
	}
}
