package block

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// lentForm is the form of []int64 with a head of eight bytes.
func lentForm() *Form {
	f := &Form{
		Name:   "numbers",
		Encode: func(dst []byte, v any) ([]byte, error) { return nil, errors.New("numbers are not encoded") },
		Decode: func([]byte) (any, error) { return nil, errors.New("numbers are not decoded") },
		Head:   func(int64) ([]byte, bool) { return []byte("numbers:"), true },
	}
	f.SliceForm(reflect.TypeFor[[]int64]())
	return f
}

// boxNumbers keeps n numbers from first on.
func boxNumbers(t *testing.T, s *Store, f *Form, first int64, n int) *Block {
	t.Helper()
	x := make([]int64, n)
	for k := range x {
		x[k] = first + int64(k)
	}
	b, err := s.BoxSized(t.Context(), x, int64(8*n), f, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func wantNumbers(t *testing.T, v *View, first int64, n int) {
	t.Helper()
	x, _ := v.Value().([]int64)
	if len(x) != n || x[0] != first || x[n-1] != first+int64(n)-1 {
		t.Fatalf("%d numbers, wanted %d from %d on", len(x), n, first)
	}
}

func pinned(t *testing.T, pin func(context.Context) (*View, error)) *View {
	t.Helper()
	v, err := pin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// What is on disk is in pages for who only looks at it, and in the heap for who keeps it; never in both for longer than somebody looks.
func TestValuesInPages(t *testing.T) {
	const n = 1 << 15
	s := openStore(t, Options{Limit: 4 << 20, SpillMark: 1 << 20, PauseMark: 1 << 20, Scratch: t.TempDir()})
	f := lentForm()
	var all []*Block
	for k := range int64(8) {
		all = append(all, boxNumbers(t, s, f, k*n, n))
	}
	b := all[0]
	if b.State() != Spilled {
		t.Fatalf("the block is %v", b.State())
	}
	before := s.Stats()
	look, again := pinned(t, b.PinLent), pinned(t, b.PinLent)
	wantNumbers(t, look, 0, n)
	if st := s.Stats(); st.Boxed > before.Boxed || st.ReadBytes != before.ReadBytes+8*n {
		t.Errorf("looking at it has changed %+v to %+v", before, st)
	}
	kept := pinned(t, b.Pin)
	wantNumbers(t, kept, 0, n)
	again.Release()
	if b.mem.bytes == nil {
		t.Error("the pages are gone although somebody looks at them")
	}
	wantNumbers(t, look, 0, n)
	look.Release()
	if b.mem.bytes != nil {
		t.Error("the pages are there although nobody looks at them")
	}
	kept.Release()
	e, err := b.Encoding(t.Context())
	if err != nil || string(slices.Concat(e.Parts()...)[:8]) != "numbers:" {
		t.Errorf("%q, %v", e.Parts()[0], err)
	}
	e.Release()
	for _, b := range all {
		b.Release()
	}
	if st := s.Stats(); st.Used != 0 {
		t.Errorf("%+v is left", st)
	}
}

// A value is copied once for others to map; then it is in pages, comes back to the heap for who wants it there, and can go to a file
// either way.
// An encoding on disk is in pages for who only looks at the value, if that can be in the memory of it.
func TestAdoptedValuesInPages(t *testing.T) {
	const n = 1 << 18
	s := openStore(t, Options{Limit: 4 << 20, SpillMark: 1 << 20, PauseMark: 1 << 20, Scratch: t.TempDir()})
	f := &Form{
		Name:   "bytes",
		Encode: func(dst []byte, v any) ([]byte, error) { return append(dst, v.([]byte)...), nil },
		Decode: func(data []byte) (any, error) { return slices.Clone(data), nil },
		Adopt: func(data []byte) (any, error) {
			if data[0] == 3 {
				return nil, errors.New("it is the third")
			}
			return data, nil
		},
	}
	var all []*Block
	for k := range 8 {
		x := slices.Repeat([]byte{byte(k)}, n)
		b, err := s.BoxSized(t.Context(), x, n, f, nil)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	b := all[0]
	if b.State() != Spilled {
		t.Fatalf("the block is %v", b.State())
	}
	before := s.Stats()
	look, again := pinned(t, b.PinLent), pinned(t, b.PinLent)
	if x := look.Value().([]byte); &x[0] != &b.mem.bytes[front] || len(x) != n {
		t.Error("the value is not in the block's pages")
	}
	if st := s.Stats(); st.Boxed > before.Boxed || st.ReadBytes != before.ReadBytes+n {
		t.Errorf("looking at it has changed %+v to %+v", before, st)
	}
	loan, ref, err := b.LoanAtOnce()
	if err != nil || ref.Bytes != n || &loan.Parts()[0][0] != &b.mem.bytes[front] {
		t.Errorf("its encoding is lent as %+v, %v", ref, err)
	}
	loan.Release()
	again.Release()
	kept := pinned(t, b.Pin)
	if x := kept.Value().([]byte); x[n-1] != 0 || &x[0] == &look.Value().([]byte)[0] {
		t.Error("who may keep the value has one in the pages")
	}
	look.Release()
	if b.mem.bytes != nil || b.adopted != nil {
		t.Error("the pages are still there, although there is a value and nobody looks at them")
	}
	kept.Release()
	if _, err := all[3].PinLent(t.Context()); !errors.Is(err, ErrLost) || !strings.Contains(err.Error(), "it is the third") {
		t.Errorf("what is refused: %v", err)
	}
	for _, b := range all {
		b.Release()
	}
}

func TestLoans(t *testing.T) {
	const n = 1 << 15
	s := openStore(t, Options{Limit: 8 << 20, Scratch: t.TempDir()})
	b := boxNumbers(t, s, lentForm(), 7, n)
	a, err := s.Arena()
	if err != nil {
		t.Fatal(err)
	}
	p, err := OpenPeer(a)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	e, ref, err := b.Loan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, ref2, err := b.Loan(t.Context())
	if err != nil || ref2 != ref {
		t.Errorf("lent again it is at %+v instead of %+v, %v", ref2, ref, err)
	}
	second.Release()
	if st := s.Stats(); st.Boxed != 0 || st.Flat != 8*n+front {
		t.Errorf("it is both a value and in pages: %+v", st)
	}
	theirs, err := p.Bytes(ref)
	if err != nil || string(theirs[:8]) != "numbers:" || !slices.Equal(theirs, e.Parts()[0]) {
		t.Fatalf("%d bytes, %v", len(theirs), err)
	}
	b.Release() // the loan keeps it
	if string(theirs[:8]) != "numbers:" || s.Stats().Flat == 0 {
		t.Error("what is lent was freed")
	}
	e.Release()
	if st := s.Stats(); st.Used != 0 {
		t.Errorf("%+v is left", st)
	}
	b = boxNumbers(t, s, lentForm(), 9, n)
	if e, _, err = b.Loan(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.Release()
	for k := range int64(16) { // which puts it into a file
		defer boxNumbers(t, s, lentForm(), k, 1<<16).Release()
	}
	if b.State() != Spilled {
		t.Errorf("it is %v", b.State())
	}
	v := pinned(t, b.Pin)
	wantNumbers(t, v, 9, n)
	v.Release()
	b.Release()
}

// What others lend counts by half, is not copied for who looks at it, and is given back when a value was made of it, or the block freed.
func TestBorrowedBlocks(t *testing.T) {
	const n = 1 << 15
	s := openStore(t, Options{Limit: 8 << 20, Scratch: t.TempDir()})
	f := lentForm()
	data, _ := f.Lend(slices.Repeat([]int64{5}, n))
	given := 0
	borrow := func() *Block {
		b, err := s.Borrow(data, f, func() { given++ })
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := borrow()
	if st := s.Stats(); st.Borrowed != 4*n || st.Used != 4*n {
		t.Errorf("%+v", st)
	}
	look := pinned(t, b.PinLent)
	if x := look.Value().([]int64); &x[0] != &f.Over(data).([]int64)[0] {
		t.Error("it was copied")
	}
	kept := pinned(t, b.Pin)
	if x := kept.Value().([]int64); &x[0] == &f.Over(data).([]int64)[0] || len(x) != n || x[n-1] != 5 {
		t.Error("it was not copied")
	}
	if given != 0 {
		t.Error("it was given back although somebody looks at it")
	}
	look.Release()
	if st := s.Stats(); given != 1 || st.Borrowed != 0 || st.Boxed != 8*n {
		t.Errorf("given back %d times, %+v", given, st)
	}
	kept.Release()
	b.Release()
	b = borrow()
	b.Release()
	if st := s.Stats(); given != 2 || st.Used != 0 {
		t.Errorf("given back %d times, %+v", given, st)
	}
}
