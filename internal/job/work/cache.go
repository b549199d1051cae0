package work

import (
	"sync"

	"github.com/braid-compute/braid/internal/job"
)

// cache keeps what the jobs run that were asked for last. What a job runs never changes.
type cache struct {
	mu     sync.Mutex
	recent []cached // the last first
}

// cached is a job that is being read, or was.
type cached struct {
	folder string
	load   func() (*job.Compiled, error)
}

// mostCached is how many jobs are kept.
const mostCached = 8

// get returns what the job in a folder runs.
func (c *cache) get(folder string) (*job.Compiled, error) {
	return c.entry(folder).load()
}

func (c *cache) entry(folder string) cached {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, e := range c.recent {
		if e.folder == folder {
			copy(c.recent[1:k+1], c.recent[:k])
			c.recent[0] = e
			return e
		}
	}
	e := cached{folder, sync.OnceValues(func() (*job.Compiled, error) {
		spec, err := job.LoadSpec(folder)
		if err != nil {
			c.forget(folder)
			return nil, err
		}
		return spec.Compile()
	})}
	c.recent = append([]cached{e}, c.recent[:min(len(c.recent), mostCached-1)]...)
	return e
}

// forget leaves out a job that could not be read.
func (c *cache) forget(folder string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, e := range c.recent {
		if e.folder == folder {
			c.recent = append(c.recent[:k], c.recent[k+1:]...)
			return
		}
	}
}
