package npy_test

import (
	"bytes"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/braid-compute/braid/ndarray/npy"
)

// FuzzRead shows that no input makes Read panic or allocate out of proportion,
// and that what it accepts is written and read back as it is.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.npy")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		f.Add(golden(f, filepath.Base(path)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		u, err := npy.Read(bytes.NewReader(b))
		runtime.ReadMemStats(&after)
		if got, most := after.TotalAlloc-before.TotalAlloc, uint64(4<<20+20*len(b)); got > most {
			t.Errorf("%d bytes of input made %d bytes of allocations", len(b), got)
		}
		if err != nil {
			return
		}
		var w bytes.Buffer
		if err := npy.Write(&w, u); err != nil {
			t.Fatal(err)
		}
		again, err := npy.Read(&w)
		if err != nil || !same(u, again) {
			t.Fatalf("%v of %v came back as %v, %v", u.Shape(), u.DType(), again, err)
		}
	})
}

// FuzzArchive shows the same for archives.
func FuzzArchive(f *testing.F) {
	f.Add(golden(f, "stored.npz"))
	f.Add(golden(f, "deflated.npz"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := npy.OpenArchive(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, name := range a.Names() {
			u, err := a.ReadLimit(name, 1<<16)
			if err == nil && u.Size()*u.DType().Size() > 1<<16 {
				t.Errorf("%s: %v of %v is above the limit", name, u.Shape(), u.DType())
			}
		}
	})
}
