package codec_test

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"math/cmplx"
	"net/netip"
	"net/url"
	"reflect"
	"testing"
	"time"
	"unsafe"

	"github.com/braid-compute/braid/codec"
	"pgregory.net/rapid"
)

type (
	vec     []float64
	celsius float32
	toggle  bool
	point   [3]float64
	label   string
	digest  [32]byte
)

type base struct {
	ID   int
	Note string `cbor:"note,omitzero"`
}

type tree struct {
	Value int
	Kids  []*tree
	Next  *tree
}

type model struct {
	base                             // promoted
	Name   label                     // any bytes
	Rates  map[string]float64        //
	ByID   map[int64][]int8          //
	Grid   [][]float32               //
	Pair   [2]uint16                 //
	Key    digest                    //
	Set    map[point]struct{}        //
	When   time.Time                 //
	Opt    *float64                  //
	Big    *big.Int                  //
	Addr   netip.Addr                // MarshalBinary
	Data   codec.Nested[vec]         //
	Phase  codec.Nested[[]complex64] //
	Tree   *tree                     //
	Raw    []byte                    //
	Flags  []toggle                  //
	hidden int                       `cbor:"-"` //lint:ignore U1000 a field that is left out on purpose
}

// roundTrip encodes v, decodes it, encodes the result and compares the bytes;
// it returns the decoded value.
func roundTrip[T any](t rapid.TB, v T) T {
	t.Helper()
	enc, err := codec.Encode(nil, v)
	if err != nil {
		t.Fatalf("encode %#v: %v", v, err)
	}
	got, err := codec.Decode[T](enc)
	if err != nil {
		t.Fatalf("decode %#v from %x: %v", v, enc, err)
	}
	again, err := codec.Encode([]byte("prefix"), got)
	if err != nil {
		t.Fatalf("encode again: %v", err)
	}
	if !bytes.Equal(again, append([]byte("prefix"), enc...)) {
		t.Fatalf("%#v encodes as %x, what was decoded as %x", v, enc, again)
	}
	return got
}

// sliceProperty draws slices of E, nil and empty ones among them.
func sliceProperty[E any](elem *rapid.Generator[E]) func(*rapid.T) {
	return func(t *rapid.T) {
		var v []E
		if !rapid.Bool().Draw(t, "nil") {
			v = append([]E{}, rapid.SliceOf(elem).Draw(t, "v")...)
		}
		got := roundTrip(t, v)
		if !reflect.DeepEqual(got, v) {
			t.Fatalf("got %#v, want %#v", got, v)
		}
		if len(v) > 0 && !reflect.DeepEqual(roundTrip(t, v[0]), v[0]) {
			t.Fatalf("the scalar %#v changed", v[0])
		}
	}
}

func TestRawSlicesAndScalarsRoundTrip(t *testing.T) {
	t.Run("bool", rapid.MakeCheck(sliceProperty(rapid.Bool())))
	t.Run("named bool", rapid.MakeCheck(sliceProperty(rapid.Map(rapid.Bool(), func(b bool) toggle { return toggle(b) }))))
	t.Run("int", rapid.MakeCheck(sliceProperty(rapid.Int())))
	t.Run("int8", rapid.MakeCheck(sliceProperty(rapid.Int8())))
	t.Run("int16", rapid.MakeCheck(sliceProperty(rapid.Int16())))
	t.Run("int32", rapid.MakeCheck(sliceProperty(rapid.Int32())))
	t.Run("int64", rapid.MakeCheck(sliceProperty(rapid.Int64())))
	t.Run("uint", rapid.MakeCheck(sliceProperty(rapid.Uint())))
	t.Run("uint8", rapid.MakeCheck(sliceProperty(rapid.Uint8())))
	t.Run("uint16", rapid.MakeCheck(sliceProperty(rapid.Uint16())))
	t.Run("uint32", rapid.MakeCheck(sliceProperty(rapid.Uint32())))
	t.Run("uint64", rapid.MakeCheck(sliceProperty(rapid.Uint64())))
	t.Run("float32", rapid.MakeCheck(sliceProperty(rapid.Float32())))
	t.Run("float64", rapid.MakeCheck(sliceProperty(rapid.Float64())))
	t.Run("string", rapid.MakeCheck(sliceProperty(rapid.String())))
	t.Run("complex128", rapid.MakeCheck(sliceProperty(rapid.Custom(drawComplex))))
	t.Run("array", rapid.MakeCheck(sliceProperty(rapid.Custom(func(t *rapid.T) point {
		return point{rapid.Float64().Draw(t, "x"), rapid.Float64().Draw(t, "y"), 1}
	}))))
}

func drawComplex(t *rapid.T) complex128 {
	return complex(rapid.Float64().Draw(t, "re"), rapid.Float64().Draw(t, "im"))
}

func TestStructsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64()
		v := model{
			base:  base{rapid.Int().Draw(t, "id"), rapid.String().Draw(t, "note")},
			Name:  label(rapid.SliceOf(rapid.Byte()).Draw(t, "name")),
			Rates: rapid.MapOf(rapid.String(), f).Draw(t, "rates"),
			ByID:  rapid.MapOf(rapid.Int64(), rapid.SliceOf(rapid.Int8())).Draw(t, "byID"),
			Grid:  rapid.SliceOf(rapid.SliceOf(rapid.Float32())).Draw(t, "grid"),
			Pair:  [2]uint16{rapid.Uint16().Draw(t, "pair"), 7},
			Key:   digest{1: rapid.Byte().Draw(t, "key")},
			Set:   map[point]struct{}{{1, f.Draw(t, "y"), 3}: {}},
			When:  drawTime(t),
			Opt:   rapid.Ptr(f, true).Draw(t, "opt"),
			Big:   new(big.Int).Lsh(big.NewInt(rapid.Int64().Draw(t, "big")), 70),
			Data:  codec.Nested[vec]{Value: rapid.SliceOf(f).Draw(t, "data")},
			Phase: codec.Nested[[]complex64]{Value: []complex64{complex64(drawComplex(t))}},
			Tree:  drawTree(t, 3),
			Raw:   rapid.SliceOf(rapid.Byte()).Draw(t, "raw"),
			Addr:  netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "addr"))),
		}
		got := roundTrip(t, v)
		if !got.When.Equal(v.When) || zone(got.When) != zone(v.When) {
			t.Fatalf("time %v came back as %v", v.When, got.When)
		}
		got.When, v.When = time.Time{}, time.Time{}
		if v.Big.Cmp(got.Big) != 0 {
			t.Fatalf("%v came back as %v", v.Big, got.Big)
		}
		got.Big, v.Big = nil, nil
		if !reflect.DeepEqual(got, v) {
			t.Fatalf("got  %#v\nwant %#v", got, v)
		}
	})
}

func drawTime(t *rapid.T) time.Time {
	sec := rapid.Int64Range(-62e9, 250e9).Draw(t, "sec")
	offset := rapid.IntRange(-14*60, 14*60).Draw(t, "offset") * 60
	return time.Unix(sec, rapid.Int64Range(0, 1e9-1).Draw(t, "ns")).In(time.FixedZone("here", offset))
}

func zone(t time.Time) int { _, offset := t.Zone(); return offset }

func drawTree(t *rapid.T, depth int) *tree {
	if depth == 0 || rapid.Bool().Draw(t, "leaf") {
		return nil
	}
	return &tree{rapid.Int().Draw(t, "value"), []*tree{drawTree(t, depth-1), {Value: 1}}, drawTree(t, depth-1)}
}

func TestFloatBitsAreExact(t *testing.T) {
	doubles := []uint64{0, 1 << 63, 0x7ff0 << 48, 0xfff0 << 48, 0x7ff8 << 48, 0x7ff0_0000_0000_0001, 0xfff8_dead_beef_cafe, 1}
	singles := []uint32{0, 1 << 31, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0x7fc0_1234, 0xffc0_0001, 1}
	type both struct {
		D float64
		S float32
	}
	for i := range doubles {
		d, s := math.Float64frombits(doubles[i]), math.Float32frombits(singles[i])
		if got := roundTrip(t, []float64{d})[0]; math.Float64bits(got) != doubles[i] {
			t.Errorf("raw: %#x came back as %#x", doubles[i], math.Float64bits(got))
		}
		if got := roundTrip(t, s); math.Float32bits(got) != singles[i] {
			t.Errorf("raw: %#x came back as %#x", singles[i], math.Float32bits(got))
		}
		got := roundTrip(t, both{d, s})
		if math.Float64bits(got.D) != doubles[i] || math.Float32bits(got.S) != singles[i] {
			t.Errorf("cbor: %#x, %#x came back as %#x, %#x", doubles[i], singles[i], math.Float64bits(got.D), math.Float32bits(got.S))
		}
	}
	signalling := []float32{0}
	*(*uint32)(unsafe.Pointer(&signalling[0])) = 0x7f80_0001
	if got := math.Float32bits(roundTrip(t, signalling)[0]); got != 0x7f80_0001 {
		t.Errorf("raw: a signalling float32 NaN came back as %#x", got)
	}
	if z := roundTrip(t, cmplx.Inf()); !cmplx.IsInf(z) {
		t.Errorf("complex infinity came back as %v", z)
	}
}

func TestNilAndEmptyStayApart(t *testing.T) {
	type all struct {
		S []string
		B []byte
		M map[string]int
		P *struct{}
		N codec.Nested[[]float64]
	}
	empty := all{[]string{}, []byte{}, map[string]int{}, &struct{}{}, codec.Nested[[]float64]{Value: []float64{}}}
	for _, v := range []all{{}, empty} {
		if got := roundTrip(t, v); !reflect.DeepEqual(got, v) {
			t.Errorf("got %#v, want %#v", got, v)
		}
	}
	if got := roundTrip[*all](t, nil); got != nil {
		t.Errorf("a nil pointer came back as %#v", got)
	}
	if got := roundTrip(t, struct{}{}); got != (struct{}{}) {
		t.Error("the empty struct changed")
	}
}

func TestEqualMapsGiveEqualBytes(t *testing.T) {
	up, down := map[string]int{}, map[string]int{}
	for i := range 200 {
		up[string(rune('a'+i))] = i
		down[string(rune('a'+199-i))] = 199 - i
	}
	a, _ := codec.Encode(nil, up)
	for range 20 {
		if b, _ := codec.Encode(nil, down); !bytes.Equal(a, b) {
			t.Fatal("equal maps gave different bytes")
		}
	}
}

func TestRunTimeRefusals(t *testing.T) {
	cycle := &tree{}
	cycle.Next = cycle
	deep := &tree{}
	for range codec.MaxDepth {
		deep = &tree{Next: deep}
	}
	lmt := time.FixedZone("LMT", 19*60+32)
	zero := time.Time{}
	type opt struct{ At *time.Time }
	for name, encode := range map[string]func() error{
		"cycle":       func() error { _, err := codec.Encode(nil, cycle); return err },
		"deep":        func() error { _, err := codec.Encode(nil, deep); return err },
		"map cycle":   func() error { m := ring{}; m["x"] = m; _, err := codec.Encode(nil, m); return err },
		"odd offset":  func() error { _, err := codec.Encode(nil, time.Unix(0, 0).In(lmt)); return err },
		"far year":    func() error { _, err := codec.Encode(nil, []time.Time{time.Unix(1<<40, 0)}); return err },
		"zero behind": func() error { _, err := codec.Encode(nil, opt{&zero}); return err },
	} {
		if err := encode(); err == nil {
			t.Errorf("%s: encoded without an error", name)
		} else {
			t.Logf("%s: %v", name, err)
		}
	}
	list := &tree{}
	for range codec.MaxDepth - 2 {
		list = &tree{Next: list}
	}
	roundTrip(t, list)
}

type ring map[string]ring

func TestUntypedCodecAgreesWithTyped(t *testing.T) {
	values := []any{1, 2.5, "x", true, []float64{1, 2}, vec{3}, point{1, 2, 3}, celsius(2), map[string]int{"a": 1}, base{1, "n"}, &base{}, []string(nil), complex(1, 2)}
	for _, v := range values {
		c, err := codec.For(reflect.TypeOf(v))
		if err != nil {
			t.Fatal(err)
		}
		enc, err := c.Append(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Decode(enc, codec.DefaultLimit)
		if err != nil || !reflect.DeepEqual(got, v) {
			t.Errorf("%T: got %#v, %v", v, got, err)
		}
		if _, err := c.Append(nil, struct{ X int }{}); err == nil {
			t.Errorf("%T: its codec took another type", v)
		}
		if again, _ := codec.For(reflect.TypeOf(v)); again != c {
			t.Errorf("%T: the codec was computed twice", v)
		}
	}
	typed, _ := codec.Encode(nil, base{1, "n"})
	c, _ := codec.For(reflect.TypeFor[base]())
	if untyped, _ := c.Append(nil, base{1, "n"}); !bytes.Equal(typed, untyped) {
		t.Error("typed and untyped bytes differ")
	}
	if _, err := codec.For(nil); err == nil {
		t.Error("For(nil) gave no error")
	}
}

func TestDecodedMemoryIsNotShared(t *testing.T) {
	enc, _ := codec.Encode(nil, []float64{1, 2, 3})
	got, _ := codec.Decode[[]float64](enc)
	clear(enc)
	if got[2] != 3 {
		t.Error("the decoded slice aliases the input")
	}
	if cap(got) != len(got) {
		t.Errorf("capacity %d for %d elements: append could write into memory of unknown size", cap(got), len(got))
	}
}

func TestErrorsLeaveDstAlone(t *testing.T) {
	dst := []byte("kept")
	out, err := codec.Encode(dst, time.Unix(1<<40, 0))
	if err == nil || string(out) != "kept" {
		t.Errorf("got %q, %v", out, err)
	}
	var bad *codec.UnencodableError
	if _, err = codec.Encode(dst, func() {}); !errors.As(err, &bad) {
		t.Errorf("got %v", err)
	}
}

// pointerMethods has its pair on the pointer, and so must be found on values
// that have no address, such as those of a map.
type pointerMethods struct{ n byte }

func (p *pointerMethods) MarshalBinary() ([]byte, error) { return []byte{p.n}, nil }

func (p *pointerMethods) UnmarshalBinary(b []byte) error {
	if len(b) != 1 {
		return errors.New("one byte expected")
	}
	p.n = b[0]
	return nil
}

func TestTypesWithMethodsRoundTrip(t *testing.T) {
	type all struct {
		URL   url.URL
		Keys  map[netip.Addr]string
		Times map[string]onlyTime
		Ptr   map[int]pointerMethods
		List  []*pointerMethods
		Bare  pointerMethods
		Later *time.Time
		Zero  [][0]float64
	}
	at := time.Date(2024, 2, 29, 12, 0, 0, 5, time.UTC)
	v := all{
		URL:   url.URL{Scheme: "https", Host: "example.org", Path: "/a b"},
		Keys:  map[netip.Addr]string{netip.MustParseAddr("::1"): "v6", netip.MustParseAddr("10.0.0.1"): "v4"},
		Times: map[string]onlyTime{"x": {at}},
		Ptr:   map[int]pointerMethods{1: {2}},
		List:  []*pointerMethods{{3}, nil},
		Bare:  pointerMethods{4},
		Later: &at,
		Zero:  [][0]float64{{}, {}},
	}
	if got := roundTrip(t, v); !reflect.DeepEqual(got, v) {
		t.Errorf("got %+v, want %+v", got, v)
	}
}
