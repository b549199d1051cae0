package npy_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braid-compute/braid/ndarray"
	"github.com/braid-compute/braid/ndarray/npy"
)

func golden(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// want is what testdata/golden.py put into the file of that type.
func want(t testing.TB, d ndarray.DType) ndarray.Untyped {
	t.Helper()
	base := ndarray.Must(ndarray.FromSlice([]complex128{0, 1 - 0.5i, 2 - 1i, 3 - 1.5i, 4 - 2i, 5 - 2.5i}, 2, 3))
	if d == ndarray.Bool {
		base = ndarray.Map(base, func(z complex128) complex128 { return complex(float64(int(real(z))%2), 0) })
	}
	u, err := ndarray.CastTo(base, d, ndarray.Unsafe)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func same(a, b ndarray.Untyped) bool {
	return a.DType() == b.DType() && slices.Equal(a.Shape(), b.Shape()) && bytes.Equal(ndarray.AppendRaw(nil, a), ndarray.AppendRaw(nil, b))
}

func TestEveryTypeOfNumPysFilesIsRead(t *testing.T) {
	for _, d := range ndarray.DTypes() {
		for _, variant := range []string{"", "_big", "_fortran", "_big_fortran"} {
			name := d.String() + variant + ".npy"
			if _, err := os.Stat(filepath.Join("testdata", name)); err != nil {
				if variant == "" {
					t.Error(err)
				}
				continue
			}
			r := bytes.NewReader(append(golden(t, name), "what follows"...))
			u, err := npy.Read(r)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if !same(u, want(t, d)) {
				t.Errorf("%s: got %v of %v", name, u, u.DType())
			}
			if rest, _ := io.ReadAll(r); string(rest) != "what follows" {
				t.Errorf("%s: the reader was left before %q", name, rest)
			}
		}
	}
}

func TestVersionsAndShapesAreRead(t *testing.T) {
	for _, v := range []string{"version1", "version2", "version3"} {
		if u, err := npy.Read(bytes.NewReader(golden(t, v+".npy"))); err != nil || !same(u, want(t, ndarray.Float64)) {
			t.Errorf("%s: got %v, %v", v, u, err)
		}
	}
	for name, shape := range map[string][]int{"scalar": {}, "empty": {0, 3}, "one_axis": {5}, "many_axes": {1, 2, 1, 3, 1, 2}, "long": {1000}} {
		a, err := npy.ReadAs[uint8](bytes.NewReader(golden(t, "shape_"+name+".npy")))
		if err != nil || !slices.Equal(a.Shape(), shape) {
			t.Errorf("%s: got %v, %v", name, a, err)
		}
	}
	if _, err := npy.ReadAs[int8](bytes.NewReader(golden(t, "float64.npy"))); err == nil || !strings.Contains(err.Error(), "float64, not int8") {
		t.Errorf("another type: %v", err)
	}
}

func TestWhatIsWrittenIsNumPysFile(t *testing.T) {
	files, err := filepath.Glob("testdata/*.npy")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, path := range files {
		name := filepath.Base(path)
		if strings.Contains(name, "refused") || strings.Contains(name, "_big") || name == "version2.npy" || name == "version3.npy" {
			continue
		}
		compared++
		u, err := npy.Read(bytes.NewReader(golden(t, name)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var b bytes.Buffer
		if err := npy.Write(&b, u); err != nil || !bytes.Equal(b.Bytes(), golden(t, name)) {
			t.Errorf("%s: %v, wrote\n%q, NumPy\n%q", name, err, b.Bytes(), golden(t, name))
		}
	}
	if compared < 20 {
		t.Errorf("%d files were compared", compared)
	}
}

func TestUnsupportedTypesAreRefusedClearly(t *testing.T) {
	for name, says := range map[string]string{
		"structured": "several fields", "half": "another width", "text": "text", "bytes": "byte strings",
		"date": "dates", "void": "records", "object": "pickled",
	} {
		u, err := npy.Read(bytes.NewReader(golden(t, "refused_"+name+".npy")))
		if u != nil || !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, %v", name, u, err)
		}
	}
}

// file makes a .npy file of a header and bytes of elements.
func file(header string, elements int) []byte {
	b := append([]byte("\x93NUMPY"), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	return append(append(b, header...), make([]byte, elements)...)
}

func TestMalformedFilesAreRefused(t *testing.T) {
	dict := func(descr, order, shape string) string {
		return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + "}"
	}
	long := append([]byte("\x93NUMPY"), 2, 0, 0xff, 0xff, 0xff, 0xff)
	for name, b := range map[string][]byte{
		"nothing":            nil,
		"other bytes":        []byte("PK\x03\x04 and so on, a zip archive"),
		"version":            append([]byte("\x93NUMPY"), 4, 0, 1, 0, '{'),
		"minor version":      append([]byte("\x93NUMPY"), 1, 1, 1, 0, '{'),
		"4 GiB header":       long,
		"truncated header":   file(dict("'<f8'", "False", "(2,)"), 0)[:30],
		"truncated elements": file(dict("'<f8'", "False", "(2,)"), 15),
		"10 TB":              file(dict("'<f8'", "False", "(1250000000000,)"), 80),
		"overflow":           file(dict("'<f8'", "False", "(4294967296, 4294967296)"), 8),
		"beyond int":         file(dict("'<f8'", "False", "(99999999999999999999,)"), 8),
		"negative":           file(dict("'<f8'", "False", "(-1,)"), 8),
		"order":              file(dict("'<f8'", "0", "(1,)"), 8),
		"shape as list":      file(dict("'<f8'", "False", "[1]"), 8),
		"shape as text":      file(dict("'<f8'", "False", "'(1,)'"), 8),
		"unknown type":       file(dict("'<q8'", "False", "(1,)"), 8),
		"two orders":         file(dict("'<>f8'", "False", "(1,)"), 8),
		"no type":            file(dict("''", "False", "(1,)"), 8),
		"missing":            file("{'descr': '<f8', 'shape': (1,)}", 8),
		"more":               file("{'a': 'b', "+dict("'<f8'", "False", "(1,)")[1:], 8),
		"twice":              file("{'descr': '<f8', "+dict("'<f8'", "False", "(1,)")[1:], 8),
		"something after":    file(dict("'<f8'", "False", "(1,)")+" x", 8),
		"an endless text":    file("{'descr", 8),
		"65 axes":            file(dict("'<f8'", "False", "("+strings.Repeat("1,", 65)+")"), 8),
		"a bool of 2":        append(file(dict("'|b1'", "False", "(1,)"), 0), 2),
	} {
		u, err := npy.Read(bytes.NewReader(b))
		if u != nil || err == nil || name != "a bool of 2" && !errors.Is(err, npy.ErrFormat) {
			t.Errorf("%s: got %v, %v", name, u, err)
		}
	}
	u, err := npy.Read(bytes.NewReader(file("{\"shape\":(2L,1L),'fortran_order':True , 'descr':'=f4'}\n", 8)))
	if err != nil || !slices.Equal(u.Shape(), []int{2, 1}) {
		t.Errorf("another notation: %v, %v", u, err)
	}
}

func TestErrorsOfReadersAndWritersArrive(t *testing.T) {
	broken := errors.New("the disk is on fire")
	b := golden(t, "float64.npy")
	for n := range b {
		r := io.MultiReader(bytes.NewReader(b[:n]), iotestErr{broken})
		if _, err := npy.Read(r); !errors.Is(err, broken) {
			t.Fatalf("reading after %d bytes: %v", n, err)
		}
	}
	for n := range 2 {
		if err := npy.Write(&failing{n, broken}, want(t, ndarray.Float64)); !errors.Is(err, broken) {
			t.Errorf("writing after %d calls: %v", n, err)
		}
	}
}

type iotestErr struct{ err error }

func (r iotestErr) Read([]byte) (int, error) { return 0, r.err }

// failing is a writer that takes a number of calls.
type failing struct {
	calls int
	err   error
}

func (w *failing) Write(p []byte) (int, error) {
	if w.calls--; w.calls < 0 {
		return 0, w.err
	}
	return len(p), nil
}

func TestArchives(t *testing.T) {
	x, y := want(t, ndarray.Float64), ndarray.Must(ndarray.FromSlice([]uint8{0, 1, 2, 3}))
	var own bytes.Buffer
	w := npy.NewArchiveWriter(&own)
	if err := errors.Join(w.Store("x", x), w.Deflate("y", y)); err != nil {
		t.Fatal(err)
	}
	if w.Store("x", y) == nil || w.Store("", y) == nil {
		t.Error("a name was taken twice, or none")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"stored": golden(t, "stored.npz"), "deflated": golden(t, "deflated.npz"), "own": own.Bytes()} {
		a, err := npy.OpenArchive(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !slices.Equal(a.Names(), []string{"x", "y"}) {
			t.Errorf("%s: names %q", name, a.Names())
		}
		for n, want := range map[string]ndarray.Untyped{"x": x, "y": y} {
			if u, err := a.Read(n); err != nil || !same(u, want) {
				t.Errorf("%s: %s: %v, %v", name, n, u, err)
			}
		}
		if _, err := a.Read("z"); err == nil || !strings.Contains(err.Error(), `["x" "y"]`) {
			t.Errorf("%s: an unknown name: %v", name, err)
		}
		if _, err := a.ReadLimit("x", 47); err == nil || !strings.Contains(err.Error(), "48 bytes") {
			t.Errorf("%s: 48 bytes with a limit of 47: %v", name, err)
		}
		if u, err := a.ReadLimit("x", 48); err != nil || !same(u, x) {
			t.Errorf("%s: 48 bytes with a limit of 48: %v", name, err)
		}
	}
	changed := bytes.Replace(golden(t, "stored.npz"), []byte{0, 1, 2, 3}, []byte{0, 1, 2, 4}, 1)
	a, err := npy.OpenArchive(bytes.NewReader(changed), int64(len(changed)))
	if err != nil {
		t.Fatal(err)
	}
	if u, err := a.Read("y"); !errors.Is(err, npy.ErrFormat) {
		t.Errorf("a wrong checksum: %v, %v", u, err)
	}
	if _, err := npy.OpenArchive(strings.NewReader("no archive"), 10); !errors.Is(err, npy.ErrFormat) {
		t.Errorf("no archive: %v", err)
	}
}
