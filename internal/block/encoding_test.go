package block

import (
	"bytes"
	"context"
	"encoding/binary"
	"reflect"
	"testing"
	"testing/synctest"
)

// encodedBytes returns a copy of what a block is sent as.
func encodedBytes(b *Block) ([]byte, error) {
	e, err := b.Encoding(context.Background())
	if err != nil {
		return nil, err
	}
	defer e.Release()
	return bytes.Join(e.Parts(), nil), nil
}

// numbersForm is the form of slices of numbers, encoded as a length and the numbers.
func numbersForm(head bool) *Form {
	length := func(n int64) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(n)) }
	f := &Form{
		Name: "numbers", Size: func(v any) (int64, bool) { return int64(8 * len(v.([]int64))), true },
		Decode: func([]byte) (any, error) { panic("raw values are not decoded") },
	}
	f.SliceForm(reflect.TypeFor[[]int64]())
	f.Encode = func(dst []byte, v any) ([]byte, error) {
		data, _ := f.Lend(v)
		return append(append(dst, length(int64(len(data)))...), data...), nil
	}
	if head {
		f.Head = func(n int64) ([]byte, bool) { return length(n), true }
	}
	return f
}

// A block's bytes are lent from where it is, or read from its file into memory that is counted, and it stays where it is.
func TestEncodingLeavesABlockWhereItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, spilled := range []bool{false, true} {
			for _, head := range []bool{true, false} {
				s, _ := openFaulty(t, Options{Limit: 16 << 20})
				v := make([]int64, 1<<18)
				for k := range v {
					v[k] = int64(k)
				}
				f := numbersForm(head)
				want, _ := f.Encode(nil, v)
				b, err := s.Box(t.Context(), v, f, nil)
				if err != nil {
					t.Fatal(err)
				}
				var others []*Block
				for spilled && b.State() != Spilled {
					o, err := s.Box(t.Context(), make([]int64, 1<<18), f, nil)
					if err != nil {
						t.Fatal(err)
					}
					others = append(others, o)
					synctest.Wait()
				}
				for _, o := range others {
					o.Release()
				}
				synctest.Wait()
				before := s.Stats()
				e, err := b.Encoding(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(bytes.Join(e.Parts(), nil), want) {
					t.Fatal("other bytes")
				}
				data, _ := f.Lend(v)
				if p := e.Parts(); !spilled && head && &p[1][0] != &data[0] {
					t.Error("what could be lent was copied")
				}
				if st := s.Stats(); (spilled || !head) && st.Used < before.Used+2<<20 {
					t.Errorf("the copy is not counted: %d bytes, before %d", st.Used, before.Used)
				}
				e.Release()
				e.Release()
				synctest.Wait()
				if st := b.State(); spilled && head && st != Spilled || !spilled && st != InMemory {
					t.Errorf("the block is %v", st)
				}
				if st := s.Stats(); !(spilled && !head) && st.Used != before.Used {
					t.Errorf("%d bytes are used, before %d", st.Used, before.Used)
				}
				b.Release()
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	})
}
