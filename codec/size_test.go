package codec_test

import (
	"testing"

	"github.com/braid-compute/braid/codec"
)

func TestSizeIsTheDataWithoutEncoding(t *testing.T) {
	type city struct {
		Lat, Lon float64
		Code     [3]byte
	}
	for _, c := range []struct {
		v     any
		want  int64
		known bool
	}{
		{nil, 0, true}, {"größe", 7, true}, {label("abc"), 3, true}, {true, 1, true}, {int16(1), 2, true},
		{celsius(1), 4, true}, {1, 8, true}, {complex(1, 1), 16, true}, {point{}, 24, true},
		{[]byte{1, 2}, 2, true}, {make([]float64, 5), 40, true}, {make(vec, 5, 100), 40, true}, {make([]float32, 5), 20, true},
		{make([]int, 5), 40, true}, {[]toggle{true}, 1, true}, {make([]complex64, 3), 24, true}, {make([]point, 4), 96, true},
		{vec(nil), 0, true}, {city{}, 24, true}, {make([]city, 3), 72, true}, {[0]string{}, 0, true},
		{[]string{"a"}, 0, false}, {map[int]int{}, 0, false}, {&city{}, 0, false}, {base{}, 0, false}, {[][]float64{{1}}, 0, false},
		{func() {}, 0, false}, {measured{5}, 5, true}, {(*weighed)(nil), 0, true}, {&weighed{7}, 7, true},
	} {
		if got, known := codec.Size(c.v); got != c.want || known != c.known {
			t.Errorf("Size(%T) = %d, %v; want %d, %v", c.v, got, known, c.want, c.known)
		}
	}
	data := any(make(vec, 100))
	if n := testing.AllocsPerRun(100, func() { codec.Size(data) }); n != 0 {
		t.Errorf("Size allocates %v times", n)
	}
}

// measured and weighed say what they take; a nil weighed cannot.
type (
	measured struct{ n int64 }
	weighed  struct{ n int64 }
)

func (m measured) MemorySize() int64 { return m.n }
func (w *weighed) MemorySize() int64 { return w.n }
