package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/launch"
	"go.uber.org/goleak"
)

// TestMain lets the test binary be the workers of the clusters that tests start.
func TestMain(m *testing.M) {
	SetProgram(Program{
		Op: func(op graph.Op) (*exec.Op, error) {
			return &exec.Op{
				Call:   func(context.Context, []any) (any, error) { return nil, nil },
				Encode: func(any) ([]byte, error) { return nil, nil },
			}, nil
		},
		Encode: func(v any) ([]byte, error) { return v.(*exec.Encoded).Data, nil },
		Owner:  func(Remote) (any, func() error) { return nil, func() error { return nil } },
		Serves: func() error { return nil },
	})
	if _, ok := launch.Role(); ok {
		if words, err := launch.Payload(); err != nil || len(words) == 0 {
			fmt.Fprintln(os.Stderr, errors.Join(errors.New("no start words"), err))
			os.Exit(1)
		}
		if err := Work(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}
