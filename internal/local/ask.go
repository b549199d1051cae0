package local

import (
	"context"
	"fmt"
	"sync"

	"github.com/braid-compute/braid/internal/word"
)

// RefusedError is the error of a question that was not answered.
type RefusedError struct {
	Why  string
	Code uint32 // in terms of the subject; 0 if it says nothing
}

func (e *RefusedError) Error() string { return e.Why }

// Ask asks whoever answers for a subject in the scheduler's process. See [Here].
func (o *Observer) Ask(ctx context.Context, subject string, body []byte) ([]byte, error) {
	o.last++
	stop := context.AfterFunc(ctx, func() { _ = o.conn.Close() })
	defer stop()
	if err := o.conn.Send(&word.Ask{Question: o.last, Subject: subject, Body: body}); err != nil {
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
		x, ok := answer.(*word.Answer)
		switch {
		case !ok || x.Question != o.last:
		case x.Refused != "":
			return nil, &RefusedError{x.Refused, x.Code}
		default:
			return x.Body, nil
		}
	}
}

// here are the clusters that this process has started, by their files.
var here struct {
	mu     sync.Mutex
	byFile map[string]*Cluster
}

// Here returns the cluster that this process has started and whose file that is, nil if there is none. What observers ask about a
// subject is answered by who is given to its Driver's Answer.
func Here(file string) *Cluster {
	here.mu.Lock()
	defer here.mu.Unlock()
	return here.byFile[file]
}

func (c *Cluster) enlist() {
	here.mu.Lock()
	defer here.mu.Unlock()
	if here.byFile == nil {
		here.byFile = make(map[string]*Cluster)
	}
	here.byFile[c.File()] = c
}

func (c *Cluster) delist() {
	here.mu.Lock()
	defer here.mu.Unlock()
	delete(here.byFile, c.File())
}
