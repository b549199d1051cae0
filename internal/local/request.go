package local

import (
	"context"
	"fmt"
	"slices"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/runner"
)

// request is a call as a runner takes it, while it is put together.
type request struct {
	runner.Request
	store *block.Store  // whose memory the runner may map; nil: there is none
	rooms []*block.Room // with copies of arguments
}

// Request returns a call of an op as a runner takes it, and what to call when that is over. Large arguments are lent: those that the store
// holds from where they are, others from a copy in its memory.
func Request(ctx context.Context, op graph.Op, in []any) (runner.Request, func(), error) {
	q := &request{Request: runner.Request{Op: op.Name, Signature: op.Signature, Task: op.Name, Args: make([][]byte, len(in))}}
	if c := exec.FromContext(ctx); c != nil {
		q.Task, q.Waits, q.Memory, q.Once = c.Name(), c, c.Memory(), c.InGang()
		if q.store = c.Results(); q.store != nil {
			q.Room = q.store.Room
		}
	}
	for k, v := range in {
		if err := q.add(ctx, k, v); err != nil {
			q.over()
			return runner.Request{}, nil, fmt.Errorf("argument %d, for the call's own process: %w", k+1, err)
		}
	}
	return q.Request, q.over, nil
}

// over gives back what only this call has needed.
func (q *request) over() {
	for _, r := range q.rooms {
		r.Discard()
	}
}

// add adds an argument.
func (q *request) add(ctx context.Context, k int, v any) error {
	if list, ok := v.(*exec.List); ok {
		v = *list
	}
	if view, ok := v.(*block.View); ok {
		loan, data, ok := view.Loan()
		if ok {
			q.lend(k, loan, data)
			return nil
		}
		v = view.Value()
	}
	head, data, err := encodedParts(v)
	if err != nil {
		return err
	}
	if n := len(head) + len(data); q.store != nil && n >= exec.LeastLent {
		if room, err := q.store.Room(ctx, int64(n)); err == nil { // otherwise it is sent
			q.rooms = append(q.rooms, room)
			copy(room.Bytes()[copy(room.Bytes(), head):], data)
			q.lend(k, room.Loan(), room.Bytes())
			return nil
		}
	}
	if q.Args[k] = data; len(head) > 0 {
		q.Args[k] = slices.Concat(head, data)
	}
	return nil
}

func (q *request) lend(k int, where block.Loan, data []byte) {
	q.Args[k] = data
	q.Loans = append(q.Loans, runner.Loan{Arg: k, Loan: where})
}

// encodedParts returns the encoding of an argument, whose second part is the argument's own memory if it can be.
func encodedParts(v any) (head, data []byte, err error) {
	if program.Form != nil && v != nil {
		if f := program.Form(v); f != nil {
			if head, data, ok := f.Parts(v); ok {
				return head, data, nil
			}
		}
	}
	data, err = program.Encode(v)
	return nil, data, err
}

// Result returns what a runner answered: a value as bytes, here or in the store, or an error.
func Result(a runner.Response) (any, error) {
	switch {
	case a.Failure != nil:
		return nil, Failed(a.Failure)
	case a.Room != nil:
		return a.Room.Box(exec.EncodedForm), nil
	case len(a.Outputs) != 1:
		return nil, fmt.Errorf("the call's own process answered with %d results", len(a.Outputs))
	}
	return &exec.Encoded{Data: a.Outputs[0]}, nil
}
