package taskbench

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid"
)

// TestMain lets this binary serve as a worker too.
func TestMain(m *testing.M) { braid.TestMain(checked{m}) }

// checked are tests after which no goroutine may be left.
type checked struct{ m *testing.M }

func (c checked) Run() int {
	goleak.VerifyTestMain(c.m)
	return 0 // not reached: it ends the process
}
