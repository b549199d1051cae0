package local

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/launch"
)

// Hashing an executable is most of what it takes to attach to a cluster. So the folder of a cluster has the hashes of files that
// processes of this machine have run: that of the cluster's own program in the file own, those of others in the file hashes. A
// process that runs one of these files, as it was then, takes the hash from there. Both go with the cluster.
//
// A file is known by its device, inode, size and times. The cluster's own cannot be another one all the same, since a process runs it
// as long as the cluster is there. Others are noted if they were not changed for some time before they were hashed: what is changed
// later has another time then, however coarse the clock of the file system.
const (
	ownFile    = "own"
	hashesFile = "hashes"
	maxHashes  = 16
	settled    = 2 * time.Second // more than any file system's clock goes on by at a time
)

// hashed is a file that was run, and its hash.
type hashed struct {
	stamp string
	id    graph.CodeID
}

func (h hashed) line() string { return hex.EncodeToString(h.id[:]) + " " + h.stamp + "\n" }

// readHashes returns what a file of the folder of a cluster says, nothing where it cannot be read.
func readHashes(folder, name string) (list []hashed) {
	if folder == "" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(folder, codeFolder, name))
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		id, stamp, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		h := hashed{stamp: stamp}
		if n, err := hex.Decode(h.id[:], []byte(id[:min(len(id), 2*len(h.id))])); err == nil && n == len(h.id) {
			list = append(list, h)
		}
	}
	return list
}

// writeHashes puts a list in the place of a file of the folder of a cluster.
func writeHashes(folder, name string, list []hashed) error {
	dir := filepath.Join(folder, codeFolder)
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	f, err := os.CreateTemp(dir, name+"-")
	if err != nil {
		return err
	}
	for _, h := range list {
		if err == nil {
			_, err = f.WriteString(h.line())
		}
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	return err
}

// writeOwn lets clients know the code id of the cluster's own program.
func writeOwn(folder string, h hashed) error { return writeHashes(folder, ownFile, []hashed{h}) }

// isOwn reports whether a code id is known to be that of the cluster's own program.
func isOwn(folder string, id graph.CodeID) bool {
	own := readHashes(folder, ownFile)
	return len(own) == 1 && own[0].id == id
}

// codeAt returns the code id of this process for the cluster in a folder, which may know it.
func codeAt(ctx context.Context, folder string) (graph.CodeID, error) {
	stamp, changed := launch.Stamp()
	if folder == "" || stamp == "" {
		return launch.Code(ctx)
	}
	for _, h := range append(readHashes(folder, ownFile), readHashes(folder, hashesFile)...) {
		if h.stamp == stamp {
			return h.id, nil
		}
	}
	began := time.Now()
	id, err := launch.Code(ctx)
	if now, _ := launch.Stamp(); err == nil && now == stamp {
		note(folder, hashed{stamp, id}, changed, began)
	}
	return id, err
}

// note adds the hash of a file that was changed and hashed then, unless these are too close to each other. If it fails, the next
// process hashes the file, too.
func note(folder string, h hashed, changed, began time.Time) {
	if began.Sub(changed) > settled {
		list := append(readHashes(folder, hashesFile), h)
		_ = writeHashes(folder, hashesFile, list[max(0, len(list)-maxHashes):])
	}
}
