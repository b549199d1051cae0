package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/braid-compute/braid/internal/driver"
	"github.com/braid-compute/braid/internal/launch"
	"github.com/braid-compute/braid/internal/link"
)

// Lasting lets a cluster with a name go on when its scheduler was killed: another process that starts a cluster of the name takes its place.
type Lasting struct {
	// Coordinate finds what earlier schedulers have kept, and makes sure that this one is the only one. It is called once, when the name is
	// taken. The folder is the cluster's, which the next scheduler has again.
	Coordinate func(ctx context.Context, folder string) (Coordination, error)
	// Patience is for how long workers wait for the next scheduler.
	Patience time.Duration
	// Stop ends this process at once, because it must not lead any more, and leaves the workers to the next scheduler. It does not return.
	Stop func(why error)
}

// Coordination is what a scheduler keeps, and its right to lead.
type Coordination interface {
	driver.Journal
	// Term is that of this scheduler, higher than that of every one before.
	Term() uint32
	// Lost is closed when this scheduler must stop, for the reason that Err returns.
	Lost() <-chan struct{}
	Err() error
	// Close gives the right to lead back. If the cluster is over, nothing of it is kept.
	Close(over bool) error
}

type lastingKey struct{}

// WithLasting returns a context for starting a cluster that goes on when its scheduler was killed. Package cluster/local, which is public,
// passes it on; what coordinates clusters is the business of the command alone.
func WithLasting(ctx context.Context, l Lasting) context.Context {
	return context.WithValue(ctx, lastingKey{}, &l)
}

// settle makes or finds the folder and the credentials of the cluster, and what coordinates it.
func (c *Cluster) settle(ctx context.Context) (err error) {
	c.lasting, _ = ctx.Value(lastingKey{}).(*Lasting)
	if c.lasting == nil || c.o.Name == "" {
		c.lasting = nil
		if c.identity, err = link.NewIdentity(); err != nil {
			return fmt.Errorf("credentials of the cluster: %w", err)
		}
		if c.folder, err = launch.Folder(); err != nil {
			return fmt.Errorf("a private folder for sockets: %w", err)
		}
		return nil
	}
	if c.folder, err = launch.Keep(c.o.Name); err != nil {
		return fmt.Errorf("the folder of the cluster: %w", err)
	}
	if _, err := os.Lstat(c.folder.Path(identityFile)); errors.Is(err, fs.ErrNotExist) {
		c.fresh = true
	}
	if c.identity, err = keptIdentity(c.folder.Path(identityFile)); err != nil {
		return fmt.Errorf("credentials of the cluster: %w", err)
	}
	c.orphans = listening(c.folder.Path())
	if c.coordination, err = c.lasting.Coordinate(ctx, c.folder.Path()); err != nil {
		return err
	}
	return nil
}

// identityFile is the name of the file with all credentials of a cluster that goes on, in its folder.
const identityFile = "identity"

// keptIdentity returns the identity in a file, which is made if there is none.
func keptIdentity(path string) (*link.Identity, error) {
	text, err := os.ReadFile(path)
	if err == nil {
		return link.ParseIdentity(text)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	id, err := link.NewIdentity()
	if err == nil {
		text, err = id.Marshal()
	}
	if err == nil {
		err = os.WriteFile(path+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	return id, err
}

// listening counts the workers of an earlier scheduler that still live: each has a socket in the folder.
func listening(folder string) (n int) {
	paths, _ := filepath.Glob(filepath.Join(folder, "*.sock")) // the pattern is good
	for _, path := range paths {
		conn, err := net.DialTimeout("unix", path, dialTimeout)
		if err != nil {
			_ = os.Remove(path) // of one that is dead
			continue
		}
		_ = conn.Close()
		n++
	}
	return n
}

// returnTime is for how long workers of an earlier scheduler are waited for. They look for the new one at least every second.
const returnTime = 5 * time.Second

// awaitOrphans waits for the workers of an earlier scheduler, and returns how many there are.
func (c *Cluster) awaitOrphans(ctx context.Context) int {
	if c.orphans == 0 {
		return 0
	}
	late := time.NewTimer(returnTime)
	defer late.Stop()
	for {
		n, changed := c.driver.Agents()
		if n >= c.orphans {
			return n
		}
		select {
		case <-changed:
		case <-late.C:
			return n
		case <-ctx.Done():
			return n
		}
	}
}

// guard ends the process when it does not lead any more: the workers, and what is kept, are another's.
func (c *Cluster) guard() {
	select {
	case <-c.coordination.Lost():
		if !c.ending() {
			c.lasting.Stop(fmt.Errorf("this scheduler has to stop: %w", c.coordination.Err()))
		}
	case <-c.over:
	}
}

// relinquish ends the coordination, if there is one. What another scheduler may go on with is left to it.
func (c *Cluster) relinquish() error {
	var errs []error
	over := c.isOver()
	if c.coordination != nil {
		errs = append(errs, c.coordination.Close(over))
	}
	switch {
	case c.folder == nil:
	case c.lasting != nil && !over:
		errs = append(errs, c.folder.Leave())
	default:
		errs = append(errs, c.folder.Close())
	}
	return errors.Join(errs...)
}

// isOver reports whether nothing of the cluster is to be continued: it has come up, or is a new one.
func (c *Cluster) isOver() bool {
	return (c.led || c.fresh) && (c.coordination == nil || c.coordination.Err() == nil)
}

// patience is for how long workers wait for the next scheduler.
func (c *Cluster) patience() time.Duration {
	if c.lasting == nil {
		return 0
	}
	return c.lasting.Patience
}

// nextNumber returns the first number that no worker of an earlier scheduler has. Called with mu held.
func (c *Cluster) nextNumber() (next int) {
	for _, m := range c.members {
		if n, ok := workerNumber(m.name); ok {
			next = max(next, n+1)
		}
	}
	return next
}

// workerNumber returns the number of one of the cluster's own workers.
func workerNumber(name string) (int, bool) {
	text, ok := strings.CutPrefix(name, Role+"-")
	n, err := strconv.Atoi(text)
	return n, ok && err == nil
}
