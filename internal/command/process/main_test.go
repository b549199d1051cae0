//go:build unix

package process

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets this binary serve as a guard, and as a program that has one.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) > 1 && os.Args[1] == "guard":
		if err := Serve(); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	case len(os.Args) > 1 && os.Args[1] == "guarded":
		guarded()
	}
	goleak.VerifyTestMain(m)
}
