package link

import (
	"bytes"
	"errors"
	"testing"

	"github.com/braid-compute/braid/internal/word"
)

// What is lent arrives as one output, and is given back when it was written, or when the connection has ended.
func TestLentMemoryIsGivenBack(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			r := seeded(t)
			here, there := pair(t, network, Options{})
			credit := collect(here)
			for _, sizes := range [][]int{{32, 3 << 20}, {100}, {0, 700, 0}, {smallBlock, 1}, {1 << 20, 0, 300 << 10}} {
				var parts [][]byte
				for _, n := range sizes {
					parts = append(parts, noise(r, n))
				}
				want := bytes.Join(parts, nil)
				given := make(chan struct{})
				b := word.Block{Task: word.Task{Run: 1, Index: 2}, Attempt: word.Attempt{Term: 3, Count: 4}}
				if err := here.Lend(b, parts, func() { close(given) }); err != nil {
					t.Fatal(err)
				}
				w, err := there.Receive()
				if err != nil {
					t.Fatal(err)
				}
				if d, ok := w.(*word.Delivery); !ok || d.Block != b || len(d.Outputs) != 1 || !bytes.Equal(d.Outputs[0], want) {
					t.Errorf("parts of %v bytes arrived as another word", sizes)
				}
				<-given
			}
			given := make(chan struct{}, 20)
			back := func() { given <- struct{}{} }
			for range 20 { // more than the other side gives credit for
				if err := here.Lend(word.Block{}, [][]byte{make([]byte, 4<<20)}, back); err != nil {
					t.Fatal(err)
				}
			}
			there.Close()
			for range 20 {
				<-given
			}
			if _, err := credit(); err == nil {
				t.Error("the connection did not end")
			}
			if err := here.Lend(word.Block{}, [][]byte{make([]byte, 4<<20)}, back); err == nil {
				t.Error("a connection that has ended takes blocks")
			}
			<-given
			here.Close()
			if err := here.Lend(word.Block{}, [][]byte{{1}}, back); err == nil || errors.Is(err, word.ErrBytes) {
				t.Errorf("a closed connection answers %v", err)
			}
			<-given
		})
	}
}
