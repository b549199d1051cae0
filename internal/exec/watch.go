package exec

import (
	"slices"
	"sync"

	"github.com/braid-compute/braid/graph"
)

// watch arranges for fn to be called once when task i settles, from whatever goroutine settles it; it reports false,
// and does nothing, if the task has an outcome already. fn must not block.
func (r *Run) watch(i graph.Index, fn func(*slot)) bool {
	if !r.takeToken() { // making a page needs a run that is not over
		return false
	}
	defer r.dropTokens(1, nil)
	t := r.task(i)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancelled.Load() != nil {
		return false
	}
	for {
		old := t.state.Load()
		if statusOf(old).Settled() {
			return false
		}
		if t.state.CompareAndSwap(old, old|flagWatched) {
			break
		}
	}
	if r.watchers == nil {
		r.watchers = r.small.watchers[:0]
	}
	if len(r.watchers) < fewWatchers {
		r.watchers = append(r.watchers, watcher{i, fn})
		return true
	}
	if r.watching == nil {
		r.watching = make(map[graph.Index][]func(*slot))
	}
	r.watching[i] = append(r.watching[i], fn)
	return true
}

// fewWatchers is how many watchers of a run are kept in a list; most runs have one.
const fewWatchers = 8

// tell calls the watchers of task i.
func (r *Run) tell(i graph.Index, s *slot) {
	var room [fewWatchers]func(*slot)
	told := room[:0]
	r.mu.Lock()
	kept := r.watchers[:0]
	for _, w := range r.watchers {
		if w.task == i {
			told = append(told, w.fn)
		} else {
			kept = append(kept, w)
		}
	}
	clear(r.watchers[len(kept):])
	r.watchers = kept
	if r.watching != nil {
		told = append(told, r.watching[i]...)
		delete(r.watching, i)
	}
	r.mu.Unlock()
	for _, fn := range told {
		fn(s)
	}
}

// whenDecided arranges for fn to be called once when every task has an outcome or the run is cancelled; at once if that
// is so already.
func (r *Run) whenDecided(fn func(*slot)) {
	r.mu.Lock()
	if !r.decided && r.tasks > 0 {
		r.onDone = append(r.onDone, fn)
		r.mu.Unlock()
		return
	}
	r.mu.Unlock()
	fn(nil)
}

// Watch calls fn once when task i has its outcome: at once if it has it already, otherwise from the goroutine that
// settles it, so fn must not block.
func (r *Run) Watch(i graph.Index, fn func()) {
	if !r.watch(i, func(*slot) { fn() }) {
		fn()
	}
}

// follower is told of the tasks that settle, each once.
type follower struct {
	mu      sync.Mutex
	told    []uint64 // a bit for each task
	stopped bool
	fn      func(i graph.Index, worker bool)
}

func (e *follower) tell(i graph.Index, worker bool) {
	e.mu.Lock()
	bit := uint64(1) << (i % 64)
	news := e.told[i/64]&bit == 0 && !e.stopped
	e.told[i/64] |= bit
	e.mu.Unlock()
	if news {
		e.fn(i, worker)
	}
}

// tellEach tells the followers of the run that task i has settled.
func (r *Run) tellEach(i graph.Index, worker bool) {
	if list := r.each.Load(); list != nil {
		for _, e := range *list {
			e.tell(i, worker)
		}
	}
}

// Follow calls fn once for every task: at once for those that have their outcome, later for the others, from the
// goroutine that settles them, so fn must not block. If that is a worker, which calls [Config].Between soon, fn is told so. The
// function it returns ends that.
func (r *Run) Follow(fn func(i graph.Index, worker bool)) (stop func()) {
	e := &follower{told: make([]uint64, (r.tasks+63)/64), fn: fn}
	r.mu.Lock()
	var list []*follower
	if old := r.each.Load(); old != nil {
		list = slices.Clone(*old)
	}
	list = append(list, e)
	r.each.Store(&list)
	r.mu.Unlock()
	e.tellSettled(r)
	r.whenDecided(func(*slot) { e.tellSettled(r) }) // a cancelled run settles its tasks when asked
	return func() { r.unfollowEach(e) }
}

func (e *follower) tellSettled(r *Run) {
	for i := range graph.Index(r.tasks) {
		if r.Status(i).Settled() {
			e.tell(i, false)
		}
	}
}

// unfollowEach ends Follow.
func (r *Run) unfollowEach(e *follower) {
	e.mu.Lock()
	e.stopped = true
	e.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(*r.each.Load()), func(other *follower) bool { return other == e })
	r.each.Store(&list)
}
