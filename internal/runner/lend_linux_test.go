package runner

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/braid-compute/braid/internal/block"
)

const mib = 1 << 20

// owner is a store whose memory a runner maps. It must have nothing in use when the test ends.
func owner(t testing.TB) *block.Store {
	t.Helper()
	s, err := block.Open(block.Options{Limit: 64 * mib})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if st := s.Stats(); st.Used != 0 {
			t.Errorf("%d bytes of the store are in use after the last call", st.Used)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// lend makes an argument that a runner can map, of n bytes that are all the same.
func lend(t testing.TB, s *block.Store, arg, n int, fill byte) (data []byte, l Loan) {
	t.Helper()
	room, err := s.Room(t.Context(), int64(n))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(room.Discard)
	copy(room.Bytes(), bytes.Repeat([]byte{fill}, n))
	return room.Bytes(), Loan{arg, room.Loan()}
}

func TestArgumentsAreLent(t *testing.T) {
	s := owner(t)
	r, _ := start(t, Options{})
	one, first := lend(t, s, 0, mib, 3)
	three, third := lend(t, s, 2, mib+5, 4)
	q := Request{Op: "t/lent", Args: [][]byte{one, []byte("sent"), three}, Loans: []Loan{first, third}}
	for range 2 {
		if a := ask(t, r, q); !bytes.Equal(a.Outputs[0], []byte{0, 3, 2, 4}) {
			t.Errorf("lent were % x", a.Outputs[0])
		}
		if one[0] != 3 || three[mib+4] != 4 {
			t.Error("the function has changed what was lent to it")
		}
	}
	q.Op = "t/sum"
	if a := ask(t, r, q); !bytes.Equal(a.Outputs[0], sumOf(q.Args)) {
		t.Errorf("the sum is % x", a.Outputs[0])
	}
}

func sumOf(args [][]byte) []byte {
	return run(context.Background(), Request{Op: "t/sum", Args: args}, nil).Outputs[0]
}

// A runner that cannot map what is lent is sent it, and so is all that follows.
func TestWhatCannotBeMappedIsSent(t *testing.T) {
	s := owner(t)
	r, _ := start(t, Options{})
	data, wrong := lend(t, s, 0, mib, 3)
	right := wrong
	wrong.Inode++
	for _, l := range []Loan{wrong, right} {
		q := Request{Op: "t/lent", Args: [][]byte{data}, Loans: []Loan{l}}
		if a := ask(t, r, q); len(a.Outputs[0]) != 0 {
			t.Errorf("lent were % x", a.Outputs[0])
		}
		q.Op = "t/sum"
		if a := ask(t, r, q); !bytes.Equal(a.Outputs[0], sumOf(q.Args)) {
			t.Errorf("the sum is % x", a.Outputs[0])
		}
	}
}

func TestResultsArePutWhereThereIsRoom(t *testing.T) {
	s := owner(t)
	r, _ := start(t, Options{})
	data := bytes.Repeat([]byte{7}, mib+3)
	for name, give := range map[string]func(context.Context, int64) (*block.Room, error){
		"room": s.Room, "no room": nil,
		"want of room": func(ctx context.Context, n int64) (*block.Room, error) { return s.Room(ctx, 65*mib) },
	} {
		a := ask(t, r, Request{Op: "t/place", Args: [][]byte{data}, Room: give})
		if (name == "room") != (a.Room != nil) || a.Failure != nil {
			t.Errorf("%s: %+v", name, a)
			continue
		}
		got := a.Outputs
		if a.Room != nil {
			got = [][]byte{bytes.Clone(a.Room.Bytes())}
			a.Room.Discard()
		}
		if len(got) != 1 || !bytes.Equal(got[0], data) {
			t.Errorf("%s: another result than was put there", name)
		}
	}
}

// What a call holds of the agent's memory is free when its process has ended, however that was.
func TestADeadRunnerHoldsNoRoom(t *testing.T) {
	s := owner(t)
	r, _ := start(t, Options{})
	_, err := r.Call(t.Context(), Request{Op: "t/drop", Args: [][]byte{make([]byte, mib)}, Room: s.Room})
	deadFor(t, err, "t/drop", "SIGKILL")
}

// Who reads what was lent to an earlier call is stopped: it may be another block by then.
func TestWhatIsLentIsNotThereAfterTheCall(t *testing.T) {
	s := owner(t)
	r, _ := start(t, Options{})
	data, l := lend(t, s, 0, mib, 3)
	q := Request{Op: "t/late", Args: [][]byte{data}, Loans: []Loan{l}}
	if a := ask(t, r, q); a.Outputs[0][0] != 3 {
		t.Errorf("%+v", a)
	}
	_, err := r.Call(t.Context(), Request{Op: "t/late"})
	deadFor(t, err, "t/late", "unexpected fault address")
}

// A call of a runner whose argument is lent, and one whose argument is sent.
func BenchmarkArgument(b *testing.B) {
	s := owner(b)
	r, _ := start(b, Options{})
	for _, kib := range []int{64, 128, 256, 1024, 16384} {
		data, l := lend(b, s, 0, kib<<10, 1)
		for name, loans := range map[string][]Loan{"lent": {l}, "sent": nil} {
			b.Run(fmt.Sprintf("%s/KiB=%d", name, kib), func(b *testing.B) {
				for b.Loop() {
					ask(b, r, Request{Op: "t/pages", Args: [][]byte{data}, Loans: loans})
				}
			})
		}
	}
}

// A call of a runner whose result is put where there is room, and one whose result is sent.
func BenchmarkResult(b *testing.B) {
	s := owner(b)
	r, _ := start(b, Options{})
	for _, kib := range []int{64, 128, 256, 1024, 16384} {
		data, l := lend(b, s, 0, kib<<10, 1)
		for name, give := range map[string]func(context.Context, int64) (*block.Room, error){"room": s.Room, "sent": nil} {
			b.Run(fmt.Sprintf("%s/KiB=%d", name, kib), func(b *testing.B) {
				for b.Loop() {
					if a := ask(b, r, Request{Op: "t/place", Args: [][]byte{data}, Loans: []Loan{l}, Room: give}); a.Room != nil {
						a.Room.Discard()
					}
				}
			})
		}
	}
}
