package taskbench

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Counters runs a graph of tasks by hand: an atomic counter of missing inputs for each task, a stack for each worker, and
// nothing else. It has no results, errors, limits, cancellation or accounts, and its idle workers spin. It is the floor
// beside which an engine is measured.
type Counters struct {
	inputs, takers rows
	missing        []atomic.Int32
	free           []int32 // tasks without inputs
}

// rows are lists of tasks in one piece of memory: row i is at[ends[i]:ends[i+1]].
type rows struct {
	ends []int32
	at   []int32
}

func (r *rows) of(i int32) []int32 { return r.at[r.ends[i]:r.ends[i+1]] }

// NewCounters prepares n tasks; inputs appends to the list the numbers of those whose outputs a task takes, each once.
func NewCounters(n int, inputs func(task int, list []int32) []int32) *Counters {
	c := &Counters{missing: make([]atomic.Int32, n)}
	c.inputs.ends = make([]int32, 1, n+1)
	c.takers.ends = make([]int32, n+1)
	for i := range n {
		c.inputs.at = inputs(i, c.inputs.at)
		c.inputs.ends = append(c.inputs.ends, int32(len(c.inputs.at)))
		if len(c.inputs.of(int32(i))) == 0 {
			c.free = append(c.free, int32(i))
		}
	}
	for _, j := range c.inputs.at {
		c.takers.ends[j+1]++
	}
	for i := range n {
		c.takers.ends[i+1] += c.takers.ends[i]
	}
	c.takers.at = make([]int32, len(c.inputs.at))
	next := append([]int32(nil), c.takers.ends...)
	for i := range int32(n) {
		for _, j := range c.inputs.of(i) {
			c.takers.at[next[j]] = i
			next[j]++
		}
	}
	return c
}

// Reset makes the tasks ready to be run (again).
func (c *Counters) Reset() {
	for i := range c.missing {
		c.missing[i].Store(int32(len(c.inputs.of(int32(i)))))
	}
}

// Run calls do for every task after its inputs, on so many goroutines, and returns when all have been done. Reset must be
// called before each Run.
func (c *Counters) Run(workers int, do func(task int32, inputs []int32)) {
	r := &counting{Counters: c, do: do, spare: append([]int32(nil), c.free...)}
	r.left.Store(int64(len(c.missing)))
	var all sync.WaitGroup
	for range workers {
		all.Go(r.work)
	}
	all.Wait()
}

// counting is one run.
type counting struct {
	*Counters
	do     func(task int32, inputs []int32)
	left   atomic.Int64 // tasks not done
	hungry atomic.Int32 // workers that look for a task
	mu     sync.Mutex
	spare  []int32 // ready tasks that any worker may take
}

// portion is how many tasks a worker takes at once if there are many.
const portion = 32

func (r *counting) work() {
	var own []int32
	done := int64(0)
	for {
		if len(own) == 0 {
			if r.left.Add(-done) == 0 {
				return
			}
			if done = 0; !r.take(&own) {
				return
			}
		}
		i := own[len(own)-1]
		own = own[:len(own)-1]
		r.do(i, r.inputs.of(i))
		done++
		for _, t := range r.takers.of(i) {
			if r.missing[t].Add(-1) == 0 {
				own = append(own, t)
			}
		}
		if len(own) > 1 && r.hungry.Load() > 0 {
			half := len(own) / 2
			r.mu.Lock()
			r.spare = append(r.spare, own[:half]...)
			r.mu.Unlock()
			own = own[:copy(own, own[half:])]
		}
	}
}

// take waits for tasks and reports whether there are any left.
func (r *counting) take(own *[]int32) bool {
	r.hungry.Add(1)
	defer r.hungry.Add(-1)
	for r.left.Load() > 0 {
		r.mu.Lock()
		n := min(portion, (len(r.spare)+1)/2)
		*own = append(*own, r.spare[len(r.spare)-n:]...)
		r.spare = r.spare[:len(r.spare)-n]
		r.mu.Unlock()
		if n > 0 {
			return true
		}
		runtime.Gosched()
	}
	return false
}
