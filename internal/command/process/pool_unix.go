//go:build unix

package process

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// mostPrograms is how many programs a pool runs at once at most.
const mostPrograms = 1 << 12

// Pool runs programs for many callers, in a process that runs some now and then. What their slots share, the table and the guard, is
// made for the first program and stays as long as the process.
type Pool struct {
	// Guard starts the guard. nil, or a nil guard, is for processes that cannot have one.
	Guard func(*Table) (*Guard, error)
	// Adopt says that this process ends what programs leave behind; see [Table.Adopt].
	Adopt bool

	mu    sync.Mutex
	table *Table
	guard *Guard
	free  []int // slots of the table that nobody has
}

// Do calls f with a slot of its own, whose programs are stopped when ctx ends: by SIGTERM, and after a grace time by SIGKILL. f runs on
// one thread, as Run of the slot needs it.
func (p *Pool) Do(ctx context.Context, grace time.Duration, f func(*Slot)) error {
	number, err := p.take()
	if err != nil {
		return err
	}
	defer p.give(number)
	slot := NewSlot(number, p.table)
	defer context.AfterFunc(ctx, func() { slot.Stop(Interrupted, grace) })()
	defer trim(slot)()
	OffMain(func() { f(slot) }) // locked: the kernel kills the program when the thread that started it ends
	return nil
}

// take returns a slot of the table that is free. give gives it back.
func (p *Pool) take() (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.table == nil {
		if err := p.open(); err != nil {
			return 0, err
		}
	}
	if len(p.free) == 0 {
		return 0, fmt.Errorf("this process runs %d programs at once, and no more are allowed: use fewer slots", mostPrograms)
	}
	n := p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	return n, nil
}

func (p *Pool) give(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, n)
}

// open makes the table and starts the guard. The caller holds mu: whoever else wants to run a program has to wait for it as well.
func (p *Pool) open() error {
	table, err := NewTable(mostPrograms)
	if err != nil {
		return err
	}
	if p.Adopt {
		if err := table.Adopt(false); err != nil {
			return errors.Join(err, table.Close())
		}
	}
	if p.Guard != nil {
		if p.guard, err = p.Guard(table); err != nil {
			return errors.Join(err, table.Close())
		}
	}
	p.table = table
	for n := range mostPrograms {
		p.free = append(p.free, mostPrograms-1-n)
	}
	return nil
}

// trimEvery is how often what a program writes beyond what is kept is dropped.
const trimEvery = 100 * time.Millisecond

// trim drops, from time to time, what a program writes beyond what is kept. The function that it returns ends that.
func trim(slot *Slot) (stop func()) {
	var mu sync.Mutex
	var again *time.Timer
	mu.Lock()
	defer mu.Unlock()
	again = time.AfterFunc(trimEvery, func() {
		slot.Follow((*Capture).Trim)
		mu.Lock()
		defer mu.Unlock()
		if again != nil {
			again.Reset(trimEvery)
		}
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		again.Stop()
		again = nil
	}
}
