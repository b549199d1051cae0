package invariants

import (
	"sync"
	"testing"
)

// Under the race detector this proves that a CloseOnce shared by goroutines
// needs no lock of its user's, in both builds.
func TestCloseOnceIsSafeForConcurrentChecks(t *testing.T) {
	var c CloseOnce
	var all sync.WaitGroup
	for range 4 {
		all.Go(c.CheckOpen)
	}
	all.Wait()
	c.Close()
}
