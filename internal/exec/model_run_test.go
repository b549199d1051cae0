package exec

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
)

// Graphs drawn at random give what a sequential evaluator gives: wanted results are right, failures are explained by an
// ancestor that fails or was cancelled, runs end, and nothing is left counted, queued or running. rapid prints the seed of a
// case that fails. BRAID_LONG=1 draws larger graphs.
func TestRandomGraphsAgreeWithASequentialEvaluator(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	maxTasks := 40
	if os.Getenv("BRAID_LONG") != "" {
		maxTasks = 400
	}
	scratch := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		m := drawModel(rt, maxTasks)
		if rapid.Bool().Draw(rt, "spills") {
			m.scratch = scratch
		}
		var problem string
		synctest.Test(t, func(t *testing.T) { problem = m.play() })
		if problem != "" {
			rt.Fatal(problem)
		}
	})
}

// player runs a model on an executor.
type player struct {
	*model
	x       *Executor
	store   *block.Store // nil: everything stays in memory
	cores   usage
	devices usage
}

// play submits the runs, does what is to be done to them, and says what is wrong with what comes out.
func (m *model) play() (problem string) {
	store, err := m.openStore()
	if err != nil {
		return err.Error()
	}
	p := &player{model: m, store: store, x: New(Config{Slots: m.slots, MemoryLimit: m.limit, Store: store, Resources: []Resource{{"device", 100 * modelDevices}}})}
	p.x.least = 1
	defer func() {
		err := p.x.Close(time.Minute)
		if store != nil {
			err = errors.Join(err, store.Close())
		}
		if err != nil && problem == "" {
			problem = err.Error()
		}
	}()
	var live []*Run
	var wheres []func(int) graph.Index
	for _, r := range m.runs {
		g, want, where, err := m.build(r, live, wheres, p.impl)
		if err != nil {
			return err.Error()
		}
		run, err := p.x.Submit(g, want)
		if err != nil {
			return err.Error()
		}
		live, wheres = append(live, run), append(wheres, where)
	}
	released := p.act(live, wheres)
	for _, r := range live {
		<-r.Done()
	}
	synctest.Wait()
	answers := m.evaluate()
	for n, r := range m.runs {
		for _, k := range r.tasks {
			if !r.wants(k.index) || released[errTask{n, k.index}] {
				continue
			}
			if why := answers[k].agrees(p.outcome(live[n], wheres[n](k.index))); why != "" {
				return fmt.Sprintf("task %d of run %d: %s", k.index, n, why)
			}
		}
	}
	<-time.After(time.Hour) // functions that outlived their limits return
	return p.nothingLeft(live, wheres)
}

// act does the actions and returns what was released.
func (p *player) act(live []*Run, wheres []func(int) graph.Index) map[errTask]bool {
	released := make(map[errTask]bool)
	for _, a := range p.actions {
		<-time.After(time.Duration(a.millis) * time.Millisecond)
		switch a.kind {
		case "cancel-run":
			live[a.run].Cancel(ErrCancelled)
		case "cancel-task":
			live[a.run].CancelTask(wheres[a.run](a.task), ErrCancelled)
		case "release":
			live[a.run].Release(wheres[a.run](a.task))
			released[errTask{a.run, a.task}] = true
		}
	}
	return released
}

// nothingLeft releases everything and says what the executor still has of it.
func (p *player) nothingLeft(live []*Run, wheres []func(int) graph.Index) string {
	x := p.x
	for n, r := range p.runs {
		for _, k := range r.tasks {
			if r.wants(k.index) {
				live[n].Release(wheres[n](k.index))
			}
		}
	}
	synctest.Wait()
	for n, r := range live {
		if tokens := r.live.Load(); tokens != 0 || r.g.Load() != nil || !r.over {
			return fmt.Sprintf("run %d should have ended and holds %d tokens, its cursor is at %d of %d, cancelled %v, actions %+v; %d held, %d open, %d idle slots of %d",
				n, tokens, r.cursor, r.tasks, r.cancelled.Load() != nil, p.actions, x.held.len(), x.open.len(), len(x.idle), p.slots)
		}
		if pins := r.pins.Load(); pins != 0 {
			return fmt.Sprintf("run %d has %d pins left", n, pins)
		}
	}
	for id := range *x.runs.Load() {
		if (*x.runs.Load())[id].Load() != nil {
			return fmt.Sprintf("run %d is left in the table", id)
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.memory.Load() != 0 || x.unsized.Load() != 0:
		return fmt.Sprintf("%d bytes and %d results of unknown size are left counted", x.memory.Load(), x.unsized.Load())
	case p.store != nil && (p.store.Used() != 0 || p.store.Stats().Blocks != 0):
		return fmt.Sprintf("%d bytes in %d blocks are left in the store", p.store.Used(), p.store.Stats().Blocks)
	case x.heldBack.Load() != 0 || x.held.len() != 0:
		return fmt.Sprintf("%d tasks are held, %d counted", x.held.len(), x.heldBack.Load())
	case x.waiting.Load() != 0 || x.openRuns.Load() != 0 || x.open.len() != 0 || x.injected.len()+x.urgent.Len()+x.lazy.Len() != 0:
		return fmt.Sprintf("queues are not empty: %d waiting, %d open", x.waiting.Load(), x.openRuns.Load())
	case x.irregular.Load() != 0 || x.resuming.len() != 0 || len(x.blocked) != 0:
		return fmt.Sprintf("%d reasons to look up, %d resuming, %d blocked", x.irregular.Load(), x.resuming.len(), len(x.blocked))
	case len(x.idle) != p.slots || int(x.sleeping.Load()) != p.slots:
		return fmt.Sprintf("%d of %d slots are idle, %d counted", len(x.idle), p.slots, x.sleeping.Load())
	case len(x.classes) != 0 || len(x.grants) != 0 || x.collecting != nil:
		return fmt.Sprintf("%d classes wait for resources, %d grants, collecting %v", len(x.classes), len(x.grants), x.collecting)
	case int(p.cores.most.Load()) > p.slots:
		return fmt.Sprintf("%d cores were in use at once on %d slots", p.cores.most.Load(), p.slots)
	case p.devices.most.Load() > modelDevices:
		return fmt.Sprintf("%d tenths of devices were in use at once, of %d", p.devices.most.Load(), modelDevices)
	}
	for _, pool := range x.pools {
		if pool.used != 0 {
			return fmt.Sprintf("%d of %q are left in use", pool.used, pool.name)
		}
	}
	return ""
}

// impl is a task of the model as an op.
func (p *player) impl(k *modelTask) *Op {
	var attempts atomic.Int32
	first := k
	op := &Op{Call: func(ctx context.Context, in []any) (any, error) {
		k, n := first, int(attempts.Add(1))
		if k.gang != nil { // all have the function of the first
			c := FromContext(ctx)
			k, n = k.gang.tasks[int(c.Index())-first.index], c.Attempt()
		}
		v := k.combine(in)
		cores := int32(k.cores)
		p.cores.add(cores)
		p.devices.add(int32(k.devices))
		defer func() {
			p.cores.add(-cores)
			p.devices.add(-int32(k.devices))
		}()
		if k.gang != nil {
			if all, err := FromContext(ctx).Meet(ctx, []byte{byte(n)}); err != nil || len(all) != len(k.gang.tasks) {
				return nil, err
			}
		}
		if k.millis > 0 {
			<-time.After(time.Duration(k.millis) * time.Millisecond)
		}
		if c := FromContext(ctx); k.blocks {
			p.cores.add(-cores)
			c.Block("the model")
			<-time.After(time.Millisecond)
			c.Unblock()
			if cores = 1; k.gang != nil {
				cores = 0 // it may be without a slot
			}
			p.cores.add(cores)
		}
		switch {
		case k.behaviour == errs || k.behaviour == flaky && n <= k.fails:
			return nil, errTask{k.run, k.index}
		case k.behaviour == panics:
			panic(errTask{k.run, k.index})
		case k.behaviour == late:
			<-time.After(10 * time.Millisecond)
		}
		if k.outputs == 2 {
			return Outputs{v, v + 1}, nil
		}
		return v, nil
	}}
	if k.bytes != 0 {
		op.Size = func(any) (int64, bool) { return max(k.bytes, 0), k.bytes > 0 }
	}
	if k.bytes > 0 && p.store != nil {
		op.Size = func(any) (int64, bool) { return k.bytes + modelSpilled, true }
		op.Form = func(any) *block.Form { return modelForm }
	}
	return op
}

// modelSpilled is how much larger results are where they are to be spilled.
const modelSpilled = 2 << 10

// modelForm is how results of the model are written to files.
var modelForm = &block.Form{
	Name: "number",
	Encode: func(dst []byte, v any) ([]byte, error) {
		return append(strconv.AppendInt(dst, v.(int64), 10), make([]byte, modelSpilled)...), nil
	},
	Decode: func(data []byte) (any, error) { return strconv.ParseInt(string(bytes.TrimRight(data, "\x00")), 10, 64) },
}

// openStore returns a store that writes everything at once, if the model has one.
func (m *model) openStore() (*block.Store, error) {
	if m.scratch == "" {
		return nil, nil
	}
	return block.Open(block.Options{Limit: 1 << 20, SpillMark: 1, PauseMark: 4 * modelSpilled, Scratch: m.scratch, Log: func(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }})
}

// outcome returns the outcome of a task, with what is in the store.
func (p *player) outcome(r *Run, i graph.Index) (any, *Failure, bool) {
	_, _, settled := r.Outcome(i)
	v, f, err := r.Value(context.Background(), i)
	if err != nil {
		return err, nil, settled
	}
	return v, f, settled
}

// usage is how much of something is in use, and was at most.
type usage struct{ now, most atomic.Int32 }

func (u *usage) add(n int32) {
	n = u.now.Add(n)
	for most := u.most.Load(); n > most && !u.most.CompareAndSwap(most, n); most = u.most.Load() {
	}
}

// Many small graphs from many goroutines at once, cancelled and released in between.
func TestManyGraphsFromManyGoroutines(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	const seed = 20260101
	t.Logf("seed %d", seed)
	rounds := 300
	if os.Getenv("BRAID_LONG") != "" {
		rounds = 20_000
	}
	for _, slots := range []int{1, 2, 5} {
		synctest.Test(t, func(t *testing.T) {
			x := New(Config{Slots: slots, MemoryLimit: 200})
			errs := make(chan error, 8)
			for worker := range 8 {
				go func() { errs <- submitMany(x, rounds, seed+uint64(worker)) }()
			}
			for range 8 {
				if err := <-errs; err != nil {
					t.Error(err)
				}
			}
			synctest.Wait()
			if n := x.memory.Load(); n != 0 {
				t.Errorf("%d slots: %d bytes are left counted", slots, n)
			}
			if err := x.Close(time.Minute); err != nil {
				t.Error(err)
			}
		})
	}
}

var errMaybe = errors.New("a failure of the stress test")
