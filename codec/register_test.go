package codec_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/braid-compute/braid/codec"
)

// polygon and shape have codecs of their own, as a user's types would.
type polygon [][2]int8

type grade int8

type shape interface{ sides() int }

type square struct{ side int }

func (square) sides() int { return 4 }

func init() {
	codec.Register("test/polygon", 2, func(dst []byte, p polygon) ([]byte, error) {
		for _, xy := range p {
			dst = append(dst, byte(xy[0]), byte(xy[1]))
		}
		return dst, nil
	}, func(version uint16, src []byte) (polygon, error) {
		if len(src)%2 != 0 {
			return nil, errors.New("half a corner")
		}
		p := polygon{}
		for i := 0; i < len(src); i += 2 {
			p = append(p, [2]int8{int8(src[i]), int8(src[i+1])})
		}
		return p, nil
	})
	codec.Register("test/grade", 1, func(dst []byte, g grade) ([]byte, error) { return append(dst, byte(g)), nil },
		func(_ uint16, src []byte) (grade, error) { return grade(src[0]), nil })
	codec.Register("test/shape", 1, func(dst []byte, s shape) ([]byte, error) {
		return binary.LittleEndian.AppendUint32(dst, uint32(s.(square).side)), nil
	}, func(_ uint16, src []byte) (shape, error) {
		if len(src) != 4 {
			return nil, errors.New("4 bytes expected")
		}
		return square{int(binary.LittleEndian.Uint32(src))}, nil
	})
}

func TestOwnCodecIsUsedForTheTypeAndInsideNested(t *testing.T) {
	type drawing struct {
		Outline codec.Nested[polygon]
		Shapes  []codec.Nested[shape]
	}
	p := polygon{{1, -1}, {2, 3}}
	if got := roundTrip(t, p); !reflect.DeepEqual(got, p) {
		t.Errorf("got %v", got)
	}
	d := drawing{codec.Nested[polygon]{Value: p}, []codec.Nested[shape]{{Value: square{3}}}}
	if got := roundTrip(t, d); !reflect.DeepEqual(got, d) {
		t.Errorf("got %v", got)
	}
	c, err := codec.For(reflect.TypeFor[shape]())
	if err != nil {
		t.Fatal(err)
	}
	enc, err := c.Append(nil, square{5})
	if err != nil || c.Name() != "test/shape" || c.Version() != 1 {
		t.Fatal(c.Name(), c.Version(), err)
	}
	if got, err := c.Decode(enc, -1); err != nil || got != (square{5}) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := c.Append(nil, 5); err == nil {
		t.Error("an int passed as a shape")
	}
	if err := codec.Check[struct{ P polygon }](); err == nil || !strings.Contains(err.Error(), "codec.Nested[") {
		t.Errorf("a field whose codec would not be called: %v", err)
	}
}

func TestOlderVersionsAreDecodedAndNewerRefused(t *testing.T) {
	enc := mustEncode(polygon{{1, 2}})
	enc[6] = 1
	if _, err := codec.Decode[polygon](enc); err != nil {
		t.Errorf("version 1: %v", err)
	}
	enc[6] = 3
	if _, err := codec.Decode[polygon](enc); !errors.Is(err, codec.ErrFormat) || !strings.Contains(err.Error(), `version 3 of codec test/polygon; this program knows versions 1 to 2`) {
		t.Errorf("version 3: %v", err)
	}
	other := bytes.Replace(mustEncode(polygon{}), []byte("test/polygon"), []byte("test/polygun"), 1)
	if _, err := codec.Decode[polygon](other); err == nil || !strings.Contains(err.Error(), `unknown codec "test/polygun"; this program has registered: `) {
		t.Errorf("another name: %v", err)
	}
}

func TestMisusedRegisterPanicsNamingBothPlaces(t *testing.T) {
	message := func(register func()) (m string) {
		defer func() { m = fmt.Sprint(recover()) }()
		register()
		return "no panic"
	}
	enc := func(dst []byte, _ rune) ([]byte, error) { return dst, nil }
	dec := func(uint16, []byte) (rune, error) { return 0, nil }
	for i, c := range []struct {
		register func()
		want     []string
	}{
		{func() { codec.Register("test/polygon", 1, enc, dec) }, []string{"registered twice", "polygon at ", "int32 at "}},
		{func() {
			codec.Register("test/other", 1, func(dst []byte, _ polygon) ([]byte, error) { return dst, nil },
				func(uint16, []byte) (polygon, error) { return nil, nil })
		}, []string{"two codecs", `"test/polygon" registered at `, `"test/other" at `}},
		{func() { codec.Register("rune", 1, enc, dec) }, []string{"geo/polygon", "register_test.go"}},
		{func() { codec.Register("Test/rune", 1, enc, dec) }, []string{"a-z"}},
		{func() { codec.Register("test/", 1, enc, dec) }, []string{"a-z"}},
		{func() { codec.Register("raw/le", 1, enc, dec) }, []string{"not \"raw/le\""}},
		{func() { codec.Register("test/"+strings.Repeat("x", 255), 1, enc, dec) }, []string{"255"}},
		{func() { codec.Register("test/rune", 0, enc, dec) }, []string{"counts from 1"}},
		{func() { codec.Register("test/rune", 1, nil, dec) }, []string{"both functions"}},
	} {
		m := message(c.register)
		if places := regexp.MustCompile(`register_test\.go:\d+`).FindAllString(m, -1); i < 2 && (len(places) != 2 || places[0] == places[1]) {
			t.Errorf("%q names the places %v", m, places)
		}
		for _, w := range c.want {
			if !strings.Contains(m, w) {
				t.Errorf("%q lacks %q", m, w)
			}
		}
	}
}

type late struct{ N int }

func TestRegisterAfterUseTakesEffect(t *testing.T) {
	if got := mustEncode(late{1}); got[4] != 2 {
		t.Fatalf("codec number %d before registration", got[4])
	}
	codec.Register("test/late", 1, func(dst []byte, l late) ([]byte, error) { return append(dst, byte(l.N)), nil },
		func(_ uint16, src []byte) (late, error) { return late{int(src[0])}, nil })
	if got := roundTrip(t, late{9}); got.N != 9 || mustEncode(late{9})[4] != 3 {
		t.Errorf("the codec registered later is not used: %v", got)
	}
}

type shrinking struct{ N int }

func TestCodecThatDropsBytesIsRefused(t *testing.T) {
	codec.Register("test/shrinking", 1, func([]byte, shrinking) ([]byte, error) { return nil, nil },
		func(uint16, []byte) (shrinking, error) { return shrinking{}, nil })
	if _, err := codec.Encode(nil, shrinking{}); err == nil || !strings.Contains(err.Error(), "must append") {
		t.Errorf("got %v", err)
	}
}

// hexagon implements shape, and has a codec too.
type hexagon uint8

func (hexagon) sides() int { return 6 }

func init() {
	codec.Register("test/hexagon", 1, func(dst []byte, h hexagon) ([]byte, error) { return append(dst, byte(h)), nil },
		func(_ uint16, src []byte) (hexagon, error) {
			if len(src) != 1 {
				return 0, errors.New("1 byte expected")
			}
			return hexagon(src[0]), nil
		})
}

// What a type's own codec wrote is read as an interface type that has one too, if the type implements it.
func TestAnInterfaceTakesWhatItsTypesWrote(t *testing.T) {
	data, err := codec.Encode(nil, hexagon(3))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := codec.Decode[shape](data); err != nil || got != shape(hexagon(3)) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := codec.Decode[shape](append(data, 1)); err == nil {
		t.Errorf("damaged: %v", got)
	}
	other, err := codec.Encode(nil, grade(3))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := codec.Decode[shape](other); !errors.Is(err, codec.ErrFormat) {
		t.Errorf("of a type that is no shape: %v, %v", got, err)
	}
}
