package launch

import (
	"context"
	"fmt"
	"sync"

	"github.com/braid-compute/braid/graph"
)

// code is the content hash of this process's executable.
var code struct {
	once sync.Once
	done chan struct{}
	id   graph.CodeID
	err  error
}

// Begin starts to compute the code id in the background, once. It takes some milliseconds of one core for each ten MB of
// the executable.
func Begin() {
	code.once.Do(func() {
		code.done = make(chan struct{})
		go func() {
			defer close(code.done)
			code.id, code.err = hashExecutable()
		}()
	})
}

// Code returns the content hash of the executable that runs, begun by [Begin] or now. The context bounds the wait.
func Code(ctx context.Context) (graph.CodeID, error) {
	Begin()
	select {
	case <-code.done:
		return code.id, code.err
	case <-ctx.Done():
		return graph.CodeID{}, fmt.Errorf("launch: hash of the executable: %w", context.Cause(ctx))
	}
}

func hashExecutable() (id graph.CodeID, err error) {
	path, err := Executable()
	if err != nil {
		return id, err
	}
	return CodeOf(context.Background(), path)
}
