package local

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"unicode"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/driver"
	"github.com/braid-compute/braid/internal/launch"
	"github.com/braid-compute/braid/internal/link"
	"github.com/braid-compute/braid/internal/reconnect"
)

// Remote is a cluster that somebody else started: how to reach its scheduler and its workers.
type Remote interface {
	// Connect returns a connection that goes on by itself when it breaks. notice is told then; nil: nobody is.
	Connect(ctx context.Context, notice func(text string)) (driver.Conn, error)
	// Code returns the code id that ops of this program must carry there: zero where the workers are of the same build. It is
	// known when Connect has returned.
	Code() graph.CodeID
	Dial(address string) (driver.Conn, error)
}

// Attach finds the cluster behind an address: the path of the file that a cluster wrote when it started, its name if it has
// one, or "inside:" and the name of a cluster in this process.
func Attach(address string) (Remote, error) {
	if name, ok := strings.CutPrefix(address, insidePrefix); ok {
		return attachInside(name)
	}
	return attachFile(address)
}

// attachFile finds a cluster by its file, or its name.
func attachFile(address string) (*remote, error) {
	if isName(address) {
		path, err := resolve(address)
		if err != nil {
			return nil, err
		}
		address = path
	}
	f, err := readFile(address)
	if err != nil {
		return nil, err
	}
	id, err := link.ParseIdentity([]byte(f.Identity))
	if err != nil {
		return nil, fmt.Errorf("%q: its credentials: %w", address, err)
	}
	r := &remote{file: address, address: f.Scheduler, identity: id, lasting: f.Patience > 0}
	if socket, ok := strings.CutPrefix(f.Scheduler, "unix:"); ok {
		r.folder = filepath.Dir(socket)
		if r.isDead() && r.lasting {
			return nil, fmt.Errorf("the scheduler of the cluster at %q was killed, which ran in process %d: \"braid up\" with the name of the cluster goes on with it", address, f.Pid)
		}
		if r.isDead() {
			return nil, fmt.Errorf("the cluster at %q is dead: process %d, which ran its scheduler, ended and could not remove the file; start it again and use its new address", address, f.Pid)
		}
	}
	return r, nil
}

// noFile is the error of a cluster whose file is not there.
type noFile struct{ error }

func (noFile) Is(target error) bool { return target == fs.ErrNotExist }

// readFile reads the file of a cluster.
func readFile(address string) (f clusterFile, err error) {
	file, err := os.Open(address)
	if errors.Is(err, fs.ErrNotExist) {
		return f, noFile{fmt.Errorf("there is no cluster at %q: the file is written when a cluster starts and removed when it ends", address)}
	}
	if err != nil {
		return f, fmt.Errorf("the cluster's file: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return f, fmt.Errorf("the cluster's file: %w", err)
	case !info.Mode().IsRegular():
		return f, fmt.Errorf("%q is not the file of a cluster: it is no regular file (%v)", address, info.Mode())
	case info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows": // which has no such modes
		return f, fmt.Errorf("%q has mode %#o, so others than its owner may have its credentials: start the cluster again, and leave the file at mode 0600", address, info.Mode().Perm())
	}
	text, err := io.ReadAll(io.LimitReader(file, maxClusterFile+1))
	if err == nil && len(text) > maxClusterFile {
		err = fmt.Errorf("it has more than %d bytes", maxClusterFile)
	}
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	if err != nil {
		return f, fmt.Errorf("%q is not the file of a cluster: %w", address, err)
	}
	if f.Version != clusterFileVersion {
		return f, fmt.Errorf("%q has version %d, and this program knows version %d: use the same version of braid", address, f.Version, clusterFileVersion)
	}
	return f, nil
}

// clusterFile is what a cluster writes so that other programs of the same user find it. It holds credentials: mode 0600, in a
// folder of mode 0700.
type clusterFile struct {
	Version   int    `json:"version"`
	Scheduler string `json:"scheduler"`
	Identity  string `json:"identity"`
	Pid       int    `json:"pid"`
	Patience  int64  `json:"patience,omitempty"` // nanoseconds that workers wait for another scheduler when this one was killed; 0: there will be none
}

const (
	clusterFileVersion = 1
	maxClusterFile     = 1 << 20 // bytes that are read of it
)

// ClusterFile is the name of the file of a cluster in its folder.
const ClusterFile = "cluster.json"

func (c *Cluster) writeFile(issued []byte) error {
	text, err := json.MarshalIndent(clusterFile{
		Version: clusterFileVersion, Scheduler: c.listener.Addr(), Identity: string(issued), Pid: os.Getpid(), Patience: int64(c.patience()),
	}, "", "\t")
	if err != nil {
		return err
	}
	half := c.File() + ".new" // who looks finds the old one or this
	if err := os.WriteFile(half, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(half, c.File())
}

// File returns the path of the file by which other programs of this user attach to the cluster.
func (c *Cluster) File() string { return filepath.Join(c.folder.Path(), ClusterFile) }

// remote is a cluster reached over sockets.
type remote struct {
	file     string // of the cluster
	address  string // of its scheduler
	folder   string // of the cluster, if that is on this machine
	identity *link.Identity
	own      bool         // this process is a worker of the cluster
	guest    bool         // this process runs calls for a worker of the cluster
	lasting  bool         // when its scheduler was killed, another may go on with it
	code     graph.CodeID // of this program, if the workers' is another
}

// Connect connects to the scheduler as a client. If the workers are of another build, they are given this program's
// executable, which they start to run its functions.
func (r *remote) Connect(ctx context.Context, notice func(string)) (driver.Conn, error) {
	hello := link.Hello{Role: link.RoleClient}
	if !r.own {
		if !r.guest {
			hello.Name = cmp.Or(programName(), "program") // tasks have none
		}
		var err error
		if hello.Code, err = codeAt(ctx, r.folder); err != nil {
			return nil, fmt.Errorf("the code id of this program: %w", err)
		}
	}
	conn, err := r.converse(ctx, hello, func(format string, args ...any) {
		if notice != nil {
			notice(fmt.Sprintf(format, args...))
		}
	})
	if err != nil {
		return nil, err
	}
	if !r.own && !isOwn(r.folder, hello.Code) {
		r.code = hello.Code
	}
	return conn, nil
}

// converse connects to the scheduler there is now, and goes on by itself when the connection breaks.
func (r *remote) converse(ctx context.Context, hello link.Hello, say func(format string, args ...any)) (driver.Conn, error) {
	now, err := r.now()
	if err != nil {
		return nil, err
	}
	first, err := now.carrier(ctx, hello)
	if err != nil {
		return nil, err
	}
	conn, err := reconnect.Dial(ctx, first, reconnect.Options{
		Notice: func(text string) { say("%s", text) },
		Dial: func(ctx context.Context) (reconnect.Carrier, error) {
			ctx, cancel := context.WithTimeout(ctx, dialTimeout)
			defer cancel()
			return r.again(ctx, hello)
		},
	})
	if err != nil {
		_ = first.Close()
		return nil, err // and no interface that holds a nil pointer
	}
	return conn, nil
}

// again connects anew after a connection has broken.
func (r *remote) again(ctx context.Context, hello link.Hello) (driver.Conn, error) {
	now, err := r.now()
	if err != nil {
		return nil, err
	}
	c, err := now.carrier(ctx, hello)
	if err == nil || r.lasting && hello.Role == link.RoleClient { // which waits for the next scheduler
		return c, err
	}
	if r.isDead() || nobodyListens(err) {
		err = fmt.Errorf("%w: the process of the scheduler has ended: start the cluster again, and this program", reconnect.ErrOver)
	}
	return nil, err
}

// now returns where the cluster is now, if it is one whose scheduler may have been replaced.
func (r *remote) now() (*remote, error) {
	if !r.lasting {
		return r, nil
	}
	f, err := readFile(r.file)
	switch {
	case err != nil && errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: the cluster has ended", reconnect.ErrOver)
	case err != nil:
		return nil, err
	case f.Patience <= 0 || !r.identity.Same(f.Identity):
		return nil, fmt.Errorf("%w: another cluster is in its place", reconnect.ErrOver)
	}
	now := *r
	now.address = f.Scheduler
	return &now, nil
}

// carrier connects to the scheduler once, with this program's executable if that is wanted there.
func (r *remote) carrier(ctx context.Context, hello link.Hello) (driver.Conn, error) {
	conn, err := r.connect(ctx, hello)
	if wantsCode(err) {
		conn, err = r.offer(ctx, hello)
	}
	return conn, err
}

// nobodyListens reports whether a Unix socket is not there or has nobody behind it: a scheduler listens until it ends.
func nobodyListens(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED)
}

// isDead reports whether the process of the scheduler is known to have ended.
func (r *remote) isDead() bool {
	if r.folder == "" {
		return false
	}
	held, err := launch.Held(r.folder)
	return !held && (err == nil || errors.Is(err, fs.ErrNotExist))
}

// programName is what people are shown of this program.
func programName() string {
	if len(os.Args) == 0 {
		return ""
	}
	name := strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return '?'
		}
		return c
	}, filepath.Base(os.Args[0]))
	return name[:min(len(name), maxProgram)]
}

// maxProgram bounds the name of a program.
const maxProgram = 200

func (r *remote) connect(ctx context.Context, hello link.Hello) (driver.Conn, error) {
	conn, err := link.Dial(ctx, r.address, link.Options{Identity: r.identity, Hello: hello})
	if err != nil {
		return nil, err // and no interface that holds a nil pointer
	}
	return conn, nil
}

// offer connects with this program's executable.
func (r *remote) offer(ctx context.Context, hello link.Hello) (driver.Conn, error) {
	if r.folder == "" {
		return nil, fmt.Errorf("the cluster's workers are of another build than this program (code id %.8x), and its scheduler is on another machine: that runs programs of its own build only; start it from this program", hello.Code)
	}
	if err := Serves(); err != nil {
		return nil, fmt.Errorf("the cluster's workers are of another build than this program, and would start it: %w", err)
	}
	takeBack, err := offerCode(r.folder, hello.Code)
	if err != nil {
		return nil, fmt.Errorf("give this program to the cluster's workers, which are of another build: %w", err)
	}
	defer takeBack()
	return r.connect(ctx, hello)
}

func (r *remote) Code() graph.CodeID { return r.code }

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

func (insideRemote) Code() graph.CodeID { return graph.CodeID{} }

func (r insideRemote) Connect(ctx context.Context, notice func(string)) (driver.Conn, error) {
	return r.Inside.Connect(ctx, notice)
}
