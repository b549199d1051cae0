//go:build unix

package local

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/launch"
)

func TestAKnownFileIsNotHashed(t *testing.T) {
	stamp, changed := launch.Stamp()
	if stamp == "" {
		t.Skip("files are not told apart here")
	}
	real, err := launch.Code(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{ownFile, hashesFile} {
		folder := t.TempDir()
		told := hashed{stamp, graph.CodeID{1, 2, 3}} // so that it can be told from one that was computed
		if err := writeHashes(folder, name, []hashed{{stamp + "0", graph.CodeID{9}}, told}); err != nil {
			t.Fatal(err)
		}
		if id, err := codeAt(t.Context(), folder); err != nil || id != told.id {
			t.Errorf("%s: code id %x, %v; want %x", name, id, err, told.id)
		}
		if err := writeHashes(folder, name, []hashed{{stamp + "0", told.id}, {"", told.id}}); err != nil {
			t.Fatal(err)
		}
		if id, err := codeAt(t.Context(), folder); err != nil || id != real {
			t.Errorf("%s, of other files: code id %x, %v; want %x", name, id, err, real)
		}
	}
	if id, err := codeAt(t.Context(), ""); err != nil || id != real {
		t.Errorf("without a folder: code id %x, %v; want %x", id, err, real)
	}
	if changed.IsZero() || changed.After(time.Now()) {
		t.Errorf("the file was changed at %v", changed)
	}
}

func TestHashesAreNoted(t *testing.T) {
	folder := t.TempDir()
	now := time.Now()
	for k := range maxHashes + 3 {
		note(folder, hashed{"file", graph.CodeID{byte(k)}}, now.Add(-settled-1), now)
	}
	note(folder, hashed{"young file", graph.CodeID{}}, now.Add(-settled), now)
	list := readHashes(folder, hashesFile)
	if len(list) != maxHashes || list[0] != (hashed{"file", graph.CodeID{3}}) || list[maxHashes-1].id[0] != maxHashes+2 {
		t.Errorf("noted: %v", list)
	}
	write(t, filepath.Join(folder, codeFolder, hashesFile), []byte("\nxy file\n0102 file\n"+list[5].line()+"more"))
	if got := readHashes(folder, hashesFile); !slices.Equal(got, list[5:6]) {
		t.Errorf("of what is no list: %v", got)
	}
}
