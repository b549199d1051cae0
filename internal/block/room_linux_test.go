package block

import (
	"bytes"
	"errors"
	"testing"
)

// flatBytes is the form of []byte without a head.
func flatBytes() *Form {
	f := &Form{
		Name:   "bytes",
		Encode: func(dst []byte, v any) ([]byte, error) { return append(dst, v.([]byte)...), nil },
		Decode: func(data []byte) (any, error) { return bytes.Clone(data), nil },
		Head:   func(int64) ([]byte, bool) { return nil, true },
	}
	f.Lend = func(v any) ([]byte, bool) { return v.([]byte), true }
	f.Over = func(data []byte) any { return data }
	f.Make = func(n int64) (any, []byte) { x := make([]byte, n); return x, x }
	return f
}

// filled makes a block of room that was filled by way of another mapping, as another process does it.
func filled(t *testing.T, s *Store, f *Form, n int, mark byte) *Block {
	t.Helper()
	room, err := s.Room(t.Context(), int64(n))
	if err != nil {
		t.Fatal(err)
	}
	m, err := MapRoom(room.Loan())
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Bytes()) != n {
		t.Errorf("room for %d bytes has %d", n, len(m.Bytes()))
	}
	fillBytes(m.Bytes(), mark)
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	return room.Box(f)
}

// What another process has put into room is a block like others: looked at where it is, made a value, written to a file and read back.
func TestRoomThatIsFilledIsABlock(t *testing.T) {
	const n = 600_001
	s := openStore(t, Options{Limit: 4 << 20, SpillMark: 1 << 20, PauseMark: 2 << 20, Scratch: t.TempDir()})
	f := flatBytes()
	var all []*Block
	for k := range 5 {
		all = append(all, filled(t, s, f, n, byte(k)))
	}
	if s.Stats().SpilledBytes == 0 {
		t.Error("above the pause mark room was had without anything being written")
	}
	want := make([]byte, n)
	for k, b := range all {
		fillBytes(want, byte(k))
		looked := pinned(t, b.PinLent)
		kept := looked.Value().([]byte)
		if !bytes.Equal(kept, want) {
			t.Errorf("block %d does not hold what was put there", k)
		}
		looked.Release()
		v := pinned(t, b.Pin)
		if !bytes.Equal(v.Value().([]byte), want) {
			t.Errorf("the value of block %d is not what was put there", k)
		}
		v.Release()
		b.Release()
	}
	if st := s.Stats(); st.Used != 0 {
		t.Errorf("%+v", st)
	}
}

func TestRoomThatIsGivenUpIsFree(t *testing.T) {
	s := openStore(t, Options{})
	room, err := s.Room(t.Context(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	room.Discard()
	if _, err := s.Room(t.Context(), 11<<20); err == nil {
		t.Error("there is room for more than the limit")
	}
	if _, err := s.Room(t.Context(), 1); !errors.Is(err, ErrNotMappable) {
		t.Errorf("room in the heap: %v", err)
	}
	if st := s.Stats(); st.Used != 0 {
		t.Errorf("%+v", st)
	}
}

// Who maps a loan has the encoding of the block, and what he writes to it is his own.
func TestALoanIsMapped(t *testing.T) {
	const n = 1 << 15
	s := openStore(t, Options{})
	b := boxNumbers(t, s, lentForm(), 7, n)
	defer b.Release()
	v := pinned(t, b.PinToLend)
	defer v.Release()
	l, data, ok := v.Loan()
	if !ok {
		t.Fatal("it is in no pages")
	}
	m, err := MapLoan(l)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Bytes(); !bytes.Equal(got, data) || !bytes.HasPrefix(got, []byte("numbers:")) || len(got) != 8+8*n {
		t.Errorf("%d bytes were lent, and %d mapped", len(data), len(got))
	}
	clear(m.Bytes())
	wantNumbers(t, v, 7, n)
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	for what, wrong := range map[string]Loan{
		"another file":  {Arena{l.Process, l.Descriptor, l.Inode + 1}, l.Ref},
		"no descriptor": {Arena{l.Process, 1 << 20, l.Inode}, l.Ref},
		"too far":       {l.Arena, Ref{1 << 50, 1}},
		"too much":      {l.Arena, Ref{l.Offset, 1 << 50}},
	} {
		if _, err := MapLoan(wrong); err == nil {
			t.Errorf("%s was mapped", what)
		}
	}
}

// What cannot be in pages is looked at where it is.
func TestWhatCannotBeLentIsPinned(t *testing.T) {
	s := openStore(t, Options{})
	f := lentForm()
	f.Over = nil
	b := boxNumbers(t, s, f, 1, 1<<15)
	defer b.Release()
	v := pinned(t, b.PinToLend)
	defer v.Release()
	wantNumbers(t, v, 1, 1<<15)
	if _, _, ok := v.Loan(); ok {
		t.Error("a value of the heap is lent")
	}
}
