//go:build unix

package local

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braid-compute/braid/internal/link"
)

// file writes the file of a cluster, changed by a function.
func file(t *testing.T, change func(*clusterFile)) string {
	t.Helper()
	id, err := link.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	issued, err := id.Issue()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	f := clusterFile{Version: clusterFileVersion, Scheduler: "unix:" + filepath.Join(dir, "x.sock"), Identity: string(issued), Pid: 4711}
	change(&f)
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, filepath.Join(dir, ClusterFile), text)
}

func write(t *testing.T, path string, text []byte) string {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatIsNoFileOfAClusterIsRefused(t *testing.T) {
	open := file(t, func(*clusterFile) {})
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	text := func(s string) string { return write(t, filepath.Join(t.TempDir(), "f"), []byte(s)) }
	for name, c := range map[string]struct{ address, says string }{
		"none":              {filepath.Join(t.TempDir(), "none"), "there is no cluster at"},
		"a folder":          {t.TempDir(), "no regular file"},
		"read by others":    {open, "has mode 0644"},
		"empty":             {text(""), "is not the file of a cluster"},
		"something else":    {text("hello"), "is not the file of a cluster"},
		"another form":      {text(`{"version":"one"}`), "is not the file of a cluster"},
		"too long":          {text("{" + strings.Repeat(" ", maxClusterFile) + "}"), "more than 1048576 bytes"},
		"another version":   {file(t, func(f *clusterFile) { f.Version = 9 }), "has version 9, and this program knows version 1"},
		"no credentials":    {file(t, func(f *clusterFile) { f.Identity = "" }), "its credentials"},
		"wrong credentials": {file(t, func(f *clusterFile) { f.Identity = "wrong" }), "its credentials"},
		"dead":              {file(t, func(*clusterFile) {}), "is dead: process 4711"},
		"none inside":       {insidePrefix + "99", `no cluster "99" in this process`},
	} {
		r, err := Attach(c.address)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, %v; want %q", name, r, err, c.says)
		}
	}
}

func FuzzClusterFile(f *testing.F) {
	f.Add([]byte(`{"version":1,"scheduler":"unix:x.sock","identity":"","pid":1}`))
	f.Add([]byte(`{"version":1e99}`))
	f.Add([]byte("null"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(dir, fmt.Sprintf("%p", t))
		defer os.Remove(path)
		got, err := readFile(write(t, path, text))
		if err == nil && got.Version != clusterFileVersion {
			t.Errorf("%q was read as version %d", text, got.Version)
		}
		if err == nil && !bytes.Contains(text, []byte("{")) {
			t.Errorf("%q was read as %+v", text, got)
		}
	})
}

func TestClientsAttachAndTheClusterEnds(t *testing.T) {
	c, err := Start(t.Context(), Options{Processes: 1, Slots: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if info, err := os.Stat(c.File()); err != nil || info.Mode() != 0o600 {
		t.Errorf("the file has mode %v, %v", info.Mode(), err)
	}
	r, err := Attach(c.File())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := r.Connect(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Code() != [32]byte{} {
		t.Errorf("the cluster takes its own program for another: %x", r.Code())
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	for err == nil {
		_, err = conn.Receive() // until it has ended
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if _, err := r.Connect(t.Context(), nil); err == nil {
		t.Error("a cluster that was closed takes clients")
	}
}

// The file of a cluster whose process was killed stays, and so does its folder until another one is made.
func TestAClusterThatWasKilledIsSaidToBeDead(t *testing.T) {
	c, err := Start(t.Context(), Options{Processes: 0, Slots: 1})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(c.File())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	address := write(t, filepath.Join(t.TempDir(), ClusterFile), text)
	if _, err := Attach(address); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("is dead: process %d", os.Getpid())) {
		t.Errorf("%v", err)
	}
}
