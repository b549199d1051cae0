package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/driver"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage is a session whose scheduler and workers the test plays.
type stage struct {
	*testing.T
	s         *Session
	x         *exec.Executor
	scheduler Conn
	workers   chan Conn // connections that the session made, from the other side
	dial      func(address string) (Conn, error)
	last      uint64
}

func begin(t *testing.T) *stage {
	t.Helper()
	ours, theirs := driver.Pipe()
	g := &stage{T: t, x: exec.New(exec.Config{Slots: 1}), scheduler: ours, workers: make(chan Conn, 100)}
	g.dial = func(string) (Conn, error) {
		ours, theirs := driver.Pipe()
		g.workers <- theirs
		return ours, nil
	}
	g.s = New(Options{Scheduler: theirs, Executor: g.x, Dial: func(address string) (Conn, error) { return g.dial(address) }})
	g.say(ours, &word.Welcome{Client: 1, Term: 1})
	g.say(ours, &word.Peer{Agent: 1, Address: "one", Name: "worker-1"})
	g.say(ours, &word.Peer{Agent: 2, Address: "two", Name: "worker-2"})
	synctest.Wait()
	return g
}

// end closes the session.
func (g *stage) end() {
	g.Helper()
	if err := g.s.Close(); err != nil {
		g.Error(err)
	}
	if err := g.x.Close(time.Minute); err != nil {
		g.Error(err)
	}
}

func (g *stage) say(c Conn, w any) {
	g.Helper()
	if err := c.Send(w); err != nil {
		g.Fatal(err)
	}
}

// hear returns the next word, which must be a W.
func hear[W any](g *stage, c Conn) W {
	g.Helper()
	w, err := c.Receive()
	if err != nil {
		g.Fatalf("want a %T, and the connection ended: %v", *new(W), err)
	}
	v, ok := w.(W)
	if !ok {
		g.Fatalf("heard %T %+v, want a %T", w, w, *new(W))
	}
	return v
}

// calls is a graph of n calls that take a literal and what externals there are.
func (g *stage) calls(n int, literal any, externals ...*exec.Run) *graph.Graph {
	g.Helper()
	b := graph.NewBuilder()
	op := b.Op(graph.Op{Name: "go/f", Impl: &exec.Op{}})
	call := b.Call(graph.Call{Op: op, Traits: b.Traits(graph.Traits{}), Site: b.Site(0)})
	var refs []graph.Ref
	if literal != nil {
		refs = append(refs, b.Literal(literal))
	}
	for _, r := range externals {
		refs = append(refs, b.External(graph.External{Submission: r.Submission(), Live: r}))
	}
	for range n {
		b.Add(call, refs...)
	}
	g.last++
	b.Number(1, g.last)
	built, err := b.Build()
	if err != nil {
		g.Fatal(err)
	}
	return built
}

// submit hands a graph in, whose run gets its submission's number.
func (g *stage) submit(gr *graph.Graph) *exec.Run {
	g.Helper()
	r, err := g.s.Submit(gr, exec.Want{All: true})
	if err != nil {
		g.Fatal(err)
	}
	w := hear[*word.Submit](g, g.scheduler)
	g.say(g.scheduler, &word.Accepted{Sequence: w.Sequence, Run: word.Run(w.Sequence)})
	synctest.Wait()
	return r
}

func attempt(n uint32) word.Attempt { return word.Attempt{Term: 1, Count: n} }

// done tells the session that a task's block is at a holder.
func (g *stage) done(r *exec.Run, i graph.Index, n uint32, holder word.Agent, data ...byte) {
	g.Helper()
	g.say(g.scheduler, &word.Settled{Run: word.Run(r.Submission()), Tasks: []word.Outcome{
		{Index: i, Status: word.StatusDone, Attempt: attempt(n), Holder: holder, Bytes: 5, Data: data},
	}})
	synctest.Wait()
}

// fails tells the session that a task has failed.
func (g *stage) fails(r *exec.Run, i graph.Index, text string) {
	g.Helper()
	g.say(g.scheduler, &word.Settled{Run: word.Run(r.Submission()), Tasks: []word.Outcome{
		{Index: i, Status: word.StatusFailed, Data: (&word.Failure{Text: text}).Encode()},
	}})
	synctest.Wait()
}

// got is what a Fetch returned.
type got struct {
	data string
	err  error
}

// fetch begins to fetch the result of a task.
func (g *stage) fetch(ctx context.Context, r *exec.Run, i graph.Index) <-chan got {
	g.Helper()
	v, f, _ := r.Outcome(i)
	remote, ok := v.(*Remote)
	if !ok {
		g.Fatalf("the outcome of task %d is %v, %v", i, v, f)
	}
	ch := make(chan got, 1)
	go func() {
		e, err := g.s.Fetch(ctx, []*Remote{remote})
		if err != nil {
			ch <- got{err: err}
			return
		}
		ch <- got{data: string(e[0].Data)}
	}()
	synctest.Wait()
	return ch
}

func blockOf(r *exec.Run, i graph.Index, n uint32) word.Block {
	return word.Block{Task: word.Task{Run: word.Run(r.Submission()), Index: i}, Attempt: attempt(n)}
}

func (g *stage) deliver(c Conn, b word.Block, text string) {
	g.Helper()
	g.say(c, &word.Delivery{Block: b, Outputs: [][]byte{[]byte(text)}})
}

func TestResultsComeFromTheirHolders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t)
		r := g.submit(g.calls(3, 1))
		g.done(r, 0, 1, 1, 'i', 'n')
		g.done(r, 1, 1, 1)
		g.done(r, 2, 1, 2)
		if v := <-g.fetch(t.Context(), r, 0); v != (got{data: "in"}) {
			t.Errorf("a small result is %+v", v)
		}
		one, again, two := g.fetch(t.Context(), r, 1), g.fetch(t.Context(), r, 1), g.fetch(t.Context(), r, 2)
		first, second := <-g.workers, <-g.workers
		if b := hear[*word.Subscribe](g, first).Blocks; len(b) != 1 || b[0] != blockOf(r, 1, 1) {
			t.Errorf("asked for %v", b)
		}
		g.deliver(second, hear[*word.Subscribe](g, second).Blocks[0], "two")
		g.deliver(first, blockOf(r, 1, 1), "one")
		for _, tc := range []struct {
			ch   <-chan got
			want string
		}{{one, "one"}, {again, "one"}, {two, "two"}} {
			if v := <-tc.ch; v != (got{data: tc.want}) {
				t.Errorf("got %+v, want %q", v, tc.want)
			}
		}
		g.end()
	})
}

// takesItsTime encodes itself when the channel is closed.
type takesItsTime struct{ open chan struct{} }

func (v takesItsTime) MarshalBinary() ([]byte, error) { <-v.open; return nil, nil }

func (*takesItsTime) UnmarshalBinary([]byte) error { return nil }

// What is released while the arguments of a call that takes it are encoded is released, and nothing else.
func TestWhatIsReleasedDuringASubmissionIsSaidToBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t)
		r := g.submit(g.calls(1, 1))
		g.done(r, 0, 1, 1)
		slow := takesItsTime{make(chan struct{})}
		failed := make(chan error, 1)
		gr := g.calls(1, slow, r)
		go func() {
			_, err := g.s.Submit(gr, exec.Want{All: true})
			failed <- err
		}()
		synctest.Wait()
		r.Release(0)
		synctest.Wait()
		close(slow.open)
		if err := <-failed; !errors.Is(err, exec.ErrReleased) {
			t.Errorf("the submission: %v", err)
		}
		hear[*word.Release](g, g.scheduler)
		g.end()
		if w := hear[*word.Leave](g, g.scheduler); w == nil {
			t.Error("no farewell")
		}
	})
}

func TestARefusedSubmissionSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t)
		first, err := g.s.Submit(g.calls(1, 1), exec.Want{All: true})
		if err != nil {
			t.Fatal(err)
		}
		second, err := g.s.Submit(g.calls(1, 1, first), exec.Want{All: true})
		if err != nil {
			t.Fatal(err)
		}
		asked := make(chan word.Explained, 1)
		go func() {
			x, err := g.s.Explain(t.Context(), first, 0)
			if err != nil {
				t.Error(err)
			}
			asked <- x
		}()
		synctest.Wait()
		for _, why := range []string{"it is too large", "that submission is over"} {
			w := hear[*word.Submit](g, g.scheduler)
			g.say(g.scheduler, &word.Accepted{Sequence: w.Sequence, Refused: why})
		}
		if x := <-asked; x.State != "cancelled" || x.Why != "it is too large" {
			t.Errorf("a question about a run that is refused then: %+v", x)
		}
		synctest.Wait()
		for what, r := range map[string]*exec.Run{"the first": first, "what takes it": second} {
			if _, f, _ := r.Outcome(0); f == nil || !strings.Contains(f.Err.Error(), "it is too large") {
				t.Errorf("%s: %+v", what, f)
			}
		}
		g.end()
	})
}

// A release while a fetch is under way, or begins, ends it.
func TestAReleaseEndsFetches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t)
		r := g.submit(g.calls(2, 1))
		g.done(r, 0, 1, 1)
		g.done(r, 1, 1, 1)
		v, _, _ := r.Outcome(1)
		under := g.fetch(t.Context(), r, 0)
		r.Release(0)
		if v := <-under; !errors.Is(v.err, exec.ErrReleased) {
			t.Errorf("a fetch during the release: %+v", v)
		}
		r.Release(1)
		synctest.Wait()
		if _, err := g.s.Fetch(t.Context(), []*Remote{v.(*Remote)}); !errors.Is(err, exec.ErrReleased) {
			t.Errorf("a fetch that began with the release: %v", err)
		}
		w := <-g.workers
		g.say(w, &word.NotHere{Blocks: []word.Block{blockOf(r, 0, 1)}})
		synctest.Wait()
		if len(g.s.runs)+len(g.s.byNumber) != 0 {
			t.Errorf("%d runs are kept", len(g.s.runs)+len(g.s.byNumber))
		}
		g.end()
	})
}

// A block is denied because another attempt is being made: whoever waits gets that one's, however late it comes, and never
// that of the earlier attempt.
func TestABlockOfAnAttemptThatIsMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t)
		r := g.submit(g.calls(1, 1))
		g.done(r, 0, 1, 1)
		f := g.fetch(t.Context(), r, 0)
		one := <-g.workers
		hear[*word.Subscribe](g, one)
		g.say(one, &word.NotHere{Blocks: []word.Block{blockOf(r, 0, 1)}})
		q := hear[*word.Explain](g, g.scheduler)
		g.say(g.scheduler, &word.Explained{Question: q.Question, State: "assigned"})
		<-time.After(time.Hour)
		g.done(r, 0, 2, 2)
		g.deliver(one, blockOf(r, 0, 1), "of the first attempt")
		synctest.Wait()
		two := <-g.workers
		g.deliver(two, hear[*word.Subscribe](g, two).Blocks[0], "of the second")
		if v := <-f; v != (got{data: "of the second"}) {
			t.Errorf("got %+v", v)
		}
		g.end()
	})
}

// A holder denies a block that the scheduler believes it to have.
func TestABlockThatIsNowhereIsSaidToBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t)
		r := g.submit(g.calls(1, 1))
		g.done(r, 0, 1, 1)
		f := g.fetch(t.Context(), r, 0)
		w := <-g.workers
		hear[*word.Subscribe](g, w)
		g.say(w, &word.NotHere{Blocks: []word.Block{blockOf(r, 0, 1)}})
		g.say(g.scheduler, &word.Explained{Question: hear[*word.Explain](g, g.scheduler).Question, State: "done"})
		if v := <-f; v.err == nil || !strings.Contains(v.err.Error(), `"worker-1" does not have the result of f#0`) {
			t.Errorf("got %+v", v)
		}
		g.end()
	})
}

// A task that was done fails after all: at once for who waits, and for who asks later.
func TestATaskThatFailsAfterItWasDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t)
		r := g.submit(g.calls(1, 1))
		g.done(r, 0, 1, 1)
		f := g.fetch(t.Context(), r, 0)
		w := <-g.workers
		g.say(w, &word.NotHere{Blocks: []word.Block{blockOf(r, 0, 1)}})
		g.fails(r, 0, "it has no bytes")
		for _, ch := range []<-chan got{f, g.fetch(t.Context(), r, 0)} {
			v := <-ch
			var failed *FailedError
			if !errors.As(v.err, &failed) || v.err.Error() != "f#0: it has no bytes" {
				t.Errorf("got %+v", v)
			}
		}
		<-time.After(2 * patience) // nobody is asked about it
		g.done(r, 0, 2, 2, 'n', 'e', 'w')
		g.end()
	})
}

// A worker that cannot be reached, or ends each connection without a word, is tried a while.
func TestAWorkerThatDoesNotAnswer(t *testing.T) {
	for name, dial := range map[string]func(g *stage) (Conn, error){
		"refuses": func(*stage) (Conn, error) { return nil, errors.New("refused") },
		"hangs up": func(*stage) (Conn, error) {
			ours, theirs := driver.Pipe()
			return ours, theirs.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := begin(t)
				tries := 0
				good := g.dial
				g.dial = func(string) (Conn, error) { tries++; return dial(g) }
				r := g.submit(g.calls(1, 1))
				g.done(r, 0, 1, 1)
				began := time.Now()
				v := <-g.fetch(t.Context(), r, 0)
				if v.err == nil || !strings.Contains(v.err.Error(), `worker "worker-1" cannot be reached`) {
					t.Errorf("got %+v", v)
				}
				if took := time.Since(began); tries != dialTries || took != (dialTries-1)*dialPause {
					t.Errorf("%d tries in %v, want %d", tries, took, dialTries)
				}
				g.dial = good // it is back
				f := g.fetch(t.Context(), r, 0)
				g.deliver(<-g.workers, blockOf(r, 0, 1), "late")
				if v := <-f; v != (got{data: "late"}) {
					t.Errorf("afterwards: %+v", v)
				}
				g.end()
			})
		})
	}
}

// A connection that ends in the middle is made again, and what was not answered is asked for again, once.
func TestAConnectionThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t)
		r := g.submit(g.calls(2, 1))
		g.done(r, 0, 1, 1)
		g.done(r, 1, 1, 1)
		zero, one := g.fetch(t.Context(), r, 0), g.fetch(t.Context(), r, 1)
		w := <-g.workers
		g.deliver(w, blockOf(r, 0, 1), "zero")
		_ = w.Close()
		if v := <-zero; v != (got{data: "zero"}) {
			t.Errorf("got %+v", v)
		}
		w = <-g.workers
		if b := hear[*word.Subscribe](g, w).Blocks; len(b) != 1 || b[0] != blockOf(r, 1, 1) {
			t.Errorf("asked again for %v", b)
		}
		g.say(g.scheduler, &word.Peer{Agent: 1}) // it dies between the subscription and the delivery
		synctest.Wait()
		g.done(r, 1, 2, 2)
		w = <-g.workers
		g.deliver(w, hear[*word.Subscribe](g, w).Blocks[0], "one")
		if v := <-one; v != (got{data: "one"}) {
			t.Errorf("got %+v", v)
		}
		g.end()
	})
}

// A fetch that is given up leaves nothing behind.
func TestAFetchThatIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t)
		r := g.submit(g.calls(1, 1))
		g.done(r, 0, 1, 1)
		for range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			f := g.fetch(ctx, r, 0)
			cancel()
			if v := <-f; !errors.Is(v.err, context.Canceled) {
				t.Errorf("got %+v", v)
			}
		}
		v, _, _ := r.Outcome(0)
		if n := len(v.(*Remote).waiting); n != 0 {
			t.Errorf("%d fetches are waited for", n)
		}
		g.end()
	})
}

func TestResultsAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t)
		r := g.submit(g.calls(2, 1))
		g.done(r, 0, 1, 1)
		g.done(r, 1, 1, 1, 's')
		f := g.fetch(t.Context(), r, 0)
		g.end()
		for _, ch := range []<-chan got{f, g.fetch(t.Context(), r, 0)} {
			v := <-ch
			if !errors.Is(v.err, exec.ErrClosed) || !strings.Contains(v.err.Error(), "get results before Close") {
				t.Errorf("a result that a worker held: %+v", v)
			}
		}
		if v := <-g.fetch(t.Context(), r, 1); v != (got{data: "s"}) {
			t.Errorf("a small one: %+v", v)
		}
		if _, err := g.s.Submit(g.calls(1, 1), exec.Want{All: true}); !errors.Is(err, exec.ErrClosed) {
			t.Errorf("a submission: %v", err)
		}
	})
}

func TestALostSchedulerIsNoClosing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := begin(t)
		r := g.submit(g.calls(2, 1))
		g.done(r, 0, 1, 1)
		f := g.fetch(t.Context(), r, 0)
		g.say(g.scheduler, &word.Gone{Why: "its machine stops"})
		if v := <-f; !errors.Is(v.err, ErrLost) || !strings.Contains(v.err.Error(), "its machine stops") {
			t.Errorf("got %+v", v)
		}
		synctest.Wait() // runs end after those who wait for values
		if _, f, _ := r.Outcome(1); f == nil || !errors.Is(f.Err, ErrLost) {
			t.Errorf("a task that was under way: %+v", f)
		}
		g.end()
	})
}

// Ten thousand fetches of one block are one question and one answer.
func TestManyFetchesOfABlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 10_000
		g := begin(t)
		r := g.submit(g.calls(1, 1))
		g.done(r, 0, 1, 1)
		v, _, _ := r.Outcome(0)
		errs := make(chan error, n)
		for range n {
			go func() {
				e, err := g.s.Fetch(t.Context(), []*Remote{v.(*Remote)})
				if err == nil && string(e[0].Data) != "all" {
					err = fmt.Errorf("got %q", e[0].Data)
				}
				errs <- err
			}()
		}
		synctest.Wait()
		w := <-g.workers
		hear[*word.Subscribe](g, w)
		g.deliver(w, blockOf(r, 0, 1), "all")
		for range n {
			if err := <-errs; err != nil {
				t.Fatal(err)
			}
		}
		g.end()
		if w, err := w.Receive(); err != io.EOF {
			t.Errorf("the worker was asked again: %T, %v", w, err)
		}
	})
}
