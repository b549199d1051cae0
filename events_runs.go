package braid

import (
	"reflect"
	"strings"

	"github.com/braid-compute/braid/event"
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/feed"
)

// Submitted is told of a run before it begins.
func (h *events) Submitted(r *exec.Run, sizes []int64) bool {
	h.runs.Add(1)
	if !h.runLimit.Allow() {
		return false
	}
	h.told.Add(1)
	run := h.run(r)
	run.Site = r.Origin()
	for _, g := range r.Groups(sizes) {
		if len(run.Groups) == event.MaxSizes {
			break
		}
		run.Groups = append(run.Groups, event.Size{Name: cut(g.Name), Tasks: g.Tasks})
	}
	h.mu.Lock()
	h.began[r] = h.now()
	h.mu.Unlock()
	h.put(event.Event{Kind: event.Submitted, Run: run})
	return true
}

func (h *events) run(r *exec.Run) *event.Run {
	return &event.Run{Number: r.Submission(), Name: cut(r.Label()), Tasks: r.Tasks()}
}

// Decided is told of the end of a run.
func (h *events) Decided(r *exec.Run) {
	h.mu.Lock()
	began := h.began[r]
	delete(h.began, r)
	h.mu.Unlock()
	run := h.run(r)
	run.Took = h.now() - began
	status, f := r.Standing()
	run.Status = status.String()
	if f != nil && f.Err != nil {
		run.Why = cut(f.Err.Error())
	}
	h.put(event.Event{Kind: event.Finished, Run: run})
}

// Released is told of a run that nobody holds any more.
func (h *events) Released(r *exec.Run) { h.put(event.Event{Kind: event.Released, Run: h.run(r)}) }

// opTasks bounds what is told of the tasks of an op.
type opTasks struct {
	failed  *feed.Limit
	retried *feed.Limit
	latest  [firstTasks]taskPlace // that failed and were told; a ring
	next    int
}

type taskPlace struct {
	run  uint64
	task graph.Index
}

// Failed is told of a task that failed, perhaps not for the first time.
func (h *events) Failed(f *exec.Failure) {
	place := taskPlace{f.Run.Submission(), f.Task}
	o := h.op(f.Op())
	h.mu.Lock()
	for _, p := range o.latest {
		if p == place {
			h.mu.Unlock()
			return
		}
	}
	o.latest[o.next%len(o.latest)] = place
	o.next++
	h.mu.Unlock()
	if o.failed.Allow() {
		h.put(event.Event{Kind: event.Failed, Task: failedTask(f)})
	}
}

// Retried is told of an attempt that failed and is followed by another.
func (h *events) Retried(f *exec.Failure) {
	if h.op(f.Op()).retried.Allow() {
		h.put(event.Event{Kind: event.Retried, Task: failedTask(f)})
	}
}

func (h *events) op(name string) *opTasks {
	h.mu.Lock()
	defer h.mu.Unlock()
	o := h.ops[name]
	if o == nil {
		o = &opTasks{failed: feed.NewLimit(firstTasks, tasksPerSecond, h.now), retried: feed.NewLimit(firstTasks, tasksPerSecond, h.now)}
		h.ops[name] = o
	}
	return o
}

func failedTask(f *exec.Failure) *event.Task {
	t := &event.Task{Run: f.Run.Submission(), Op: cut(f.Op()), Attempt: f.Attempt, Reason: f.Reason.String(), Stack: cut(string(f.Stack))}
	t.Name, t.Site = f.Names()
	t.Name = cut(t.Name)
	if f.Err != nil {
		t.Type, t.Text = typeOf(f.Err), cut(f.Err.Error())
	}
	return t
}

// typeOf names the type of an error as Go programs write it, below what only adds words to it. It returns nothing for types
// of this module's own, which stand for errors of other processes.
func typeOf(err error) string {
	for {
		w, ok := err.(interface{ Unwrap() error })
		if !ok || reflect.TypeOf(err).String() != "*fmt.wrapError" || w.Unwrap() == nil {
			break
		}
		err = w.Unwrap()
	}
	t := reflect.TypeOf(err)
	named := t
	if t.Kind() == reflect.Pointer {
		named = t.Elem()
	}
	if strings.HasPrefix(named.PkgPath(), internals) {
		return ""
	}
	return t.String()
}

// internals is how the paths of this module's internal packages begin.
var internals = strings.TrimSuffix(reflect.TypeFor[exec.Failure]().PkgPath(), "exec")
