//go:build unix

package local_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/cluster/local"
	inside "github.com/braid-compute/braid/internal/local"
	"github.com/braid-compute/braid/internal/word"
)

func TestAWorkerJoinsFromOutside(t *testing.T) {
	cluster := start(t, local.Options{Slots: 1})
	pids := make(chan int, 9)
	lost := make(chan string, 9)
	o := inside.OutsideOptions{
		Address: cluster.Address(), Slots: 1, Resources: []word.Resource{{Name: "gpu", Amount: 1000}}, CloseTimeout: time.Second,
		Started: func(_ string, pid int) { pids <- pid },
		Lost:    func(certificate string) { lost <- certificate },
	}
	joined := make(chan error, 1)
	go func() { joined <- inside.Join(t.Context(), o) }()
	if err := cluster.WaitWorkers(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	c := open(t, cluster)
	where := func() int {
		t.Helper()
		n, err := braid.Submit(t.Context(), c, pid.Call(braid.V(0)).With(braid.GPUs(1))).Get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	first := <-pids
	if n := where(); n != first {
		t.Errorf("what needs a GPU ran in process %d, and the worker that has one is %d", n, first)
	}
	parents, err := braid.OnEveryWorker(t.Context(), c, parent.Call(braid.V(3)))
	if err != nil || len(parents) != 2 {
		t.Fatal(parents, err)
	}
	for worker, n := range parents {
		if n != 9 {
			t.Errorf("a task that submits one, on %s: %d", worker, n)
		}
	}
	kill(t, first)
	second := <-pids
	if said := <-lost; said == "" {
		t.Error("nothing is said of a worker that was killed")
	}
	observer, err := inside.Observe(t.Context(), cluster.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer observer.Close()
	for joined := false; !joined; { // the scheduler may not have noticed yet that the first has died, and counts it
		x, err := observer.Inspect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		joined = slices.ContainsFunc(x.Workers, func(w word.Worker) bool { return int(w.Pid) == second })
	}
	if n := where(); n != second {
		t.Errorf("what needs a GPU ran in process %d, and the next worker that has one is %d", n, second)
	}

	ctx, cancel := context.WithCancelCause(t.Context())
	third := make(chan error, 1)
	o.Started = nil
	go func() { third <- inside.Join(ctx, o) }()
	if err := cluster.WaitWorkers(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	cancel(enough)
	if err := <-third; !errors.Is(err, enough) {
		t.Errorf("a worker that was interrupted: %v", err)
	}
	if err := errors.Join(c.Close(), cluster.Close(), <-joined); err != nil {
		t.Error(err)
	}
	awaitEnd(t, second)
	if err := inside.Join(t.Context(), o); err == nil {
		t.Error("a worker has joined a cluster that has ended")
	}
}
