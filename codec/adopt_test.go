package codec_test

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"testing"

	"github.com/braid-compute/braid/codec"
)

func TestHeadAndMemoryAreTheEncoding(t *testing.T) {
	little := binary.NativeEndian.Uint16([]byte{1, 0}) == 1
	for _, v := range []any{[]float64{1, 2, 3}, [][3]int16{{1, 2, 3}, {4, 5, 6}}, []bool{true}, []complex64{1i}, []byte("bytes")} {
		c, err := codec.For(reflect.TypeOf(v))
		if err != nil {
			t.Fatal(err)
		}
		want, err := c.Append(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		s := reflect.ValueOf(v)
		n := s.Len() * int(s.Type().Elem().Size())
		head, ok := c.Head(int64(n))
		if ok != little || ok && !bytes.Equal(append(head, want[len(want)-n:]...), want) {
			t.Errorf("%T: head %x, %v, of %x", v, head, ok, want)
		}
		if _, ok := c.Head(0); ok {
			t.Errorf("%T: an empty slice, which may be nil, has a head", v)
		}
	}
	for _, v := range []any{3, "text", [2]int{}, []string{"a"}, map[int]int{}} {
		c, err := codec.For(reflect.TypeOf(v))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := c.Head(8); ok {
			t.Errorf("%T has a head", v)
		}
	}
}

func TestAdoptGivesWhatDecodeGives(t *testing.T) {
	data := mustEncode([]float64{1, 2, 3})
	v, err := codec.Adopt[[]float64](data)
	if err != nil || !reflect.DeepEqual(v, []float64{1, 2, 3}) {
		t.Fatal(v, err)
	}
	if little := binary.NativeEndian.Uint16([]byte{1, 0}) == 1; little {
		data[len(data)-8] = 1 // the lowest bit of the last number
		if v[2] == 3 {
			t.Error("the numbers were copied")
		}
	}
	shifted := append([]byte{0}, mustEncode([]float64{1, 2, 3})...)[1:]
	if v, err := codec.Adopt[[]float64](shifted); err != nil || !reflect.DeepEqual(v, []float64{1, 2, 3}) {
		t.Error(v, err)
	}
	for _, cut := range []int{0, 10, 20, 31, 40} {
		_, got := codec.Adopt[[]float64](shifted[:cut])
		_, want := codec.Decode[[]float64](shifted[:cut])
		if got == nil || got.Error() != want.Error() {
			t.Errorf("%d bytes: %v, and Decode says %v", cut, got, want)
		}
	}
	if v, err := codec.Adopt[[]float64](mustEncode([]float64(nil))); v != nil || err != nil {
		t.Error(v, err)
	}
	if v, err := codec.Adopt[map[string]int](mustEncode(map[string]int{"a": 1})); v["a"] != 1 || err != nil {
		t.Error(v, err)
	}
	if _, err := codec.Adopt[[]bool](append(mustEncode([]bool{true})[:32], 2)); err == nil {
		t.Error("a bool of 2 is taken")
	}
}
