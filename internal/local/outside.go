package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/internal/launch"
	"github.com/braid-compute/braid/internal/word"
)

// OutsideOptions say what [Join] starts.
type OutsideOptions struct {
	Address      string // of the cluster: a path, or a name
	Slots        int
	Memory       int64  // as in Options
	Scratch      string // as in Options
	Resources    []word.Resource
	CloseTimeout time.Duration                // how long running functions may take at the end
	Output       func(line []byte)            // what the worker prints; nil: dropped
	Started      func(worker string, pid int) // told of each process, which has not joined yet; nil: nobody
	Lost         func(certificate string)     // told when the worker ended and is replaced; nil: nobody
}

// Join runs a worker for a cluster of this machine that is already there, until that ends or ctx does. The worker is a process of
// this program, which must be the one that the cluster's own workers run. One that dies is replaced, as the cluster's own are.
func Join(ctx context.Context, o OutsideOptions) error {
	r, err := attachFile(o.Address)
	if err != nil {
		return err
	}
	if r.folder == "" {
		return fmt.Errorf("the cluster at %q is on another machine: workers join on its own machine", o.Address)
	}
	f, err := readFile(r.file)
	if err != nil {
		return err
	}
	name := outsideName(os.Getpid())
	words, err := codec.Encode(nil, start{
		Scheduler: r.address, Folder: r.folder, Identity: []byte(f.Identity), Name: name, Outside: true, Slots: o.Slots, Memory: o.Memory, Scratch: o.Scratch,
		Resources: o.Resources, Close: int64(o.CloseTimeout), Patience: f.Patience,
	})
	if err != nil {
		return err
	}
	group, err := launch.Start(ctx, launch.Options{
		Role: Role, Payload: words, Cores: o.Slots + 1, Env: []string{"BRAID_CORES=" + strconv.Itoa(o.Slots)},
		Output: func(_ int, line []byte) {
			if o.Output != nil {
				o.Output(line)
			}
		},
	})
	if err != nil {
		return err
	}
	defer group.Close()
	return o.keep(ctx, group, r.folder, name)
}

// outsideName returns the name of a worker that joins from outside. Workers of the cluster's own are numbered.
func outsideName(pid int) string { return "joined-" + strconv.Itoa(pid) }

// keep starts the worker, and another whenever it dies while the cluster lives.
func (o *OutsideOptions) keep(ctx context.Context, group *launch.Group, folder, name string) error {
	for stunted := 0; ; {
		p, err := group.Add(ctx)
		if err != nil {
			return err
		}
		if o.Started != nil {
			o.Started(name, p.Pid())
		}
		select {
		case <-p.Done():
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		certificate := p.Wait()
		if held, _ := launch.Held(folder); !held || certificate.OK() {
			return nil // the cluster has ended, and the worker with it
		}
		if stunted++; certificate.Ran >= shortLife {
			stunted = 0
		}
		if stunted >= maxAtStart {
			return fmt.Errorf("workers end as soon as they are started, and no more are: %v", certificate)
		}
		if refused := refusal(certificate); refused != nil {
			return refused
		}
		if o.Lost != nil {
			o.Lost(certificate.String())
		}
	}
}

// refusal returns why the scheduler did not take a worker in, which another one would be told too.
func refusal(c launch.Certificate) error {
	text := c.String()
	if _, why, ok := strings.Cut(text, "refused by the other side: "); ok {
		return errors.New("the cluster refuses this worker: " + why)
	}
	return nil
}
