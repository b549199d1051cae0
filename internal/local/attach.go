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

	"github.com/braid-compute/braid/internal/driver"
	"github.com/braid-compute/braid/internal/launch"
	"github.com/braid-compute/braid/internal/link"
)

// Remote is a cluster that somebody else started: how to reach its scheduler and its workers.
type Remote interface {
	Connect(ctx context.Context) (driver.Conn, error)
	Dial(address string) (driver.Conn, error)
}

// Attach finds the cluster behind an address: the path of the file that a cluster wrote when it started, or "inside:" and
// the name of a cluster in this process.
func Attach(address string) (Remote, error) {
	if name, ok := strings.CutPrefix(address, insidePrefix); ok {
		return attachInside(name)
	}
	text, err := os.ReadFile(address)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no cluster at %q: the file is written when a cluster starts and removed when it ends", address)
	}
	if err != nil {
		return nil, fmt.Errorf("the cluster's file: %w", err)
	}
	var f clusterFile
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("%q is not the file of a cluster: %w", address, err)
	}
	if f.Version != clusterFileVersion {
		return nil, fmt.Errorf("%q has version %d, and this program knows version %d: use the same version of braid", address, f.Version, clusterFileVersion)
	}
	id, err := link.ParseIdentity([]byte(f.Identity))
	if err != nil {
		return nil, fmt.Errorf("%q: its credentials: %w", address, err)
	}
	return &remote{address: f.Scheduler, identity: id}, nil
}

// clusterFile is what a cluster writes so that other programs of the same user find it. It holds credentials: mode 0600, in a
// folder of mode 0700.
type clusterFile struct {
	Version   int    `json:"version"`
	Scheduler string `json:"scheduler"`
	Identity  string `json:"identity"`
	Pid       int    `json:"pid"`
}

const clusterFileVersion = 1

// ClusterFile is the name of the file of a cluster in its folder.
const ClusterFile = "cluster.json"

func (c *Cluster) writeFile(issued []byte) error {
	text, err := json.MarshalIndent(clusterFile{
		Version: clusterFileVersion, Scheduler: c.listener.Addr(), Identity: string(issued), Pid: os.Getpid(),
	}, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(c.File(), append(text, '\n'), 0o600)
}

// File returns the path of the file by which other programs of this user attach to the cluster.
func (c *Cluster) File() string { return filepath.Join(c.folder.Path(), ClusterFile) }

// remote is a cluster reached over sockets.
type remote struct {
	address  string
	identity *link.Identity
}

func (r *remote) Connect(ctx context.Context) (driver.Conn, error) {
	hello := link.Hello{Role: link.RoleClient}
	if _, worker := launch.Role(); !worker {
		code, err := launch.Code(ctx)
		if err != nil {
			return nil, fmt.Errorf("the code id of this program: %w", err)
		}
		hello.Code = code
	}
	return link.Dial(ctx, r.address, link.Options{Identity: r.identity, Hello: hello})
}

func (r *remote) Dial(address string) (driver.Conn, error) { return dial(address, r.identity) }

// insides are the clusters inside this process by name.
var insides struct {
	mu     sync.Mutex
	byName map[string]*Inside
	last   int
}

const insidePrefix = "inside:"

func attachInside(name string) (Remote, error) {
	insides.mu.Lock()
	defer insides.mu.Unlock()
	if c := insides.byName[name]; c != nil {
		return insideRemote{c}, nil
	}
	return nil, fmt.Errorf("there is no cluster %q in this process", name)
}

type insideRemote struct{ *Inside }

func (r insideRemote) Connect(context.Context) (driver.Conn, error) { return r.Inside.Connect() }
