package local

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/launch"
)

// Programs of other builds than the cluster's are admitted by their executables. A client puts a copy of its own into the
// folder code of the cluster under a name that ends with offered; the cluster hashes it and, if the hash is the code id
// that the client goes by, gives it that id as its name. Only what has such a name is run by workers, and they hash it once
// more whenever they start it.
//
// The cluster's own program is not among them, since workers have its code.
const (
	codeFolder = "code"
	offered    = ".new"
)

// notAdmitted begins the reason for which a client is refused that is to offer its executable.
const notAdmitted = "its code is not admitted yet: "

// codePath returns where the executable of a code id lies in the folder of a cluster.
func codePath(folder string, id graph.CodeID) string {
	return filepath.Join(folder, codeFolder, hex.EncodeToString(id[:]))
}

// offerCode puts a copy of this process's executable where the cluster looks for it, and returns what takes it back if the
// cluster has not.
func offerCode(folder string, id graph.CodeID) (takeBack func(), err error) {
	if err := os.Mkdir(filepath.Join(folder, codeFolder), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	room, err := os.MkdirTemp(filepath.Join(folder, codeFolder), "offer-")
	if err != nil {
		return nil, err
	}
	takeBack = func() { _ = os.RemoveAll(room) } // the cluster removes what is left when it ends
	half := filepath.Join(room, "half")          // the cluster must not find it before it is whole
	if err = launch.CopyExecutable(half); err == nil {
		err = os.Rename(half, filepath.Join(room, hex.EncodeToString(id[:])+offered))
	}
	if err != nil {
		takeBack()
		return nil, err
	}
	return takeBack, nil
}

// admitCode looks for an executable that was offered as a code id and gives it its name. It reports false if there is none, and none that
// has its name already: an earlier scheduler may have given it that, or another call that took the offer while this one looked at it.
func admitCode(ctx context.Context, folder string, id graph.CodeID) (bool, error) {
	offers, err := filepath.Glob(filepath.Join(folder, codeFolder, "offer-*", hex.EncodeToString(id[:])+offered))
	if err != nil {
		return false, err
	}
	var wrong error
	for _, path := range offers {
		err := checkHash(ctx, path, id)
		if err == nil {
			if err = os.Rename(path, codePath(folder, id)); err == nil {
				return true, nil
			}
		} else {
			_ = os.Remove(path) // nobody else will take it either
		}
		if !errors.Is(err, fs.ErrNotExist) {
			wrong = err
		}
	}
	if checkHash(ctx, codePath(folder, id), id) == nil {
		return true, nil
	}
	return false, wrong
}

// checkHash returns an error unless a file is the executable of a code id.
func checkHash(ctx context.Context, path string, id graph.CodeID) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file (%v)", path, info.Mode())
	}
	found, err := launch.CodeOf(ctx, path)
	if err != nil {
		return err
	}
	if found != id {
		return fmt.Errorf("%s has the hash %.8x and is to be code id %.8x: it was changed, and is not run", path, found, id)
	}
	return nil
}

// admittedCode returns the path of an executable that the cluster has admitted and nobody has changed since.
func admittedCode(ctx context.Context, folder string, id graph.CodeID) (string, error) {
	path := codePath(folder, id)
	switch err := checkHash(ctx, path, id); {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("code id %.8x was not admitted to this cluster, so this worker does not run it: open a client of that program by the cluster's address", id)
	case err != nil:
		return "", fmt.Errorf("%w: remove it, and the program brings another when it attaches", err)
	}
	return path, nil
}

// maxIdleCodes is how many executables are kept that no client goes by any more: a program that comes again need not be
// copied then.
const maxIdleCodes = 4

// admission is which programs the cluster takes work from.
type admission struct {
	folder string
	own    func() (graph.CodeID, error) // of the cluster's own program

	mu    sync.Mutex
	codes map[graph.CodeID]*admitted
}

// newAdmission returns the admission of a cluster whose own program is this one.
func newAdmission(folder string) *admission {
	return &admission{folder: folder, own: sync.OnceValues(func() (graph.CodeID, error) {
		stamp, _ := launch.Stamp()
		id, err := launch.Code(context.Background())
		if err == nil {
			err = writeOwn(folder, hashed{stamp, id})
		}
		if err != nil {
			return id, fmt.Errorf("the code id of the cluster's program: %w", err)
		}
		return id, nil
	})}
}

// admitted is a code id that was admitted.
type admitted struct {
	clients int
	since   time.Time // when the last client came or left
}

// admitWorker returns why a worker that joins from outside is refused, or nil: the cluster's own program is what workers run.
func (a *admission) admitWorker(id graph.CodeID) error {
	own, err := a.own()
	if err != nil || id == own {
		return err
	}
	return fmt.Errorf("the workers of this cluster run another program (code id %.8x, and this is %.8x): start the worker with the executable that started the cluster", own, id)
}

// admit returns why a client of a code id is refused, or nil.
func (a *admission) admit(id graph.CodeID) error {
	own, err := a.own()
	if err != nil || id == own {
		return err
	}
	if id == (graph.CodeID{}) {
		return errors.New("this program does not say which code it is, so the cluster cannot tell its functions from others of the same name")
	}
	a.mu.Lock()
	known := a.codes[id] != nil
	a.mu.Unlock()
	if known {
		_, err := os.Lstat(codePath(a.folder, id))
		known = err == nil
	}
	if !known {
		ok, err := admitCode(context.Background(), a.folder, id)
		if err != nil {
			return fmt.Errorf("the executable that was offered as code id %.8x: %w", id, err)
		}
		if !ok {
			return fmt.Errorf("%sthe cluster's own program is another, and has no executable of code id %.8x", notAdmitted, id)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.codes == nil {
		a.codes = make(map[graph.CodeID]*admitted)
	}
	if a.codes[id] == nil {
		a.codes[id] = new(admitted)
	}
	a.codes[id].since = time.Now()
	return nil
}

// hold counts a client of a code id in, or something else that needs its executable, and returns what counts it out. Executables
// that have been needed by nobody for longest are removed.
func (a *admission) hold(id graph.CodeID) (release func()) {
	a.mu.Lock()
	code := a.codes[id]
	if code != nil {
		code.clients++
	}
	remove := a.tooMany()
	a.mu.Unlock()
	for _, id := range remove {
		_ = os.Remove(codePath(a.folder, id)) // what stays goes with the folder
	}
	if code == nil {
		return func() {} // of the cluster's own program
	}
	return sync.OnceFunc(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		code.clients--
		code.since = time.Now()
	})
}

// tooMany forgets executables without clients until few enough are left, and returns which. Called with mu held.
func (a *admission) tooMany() (remove []graph.CodeID) {
	var idle []graph.CodeID
	for id, c := range a.codes {
		if c.clients == 0 {
			idle = append(idle, id)
		}
	}
	slices.SortFunc(idle, func(x, y graph.CodeID) int { return a.codes[x].since.Compare(a.codes[y].since) })
	for len(idle) > maxIdleCodes {
		delete(a.codes, idle[0])
		remove, idle = append(remove, idle[0]), idle[1:]
	}
	return remove
}

// wantsCode reports whether a cluster refused a client for want of its executable.
func wantsCode(err error) bool { return err != nil && strings.Contains(err.Error(), notAdmitted) }
