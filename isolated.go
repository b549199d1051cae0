package braid

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/runner"
)

// isolatedMark stands before the signature of a function whose calls run in processes of their own.
const isolatedMark = "isolated "

// alone returns the function as it is called with the option Isolated.
func (f *function) alone() *function {
	f.isolate.Do(func() {
		f.isolated = &function{
			name: f.name, signature: isolatedMark + f.signature, site: f.site, typ: f.typ, border: f.border,
			op: &exec.Op{Size: f.op.Size, Encode: encodeAny, Call: f.callAlone},
		}
	})
	return f.isolated
}

// callAlone runs one call in a process that is started for it and ends with it.
func (f *function) callAlone(ctx context.Context, in []any) (any, error) {
	q := runner.Request{Op: f.name, Signature: f.signature, Task: f.name, Args: make([][]byte, len(in))}
	for k, v := range in {
		if list, ok := v.(*exec.List); ok {
			v = *list
		}
		var err error
		if q.Args[k], err = encodeAny(v); err != nil {
			return nil, fmt.Errorf("argument %d for the call's own process: %w", k+1, err)
		}
	}
	r, err := runner.Start(ctx, "", runner.Options{
		Cores: 1, Env: []string{"BRAID_CORES=1"},
		Output: func(line []byte) { fmt.Fprintf(os.Stderr, "%s: %s\n", strings.TrimPrefix(f.name, "go/"), line) },
	})
	if err != nil {
		return nil, fmt.Errorf("start a process for the call: %w", err)
	}
	defer r.Close()
	answer, err := r.Call(ctx, q)
	if err != nil {
		return nil, err
	}
	if answer.Failure != nil {
		return nil, answer.Failure
	}
	if len(answer.Outputs) != 1 {
		return nil, fmt.Errorf("the call's own process answered with %d results", len(answer.Outputs))
	}
	return &exec.Encoded{Data: answer.Outputs[0]}, nil
}

// runAlone is the other side of callAlone.
func runAlone(ctx context.Context, q runner.Request) runner.Response {
	fail := func(k runner.Kind, err error) runner.Response {
		return runner.Response{Failure: &runner.Failure{Kind: k, Text: err.Error()}}
	}
	op, err := lookup(graph.Op{Name: q.Op, Signature: q.Signature})
	if err != nil {
		return fail(runner.KindUnknown, err)
	}
	in := make([]any, len(q.Args))
	for k, data := range q.Args {
		in[k] = &exec.Encoded{Data: data}
	}
	v, err := op.Call(ctx, in)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fail(runner.KindLimit, err)
	case err != nil:
		return fail(runner.KindError, err)
	}
	data, err := op.Encode(v)
	if err != nil {
		return fail(runner.KindResult, err)
	}
	return runner.Response{Outputs: [][]byte{data}}
}
