//go:build unix

package host

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/braid-compute/braid/internal/command/journal"
	"github.com/braid-compute/braid/internal/job"
	"github.com/braid-compute/braid/internal/job/work"
)

// Host runs jobs.
type Host struct {
	store  *job.Store
	engine Engine
	log    func(format string, args ...any)
	in     inbox
	ended  chan struct{} // closed when the goroutine of loop has ended

	// What follows belongs to the goroutine of loop.
	jobs     []*entry // in the order of their numbers
	byID     map[int]*entry
	stopped  bool
	halted   bool   // the engine takes no tasks any more
	rested   bool   // the engine was told so
	changes  uint64 // how often something has changed
	watchers []*watcher
	flushing bool // watchers will be told in a moment
}

// entry is a job, and what runs of it.
type entry struct {
	*job.Job
	flights map[int]flight // tasks that are under way, by number
	batches map[*batch]bool
	ripe    []int  // tasks that may begin, where they come one by one after those of other jobs
	held    string // why no tasks of it are begun; "" if they are
}

// flight is where a task that is under way stands in its batch.
type flight struct {
	batch *batch
	k     int
}

// batch is tasks that were handed out together.
type batch struct {
	Batch
	numbers []int
	left    int
}

// mostReady is how many jobs have tasks under way at a time.
const mostReady = 64

// Open opens the store in a folder and goes on with the jobs in it. End the host with Close.
func Open(folder string, engine Engine, log func(format string, args ...any)) (*Host, error) {
	store, err := job.OpenStore(folder)
	if err != nil {
		return nil, err
	}
	h := &Host{store: store, engine: engine, log: log, ended: make(chan struct{}), byID: make(map[int]*entry), rested: true}
	h.in.init()
	jobs, err := job.List(folder)
	if err != nil {
		log("%v; they are left alone", err)
	}
	for _, j := range jobs {
		h.enter(j)
		if n, err := store.Recover(j); err != nil {
			log("job %d: %v", j.ID, err)
		} else if n > 0 {
			log("job %d: %d tasks had ended, and nobody had heard of it", j.ID, n)
		}
		switch left := j.Counts.Left(); {
		case j.Damaged > 0:
			log("job %d: %d lines of its journal could not be read, as after a crash; the tasks they were about run again", j.ID, j.Damaged)
		case left > 0:
			log("job %d (%s) goes on: %d of %d tasks are left", j.ID, j.Name, left, j.Counts.Total())
		}
	}
	go h.loop()
	return h, nil
}

func (h *Host) enter(j *job.Job) *entry {
	e := &entry{Job: j, flights: make(map[int]flight), batches: make(map[*batch]bool)}
	h.jobs = append(h.jobs, e)
	h.byID[j.ID] = e
	h.ripen(e)
	return e
}

// loop owns the jobs.
func (h *Host) loop() {
	defer close(h.ended)
	for !h.stopped {
		h.advance()
		for _, do := range h.in.take() {
			do()
		}
	}
	for _, w := range h.watchers {
		w.drop()
	}
}

// Close stops what runs, which the next host begins again.
func (h *Host) Close() error {
	h.in.put(func() { h.stopped = true })
	<-h.ended
	h.in.end()
	return errors.Join(h.engine.Close(), h.store.Close())
}

// changed notes that those who watch will see something new.
func (h *Host) changed() {
	h.changes++
	h.flushSoon()
}

// advance begins tasks of jobs that may have more under way.
func (h *Host) advance() {
	ready, busy := 0, false
	for _, e := range h.jobs {
		busy = busy || len(e.flights) > 0
		if h.halted || e.Counts.Left() == 0 || e.held != "" || ready >= mostReady || !h.mayBegin(e) || len(e.Each) > 0 && len(e.ripe) == 0 {
			continue
		}
		ready++
		window := h.engine.Window()
		if len(e.flights) > window/2 {
			continue
		}
		if numbers := e.start(window - len(e.flights)); len(numbers) > 0 {
			h.begin(e, numbers)
			busy = true
		}
	}
	if !busy && !h.rested {
		h.engine.Rest()
	}
	h.rested = !busy
}

// mostInBatch is how many tasks are handed out together: results wait for the last of them to be given free.
const mostInBatch = 64

// begin hands out tasks, which are running from now on.
func (h *Host) begin(e *entry, numbers []int) {
	h.changed()
	err := h.store.Prepare(e.Job)
	for part := range slices.Chunk(numbers, mostInBatch) {
		b := &batch{numbers: part, left: len(part)}
		if err == nil {
			b.Batch, err = h.engine.Run(e.Job, job.Path(h.store.Folder(), e.ID), part, func(k int, o *work.Outcome, err error) {
				h.in.put(func() { h.end(e, b, k, o, err) })
			})
		}
		if err != nil {
			if h.halted = h.halted || errors.Is(err, ErrStopped); !h.halted {
				h.hold(e, err)
			}
			for _, n := range part {
				e.giveBack(n)
			}
			continue
		}
		e.batches[b] = true
		for k, n := range part {
			e.flights[n] = flight{b, k}
		}
	}
}

// hold begins no more tasks of a job, until somebody asks for that.
func (h *Host) hold(e *entry, err error) {
	if e.held == "" {
		h.log("job %d (%s) is held: %v", e.ID, e.Name, err)
	}
	e.held = err.Error() + fmt.Sprintf("; \"braid job retry %d\" lets it go on", e.ID)
	for b := range e.batches {
		b.Stop()
	}
	h.changed()
}

// end takes in how a task ended.
func (h *Host) end(e *entry, b *batch, k int, o *work.Outcome, err error) {
	number := b.numbers[k]
	if b.left--; b.left == 0 {
		delete(e.batches, b)
	}
	if f, ok := e.flights[number]; !ok || f.batch != b {
		return // it was cancelled meanwhile
	}
	delete(e.flights, number)
	h.changed()
	switch {
	case errors.Is(err, ErrStopped):
		e.giveBack(number)
		return
	case errors.Is(err, ErrRefused):
		e.giveBack(number)
		h.hold(e, err)
		return
	case err != nil:
		o = lost(number, err)
	}
	if err := h.store.End(e.Job, &o.Record, o.Stdout, o.Stderr); err != nil {
		e.giveBack(number)
		h.hold(e, err)
		return
	}
	if e.Status(number) == job.Done {
		h.ripenAfter(e, number)
	}
	if e.Counts.Left() == 0 {
		h.over(e)
	}
}

// lost is the outcome of a task that the engine could not run to an end.
func lost(number int, err error) *work.Outcome {
	return &work.Outcome{
		Record: journal.Record{Task: int64(number), Code: -1, Why: "lost", Attempts: 1, Ended: time.Now().UnixMilli()},
		Stderr: fmt.Appendf(nil, "braid: the task has no end of its own: %v\n", err),
	}
}

// over notes that a job has nothing left.
func (h *Host) over(e *entry) {
	if err := h.store.Rest(e.Job); err != nil {
		h.log("job %d (%s): %v", e.ID, e.Name, err)
	}
	c := e.Counts
	h.log("job %d (%s) is over: %d done, %d failed, %d cancelled", e.ID, e.Name, c[job.Done], c[job.Failed], c[job.Cancelled])
}

// inbox holds what is to be done by the goroutine of loop. Putting something in never waits.
type inbox struct {
	mu    sync.Mutex
	list  []func()
	some  *sync.Cond
	ended bool
}

func (i *inbox) init() { i.some = sync.NewCond(&i.mu) }

// put adds something, unless nobody takes anything any more.
func (i *inbox) put(do func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.ended {
		i.list = append(i.list, do)
		i.some.Signal()
	}
}

// take waits until there is something and returns all of it.
func (i *inbox) take() []func() {
	i.mu.Lock()
	defer i.mu.Unlock()
	for len(i.list) == 0 {
		i.some.Wait()
	}
	list := i.list
	i.list = nil
	return list
}

func (i *inbox) end() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ended, i.list = true, nil
}
