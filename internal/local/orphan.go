package local

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/braid-compute/braid/internal/agent"
	"github.com/braid-compute/braid/internal/launch"
	"github.com/braid-compute/braid/internal/link"
	"github.com/braid-compute/braid/internal/reconnect"
)

// Workers of a cluster that lasts go on for a while when their scheduler was killed, which has started them: the next one finds them and their
// results. They are nobody's children then, so each of them sees to its own end.

// endOrphan ends the process with all that it has started, if its starter does not do so any more.
func endOrphan(orphaned <-chan struct{}) {
	select {
	case <-orphaned:
		launch.End()
	default:
	}
}

// How often a worker looks for the next scheduler.
const (
	firstLook = 20 * time.Millisecond
	lastLook  = time.Second
)

// endTime is how long a worker may take to end that has found no scheduler, beside what its functions may.
const endTime = 10 * time.Second

// successor connects with the scheduler that takes the place of one that was killed. A process that does not find one, and cannot end in
// order either, ends all the same.
func (r *remote) successor(ctx context.Context, hello link.Hello, patience, closing time.Duration) (agent.Conn, error) {
	last := time.AfterFunc(patience+closing+endTime, launch.End)
	began := time.Now()
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		conn, err := r.converse(ctx, hello, say)
		if err == nil {
			last.Stop()
			return conn, nil
		}
		switch {
		case errors.Is(err, reconnect.ErrOver):
			return nil, err
		case time.Since(began)+pause > patience:
			return nil, fmt.Errorf("there was none within %v: %w", patience, err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// adopted are the workers that an earlier scheduler has started. The processes have another parent, or none.
func (c *Cluster) adopted() (pids []int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.members {
		if _, own := workerNumber(m.name); own && c.byPid[m.pid] == nil {
			pids = append(pids, m.pid)
		}
	}
	return pids
}

// awaitAdopted waits until the processes of workers that an earlier scheduler has started have ended, which they do by themselves.
func (c *Cluster) awaitAdopted(pids []int) error {
	late := time.Now().Add(c.o.CloseTimeout + endGrace)
	var errs []error
	for _, pid := range pids {
		for lives(uint32(pid)) {
			if time.Now().After(late) {
				killGroup(pid)
				errs = append(errs, fmt.Errorf("worker process %d did not end within %v and is killed", pid, c.o.CloseTimeout+endGrace))
				break
			}
			time.Sleep(adoptedPause)
		}
	}
	return errors.Join(errs...)
}

// adoptedPause is how often it is looked whether the process of somebody else's child has ended.
const adoptedPause = 5 * time.Millisecond

// replaceAdopted starts a worker in the place of one that an earlier scheduler has started.
func (c *Cluster) replaceAdopted(m joined) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, own := workerNumber(m.name); own && c.byPid[m.pid] == nil && c.lasting != nil && !c.closing && c.add != nil {
		c.serving.Go(c.replace)
	}
}
