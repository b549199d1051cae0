package array_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
	"github.com/braid-compute/braid/ndarray/npy"
)

// saved writes an array as a file and returns its path.
func saved(t *testing.T, u ndarray.Untyped) string {
	path := filepath.Join(t.TempDir(), "a.npy")
	var b bytes.Buffer
	if err := npy.Write(&b, u); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// same compares two arrays bit for bit.
func same(t *testing.T, c *braid.Client, name string, got, want *array.Array) {
	t.Helper()
	all, err := array.Compute(t.Context(), c, got, want)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if all[0].DType() != all[1].DType() || !bytes.Equal(ndarray.AppendRaw(nil, all[0]), ndarray.AppendRaw(nil, all[1])) {
		t.Errorf("%s:\n%v\nwant\n%v", name, all[0], all[1])
	}
}

func TestFiles(t *testing.T) {
	u := filled(4, 7, 6, 5)
	turned, err := u.Transpose()
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{saved(t, u), saved(t, turned)} // the second in Fortran order
	folder := t.TempDir()
	clients(t, func(t *testing.T, c *braid.Client) {
		for i, whole := range []ndarray.Untyped{u, turned} {
			memory := array.FromNdarray(whole)
			for _, chunks := range []array.Option{array.Chunks(-1), array.Chunks(2), array.Chunks(-1, 2, 4)} {
				a := array.FromNpy(paths[i], chunks)
				same(t, c, "all", a, memory)
				same(t, c, "a program", a.Mul(2).Add(a.Flip(1)).Sum(), memory.Mul(2).Add(memory.Flip(1)).Sum())
				same(t, c, "a slice", a.Slice(ndarray.Range(1, 6).By(2), ndarray.At(-1)), memory.Slice(ndarray.Range(1, 6).By(2), ndarray.At(-1)))
				same(t, c, "a reshape", a.Reshape(array.Shape{10, 21}).T(), memory.Reshape(array.Shape{10, 21}).T())
				same(t, c, "cumulative sums", a.CumSum(1), memory.CumSum(1))
				same(t, c, "a product", a.MatMul(a.SwapAxes(1, 2)), memory.MatMul(memory.SwapAxes(1, 2)))
				same(t, c, "elements taken", a.Take([]int{3, 0}, 1), memory.Take([]int{3, 0}, 1))
				same(t, c, "two joined", array.Concatenate(0, a, a), array.Concatenate(0, memory, memory))
				to := filepath.Join(folder, "stored.npy")
				if err := a.Add(1).Store(t.Context(), c, to); err != nil {
					t.Fatal(err)
				}
				same(t, c, "stored", array.FromNpy(to), memory.Add(1))
			}
		}
	})
	if left, err := filepath.Glob(filepath.Join(folder, "*.part")); err != nil || left != nil {
		t.Errorf("what was being written is left: %v %v", left, err)
	}
	a := array.FromNpy(paths[0], array.Chunks(1))
	if n, err := a.Slice(ndarray.At(2)).Sum().Tasks(); err != nil || n != 30+2+1 {
		t.Errorf("the sum of a plane of 30 chunks takes %d tasks (%v): those of the others should not be read", n, err)
	}
}

func TestBigEndianFilesAndArchives(t *testing.T) {
	c := open(t, braid.Options{})
	header := npy.Header{DType: ndarray.Int32, Shape: []int{2, 2}}.Append(nil)
	header = bytes.Replace(header, []byte("<i4"), []byte(">i4"), 1)
	path := filepath.Join(t.TempDir(), "big.npy")
	if err := os.WriteFile(path, append(header, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff), 0o600); err != nil {
		t.Fatal(err)
	}
	want := array.FromSlice([]int32{1, 2, 256, -1}).Reshape(array.Shape{2, 2})
	same(t, c, "big-endian", array.FromNpy(path, array.Chunks(1)), want)

	path = filepath.Join(t.TempDir(), "all.npz")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := npy.NewArchiveWriter(file)
	u := filled(1, 5, 4)
	for name, add := range map[string]func(string, ndarray.Untyped) error{"plain": w.Store, "packed": w.Deflate} {
		if err := add(name, u); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"plain", "packed"} {
		same(t, c, name, array.FromNpz(path, name, array.Chunks(2)).T(), array.FromNdarray(u).T())
	}
	if err := array.FromNpz(path, "none").Err(); err == nil || !strings.Contains(err.Error(), `"plain"`) {
		t.Errorf("a missing array: %v", err)
	}
}

func TestFilesThatAreNotWhatTheyWere(t *testing.T) {
	c := open(t, braid.Options{})
	path := saved(t, filled(1, 4, 4))
	a := array.FromNpy(path)
	if err := os.WriteFile(path, []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Sum().Compute(t.Context(), c); err == nil || !strings.Contains(err.Error(), "not the file that it was") || !strings.Contains(err.Error(), "file_test.go:") {
		t.Errorf("a file that was changed: %v", err)
	}
	for name, err := range map[string]error{
		"no file":       array.FromNpy(filepath.Join(t.TempDir(), "none.npy")).Err(),
		"another file":  array.FromNpy(path).Err(),
		"a short file":  array.FromNpy(short(t)).Err(),
		"a lost folder": array.Ones(array.Shape{2}).Store(t.Context(), c, filepath.Join(path, "a.npy")),
	} {
		if err == nil || !strings.Contains(err.Error(), "(file_test.go:") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func short(t *testing.T) string {
	path := saved(t, filled(1, 4, 4))
	if err := os.Truncate(path, 200); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestStoreReplacesFilesOnly checks targets that are no files: nothing is computed for them, and they stay what they are.
func TestStoreReplacesFilesOnly(t *testing.T) {
	folder := t.TempDir()
	c, err := braid.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	never := array.MapBlocks(mustNotRun, array.Ones(array.Shape{4}))
	for path, want := range map[string]string{
		folder:                                 "is there and no file",
		os.DevNull:                             "is there and no file",
		"":                                     "the path is empty",
		filepath.Join(folder, "none", "a.npy"): filepath.Join("none", "a.npy.part"),
	} {
		err := never.Store(t.Context(), c, path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "array.Store (file_test.go:") {
			t.Errorf("a store to %q: want %q and the line: %v", path, want, err)
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("%v are left, %v", left, err)
	}
	path := filepath.Join(folder, "a.npy")
	for n := range 2 {
		if err := array.Full(n, array.Shape{4}).Store(t.Context(), c, path); err != nil {
			t.Fatal(err)
		}
		if got, err := array.Value[int64](t.Context(), c, array.FromNpy(path).Sum()); err != nil || got != int64(4*n) {
			t.Errorf("store %d: %d, %v", n, got, err)
		}
	}
}

var mustNotRun = braid.Func("array_test/must-not-run", func(context.Context, *ndarray.Array[float64]) (*ndarray.Array[float64], error) {
	panic("a task of a store that cannot be written has run")
})
