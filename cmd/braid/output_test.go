package main

import (
	"errors"
	"io"
	"testing"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/cmd/braid/internal/console/consoletest"
	"github.com/braid-compute/braid/cmd/braid/internal/demo"
)

func TestOutputThatCannotBeWrittenIsAnError(t *testing.T) {
	for _, args := range [][]string{{"cores"}, {"cores", "--why"}, {"cores", "--json"}, {"version"}, {"version", "--json"},
		{"demo", "--only", "right"}, {"demo", "--only", "right", "--json"}} {
		e := env{&console.Env{Args: args, Stdout: consoletest.Full{}, Stderr: io.Discard}, []demo.Example{{Name: "right", Run: right}}}
		if err := e.run(t.Context()); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%v: %v", args, err)
		}
	}
}
