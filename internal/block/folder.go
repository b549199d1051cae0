package block

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/braid-compute/braid/internal/lock"
)

const folderPrefix = "braid-spill-"

// folder is where one store has its spill files: a folder of mode 0700 in the scratch folder, with a lock that says that its
// owner lives. The owner removes it in the end; if it is killed, the next store that makes one in the same scratch folder
// does.
type folder struct {
	scratch string
	sweeper sync.WaitGroup

	mu   sync.Mutex
	path string // "" before it is made
	lock io.Closer
}

// openFolder makes a folder, at once or, if it is late, when it is needed: that takes as long as thousands of tasks.
func openFolder(scratch string, late bool) (*folder, error) {
	f := &folder{scratch: scratch}
	if !late {
		if _, err := f.make(); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// make returns the path of the folder, which it makes if nobody has, and then removes those of the dead beside it.
func (f *folder) make() (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.path != "" {
		return f.path, nil
	}
	path, err := os.MkdirTemp(f.scratch, folderPrefix) // with mode 0700
	if err != nil {
		return "", fmt.Errorf("block: no spill folder can be made in %s: name a scratch folder that can be written, or none: %w", f.scratch, err)
	}
	owned, err := lock.New(filepath.Join(path, lock.File))
	if err != nil {
		os.RemoveAll(path)
		return "", fmt.Errorf("block: lock the spill folder %s: %w", path, err)
	}
	f.path, f.lock = path, owned
	f.sweeper.Go(func() {
		lock.Sweep(f.scratch, func(other string) bool {
			return other == path || !strings.HasPrefix(filepath.Base(other), folderPrefix)
		})
	})
	return path, nil
}

// close removes the folder with all that is in it.
func (f *folder) close() error {
	f.sweeper.Wait()
	if f.path == "" {
		return nil
	}
	f.lock.Close() // some systems cannot remove an open file
	if err := os.RemoveAll(f.path); err != nil {
		return fmt.Errorf("block: remove the spill folder: %w", err)
	}
	return nil
}
