package braidtest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/braidtest"
)

// slowly is small and takes its time to become bytes.
type slowly struct{ took time.Duration }

func (s slowly) MarshalBinary() ([]byte, error) {
	<-time.After(s.took)
	return []byte{1}, nil
}

func (s *slowly) UnmarshalBinary([]byte) error { return nil }

var slow = braid.Func("braidtest/slow", func(_ context.Context, d time.Duration) (slowly, error) { return slowly{d}, nil })

// A worker whose results take a minute to encode does other tasks meanwhile, also several at once.
func TestSlowEncodingMethodsHoldUpNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := start(t, braidtest.Options{Slots: 2})
		began := time.Now()
		late := slow.Map(t.Context(), c, []time.Duration{time.Minute, time.Minute})
		synctest.Wait()
		if v, err := braid.Submit(t.Context(), c, cube.Call(braid.V(2))).Get(t.Context()); v != 8 || err != nil {
			t.Fatal(v, err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("a task waited %v for others' results to be encoded", took)
		}
		if _, err := late.Gather(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != time.Minute {
			t.Errorf("encoding two results took %v, want a minute", took)
		}
	})
}
