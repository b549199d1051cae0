package agent

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// What is under way to others is bounded, but one who takes nothing does not hold up the rest.
func TestWhatIsUnderWayIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var under []encoded
		e := newEncoder(&Config{Slots: 1, Memory: sendShare * 100}, func(e encoded) bool {
			under = append(under, e)
			return true
		})
		op := &exec.Op{Encode: func(v any) ([]byte, error) { return make([]byte, v.(int)), nil }}
		number := graph.Index(0)
		add := func(to word.Client, bytes int) {
			number++
			e.add(&job{block: blockOf(number), op: op, value: bytes, to: workerstate.Peer{Client: to}, bytes: int64(bytes)})
			synctest.Wait()
		}
		want := func(numbers ...graph.Index) {
			t.Helper()
			synctest.Wait()
			if len(under) != len(numbers) {
				t.Fatalf("%d are under way, want %v", len(under), numbers)
			}
			for k, n := range numbers {
				if under[k].block != blockOf(n) {
					t.Errorf("%v is under way, want %d", under[k].block, n)
				}
			}
		}
		done := func() {
			p := under[0].parcel
			under = under[1:]
			p.done()
		}
		add(1, 60)
		add(1, 40)
		add(1, 30) // is too much
		want(1, 2)
		add(2, 500) // is the only one of its subscriber
		add(2, 1)
		want(1, 2, 4)
		add(0, 0) // rides along with a word
		want(1, 2, 4, 6)
		done()
		done()
		want(4, 6, 3)
		done()
		want(6, 3, 5)
		for len(under) > 0 {
			done()
		}
		if len(e.queue) != 0 || e.bytes != 0 || len(e.under) != 0 {
			t.Errorf("%d wait, and %d bytes are counted for %v", len(e.queue), e.bytes, e.under)
		}
		if err := e.close(time.Second); err != nil {
			t.Error(err)
		}
	})
}
