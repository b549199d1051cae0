package ndarray_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/braid-compute/braid/codec"
	nd "github.com/braid-compute/braid/ndarray"
)

// same compares type, shape and bits.
func same(a, b nd.Untyped) bool {
	return a.DType() == b.DType() && slices.Equal(a.Shape(), b.Shape()) && bytes.Equal(nd.AppendRaw(nil, a), nd.AppendRaw(nil, b))
}

// arrays are of all types, in several shapes and layouts.
func arrays(t testing.TB) []nd.Untyped {
	t.Helper()
	special := nd.Must(nd.FromSlice([]float64{math.NaN(), math.Inf(-1), math.Copysign(0, -1), 5e-324}))
	out := []nd.Untyped{special, nd.Scalar(int8(-3)), nd.New[uint16](0, 4), nd.New[bool]()}
	for _, d := range nd.DTypes() {
		u, err := nd.CastTo(counted(2, 3), d, nd.Unsafe)
		if err != nil {
			t.Fatal(err)
		}
		turned, err := u.Layout().Transpose()
		if err != nil {
			t.Fatal(err)
		}
		v, err := nd.View(u, turned)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, u, v)
	}
	return out
}

// What is adopted is what is decoded, and in the bytes that it came in; what is refused is refused by both.
func TestArraysAreAdopted(t *testing.T) {
	for _, u := range arrays(t) {
		if d := u.DType(); u.Size() == 0 || d != nd.Float64 && d != nd.Bool {
			continue
		}
		c, err := codec.For(reflect.TypeOf(u))
		if err != nil {
			t.Fatal(err)
		}
		b, err := c.Append(nil, u)
		if err != nil {
			t.Fatal(err)
		}
		shifted := append(make([]byte, 1, 1+len(b)), b...)[1:]
		v, err := c.Adopt(b)
		if err != nil || !same(v.(nd.Untyped), u) {
			t.Fatalf("adopted %v, %v, wanted %v", v, err, u)
		}
		b[len(b)-1] ^= 1
		if same(v.(nd.Untyped), u) {
			t.Errorf("%v is not in the memory that it was adopted from", u)
		}
		if b[len(b)-1] = 7; u.DType() == nd.Bool {
			if _, err := c.Adopt(b); !errors.Is(err, codec.ErrFormat) {
				t.Errorf("a bool of 7: %v", err)
			}
		}
		if _, err := c.Adopt(b[:len(b)-1]); !errors.Is(err, codec.ErrFormat) {
			t.Errorf("cut short: %v", err)
		}
		if v, err := c.Adopt(shifted); err != nil || !same(v.(nd.Untyped), u) {
			t.Errorf("at an odd address: %v, %v", v, err)
		}
	}
}

func encodeAs(t testing.TB, c *codec.Codec, v any) []byte {
	t.Helper()
	b, err := c.Append(nil, v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func encode[V any](t testing.TB, v V) []byte {
	t.Helper()
	b, err := codec.Encode(nil, v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestArraysTravel(t *testing.T) {
	for _, u := range arrays(t) {
		b := encode(t, u)
		back, err := codec.Decode[nd.Untyped](b)
		if err != nil || !same(u, back) || !back.Layout().IsContiguous() {
			t.Errorf("%v of %v came back as %v, %v", u, u.DType(), back, err)
		}
		if n := u.Size() * u.DType().Size(); (len(b)-n)%16 != 0 {
			t.Errorf("%v: elements begin at byte %d", u.Shape(), len(b)-n)
		}
	}
	type job struct {
		Name string
		Data codec.Nested[*nd.Array[complex64]]
	}
	j := job{"waves", codec.Nested[*nd.Array[complex64]]{Value: nd.Full(complex64(2i), 3, 1)}}
	back, err := codec.Decode[job](encode(t, j))
	if err != nil || !same(j.Data.Value, back.Data.Value) {
		t.Errorf("in a struct: %v, %v", back, err)
	}
	if back, err := codec.Decode[*nd.Array[int8]](encode[*nd.Array[int8]](t, nil)); back != nil || err != nil {
		t.Errorf("nil came back as %v, %v", back, err)
	}
	if _, err := codec.Encode(nil, new(nd.Array[int8])); err == nil {
		t.Error("a zero Array was encoded")
	}
	if back, err := codec.Decode[nd.Untyped](encode[nd.Untyped](t, nil)); back != nil || err != nil {
		t.Errorf("no array came back as %v, %v", back, err)
	}
}

func TestEveryElementTypeHasACodec(t *testing.T) {
	checks := []error{
		codec.Check[*nd.Array[bool]](), codec.Check[*nd.Array[int8]](), codec.Check[*nd.Array[int16]](), codec.Check[*nd.Array[int32]](),
		codec.Check[*nd.Array[int64]](), codec.Check[*nd.Array[uint8]](), codec.Check[*nd.Array[uint16]](), codec.Check[*nd.Array[uint32]](),
		codec.Check[*nd.Array[uint64]](), codec.Check[*nd.Array[float32]](), codec.Check[*nd.Array[float64]](), codec.Check[*nd.Array[complex64]](),
		codec.Check[*nd.Array[complex128]](),
	}
	if err := errors.Join(checks...); err != nil || len(checks) != len(nd.DTypes()) {
		t.Error(err)
	}
}

// testdata/encodings.golden holds the bytes of docs/format/ndarray.md.
func TestTheEncodedFormStays(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(&b, "float64 %x\n", encode(t, nd.Must(nd.FromSlice([]float64{1, -0.5}, 1, 2))))
	fmt.Fprintf(&b, "bool %x\n", encode(t, nd.Scalar(true)))
	fmt.Fprintf(&b, "untyped int16 %x\n", encode[nd.Untyped](t, nd.Must(nd.FromSlice([]int16{1, -2, 3}))))
	fmt.Fprintf(&b, "nil %x\n", encode[*nd.Array[int8]](t, nil))
	want, err := os.ReadFile("testdata/encodings.golden")
	if err != nil || b.String() != string(want) {
		t.Errorf("%v; the bytes are now\n%s", err, b.String())
	}
	for line := range strings.Lines(string(want)) {
		if text, ok := strings.CutPrefix(line, "float64 "); ok {
			mem, err := hex.DecodeString(strings.TrimSpace(text))
			if err != nil {
				t.Fatal(err)
			}
			if a, err := codec.Decode[*nd.Array[float64]](mem); err != nil || a.String() != "[[ 1.  -0.5]]" {
				t.Errorf("the golden bytes read as %v, %v", a, err)
			}
		}
	}
}

func TestMalformedArraysAreRefused(t *testing.T) {
	good := encode(t, nd.Must(nd.FromSlice([]float64{1, 2}, 1, 2)))
	payload := 16 + len("ndarray/float64")
	change := func(at int, v byte) []byte {
		b := slices.Clone(good)
		b[payload+at] = v
		return b
	}
	huge := slices.Clone(good)
	binary.LittleEndian.PutUint64(huge[payload+4:], 1<<40)
	overflow := slices.Clone(huge)
	binary.LittleEndian.PutUint64(overflow[payload+12:], 1<<40)
	negative := slices.Clone(good)
	binary.LittleEndian.PutUint64(negative[payload+4:], math.MaxUint64)
	flags := encode(t, nd.New[bool](2))
	flags[len(flags)-1] = 2
	for name, b := range map[string][]byte{
		"another type": change(0, byte(nd.Int64)), "no type": change(0, 0), "unknown type": change(0, 99), "65 axes": change(1, 65),
		"wrong padding": change(2, 9), "reserved byte": change(3, 1), "padding with content": change(20, 1), "8 TB": huge, "overflow": overflow, "negative": negative,
		"fewer axes": change(1, 1), "more axes": change(1, 3),
	} {
		if a, err := codec.Decode[*nd.Array[float64]](b); a != nil || !errors.Is(err, codec.ErrFormat) {
			t.Errorf("%s: got %v, %v", name, a, err)
		}
	}
	if a, err := codec.Decode[*nd.Array[bool]](flags); a != nil || !errors.Is(err, codec.ErrFormat) {
		t.Errorf("a bool of 2: got %v, %v", a, err)
	}
}

func TestRawElementsGoAndCome(t *testing.T) {
	for _, u := range arrays(t) {
		var b bytes.Buffer
		if err := nd.WriteRaw(&b, u); err != nil || !bytes.Equal(b.Bytes(), nd.AppendRaw(nil, u)) {
			t.Errorf("%v: %v", u, err)
		}
		back, err := nd.ReadRaw(io.MultiReader(&b), binary.LittleEndian, u.DType(), u.Shape()...)
		if err != nil || !same(u, back) {
			t.Errorf("%v of %v came back as %v, %v", u, u.DType(), back, err)
		}
	}
	big, err := nd.ReadRaw(bytes.NewReader([]byte{0, 1, 0, 2}), binary.BigEndian, nd.Uint16, 2)
	if err != nil || big.String() != "[1 2]" {
		t.Errorf("big-endian: %v, %v", big, err)
	}
	// Larger than a piece, not contiguous, read from a reader of unknown length.
	large := counted(700, 300)
	turned := large.T()
	back, err := nd.ReadRaw(io.MultiReader(bytes.NewReader(nd.AppendRaw(nil, turned))), binary.LittleEndian, nd.Int64, 300, 700)
	if err != nil || !same(back, turned) {
		t.Errorf("%v", err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "raw"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString("head"); err != nil {
		t.Fatal(err)
	}
	if err := nd.WriteRaw(file, turned); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Seek(4, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	back, err = nd.ReadRaw(file, binary.LittleEndian, nd.Int64, 300, 700)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; err != nil || !same(back, turned) || got > 8*300*700+1<<18 {
		t.Errorf("from a file: %v, after allocating %d bytes", err, got)
	}
	runtime.ReadMemStats(&before)
	_, err = nd.ReadRaw(strings.NewReader("a few bytes"), binary.LittleEndian, nd.Float64, 1<<40)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, io.ErrUnexpectedEOF) || got > 4<<20 {
		t.Errorf("8 TB of claims: %v, after allocating %d bytes", err, got)
	}
}

// FuzzDecode shows that no input makes a reader panic or allocate out of
// proportion, and that what is accepted has one encoding.
func FuzzDecode(f *testing.F) {
	for _, u := range arrays(f) {
		f.Add(encode(f, u))
	}
	f.Add(encode(f, nd.New[float64](3, 2)))
	f.Add(encode(f, nd.New[bool](3, 2)))
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		u, err := codec.Decode[nd.Untyped](b)
		// What was written as the type that it has is read as that.
		if err == nil && bytes.Contains(b[:min(len(b), 64)], []byte("ndarray/untyped")) && !bytes.Equal(encode(t, u), b) {
			t.Errorf("accepted %x, wrote %x", b, encode(t, u))
		}
		a, err := codec.Decode[*nd.Array[float64]](b)
		if err == nil && !bytes.Equal(encode(t, a), b) {
			t.Errorf("accepted %x, wrote %x", b, encode(t, a))
		}
		c, err := codec.Decode[*nd.Array[bool]](b)
		if err == nil && !bytes.Equal(encode(t, c), b) {
			t.Errorf("accepted %x, wrote %x", b, encode(t, c))
		}
		for _, typ := range []reflect.Type{reflect.TypeFor[*nd.Array[float64]](), reflect.TypeFor[*nd.Array[bool]]()} {
			typed, err := codec.For(typ)
			if err != nil {
				t.Fatal(err)
			}
			copied, err := typed.Decode(b, -1)
			adopted, e := typed.Adopt(b)
			if (err == nil) != (e == nil) || err == nil && !bytes.Equal(encodeAs(t, typed, adopted), encodeAs(t, typed, copied)) {
				t.Errorf("%x is decoded as %v, %v, and adopted as %v, %v", b, copied, err, adopted, e)
			}
		}
		runtime.ReadMemStats(&after)
		if got, most := after.TotalAlloc-before.TotalAlloc, uint64(4<<20+50*len(b)); got > most {
			t.Errorf("%d bytes of input made %d bytes of allocations", len(b), got)
		}
	})
}
