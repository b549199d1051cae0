//go:build unix

package runner

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// pool returns a pool of runners of this test's ops, and the lines that they print.
func pool(t *testing.T, o PoolOptions) (*Pool, <-chan string) {
	t.Helper()
	lines := make(chan string, 100)
	p := NewPool(func(ctx context.Context) (*Runner, error) {
		return Start(ctx, "", Options{Grace: 50 * time.Millisecond, Output: func(line []byte) {
			select {
			case lines <- string(line):
			default: // the report of a fatal error is long
			}
		}})
	}, o)
	t.Cleanup(p.Close)
	return p, lines
}

func TestAPoolUsesARunnerAgain(t *testing.T) {
	p, _ := pool(t, PoolOptions{Size: 3})
	for range 20 {
		if _, err := p.Call(t.Context(), Request{Op: "t/echo", Args: [][]byte{{1}}}); err != nil {
			t.Fatal(err)
		}
	}
	if n := p.Len(); n != 1 {
		t.Errorf("calls one after the other took %d runners", n)
	}
	a, err := p.Call(t.Context(), Request{Op: "t/fail", Task: "x"})
	if err != nil || a.Failure == nil || a.Failure.Text != "no x" {
		t.Errorf("a failure: %+v, %v", a, err)
	}
	if n := p.Len(); n != 1 {
		t.Errorf("after a failure there are %d runners", n)
	}
}

func TestAPoolHasSoManyRunnersAtMost(t *testing.T) {
	p, lines := pool(t, PoolOptions{Size: 2})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var calls sync.WaitGroup
	for range 5 {
		calls.Go(func() { p.Call(ctx, Request{Op: "t/wait"}) })
	}
	<-lines
	<-lines // both wait, and three calls have no turn
	if n := p.Len(); n != 2 {
		t.Errorf("%d runners in a pool of 2", n)
	}
	cancel()
	calls.Wait()
	if a, err := p.Call(t.Context(), Request{Op: "t/echo", Args: [][]byte{{7}}}); err != nil || a.Outputs[0][0] != 7 {
		t.Errorf("after cancellations: %v", err)
	}
	if n := p.Len(); n != 2 {
		t.Errorf("runners that answered in time were not kept: there are %d", n)
	}
}

func TestACallIsTriedOnOtherRunnersWhenItsRunnerDies(t *testing.T) {
	p, _ := pool(t, PoolOptions{})
	var pids []int
	start := p.start
	p.start = func(ctx context.Context) (*Runner, error) {
		r, err := start(ctx)
		if err == nil {
			pids = append(pids, r.Pid())
		}
		return r, err
	}
	_, err := p.Call(t.Context(), Request{Op: "t/exit"})
	var all *Deaths
	if !errors.As(err, &all) || len(all.All) != 3 || len(pids) != 3 {
		t.Fatalf("%v after %d runners; want three deaths", err, len(pids))
	}
	deadFor(t, err, "while it ran t/exit", "exited with code 3", "about to exit")
	if !strings.Contains(err.Error(), "3 processes ended") {
		t.Errorf("%q does not say how many died", err)
	}
	if n := p.Len(); n != 0 {
		t.Errorf("%d dead runners are kept", n)
	}
	// A death of an idle runner is nobody's.
	if _, err := p.Call(t.Context(), Request{Op: "t/echo", Args: [][]byte{{1}}}); err != nil {
		t.Fatal(err)
	}
	r := p.idle[0].Runner
	if err := syscall.Kill(r.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-r.Done()
	p.options.Deaths = 1
	if _, err := p.Call(t.Context(), Request{Op: "t/echo", Args: [][]byte{{1}}}); err != nil {
		t.Errorf("the death of an idle runner was blamed on the next call: %v", err)
	}
}

func TestACallThatWasGivenUpIsNotTriedAgain(t *testing.T) {
	p, lines := pool(t, PoolOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	errs := make(chan error, 1)
	go func() {
		_, err := p.Call(ctx, Request{Op: "t/hang"})
		errs <- err
	}()
	<-lines
	cancel()
	deadFor(t, <-errs, "was cancelled and did not return within 50ms")
	if n := p.Len(); n != 0 {
		t.Errorf("%d runners are left", n)
	}
}

func TestARunnerLearnsThatTheTimeIsOver(t *testing.T) {
	p, _ := pool(t, PoolOptions{})
	if _, err := p.Call(t.Context(), Request{Op: "t/echo", Args: [][]byte{{1}}}); err != nil { // the runner is there
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	a, err := p.Call(ctx, Request{Op: "t/wait"})
	said := a.Failure != nil && a.Failure.Kind == KindLimit
	if !said && !errors.Is(err, context.DeadlineExceeded) { // which it is if the time was over before the call had begun
		t.Errorf("%+v, %v, want that its time is over", a.Failure, err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err = p.Call(ctx, Request{Op: "t/hang"})
	deadFor(t, err, "outlived its time limit and did not return within 50ms")
}

func TestAnIdleRunnerEnds(t *testing.T) {
	p, _ := pool(t, PoolOptions{Idle: time.Millisecond})
	var r *Runner
	start := p.start
	p.start = func(ctx context.Context) (_ *Runner, err error) {
		r, err = start(ctx)
		return r, err
	}
	if _, err := p.Call(t.Context(), Request{Op: "t/echo", Args: [][]byte{{1}}}); err != nil {
		t.Fatal(err)
	}
	<-r.Done()
	if n := p.Len(); n != 0 {
		t.Errorf("%d runners are left", n)
	}
	if _, err := p.Call(t.Context(), Request{Op: "t/echo", Args: [][]byte{{1}}}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestClosingAPoolEndsItsRunners(t *testing.T) {
	p, lines := pool(t, PoolOptions{Size: 2})
	errs := make(chan error, 1)
	go func() {
		_, err := p.Call(t.Context(), Request{Op: "t/wait"})
		errs <- err
	}()
	<-lines
	if _, err := p.Call(t.Context(), Request{Op: "t/echo", Args: [][]byte{{1}}}); err != nil {
		t.Fatal(err)
	}
	var pids []int
	for r := range p.all {
		pids = append(pids, r.Pid())
	}
	p.Close()
	deadFor(t, <-errs, "its group was closed")
	for _, pid := range pids {
		if proc, err := os.FindProcess(pid); err == nil && proc.Signal(syscall.Signal(0)) == nil {
			t.Errorf("runner %d lives", pid)
		}
	}
	if _, err := p.Call(t.Context(), Request{Op: "t/echo"}); !errors.Is(err, ErrPoolClosed) {
		t.Errorf("a call afterwards: %v", err)
	}
}

// Another call could not meet those whom the first has met.
func TestACallThatIsMadeOnceIsNotTriedAgain(t *testing.T) {
	p, _ := pool(t, PoolOptions{Size: 1})
	_, err := p.Call(t.Context(), Request{Op: "t/exit", Once: true})
	if d, ok := errors.AsType[*Death](err); !ok || d.Op != "t/exit" || strings.Contains(err.Error(), "processes ended") {
		t.Errorf("%v; want the death of one runner", err)
	}
}
