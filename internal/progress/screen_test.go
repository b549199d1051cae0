package progress

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestOnlyTerminalsAreLive(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if screenOf(f).live || screenOf(w).live || screenOf(&bytes.Buffer{}).live {
		t.Error("a file, a pipe or a buffer is taken for a terminal")
	}
}
