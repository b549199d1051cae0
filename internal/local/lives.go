package local

import "time"

// agentTimeout is for how long a worker is waited for whose connection has broken while its process lives.
const agentTimeout = 15 * time.Second

// lives reports whether a process is there and has not ended.
func (c *Cluster) lives(pid uint32) bool {
	c.mu.Lock()
	p := c.byPid[int(pid)]
	c.mu.Unlock()
	if p != nil {
		select {
		case <-p.Done():
			return false
		default:
		}
	}
	return lives(pid)
}
