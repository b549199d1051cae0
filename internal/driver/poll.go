package driver

import "github.com/braid-compute/braid/internal/linger"

// mostPolled is how many connections are looked at: a look takes a third of a microsecond.
const mostPolled = 16

// look polls the connections of agents, for somebody who waits for the driver, unless there are too many.
func look(agents *linger.Conns) {
	list := agents.List()
	if len(list) > mostPolled {
		return
	}
	for _, s := range list {
		s.Poll()
	}
}
