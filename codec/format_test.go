package codec_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid/codec"
)

var update = flag.Bool("update", false, "rewrite the golden files from what the code does now")

// encodings returns the values whose bytes are pinned, one a line.
func encodings(t *testing.T) string {
	var b strings.Builder
	line := func(name string, enc []byte, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		fmt.Fprintf(&b, "%s %x\n", name, enc)
	}
	pin := func(name string) func([]byte, error) {
		return func(enc []byte, err error) { line(name, enc, err) }
	}
	pin("bool")(codec.Encode(nil, true))
	pin("int")(codec.Encode(nil, -2))
	pin("uint16")(codec.Encode(nil, uint16(0x1234)))
	pin("float32")(codec.Encode(nil, float32(1.5)))
	pin("complex128")(codec.Encode(nil, complex(1, -1)))
	pin("array")(codec.Encode(nil, point{1, 2, 3}))
	pin("string")(codec.Encode(nil, "größe"))
	pin("bytes")(codec.Encode(nil, []byte{1, 2, 255}))
	pin("float64s")(codec.Encode(nil, []float64{0, math.Copysign(0, -1), math.Inf(1), math.Pi}))
	pin("points")(codec.Encode(nil, []point{{1, 2, 3}, {4, 5, 6}}))
	pin("int32s-nil")(codec.Encode(nil, []int32(nil)))
	pin("int32s-empty")(codec.Encode(nil, []int32{}))
	pin("struct")(codec.Encode(nil, base{7, "x"}))
	pin("map")(codec.Encode(nil, map[string]int{"b": 2, "a": 1, "aa": 3}))
	pin("time")(codec.Encode(nil, time.Date(2013, 3, 21, 20, 4, 0, 0, time.UTC)))
	pin("nested")(codec.Encode(nil, map[string]codec.Nested[[]int16]{"d": {Value: []int16{1, -1}}}))
	pin("own")(codec.Encode(nil, polygon{{0, 1}, {2, 3}}))
	return b.String()
}

func TestGoldenBytes(t *testing.T) {
	const file = "testdata/encodings.golden"
	got := encodings(t)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != strings.ReplaceAll(string(want), "\r\n", "\n") {
		t.Errorf("the format changed; if that is meant, raise a version and run the test with -update\ngot\n%s\nwant\n%s", got, want)
	}
}

// TestPayloadsAgreeWithTheStandard takes its byte facts from RFC 8949,
// appendix A, and builds headers by hand, so that neither side of the
// comparison comes from this package.
func TestPayloadsAgreeWithTheStandard(t *testing.T) {
	type ab struct {
		A int   `cbor:"a"`
		B []int `cbor:"b"`
	}
	type wrap[T any] struct {
		_ struct{} `cbor:",toarray"`
		V T
	}
	big64, _ := new(big.Int).SetString("18446744073709551616", 10)
	check := func(payload string, enc []byte, err error) {
		t.Helper()
		raw, bad := hex.DecodeString(payload)
		if bad != nil {
			t.Fatal(bad)
		}
		want := append([]byte{0xBD, 'v', 1, 0, 2, 0, 1, 0}, binary.LittleEndian.AppendUint64(nil, uint64(len(raw)))...)
		if want = append(want, raw...); err != nil || !bytes.Equal(enc, want) {
			t.Errorf("got %x, %v; want %x", enc, err, want)
		}
	}
	pin := func(payload string) func([]byte, error) {
		return func(enc []byte, err error) { t.Helper(); check(payload, enc, err) }
	}
	pin("a26161016162820203")(codec.Encode(nil, ab{1, []int{2, 3}}))
	pin("a201020304")(codec.Encode(nil, map[int]int{1: 2, 3: 4}))
	pin("a56161614161626142616361436164614461656145")(codec.Encode(nil, map[string]string{"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"}))
	pin("c074323031332d30332d32315432303a30343a30305a")(codec.Encode(nil, time.Date(2013, 3, 21, 20, 4, 0, 0, time.UTC)))
	pin("c249010000000000000000")(codec.Encode(nil, big64))
	pin("c349010000000000000000")(codec.Encode(nil, new(big.Int).Sub(new(big.Int).Neg(big64), big.NewInt(1))))
	pin("f6")(codec.Encode[*bool](nil, nil))
	pin("80")(codec.Encode(nil, []string{}))
	pin("8119012c")(codec.Encode(nil, wrap[int]{V: 300}))
	pin("813903e7")(codec.Encode(nil, wrap[int]{V: -1000}))
	pin("811bffffffffffffffff")(codec.Encode(nil, wrap[uint64]{V: math.MaxUint64}))
	pin("81f93e00")(codec.Encode(nil, wrap[float64]{V: 1.5}))
	pin("81f98000")(codec.Encode(nil, wrap[float64]{V: math.Copysign(0, -1)}))
	pin("81fa47c35000")(codec.Encode(nil, wrap[float64]{V: 100000}))
	pin("81fb3ff199999999999a")(codec.Encode(nil, wrap[float64]{V: 1.1}))
	pin("81f97c00")(codec.Encode(nil, wrap[float64]{V: math.Inf(1)}))
	pin("81f5")(codec.Encode(nil, wrap[bool]{V: true}))
	pin("814401020304")(codec.Encode(nil, wrap[[]byte]{V: []byte{1, 2, 3, 4}}))
	pin("8162c3bc")(codec.Encode(nil, wrap[string]{V: "ü"}))
}

func TestDecodeSaysWhatIsWrong(t *testing.T) {
	enc, err := codec.Encode(nil, []float64{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	change := func(at int, b ...byte) []byte {
		c := bytes.Clone(enc)
		copy(c[at:], b)
		return c
	}
	cases := map[string]struct {
		src  []byte
		want string
	}{
		"empty":          {nil, "0 bytes are too few"},
		"other file":     {[]byte("%PDF-1.4 and so on"), "starts with 0x25"},
		"format":         {change(2, 9), "format version 9; this program knows version 1"},
		"feature":        {change(3, 0x80), "required feature bits 0x80"},
		"codec":          {change(4, 77), "unknown codec number 77; this program knows 1 (raw/le), 2 (cbor)"},
		"other codec":    {change(4, 2), "written by codec cbor; this type uses raw/le"},
		"codec version":  {change(6, 3), "version 3 of codec raw/le; this program knows versions 1 to 1"},
		"no version":     {change(6, 0), "version 0 of codec raw/le"},
		"stray name":     {change(5, 2), "a name of 2 bytes"},
		"missing name":   {change(4, 3, 0), "a name of 0 bytes"},
		"unknown name":   {[]byte("\xBDv\x01\x00\x03\x03\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00x/y"), `unknown codec "x/y"; this program has registered`},
		"truncated":      {enc[:len(enc)-1], "truncated: the payload has 31 of 32 bytes"},
		"trailing":       {append(bytes.Clone(enc), 1, 2), "2 trailing bytes"},
		"limit":          {change(8, 0, 0, 0, 0, 0, 1), "above the limit of 4294967296 bytes"},
		"kind":           {change(16, 10), "elements of float32 × 1; this type has float64 × 1"},
		"unknown kind":   {change(16, 99), "elements of kind 99"},
		"form":           {change(17, 0), "form 0"},
		"reserved":       {change(18, 1), "reserved"},
		"lanes":          {change(20, 3), "float64 × 3"},
		"huge count":     {change(24, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), "18446744073709551615 elements of 8 bytes, and 16 bytes follow"},
		"overflow count": {change(24, 2, 0, 0, 0, 0, 0, 0, 0x20), "and 16 bytes follow"},
	}
	for name, c := range cases {
		_, err := codec.Decode[[]float64](c.src)
		if !errors.Is(err, codec.ErrFormat) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	for n := range enc {
		if _, err := codec.Decode[[]float64](enc[:n]); !errors.Is(err, codec.ErrFormat) {
			t.Errorf("the first %d bytes: %v", n, err)
		}
	}
	if _, err := codec.DecodeLimit[[]float64](enc, 31); err == nil {
		t.Error("a payload of 32 bytes passed a limit of 31")
	}
	if _, err := codec.DecodeLimit[[]float64](enc, 32); err != nil {
		t.Error(err)
	}
}

// payload puts a cbor payload behind a header.
func payload(hexBytes string) []byte {
	raw, err := hex.DecodeString(hexBytes)
	if err != nil {
		panic(err)
	}
	h := append([]byte{0xBD, 'v', 1, 0, 2, 0, 1, 0}, binary.LittleEndian.AppendUint64(nil, uint64(len(raw)))...)
	return append(h, raw...)
}

func TestCBORThatWeWouldNotWriteIsRefused(t *testing.T) {
	for name, in := range map[string]string{
		"empty":             "",
		"truncated map":     "a2024944",
		"huge array":        "a1644e6f74659bffffffffffffffff",
		"indefinite length": "bf62494401ff",
		"duplicate field":   "a2624944016249440 2",
		"unknown field":     "a1625a5a01",
		"other case":        "a162696401",
		"trailing":          "a000",
		"wrong type":        "a162494461 61",
		"overflow":          "a16249441bffffffffffffffff",
	} {
		v, err := codec.Decode[base](payload(strings.ReplaceAll(in, " ", "")))
		if !errors.Is(err, codec.ErrFormat) {
			t.Errorf("%s: got %+v, %v", name, v, err)
		}
	}
	if _, err := codec.Decode[[]bool](mustEncode([]uint8{1})); err == nil {
		t.Error("uint8 elements were taken as bools")
	}
	bad := mustEncode([]bool{true})
	bad[len(bad)-1] = 2
	if _, err := codec.Decode[[]bool](bad); !errors.Is(err, codec.ErrFormat) {
		t.Errorf("a bool of 2: %v", err)
	}
}

func mustEncode[T any](v T) []byte {
	enc, err := codec.Encode(nil, v)
	if err != nil {
		panic(err)
	}
	return enc
}
