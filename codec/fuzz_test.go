package codec_test

import (
	"bytes"
	"runtime"
	"testing"
	"time"

	"github.com/braid-compute/braid/codec"
)

// readers decode arbitrary bytes as one type each. They return the value
// encoded again, or nil if the input was refused.
var readers = []func([]byte) ([]byte, error){
	reader[[]float64], reader[string], reader[[]bool], reader[point], reader[[]point], reader[complex64],
	reader[base], reader[model], reader[*tree], reader[map[string][]int], reader[[]string],
	reader[time.Time], reader[polygon], reader[map[int]codec.Nested[[]int16]],
}

func reader[T any](src []byte) ([]byte, error) {
	v, err := codec.Decode[T](src)
	if err != nil {
		return nil, nil
	}
	return codec.Encode(nil, v)
}

// FuzzDecode shows that no input makes Decode panic or allocate out of
// proportion, and that what it accepts has one stable encoding.
func FuzzDecode(f *testing.F) {
	for _, seed := range [][]byte{
		mustEncode([]float64{1, 2}), mustEncode("text"), mustEncode([]bool{true}), mustEncode(point{1}), mustEncode([]point{{2}}),
		mustEncode(complex64(1)), mustEncode(base{1, "a"}), mustEncode(model{}), mustEncode(&tree{Next: &tree{}}),
		mustEncode(map[string][]int{"a": {1}}), mustEncode([]string{"x"}), mustEncode(time.Unix(0, 0).UTC()),
		mustEncode(polygon{{1, 2}}), mustEncode(map[int]codec.Nested[[]int16]{1: {Value: []int16{3}}}),
		payload("9bffffffffffffffff"), payload("a1644b6964739a7fffffff"), payload("818181818181818181818181"),
	} {
		for i := range readers {
			f.Add(uint8(i), seed)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, src []byte) {
		read := readers[int(which)%len(readers)]
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		enc, err := read(src)
		runtime.ReadMemStats(&after)
		// The widest type here, model, takes some 400 bytes for an item of one byte.
		if got, most := after.TotalAlloc-before.TotalAlloc, uint64(1<<20+2000*len(src)); got > most {
			t.Errorf("%d bytes of input made %d bytes of allocations", len(src), got)
		}
		if err != nil {
			t.Skip("a foreign time that we read and refuse to write")
		}
		if enc == nil {
			return
		}
		again, err := read(enc)
		if err != nil || !bytes.Equal(again, enc) {
			t.Fatalf("accepted %x, wrote %x, then %x (%v)", src, enc, again, err)
		}
	})
}
