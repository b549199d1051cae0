package array_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

var (
	// archive writes each region into a file of its own.
	archive = array.NewTarget("archive", func(_ context.Context, folder string, r array.Region) error {
		name := ndarray.FormatShape(r.Origin) + " " + ndarray.FormatShape(r.Elements.Shape())
		return os.WriteFile(filepath.Join(folder, name), ndarray.AppendRaw(nil, r.Elements), 0o600)
	})
	// board puts regions into an array in memory.
	board = array.NewTarget("board", func(_ context.Context, to *drawing, r array.Region) error { return to.put(r) })
	// full fails.
	full = array.NewTarget("full", func(context.Context, string, array.Region) error { return errors.New("the archive is full") })
)

type drawing struct {
	mu sync.Mutex
	to *ndarray.Array[int64]
}

func (d *drawing) put(r array.Region) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	items := make([]ndarray.Index, len(r.Origin))
	for k, n := range r.Elements.Shape() {
		items[k] = ndarray.Range(r.Origin[k], r.Origin[k]+n)
	}
	part, err := d.to.Slice(items...)
	if err != nil {
		return err
	}
	return ndarray.Assign(part, r.Elements, ndarray.Safe)
}

func TestTargets(t *testing.T) {
	clients(t, func(t *testing.T, c *braid.Client) {
		a := array.Arange(0, 30, 1).Reshape(array.Shape{5, 6}, array.Chunks(2, 4))
		folder := t.TempDir()
		if err := archive.Store(t.Context(), c, folder, a.T().Add(1)); err != nil {
			t.Fatal(err)
		}
		files, err := os.ReadDir(folder)
		if err != nil || len(files) != 6 {
			t.Fatalf("%v, %v", files, err)
		}
		data, err := os.ReadFile(filepath.Join(folder, "(4, 2) (2, 2)"))
		if err != nil || len(data) != 32 || data[0] != 17 || data[8] != 23 || data[16] != 18 {
			t.Errorf("a region of %v, %v", data, err)
		}
		if err := full.Store(t.Context(), c, "", a); err == nil || !strings.Contains(err.Error(), "the archive is full") {
			t.Errorf("a target that fails: %v", err)
		}
		if err := full.Store(t.Context(), c, "", a.Add(array.Ones(array.Shape{4}))); err == nil || !strings.Contains(err.Error(), "(target_test.go:") {
			t.Errorf("a mistake: %v", err)
		}

		d := &drawing{to: ndarray.New[int64](5, 6)}
		for r, err := range a.Mul(3).Regions(t.Context(), c) {
			if err != nil {
				t.Fatal(err)
			}
			if err := d.put(r); err != nil {
				t.Fatal(err)
			}
		}
		same(t, c, "put together from regions", array.FromNdarray(d.to), a.Mul(3))
		for r, err := range a.Regions(t.Context(), c) {
			if err != nil || len(r.Origin) != 2 || r.Origin[0] != 0 {
				t.Errorf("the first region %v, %v", r, err)
			}
			break
		}
		n := 0
		for _, err := range a.Add(array.Ones(array.Shape{4})).Regions(t.Context(), c) {
			if n++; err == nil || !strings.Contains(err.Error(), "(target_test.go:") {
				t.Errorf("a mistake: %v", err)
			}
		}
		if n != 1 {
			t.Errorf("a mistake is said %d times", n)
		}
	})
	c := open(t, braid.Options{})
	a := array.Arange(0, 30, 1).Reshape(array.Shape{5, 6}, array.Chunks(2, 4))
	d := &drawing{to: ndarray.New[int64](5, 6)}
	if err := board.Store(t.Context(), c, d, a); err != nil {
		t.Fatal(err)
	}
	same(t, c, "drawn in this process", array.FromNdarray(d.to), a)
}
