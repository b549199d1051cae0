package block

import (
	"errors"
	"strings"
	"testing"
)

func TestSizesAreLearnedFromSamples(t *testing.T) {
	form, encoded := textForm(), 0
	encode := form.Encode
	form.Encode = func(dst []byte, v any) ([]byte, error) { encoded++; return encode(dst, v) }
	for k := range 1000 {
		n := 1000
		if k >= 300 {
			n = 2000 // which the samples after it show
		}
		if got := form.size(strings.Repeat("x", n)); k < 300 && got != 1000 || got < 1000 || got > 2000 {
			t.Fatalf("value %d of %d bytes is counted with %d", k, n, got)
		}
	}
	if encoded != 10+1 { // 1, 2, 4 … 512 and, of the multiples of 256, those that are no power of two
		t.Errorf("%d of 1000 values were encoded", encoded)
	}
	if got := form.size("x"); got <= 1400 {
		t.Errorf("after values of 2000 bytes, one is counted with %d", got)
	}
	form.Size = func(any) (int64, bool) { return 7, true }
	if got := form.size("x"); got != 7 {
		t.Errorf("a known size is counted as %d", got)
	}
	broken := &Form{Name: "broken", Encode: func([]byte, any) ([]byte, error) { return nil, errors.New("no") }}
	if got := broken.size(1); got != 0 {
		t.Errorf("a value that cannot be encoded is counted with %d", got)
	}
	if got := new(Form).size(1); got != 0 {
		t.Errorf("a value without an encoder is counted with %d", got)
	}
}
