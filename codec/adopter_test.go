package codec_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/braid-compute/braid/codec"
)

// page is a value whose text is in the memory that it is adopted from.
type page struct{ text []byte }

var errBlank = errors.New("a page without text")

func init() {
	codec.Register("codec-test/page", 1,
		func(dst []byte, p page) ([]byte, error) { return append(dst, p.text...), nil },
		func(_ uint16, src []byte) (page, error) { return page{append([]byte(nil), src...)}, nil })
	codec.RegisterAdopter(func(_ uint16, src []byte) (page, error) {
		if len(src) == 0 {
			return page{}, errBlank
		}
		return page{src}, nil
	})
}

func TestAnAdoptedValueIsInTheMemoryThatItCameIn(t *testing.T) {
	c, err := codec.For(reflect.TypeFor[page]())
	if err != nil || !c.Adopts() {
		t.Fatalf("%v, adopts: %v", err, c.Adopts())
	}
	src, err := c.Append(nil, page{[]byte("once")})
	if err != nil {
		t.Fatal(err)
	}
	adopted, err := c.Adopt(src)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := c.Decode(src, -1)
	if err != nil {
		t.Fatal(err)
	}
	src[len(src)-1] = 'x'
	if have := fmt.Sprintf("%s %s", adopted.(page).text, copied.(page).text); have != "oncx once" {
		t.Errorf("have %s", have)
	}
}

func TestAnAdopterRefusesWhatIsDamaged(t *testing.T) {
	c, err := codec.For(reflect.TypeFor[page]())
	if err != nil {
		t.Fatal(err)
	}
	blank, err := c.Append(nil, page{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Adopt(blank); !errors.Is(err, errBlank) {
		t.Errorf("without text: %v", err)
	}
	if _, err := c.Adopt(blank[:8]); !errors.Is(err, codec.ErrFormat) {
		t.Errorf("cut short: %v", err)
	}
	numbers, err := codec.For(reflect.TypeFor[[]float64]())
	if err != nil {
		t.Fatal(err)
	}
	src, err := numbers.Append(nil, []float64{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := numbers.Adopt(src); err != nil || numbers.Adopts() || !reflect.DeepEqual(v, []float64{1, 2}) {
		t.Errorf("of a type that has none: %v, %v", v, err)
	}
}

func TestAnAdopterNeedsACodec(t *testing.T) {
	type lone struct{ X int }
	defer func() {
		if recover() == nil {
			t.Error("a type without a codec of its own got one")
		}
	}()
	codec.RegisterAdopter(func(uint16, []byte) (lone, error) { return lone{}, nil })
}
