//go:build unix

package cluster

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/coord"
	inside "github.com/braid-compute/braid/internal/local"
)

// coordFlags say what a cluster keeps, and where, so that it goes on when its scheduler was killed.
type coordFlags struct {
	ephemeral bool
	workers   time.Duration // that they wait for the next scheduler
	state     string
	sync      bool
	nats      string
	creds     string
	ca        string
	cert, key string
	limit     string

	journal int64    // bytes; 0 if it was not said
	warned  []string // what the user has to know of what an earlier scheduler has kept
}

func (f *coordFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.ephemeral, "ephemeral", false, "keep nothing: the cluster ends when its scheduler is killed")
	flags.DurationVar(&f.workers, "worker-timeout", time.Minute, "let workers wait so long for the next scheduler when theirs was killed")
	flags.StringVar(&f.state, "state", "", "`folder` for what the next scheduler needs (default: in the folder of the cluster)")
	flags.BoolVar(&f.sync, "sync", false, "force what is kept to the disk, so that it also survives the machine")
	flags.StringVar(&f.limit, "journal-limit", "", "most bytes of what is kept, as in 2G (default 8G, or what a server of --nats has room for)")
	flags.StringVar(&f.nats, "nats", "", "`URL` of a NATS server with JetStream that keeps it instead, as in nats://host:4222")
	flags.StringVar(&f.creds, "nats-creds", "", "`file` of NATS credentials for --nats")
	flags.StringVar(&f.ca, "nats-ca", "", "`file` of the authority by which the server of --nats is known, in PEM")
	flags.StringVar(&f.cert, "nats-cert", "", "`file` of the certificate that is shown to the server of --nats, in PEM")
	flags.StringVar(&f.key, "nats-key", "", "`file` of the key of --nats-cert, in PEM")
}

func (f *coordFlags) check() error {
	switch {
	case f.workers <= 0:
		return console.Usage(fmt.Sprintf("--worker-timeout=%v is impossible: workers look for the next scheduler for some time", f.workers), "write it as in 30s or 5m")
	case f.nats != "" && (f.state != "" || f.sync):
		return console.Usage("--nats leaves --state and --sync to the server", "leave them out")
	case f.ephemeral && (f.nats != "" || f.state != "" || f.sync):
		return console.Usage("--ephemeral keeps nothing, so there is no --nats, --state or --sync", "leave them out")
	case f.nats == "" && cmp.Or(f.creds, f.ca, f.cert, f.key) != "":
		return console.Usage("--nats-creds, --nats-ca, --nats-cert and --nats-key are for --nats", "say where the server is")
	}
	if f.limit == "" {
		return nil
	}
	var err error
	f.journal, err = console.ParseSize("journal-limit", f.limit)
	return err
}

// lasting adds to a context for starting a cluster that this one goes on when its scheduler was killed.
func (f *coordFlags) lasting(ctx context.Context, name string, log io.Writer) context.Context {
	if f.ephemeral {
		return ctx
	}
	say := func(format string, args ...any) { fmt.Fprintf(log, "braid: "+format+"\n", args...) }
	return inside.WithLasting(ctx, inside.Lasting{
		Patience: f.workers,
		Coordinate: func(ctx context.Context, folder string) (inside.Coordination, error) {
			o, err := f.options(name, folder, say)
			if err != nil {
				return nil, err
			}
			o.Warn = func(format string, args ...any) {
				say(format, args...)
				f.warned = append(f.warned, fmt.Sprintf(format, args...))
			}
			c, err := coordinate(ctx, o)
			if err != nil {
				return nil, err // and no interface that holds a nil pointer
			}
			return c, nil
		},
		Stop: func(why error) {
			say("%v; \"braid up --name %s\" goes on with the cluster", why, name)
			os.Exit(1)
		},
	})
}

// The names of what is kept in the folder of a cluster.
const (
	coordFolder = "coord" // files of the server
	coordFile   = "nats"  // what tells the cluster from others of its name on a server of somebody else's
	placeFile   = "place" // where it is kept
)

// unending is the time of a lease that nobody else can have, because the folder has an owner.
const unending = 10 * 365 * 24 * time.Hour

func (f *coordFlags) options(name, folder string, say func(string, ...any)) (o coord.Options, err error) {
	o = coord.Options{Cluster: name, Log: say, MaxJournal: f.journal}
	if f.nats == "" {
		o.Dir, o.SyncAlways, o.Lease = filepath.Join(folder, coordFolder), f.sync, unending
		if f.state != "" {
			if o.Dir, err = filepath.Abs(filepath.Join(f.state, name)); err != nil {
				return o, err
			}
		}
		return o, samePlace(folder, name, o.Dir)
	}
	if err := samePlace(folder, name, "a NATS server"); err != nil {
		return o, err
	}
	o.URL, o.Credentials, o.CACert, o.Cert, o.Key, o.Notes = f.nats, f.creds, f.ca, f.cert, f.key, folder
	path := filepath.Join(folder, coordFile)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		o.Identity = rand.Text()
		err = note(path, o.Identity)
	case err == nil:
		o.Identity, o.Succeeds = string(text), true // this process has the folder, so the one before has ended
	}
	return o, err
}

// samePlace notes where a cluster keeps what the next scheduler needs. It returns an error if an earlier one, which was killed, kept it
// elsewhere: this one would begin with nothing.
func samePlace(folder, name, place string) error {
	path := filepath.Join(folder, placeFile)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return note(path, place)
	case err == nil && string(text) != place:
		return fmt.Errorf("the scheduler that was killed kept its journal in %s, and this one would look in %s: give --state or --nats as for that one, or give up what is left with \"braid down --name %s\"",
			text, place, name)
	}
	return err
}

// note writes a file that others find whole or not at all.
func note(path, text string) error {
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// coordination is what the scheduler of a cluster keeps with NATS.
type coordination struct {
	*coord.Recorder
	dir     string // of the server's files; "" if they are elsewhere
	cluster *coord.Cluster
	lease   *coord.Lease
	watch   sync.WaitGroup

	once sync.Once
	lost chan struct{}
	err  error // set before lost is closed
}

// coordinate opens a cluster's coordination and leads it.
func coordinate(ctx context.Context, o coord.Options) (*coordination, error) {
	cluster, err := coord.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	c := &coordination{cluster: cluster, dir: o.Dir, lost: make(chan struct{})}
	host, _ := os.Hostname() // it is for people
	if c.lease, err = cluster.Lead(ctx, fmt.Appendf(nil, "process %d on %s", os.Getpid(), host)); err == nil {
		c.Recorder, err = cluster.Record(ctx, c.lease)
	}
	if err != nil {
		return nil, errors.Join(err, cluster.Close())
	}
	c.watch.Go(func() {
		<-c.lease.Lost()
		c.fail(c.lease.Err())
	})
	return c, nil
}

func (c *coordination) Term() uint32 { return c.lease.Term() }

// Append is [coord.Recorder.Append]. When nothing can be kept any more, somebody else is to lead.
func (c *coordination) Append(records []any, kept func(error)) {
	c.Recorder.Append(records, func(err error) {
		kept(err)
		if err != nil {
			c.fail(err)
		}
	})
}

func (c *coordination) fail(err error) {
	c.once.Do(func() {
		c.err = err
		close(c.lost)
	})
}

func (c *coordination) Lost() <-chan struct{} { return c.lost }

func (c *coordination) Err() error {
	select {
	case <-c.lost:
		return c.err
	default:
		return nil
	}
}

// Close ends the coordination. Of a cluster that is over, nothing is kept.
func (c *coordination) Close(over bool) error {
	c.Recorder.Close()
	var errs []error
	if over && c.dir == "" {
		errs = append(errs, c.cluster.Remove(context.Background()))
	}
	errs = append(errs, c.cluster.Close())
	c.watch.Wait()
	if over && c.dir != "" {
		errs = append(errs, os.RemoveAll(c.dir))
	}
	return errors.Join(errs...)
}
