package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/agent"
	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/launch"
	"github.com/braid-compute/braid/internal/link"
)

// Program is what workers and clients need of the program whose functions are run. The root package sets it when it is initialised.
type Program struct {
	Op     func(graph.Op) (*exec.Op, error) // finds the function behind an op
	Encode func(any) ([]byte, error)        // returns an argument of a task as bytes
	Form   func(any) *block.Form            // says whether an argument has bytes where it is; nil: it has not
	Owner  func(Remote) (any, func() error) // makes what tasks find in their context, and what ends it
	Serves func() error                     // why the program cannot be started as a worker or runner
}

var program Program

// Serves returns why this program cannot be started as a worker, or nil.
func Serves() error {
	if program.Serves == nil {
		return errors.New("the program is not started by braid.Main")
	}
	return program.Serves()
}

// SetProgram says what workers of this program run.
func SetProgram(p Program) { program = p }

// Work is the body of a worker process: it joins the scheduler that the start words name and works for it until the
// scheduler goes away or ctx ends.
func Work(ctx context.Context) error {
	words, err := launch.Payload()
	if err != nil {
		return fmt.Errorf("the start words of this worker: %w", err)
	}
	s, err := codec.Decode[start](words)
	if err != nil {
		return fmt.Errorf("the start words of this worker: %w", err)
	}
	id, err := link.ParseIdentity(s.Identity)
	if err != nil {
		return fmt.Errorf("the credentials of this worker: %w", err)
	}
	label := cmp.Or(s.Name, WorkerName(launch.Number()))
	hello := link.Hello{Role: link.RoleAgent, Name: label}
	if s.Outside {
		if hello.Code, err = launch.Code(ctx); err != nil {
			return fmt.Errorf("the code id of this program: %w", err)
		}
	}
	listener, err := link.Listen(ctx, link.Options{
		Address: "unix:" + s.Folder, Identity: id, Hello: link.Hello{Role: link.RolePeer, Name: label},
	})
	if err != nil {
		return fmt.Errorf("listen for other workers: %w", err)
	}
	patience := time.Duration(s.Patience)
	at := &remote{address: s.Scheduler, folder: s.Folder, identity: id, file: filepath.Join(s.Folder, ClusterFile), lasting: patience > 0}
	scheduler, err := at.converse(ctx, hello, say)
	if err != nil {
		return fmt.Errorf("connect to the scheduler: %w", err)
	}
	store, err := OpenStore(s.Memory, s.Scratch, true, say)
	if err != nil {
		return fmt.Errorf("keep results in bounded memory: %w", err)
	}
	workerStore.Store(store)
	own := *at
	own.own = true
	owner, leave := program.Owner(&own)
	words, err = codec.Encode(nil, guest{Worker: label, Scheduler: s.Scheduler, Folder: s.Folder, Identity: s.Identity})
	if err != nil {
		return fmt.Errorf("the start words of processes of other programs: %w", err)
	}
	others := &foreign{folder: s.Folder, words: words, slots: s.Slots}
	var rejoin func(context.Context) (agent.Conn, error)
	if patience > 0 {
		if !s.Outside { // its starter lives on
			defer endOrphan(launch.Outlive())
		}
		rejoin = func(ctx context.Context) (agent.Conn, error) {
			return at.successor(ctx, hello, patience, time.Duration(s.Close))
		}
	}
	a := agent.New(agent.Config{
		Name: label, Slots: s.Slots, Memory: s.Memory, Resources: s.Resources, Address: listener.Addr(), Op: others.op,
		Owner: owner, Store: store, Rejoin: rejoin,
		Dial:  func(address string) (agent.Conn, error) { return dial(address, id) },
		Spare: spare(s.Slots), Log: say,
	})
	var visitors sync.WaitGroup
	visitors.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			visitors.Go(func() { a.Serve(conn) })
		}
	})
	err = a.Run(ctx, scheduler, time.Duration(s.Close))
	others.close()
	_ = leave()
	_ = listener.Close()
	visitors.Wait()
	if store != nil {
		err = errors.Join(err, store.Close())
	}
	return err
}

// spare returns what has the runtime run one goroutine more than there are slots, or none. It is nil if somebody else has decided how many
// there are.
func spare(slots int) func(on bool) {
	if runtime.GOMAXPROCS(0) != slots+1 {
		return nil
	}
	return func(on bool) {
		if on {
			runtime.GOMAXPROCS(slots + 1)
		} else {
			runtime.GOMAXPROCS(slots)
		}
	}
}

// say tells the person at the terminal.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "braid: "+format+"\n", args...) }
