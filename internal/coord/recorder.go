package coord

import (
	"context"
	"iter"
	"sync"
)

// Recorder keeps the records of a scheduler without letting it wait: a goroutine of its own writes what has come together while it wrote
// what came before. It is safe for concurrent use. End it with Close.
type Recorder struct {
	keeper *Keeper
	stop   context.CancelFunc
	over   chan struct{}

	mu      sync.Mutex
	filled  sync.Cond
	records []any
	kept    []func(error)
	closed  bool
	err     error // why nothing is kept any more
}

// Record begins a term in the cluster's journal, for the holder of a lease.
func (c *Cluster) Record(ctx context.Context, lease *Lease) (*Recorder, error) {
	j, err := c.Journal(ctx, lease)
	if err != nil {
		return nil, err
	}
	life, stop := context.WithCancel(c.life)
	r := &Recorder{keeper: Keep(life, j), stop: stop, over: make(chan struct{})}
	r.filled.L = &r.mu
	go r.run()
	return r, nil
}

// Replay returns what earlier terms have kept and still matters: see [Keeper.Replay]. It comes before Append.
func (r *Recorder) Replay() iter.Seq2[any, error] { return r.keeper.Replay() }

// Append takes records in and returns at once. kept is called when a successor will find them and all before them, or with the reason why
// it will not, after which nothing is kept any more.
func (r *Recorder) Append(records []any, kept func(error)) {
	r.mu.Lock()
	err := r.err
	if err == nil && r.closed {
		err = r.keeper.j.c.fail("its journal cannot be written", ErrClosed)
	}
	if err == nil {
		r.records = append(r.records, records...)
		r.kept = append(r.kept, kept)
		r.filled.Signal()
	}
	r.mu.Unlock()
	if err != nil {
		kept(err)
	}
}

// run writes what there is until the end.
func (r *Recorder) run() {
	defer close(r.over)
	for {
		records, kept := r.take()
		if len(kept) == 0 {
			return
		}
		err := r.keeper.Append(records)
		if err != nil {
			r.mu.Lock()
			r.err = err
			kept = append(kept, r.kept...)
			r.records, r.kept = nil, nil
			r.mu.Unlock()
		}
		for _, f := range kept {
			f(err)
		}
	}
}

// take waits for records. It returns none at the end.
func (r *Recorder) take() ([]any, []func(error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.kept) == 0 && !r.closed {
		r.filled.Wait()
	}
	records, kept := r.records, r.kept
	r.records, r.kept = nil, nil
	return records, kept
}

// Close keeps what was taken in, for as long as the server may take to answer, and ends the recorder.
func (r *Recorder) Close() {
	r.mu.Lock()
	r.closed = true
	r.filled.Signal()
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), r.keeper.j.c.o.Timeout)
	defer cancel()
	defer context.AfterFunc(ctx, r.stop)()
	<-r.over
	r.stop()
}
