package braid

import (
	"crypto/sha256"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/plan"
)

func TestAWorkerBuildsOnceForEachArgumentAndForgetsTheOldest(t *testing.T) {
	var r rebuilds
	var mu sync.Mutex
	built := map[int]int{}
	of := func(n int) (rebuilt, error) {
		return r.of(sha256.Sum256([]byte{byte(n)}), func() (rebuilt, error) {
			mu.Lock()
			defer mu.Unlock()
			built[n]++
			if n == 0 {
				return rebuilt{}, errors.New("zero")
			}
			return rebuilt{shape: strings.Repeat("x", n)}, nil
		})
	}
	var all sync.WaitGroup
	for k := range 4 * maxRebuilds {
		all.Go(func() {
			n := k % maxRebuilds
			if b, err := of(n); len(b.shape) != n || (err != nil) != (n == 0) {
				t.Errorf("number %d has shape %q, %v", n, b.shape, err)
			}
		})
	}
	all.Wait()
	for n, times := range built {
		if times != 1 {
			t.Errorf("number %d was built %d times", n, times)
		}
	}
	for n := range 2 * maxRebuilds {
		of(n)
	}
	if len(r.kept) != maxRebuilds || len(r.oldest) != maxRebuilds {
		t.Errorf("%d are kept in %d places, want %d", len(r.kept), len(r.oldest), maxRebuilds)
	}
	if of(maxRebuilds + 5); built[maxRebuilds+5] != 1 {
		t.Errorf("one of the last was built %d times", built[maxRebuilds+5])
	}
}

// What a task of a plan is given comes from another process.
func TestATaskOfAPlanRefusesWhatIsNotForIt(t *testing.T) {
	p := &planFunction{f: &function{name: "plan/p"}, build: func(args []byte) (*plan.Node, error) {
		if len(args) == 0 {
			return nil, errors.New("no arguments")
		}
		v := plan.Verb{Kind: "test", Name: "Source", Elem: "int", Rows: &plan.Rows{}}
		return plan.From(v, plan.Source{Decode: func([]byte) (any, error) { return nil, errors.New("no part") }}), nil
	}}
	order := planOrder{Args: []byte{1}, Shape: "Source(): int"}
	for want, in := range map[string][]any{
		"3 arguments":               {order},
		"planOrder is wanted":       {1, planStep{}, nil},
		"planStep is wanted":        {order, 1, nil},
		"no arguments":              {planOrder{}, planStep{}, nil},
		"collection is nil":         {planOrder{Args: []byte{2}}, planStep{}, nil},
		"the client built\n\tother": {planOrder{Args: []byte{1}, Shape: "other"}, planStep{}, nil},
		"asks for number 1":         {order, planStep{Stage: 1}, nil},
		"asks for number -1":        {order, planStep{Stage: -1}, nil},
		"no part":                   {order, planStep{}, &exec.Encoded{Data: []byte{1}}},
	} {
		if want == "collection is nil" {
			p := &planFunction{f: p.f, build: func([]byte) (*plan.Node, error) { return nil, nil }}
			if _, err := p.run(t.Context(), in); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want an error that says %q", err, want)
			}
			continue
		}
		if _, err := p.run(t.Context(), in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error that says %q", err, want)
		}
	}
}
