package machine

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// work names the variable that makes the test program a child that computes for so long instead of testing.
const work = "MACHINE_TEST_WORK"

func TestMain(m *testing.M) {
	if d, err := time.ParseDuration(os.Getenv(work)); err == nil {
		burn(d)
		fmt.Println("done")
		return
	}
	goleak.VerifyTestMain(m)
}

// burn computes until this process has used so much more CPU time.
func burn(d time.Duration) {
	for end := ProcessCPU() + d; ProcessCPU() < end; {
	}
}
