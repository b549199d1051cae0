package local

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/braid-compute/braid/internal/launch"
)

// What keeps a worker from being started, such as a limit of processes, memory that others need, or a program that is being
// rebuilt, may pass: it is tried again after firstRetry, and then in intervals that double up to lastRetry.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 30 * time.Second
)

// replace puts a new worker in the place of one that ended.
func (c *Cluster) replace() {
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		p, err := c.add(context.Background())
		switch {
		case err == nil:
			c.mu.Lock()
			c.byPid[p.Pid()] = p
			c.mu.Unlock()
			if wait > firstRetry {
				c.lacks(-1, "")
				c.log("a worker was started in place of one that ended")
			}
			return
		case errors.Is(err, launch.ErrClosed):
			return
		}
		c.log("no worker could be started in place of one that ended, which is tried again in %v: %v", wait, err)
		missing := 0
		if wait == firstRetry {
			missing = 1
		}
		c.lacks(missing, err.Error())
		select {
		case <-time.After(wait):
		case <-c.over:
			return
		}
	}
}

// lacks notes, for those who look at the cluster by its name, that so many more workers are missing, and why.
func (c *Cluster) lacks(more int, why string) {
	c.mu.Lock()
	c.missing += more
	trouble := ""
	if c.missing > 0 {
		if why != "" {
			c.lack = why
		}
		trouble = fmt.Sprintf("%d of the workers that ended could not be replaced so far, which is tried again: %s", c.missing, c.lack)
	}
	c.mu.Unlock()
	if c.name == nil {
		return
	}
	if err := c.name.trouble(trouble); err != nil {
		c.log("%v", err)
	}
}
