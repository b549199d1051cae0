package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/coord"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// benchSubmission is how many tasks are handed in at a time.
const benchSubmission = 10_000

// keeping is the journal of a made-up scheduler.
type keeping struct {
	cluster *coord.Cluster
	lease   *coord.Lease
	journal *coord.Recorder
}

// openKeeping opens a journal in a folder; "" is one that goes with it.
func openKeeping(ctx context.Context, dir string) (*keeping, error) {
	k := new(keeping)
	var err error
	if k.cluster, err = coord.Open(ctx, coord.Options{Dir: dir}); err != nil {
		return nil, err
	}
	if k.lease, err = k.cluster.Lead(ctx, nil); err == nil {
		k.journal, err = k.cluster.Record(ctx, k.lease)
	}
	if err != nil {
		return nil, errors.Join(err, k.cluster.Close())
	}
	return k, nil
}

func (k *keeping) close() error {
	k.journal.Close()
	return k.cluster.Close()
}

// write hands the journal submissions of n tasks together, and waits until they are kept.
func (k *keeping) write(ctx context.Context, g *graph.Graph, n int) error {
	kept := make(chan error, n/g.Len())
	for run := range cap(kept) {
		k.journal.Append([]any{sched.Submitted{Client: 1, Run: word.Run(run + 1), Graph: g, All: true}}, func(err error) { kept <- err })
	}
	for range cap(kept) {
		select {
		case err := <-kept:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// submissionOf returns a graph of n tasks of which each takes a number.
func submissionOf(n int) (*graph.Graph, error) {
	b := graph.NewBuilder()
	call := b.Call(graph.Call{Op: b.Op(graph.Op{Name: "go/f"}), Traits: b.Traits(graph.Traits{}), Site: b.AddSite(graph.Site{File: "main.go", Line: 1})})
	items := make([][]byte, n)
	for k := range items {
		items[k] = []byte{1, 2, 3, 4, 5, 6, 7, 8, 9}
	}
	col := b.AddLiteral(graph.Literal{Encoded: &graph.Encoded{Column: true, Items: items}})
	b.Affine(graph.Affine{Call: call, Space: []uint32{uint32(n)}, Args: []graph.AffineArg{{Ref: graph.ItemRef(col.Table(), 0), Map: graph.Identity(uint32(n))}}})
	b.Number(1, 1)
	return b.Build()
}

// journalFigures measure what it costs to keep submissions, and to find them again.
func journalFigures(tasks int) []figure {
	g, err := submissionOf(min(benchSubmission, tasks))
	if err != nil {
		return []figure{{name: "journal", skip: err.Error()}}
	}
	return []figure{
		{
			name: "journal", cases: []metric{{"journal.us_per_task", "us"}}, warm: true,
			measure: func(ctx context.Context) (times []float64, err error) {
				k, err := openKeeping(ctx, "")
				if err != nil {
					return nil, err
				}
				defer func() { err = errors.Join(err, k.close()) }()
				began := time.Now()
				err = k.write(ctx, g, tasks)
				return []float64{micro(time.Since(began), tasks)}, err
			},
		},
		replayFigure(g, tasks),
	}
}

// replayFigure measures the way of a successor from opening the folder to the last record.
func replayFigure(g *graph.Graph, tasks int) figure {
	dir := ""
	return figure{
		name: "replay", cases: []metric{{"replay.s_per_1m", "s"}}, warm: true,
		open: func(ctx context.Context) (closing func() error, err error) {
			if dir, err = os.MkdirTemp("", "braid-bench-"); err != nil {
				return nil, err
			}
			k, err := openKeeping(ctx, dir)
			if err == nil {
				err = errors.Join(k.write(ctx, g, tasks), k.close())
			}
			if err != nil {
				return nil, errors.Join(err, os.RemoveAll(dir))
			}
			return func() error { return os.RemoveAll(dir) }, nil
		},
		measure: func(ctx context.Context) ([]float64, error) {
			began := time.Now()
			k, err := openKeeping(ctx, dir)
			if err != nil {
				return nil, err
			}
			n := 0
			for what, e := range k.journal.Replay() {
				if x, ok := what.(sched.Submitted); ok {
					n += x.Graph.Len()
				}
				err = errors.Join(err, e)
			}
			took := time.Since(began)
			if err = errors.Join(err, k.close()); err == nil && n != tasks {
				err = fmt.Errorf("%d tasks are there, and %d were kept", n, tasks)
			}
			return []float64{took.Seconds() * 1e6 / float64(tasks)}, err
		},
	}
}

// journalZeroFigure is the first of [zeroFigures] with the journal on.
func journalZeroFigure(n int) figure {
	f := zeroFigure(benchShapes[0], n, true)
	f.name, f.cases = "journal.zero_worker", []metric{{"journal.zero_worker.us_per_task", "us"}}
	return f
}
