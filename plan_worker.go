package braid

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/plan"
)

// planOrder says, to another process, of what a plan builds its collection, and what shape it had where that was asked for.
// It and planStep are the first two arguments of a task of a plan; the third is what the stage takes.
type planOrder struct {
	Args  []byte // of package codec
	Shape string
}

// planStep says which stage of the collection a task runs.
type planStep struct {
	Stage int
	Limit int64 // elements of a finished partition; negative for all
}

// run runs a task of the plan in a worker process.
func (p *planFunction) run(ctx context.Context, in []any) (any, error) {
	if len(in) != 3 {
		return nil, fmt.Errorf("a task of a plan has 3 arguments, and %d were given: client and worker are of different versions", len(in))
	}
	order, err := take[planOrder](in[0], nil)
	if err != nil {
		return nil, err
	}
	step, err := take[planStep](in[1], nil)
	if err != nil {
		return nil, err
	}
	pipeline, err := p.pipeline(order)
	if err != nil {
		return nil, fmt.Errorf("plan %q (%s), built again by a worker: %w", p.f.name[len("plan/"):], p.f.site, err)
	}
	if step.Stage < 0 || step.Stage >= pipeline.Stages() {
		return nil, fmt.Errorf("plan %q has %d stages, and a task asks for number %d", p.f.name, pipeline.Stages(), step.Stage)
	}
	return runStage(ctx, pipeline.Stage(step.Stage), in[2], step.Limit)
}

// runStage runs a stage on what a task was given: a part of the source, or a list of partial results.
func runStage(ctx context.Context, stage *plan.Stage, in any, limit int64) (any, error) {
	if !stage.Merges() {
		part, err := stageInput(stage, in)
		if err != nil {
			return nil, err
		}
		return stage.Run(ctx, part, limit)
	}
	list, err := stageList(in)
	if err != nil {
		return nil, err
	}
	partials := make([]any, len(list))
	for i, v := range list {
		if partials[i], err = stageInput(stage, v); err != nil {
			return nil, err
		}
	}
	return stage.Run(ctx, partials, limit)
}

// stageList returns the items of a list argument, which comes as bytes where the call has a process of its own.
func stageList(in any) (exec.List, error) {
	switch in := in.(type) {
	case *exec.List:
		return *in, nil
	case *exec.Encoded:
		if isListBytes(in.Data) {
			return decodeList(in.Data, in.Lent)
		}
	}
	return nil, mismatch[exec.List](in)
}

func stageInput(stage *plan.Stage, v any) (any, error) {
	if e, ok := v.(*exec.Encoded); ok {
		return e.Value(stage.Decode)
	}
	return v, nil
}

// pipeline returns the collection of an order, which is built once, and refuses one of another shape than the client's.
func (p *planFunction) pipeline(order planOrder) (*plan.Pipeline, error) {
	built, err := p.builds.of(sha256.Sum256(order.Args), func() (rebuilt, error) {
		root, err := p.build(order.Args)
		if err != nil {
			return rebuilt{}, err
		}
		pipeline, err := plan.Fuse(root)
		if err != nil {
			return rebuilt{}, err
		}
		return rebuilt{pipeline: pipeline, shape: pipeline.Shape()}, nil
	})
	if err != nil {
		return nil, err
	}
	if built.shape != order.Shape {
		return nil, fmt.Errorf("of the same argument the client built\n\t%s\nand this worker\n\t%s\n"+
			"so what the function builds depends on something else: pass that in the argument (braidvet finds most of it)", order.Shape, built.shape)
	}
	return built.pipeline, nil
}

// rebuilt is a collection that a worker built.
type rebuilt struct {
	pipeline *plan.Pipeline
	shape    string
}

// maxRebuilds is how many collections of one plan, of different arguments, a worker remembers.
const maxRebuilds = 64

// rebuilds remembers what a worker built, by the digest of the argument.
type rebuilds struct {
	mu     sync.Mutex
	kept   map[[sha256.Size]byte]func() (rebuilt, error)
	oldest [][sha256.Size]byte
}

// of returns what build makes for the digest, calling it at most once while it is remembered.
func (r *rebuilds) of(digest [sha256.Size]byte, build func() (rebuilt, error)) (rebuilt, error) {
	r.mu.Lock()
	get, ok := r.kept[digest]
	if !ok {
		get = sync.OnceValues(build)
		if r.kept == nil {
			r.kept = make(map[[sha256.Size]byte]func() (rebuilt, error))
		}
		if len(r.oldest) == maxRebuilds {
			delete(r.kept, r.oldest[0])
			r.oldest = append(r.oldest[:0], r.oldest[1:]...)
		}
		r.kept[digest] = get
		r.oldest = append(r.oldest, digest)
	}
	r.mu.Unlock()
	return get()
}
