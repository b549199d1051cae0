package local

import (
	"context"
	"fmt"

	"github.com/braid-compute/braid/internal/link"
	"github.com/braid-compute/braid/internal/word"
)

// Observer is a connection that asks about a cluster. It is no client: the cluster is as idle with it as without. It is for one
// goroutine.
type Observer struct {
	conn *link.Conn
	last uint64
}

// Observe connects to the cluster of an address, a path or a name.
func Observe(ctx context.Context, address string) (*Observer, error) {
	r, err := attachFile(address)
	if err != nil {
		return nil, err
	}
	conn, err := link.Dial(ctx, r.address, link.Options{Identity: r.identity, Hello: link.Hello{Role: link.RoleObserver, Name: programName()}})
	if err != nil {
		return nil, fmt.Errorf("connect to the scheduler: %w", err)
	}
	return &Observer{conn: conn}, nil
}

// Inspect asks what there is on the cluster.
func (o *Observer) Inspect(ctx context.Context) (*word.Inspected, error) {
	o.last++
	return o.ask(ctx, &word.Inspect{Question: o.last})
}

// Shutdown asks for the end of the cluster. It returns when that has begun, or was refused.
func (o *Observer) Shutdown(ctx context.Context, force bool) (*word.Inspected, error) {
	o.last++
	return o.ask(ctx, &word.Shutdown{Question: o.last, Force: force})
}

func (o *Observer) ask(ctx context.Context, w any) (*word.Inspected, error) {
	stop := context.AfterFunc(ctx, func() { _ = o.conn.Close() })
	defer stop()
	if err := o.conn.Send(w); err != nil {
		return nil, fmt.Errorf("ask the scheduler: %w", err)
	}
	for {
		answer, err := o.conn.Receive()
		if cause := context.Cause(ctx); cause != nil && err != nil {
			err = cause
		}
		if err != nil {
			return nil, fmt.Errorf("the scheduler did not answer: %w", err)
		}
		if x, ok := answer.(*word.Inspected); ok && x.Question == o.last {
			return x, nil
		}
	}
}

// Close ends the connection.
func (o *Observer) Close() error { return o.conn.Close() }
