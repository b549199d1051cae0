package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/braid-compute/braid/internal/launch"
)

// Record is what is known of a cluster that has a name, whether it lives or not.
type Record struct {
	Version int       `json:"version"`
	Name    string    `json:"name"`
	Address string    `json:"address"` // "" while it starts
	Pid     int       `json:"pid"`
	Since   time.Time `json:"since"`
	Ended   time.Time `json:"ended,omitzero"`    // if it ended by itself
	Why     string    `json:"why,omitempty"`     // it did
	Trouble string    `json:"trouble,omitempty"` // what keeps it from having the workers that it should have

	Lives bool      `json:"-"`
	Seen  time.Time `json:"-"` // the last sign of life
}

const (
	recordVersion = 1
	recordSuffix  = ".cluster"
	maxNameLength = 32
	// lifeSign is how often a cluster with a name gives a sign of life.
	lifeSign = 2 * time.Second
)

// CheckName returns why a text cannot be the name of a cluster.
func CheckName(name string) error {
	if !isName(name) {
		return fmt.Errorf("%q cannot be the name of a cluster: it is made of 1 to %d of a-z, A-Z, 0-9, - and _, and begins with no -", name, maxNameLength)
	}
	return nil
}

// isName reports whether an address is a name and not a path: it has neither a dot nor a separator.
func isName(text string) bool {
	return text != "" && len(text) <= maxNameLength && text[0] != '-' &&
		strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// Find returns what is known of the cluster of a name. The error wraps fs.ErrNotExist if there is none.
func Find(name string) (Record, error) {
	r := Record{Name: name}
	if err := CheckName(name); err != nil {
		return r, err
	}
	text, at, lives, err := launch.Claimed(name + recordSuffix)
	if err != nil {
		return r, err
	}
	r.Lives, r.Seen = lives, at
	if len(text) == 0 { // it has not been written yet
		return r, nil
	}
	said, err := parseRecord(text)
	if err != nil {
		return r, fmt.Errorf("the record of the cluster %q: %w", name, err)
	}
	said.Name, said.Lives, said.Seen = name, lives, at
	return said, nil
}

// parseRecord reads what a cluster wrote.
func parseRecord(text []byte) (r Record, err error) {
	if err := json.Unmarshal(text, &r); err != nil {
		return Record{}, err
	}
	if r.Version != recordVersion {
		return Record{}, fmt.Errorf("it has version %d, and this program knows version %d: use the same version of braid", r.Version, recordVersion)
	}
	return r, nil
}

// Names returns the names of this user's clusters on this machine, also of dead ones.
func Names() ([]string, error) {
	names, err := launch.Claims(recordSuffix)
	for k := range names {
		names[k] = strings.TrimSuffix(names[k], recordSuffix)
	}
	return names, err
}

// Forget removes what a dead cluster of a name has left.
func Forget(name string) error {
	claim, err := launch.TakeClaim(name + recordSuffix)
	if err != nil {
		return err
	}
	err = errors.Join(launch.RemoveKept(name), claim.Drop()) // whose workers end then, if they are still there
	_ = claim.Release()
	sweepFolders()
	return err
}

// sweepFolders removes the folders of dead processes, which making one does.
func sweepFolders() {
	if d, err := launch.Folder(); err == nil {
		_ = d.Close()
	}
}

// AwaitEnd returns what waits until the process of a cluster with a name has ended.
func AwaitEnd(name string) (wait func(context.Context) error, err error) {
	return launch.Await(name + recordSuffix)
}

// resolve returns the path behind an address that is a name.
func resolve(name string) (string, error) {
	r, err := Find(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("there is no cluster with the name %q: \"braid up --name %s\" starts one; a path to the file of a cluster has a dot or a separator in it", name, name)
	case err != nil:
		return "", err
	case !r.Lives && r.Why != "":
		return "", fmt.Errorf("the cluster %q ended at %s: %s; \"braid up --name %s\" starts another", name, r.Ended.Format(time.DateTime), r.Why, name)
	case !r.Lives:
		return "", fmt.Errorf("the cluster %q is dead: process %d, which ran its scheduler, has ended; \"braid up --name %s\" goes on with it, or starts another", name, r.Pid, name)
	case r.Address == "":
		return "", fmt.Errorf("the cluster %q is being started: try again in a moment", name)
	}
	return r.Address, nil
}

// named is a cluster's name, as long as it has it.
type named struct {
	mu     sync.Mutex
	record Record // guarded by mu once the cluster has started
	claim  *launch.Claim
	stop   chan struct{}
	life   sync.WaitGroup
}

// ErrNameTaken is the error of starting a cluster with the name of one that lives.
var ErrNameTaken = errors.New("there is a cluster with that name already")

// takeName gives a cluster that is about to start its name.
func takeName(name string) (*named, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	claim, err := launch.TakeClaim(name + recordSuffix)
	if errors.Is(err, launch.ErrClaimed) {
		return nil, fmt.Errorf("%q: %w", name, ErrNameTaken)
	}
	if err != nil {
		return nil, err
	}
	n := &named{claim: claim, stop: make(chan struct{})}
	n.record = Record{Version: recordVersion, Name: name, Pid: os.Getpid(), Since: time.Now()}
	return n, n.write()
}

func (n *named) write() error {
	text, err := json.Marshal(n.record)
	if err != nil {
		return err
	}
	return n.claim.Write(append(text, '\n'))
}

// started makes the address known, and gives signs of life from now on.
func (n *named) started(folder *launch.Dir) error {
	n.record.Address = folder.Path(ClusterFile)
	if err := n.write(); err != nil {
		return err
	}
	n.life.Go(func() {
		tick := time.NewTicker(lifeSign)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				n.claim.Touch()
				folder.Touch(ClusterFile, filepath.Join(codeFolder, ownFile), filepath.Join(codeFolder, hashesFile))
			case <-n.stop:
				return
			}
		}
	})
	return nil
}

// trouble says what is wrong with the cluster, or, with an empty text, that nothing is any more.
func (n *named) trouble(text string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.record.Trouble = text
	return n.write()
}

// left gives the name up for who goes on with the cluster, or removes what is left of it.
func (n *named) left(folder *launch.Dir) error {
	close(n.stop)
	n.life.Wait()
	n.record.Address = folder.Path(ClusterFile)
	return errors.Join(n.write(), n.claim.Release())
}

// ended gives the name free. What ended by itself leaves a word about it.
func (n *named) ended(why string) error {
	close(n.stop)
	n.life.Wait()
	if why == "" {
		return n.claim.Drop()
	}
	n.record.Ended, n.record.Why = time.Now(), why
	return errors.Join(n.write(), n.claim.Release())
}
