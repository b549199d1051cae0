package bench

import (
	"context"
	"fmt"
	"os"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/internal/launch"
	"github.com/braid-compute/braid/internal/link"
	"github.com/braid-compute/braid/internal/word"
)

// benchRole is what the processes are started as that benchmarks need besides worker processes.
const benchRole = "bench"

// benchWords are their start words: how many agents to be, and for whom, or a cluster to attach to. Without either the process does
// nothing.
type benchWords struct {
	Attach    string // address
	Agents    int
	Scheduler string
	Identity  []byte
}

// benchReady is the line that such a process prints when it is ready.
const benchReady = "ready"

// Serve makes this process what a benchmark started it as, if it was, and does not return then.
func Serve() {
	if role, ok := launch.Role(); !ok || role != benchRole {
		return
	}
	if err := benchChild(); err != nil {
		fmt.Fprintln(os.Stderr, "braid bench:", err)
		os.Exit(1)
	}
	select {} // package launch ends the process with the one that started it
}

func benchChild() error {
	text, err := launch.Payload()
	if err != nil {
		return err
	}
	w, err := codec.Decode[benchWords](text)
	if err != nil {
		return err
	}
	if w.Attach != "" {
		return attachHere(w.Attach)
	}
	var id *link.Identity
	if w.Agents > 0 {
		if id, err = link.ParseIdentity(w.Identity); err != nil {
			return err
		}
	}
	for n := range w.Agents {
		name := fmt.Sprintf("zero-%d", n)
		conn, err := link.Dial(context.Background(), w.Scheduler, link.Options{Identity: id, Hello: link.Hello{Role: link.RoleAgent, Name: name}})
		if err != nil {
			return err
		}
		if err := conn.Send(&word.Join{Name: name, Slots: 1, Memory: 1 << 40, Address: "none", Pid: uint32(os.Getpid())}); err != nil {
			return err
		}
		go answer(conn)
	}
	fmt.Println(benchReady)
	return nil
}

// What an agent says of tasks that it has not run.
const (
	zeroBytes = 100
	zeroNanos = 1000
)

// answer is an agent that runs nothing: all tasks are done as soon as they are assigned.
func answer(conn *link.Conn) {
	for {
		w, err := conn.Receive()
		if err != nil {
			return
		}
		switch w := w.(type) {
		case *word.Assign:
			_ = conn.Send(allDone(w)) // the end of the connection is noticed above
		case *word.Revoke:
			_ = conn.Send(&word.Started{Tasks: w.Tasks})
		}
	}
}

func allDone(w *word.Assign) *word.Done {
	d := &word.Done{Tasks: make([]word.Finished, len(w.Tasks))}
	for k, b := range w.Tasks {
		d.Tasks[k] = word.Finished{Block: b, Bytes: zeroBytes, Nanos: zeroNanos}
	}
	return d
}

// benchProcesses starts processes of benchRole and waits until all are ready.
func benchProcesses(ctx context.Context, n int, words benchWords) (*launch.Group, error) {
	text, err := codec.Encode(nil, words)
	if err != nil {
		return nil, err
	}
	ready := make(chan struct{}, n)
	ended := make(chan string, n)
	group, err := launch.Start(ctx, launch.Options{
		Role: benchRole, Count: n, Payload: text,
		Output: func(_ int, line []byte) {
			if string(line) == benchReady {
				ready <- struct{}{}
			}
		},
		Exited: func(_ *launch.Process, c launch.Certificate) { ended <- c.String() },
	})
	if err != nil {
		return nil, err
	}
	for range n {
		select {
		case <-ready:
		case why := <-ended:
			err = fmt.Errorf("a process of the benchmark ended: %s", why)
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		if err != nil {
			group.Close()
			return nil, err
		}
	}
	return group, nil
}
