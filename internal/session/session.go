package session

import (
	"errors"
	"fmt"
	"sync"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// Conn carries words to and from the scheduler or an agent. Send does not block; Receive returns io.EOF after an orderly
// end.
type Conn interface {
	Send(w any) error
	Receive() (any, error)
	Close() error
}

// Options say how a session talks to its cluster.
type Options struct {
	Scheduler Conn
	Dial      func(address string) (Conn, error) // connects to an agent
	Executor  *exec.Executor                     // whose handles are settled
}

// Session is a client's connection to a cluster. It is safe for concurrent use.
type Session struct {
	o       Options
	done    chan struct{} // closed when the reader of the scheduler's words has ended
	readers sync.WaitGroup

	// order is held while the scheduler is told of a submission or of releases, so that what a submission takes is not
	// released between the look at it and the word. Sending does not block.
	order sync.Mutex

	mu       sync.Mutex
	err      error // why the session ended
	runs     map[uint64]*run
	byNumber map[word.Run]*run
	peers    map[word.Agent]*peer
	asked    map[uint64]chan word.Explained
	replies  map[uint64]*inquiry
	question uint64
	client   word.Client   // the number of this connection
	term     uint32        // of the scheduler; 0 until it has been heard of
	changed  chan struct{} // closed and replaced when a worker joins or is gone

	releases  releases
	attention attention
}

// run is a submission and the handle on it.
type run struct {
	s          *Session
	submission uint64
	handle     *exec.Run
	number     word.Run // 0 until the scheduler has accepted it
	early      []any    // words about the run that wait for its number
	takes      []taken  // outputs of earlier runs, until the scheduler has accepted it
	values     values
	unreleased int // wanted tasks that somebody here may still read
}

// taken is a task of an earlier run.
type taken struct {
	run  *exec.Run
	task graph.Index
}

// ErrLost is the error of work on a cluster whose scheduler cannot be reached any more.
var ErrLost = errors.New("the connection to the scheduler was lost")

// New returns a session and starts to listen to the scheduler. End it with Close.
func New(o Options) *Session {
	s := &Session{
		o: o, done: make(chan struct{}), runs: make(map[uint64]*run), byNumber: make(map[word.Run]*run),
		changed: make(chan struct{}), peers: make(map[word.Agent]*peer), asked: make(map[uint64]chan word.Explained),
	}
	s.releases.start(s)
	go s.listen()
	return s
}

// Submit hands a graph in and returns the handle on it. Its literals must be encodable and its externals live runs of this
// session.
func (s *Session) Submit(g *graph.Graph, want exec.Want) (*exec.Run, error) {
	r := &run{s: s, submission: g.Submission, values: newValues(g.Len(), want.All), takes: takenBy(g)}
	if err := r.released(); err != nil {
		return nil, err
	}
	data, err := graph.Encode(g, graph.EncodeOptions{Literal: new(literals).encode})
	if err != nil {
		return nil, err
	}
	if r.handle, err = s.o.Executor.Promise(g, want, func(i graph.Index) { s.releases.add(r, i) }); err != nil {
		return nil, err
	}
	if r.unreleased = len(want.Tasks); want.All {
		r.unreleased = g.Len()
	}
	submit := &word.Submit{Sequence: g.Submission, Graph: data, All: want.All, Wanted: want.Tasks}
	if err := s.handIn(r, submit); err != nil {
		r.handle.Cancel(err)
		return nil, err
	}
	s.flush()
	return r.handle, nil
}

// takenBy returns what a graph takes of earlier runs.
func takenBy(g *graph.Graph) (list []taken) {
	for _, e := range g.Externals() {
		if src, ok := e.Live.(exec.Source); ok && (!e.List || e.Count > 0) {
			list = append(list, taken{src, e.Task})
		}
	}
	return list
}

// handIn enters a run and sends its submission.
func (s *Session) handIn(r *run, w *word.Submit) error {
	s.order.Lock()
	defer s.order.Unlock()
	if err := r.released(); err != nil { // while the graph was encoded
		return err
	}
	s.mu.Lock()
	err := s.err
	if err == nil {
		s.runs[r.submission] = r
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if err := s.put(w); err != nil {
		s.mu.Lock()
		delete(s.runs, r.submission)
		s.mu.Unlock()
		if tooLong(err) {
			return fmt.Errorf("the graph with its arguments is too large to be handed in at once (%w): hand it in in parts, or make the data inside tasks", err)
		}
		return fmt.Errorf("%w: %w", ErrLost, err)
	}
	return nil
}

// put sends a word to the scheduler, with flush if that can wait.
func (s *Session) put(w any) error {
	if b, ok := s.o.Scheduler.(buffered); ok {
		return b.Put(w)
	}
	return s.o.Scheduler.Send(w)
}

// flush sends what was put. No lock is held.
func (s *Session) flush() {
	if b, ok := s.o.Scheduler.(buffered); ok {
		b.Flush()
	}
}

// tooLong reports whether a word could not be sent for its length.
func tooLong(err error) bool { return errors.Is(err, word.ErrBytes) || errors.Is(err, word.ErrItems) }

// released returns an error if what a run takes was released.
func (r *run) released() error {
	for _, in := range r.takes {
		if in.run.Released(in.task) {
			return fmt.Errorf("%s: %w", in.run.Name(in.task), exec.ErrReleased)
		}
	}
	return nil
}

// say sends a word about a run as soon as the run has its number, which send fills in.
func (r *run) say(w any) {
	s := r.s
	s.mu.Lock()
	if r.number == 0 {
		r.early = append(r.early, w)
		s.mu.Unlock()
		return
	}
	n := r.number
	s.mu.Unlock()
	s.send(n, w)
}

// send fills in the run's number and sends a word. Losing the scheduler is noticed by the reader.
func (s *Session) send(n word.Run, w any) {
	switch w := w.(type) {
	case *word.Release:
		w.Run = n
	case *word.CancelTasks:
		w.Run = n
	case *word.Explain:
		w.Task.Run = n
	}
	_ = s.o.Scheduler.Send(w)
}

// Cancel asks the scheduler to cancel tasks of a run of this session, all of them if none are given. Those that have their
// outcome keep it; the scheduler says which.
func (s *Session) Cancel(h *exec.Run, tasks ...graph.Index) {
	s.mu.Lock()
	r := s.runs[h.Submission()]
	s.mu.Unlock()
	if r != nil && r.handle == h {
		r.say(&word.CancelTasks{All: len(tasks) == 0, Tasks: tasks})
	}
}

// Done returns a channel that is closed when the session has ended.
func (s *Session) Done() <-chan struct{} { return s.done }

// Close leaves the cluster: everything that this client wanted is released.
func (s *Session) Close() error {
	s.releases.stop()
	_ = s.o.Scheduler.Send(&word.Leave{})
	err := s.o.Scheduler.Close()
	<-s.done
	s.readers.Wait()
	return err
}
