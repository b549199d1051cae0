//go:build unix

package cluster

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/braid-compute/braid/cluster/local"
	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/cmd/braid/internal/jobhost"
	"github.com/braid-compute/braid/internal/launch"
	inside "github.com/braid-compute/braid/internal/local"
)

// closeTimeout is how long functions may take to return when the cluster ends. It is less than [braid.Main] waits after SIGTERM.
const closeTimeout = 2 * time.Second

// start starts the cluster in this process and waits for its workers.
func (f *upFlags) start(ctx context.Context, log io.Writer) (*local.Cluster, error) {
	cluster, err := local.Start(f.lasting(ctx, f.name, log), local.Options{
		Name: f.name, Processes: f.processes, Slots: f.slots, MemoryLimit: f.bytes, Scratch: f.scratch, Resources: f.amounts, IdleTimeout: f.idle,
		CloseTimeout: closeTimeout, Output: log, Report: log, ClientTimeout: cmp.Or(f.client, -1),
	})
	if err != nil {
		return nil, withRemedy(err)
	}
	limited, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("they took more than %v", startTimeout))
	defer cancel()
	if err := cluster.WaitWorkers(limited, f.processes); err != nil {
		return nil, errors.Join(err, cluster.Close())
	}
	return cluster, nil
}

// withRemedy adds what to do about limits of the system.
func withRemedy(err error) error {
	for _, limit := range []struct {
		is     error
		remedy string
	}{
		{syscall.EMFILE, "allow more with \"ulimit -n\", some 20 and 5 for each worker"},
		{syscall.EAGAIN, "this user may start no more processes: see \"ulimit -u\", or the job's limit"},
		{syscall.ENOMEM, "start fewer worker processes"},
		{syscall.ENOSPC, "free some space, or set TMPDIR to a folder on another disk"},
		{syscall.EDQUOT, "free some of the quota, or set TMPDIR to a folder on another disk"},
		{syscall.EROFS, "set TMPDIR to a folder that can be written"},
	} {
		if errors.Is(err, limit.is) {
			return fmt.Errorf("%w: %s", err, limit.remedy)
		}
	}
	return err
}

// attend lets the cluster live, and runs its jobs, until it ends, or ctx does.
func attend(ctx context.Context, cluster *local.Cluster, jobs *jobhost.Host) error {
	err := cluster.Wait(ctx)
	ended := jobs.Close()
	if ctx.Err() != nil {
		err = cluster.Close()
	}
	err = errors.Join(err, ended)
	runtime.KeepAlive(cluster) // with its name, which others wait for
	return err
}

// upHere runs a cluster in this process.
func (e *env) upHere(ctx context.Context, f *upFlags) error {
	cluster, err := f.start(ctx, e.Stderr)
	if errors.Is(err, inside.ErrNameTaken) {
		if found, err := e.already(ctx, f.name); found {
			return err
		}
	}
	if err != nil {
		return fmt.Errorf("braid up: %w", err)
	}
	jobs, err := jobhost.Start(f.name, cluster.Address(), closeTimeout, e.Stderr)
	if err != nil {
		return errors.Join(fmt.Errorf("braid up: %w", err), cluster.Close())
	}
	r, err := inside.Find(f.name)
	if err == nil {
		err = e.printUp(look(ctx, r), "started")
	}
	if err != nil {
		return errors.Join(err, jobs.Close(), cluster.Close())
	}
	if err := attend(ctx, cluster, jobs); err != nil {
		return fmt.Errorf("braid up: %w", err)
	}
	return nil
}

// ready is what a process in the background tells the one that started it.
type ready struct {
	Error  string   `json:"error"`
	Taken  bool     `json:"taken"`            // another cluster has got the name just before
	Warned []string `json:"warned,omitempty"` // lines for the user
}

// detached is up in the background.
func (f *upFlags) detached(ctx context.Context) error {
	syscall.CloseOnExec(f.ready)
	starter := os.NewFile(uintptr(f.ready), "starter")
	if starter == nil {
		return console.Usage(fmt.Sprintf("--ready=%d is no descriptor", f.ready), "leave it out")
	}
	log := new(logFile)
	cluster, err := f.start(ctx, log)
	if err == nil {
		if err = log.open(filepath.Join(filepath.Dir(cluster.Address()), logName)); err != nil {
			err = errors.Join(fmt.Errorf("the log: %w", err), cluster.Close())
		}
	}
	var jobs *jobhost.Host
	if err == nil {
		if jobs, err = jobhost.Start(f.name, cluster.Address(), closeTimeout, log); err != nil {
			err = errors.Join(err, cluster.Close())
		}
	}
	told := ready{Warned: f.warned}
	if err != nil {
		told = ready{Error: err.Error(), Taken: errors.Is(err, inside.ErrNameTaken)}
		if said := log.kept(); said != "" {
			told.Error += "\n" + said
		}
	}
	text, _ := json.Marshal(told) // it has no values that cannot be encoded
	_, _ = starter.Write(append(text, '\n'))
	_ = starter.Close()
	if err != nil {
		return nil // it was told
	}
	defer log.Close()
	return attend(ctx, cluster, jobs)
}

// upDetached starts a cluster in a process of its own session, and says when it is ready.
func (e *env) upDetached(ctx context.Context, f *upFlags) error {
	if found, err := e.already(ctx, f.name); found || err != nil {
		return err
	}
	told, err := e.spawn(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("braid up: %w", err)
	case told.Taken:
		if found, err := e.already(ctx, f.name); found || err != nil {
			return err
		}
		return fmt.Errorf("braid up: %s, and it has ended meanwhile; try again", told.Error)
	case told.Error != "":
		return fmt.Errorf("braid up: %s", told.Error)
	}
	for _, line := range told.Warned {
		fmt.Fprintf(e.Stderr, "braid: %s\n", line)
	}
	r, err := inside.Find(f.name)
	if err != nil {
		return fmt.Errorf("braid up: the cluster was started and has ended: %w", err)
	}
	return e.printUp(look(ctx, r), "started")
}

// spawn starts this command again in the background and returns what it tells.
func (e *env) spawn(ctx context.Context) (told ready, err error) {
	path, err := launch.Executable()
	if err != nil {
		return told, err
	}
	problems, err := os.CreateTemp("", "braid-up-")
	if err != nil {
		return told, fmt.Errorf("a file for what goes wrong: %w", err)
	}
	defer problems.Close()
	_ = os.Remove(problems.Name()) // it lasts as long as it is open
	ours, theirs, err := os.Pipe()
	if err != nil {
		return told, err
	}
	defer ours.Close()
	cmd := exec.Command(path)
	at := slices.Index(e.Args, "up") + 1
	cmd.Args = slices.Concat([]string{os.Args[0]}, e.Args[:at], []string{"--ready=3"}, e.Args[at:]) // the first of ExtraFiles
	cmd.Stderr, cmd.ExtraFiles = problems, []*os.File{theirs}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	_ = theirs.Close()
	if err != nil {
		return told, withRemedy(fmt.Errorf("start a process in the background: %w", err))
	}
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	defer stop()
	text, err := io.ReadAll(ours)
	if err == nil {
		err = json.Unmarshal(text, &told)
	}
	if err == nil && told.Error == "" {
		return told, cmd.Process.Release()
	}
	ended := cmd.Wait()
	if err == nil {
		return told, nil
	}
	if cause := context.Cause(ctx); cause != nil {
		return told, cause
	}
	said := make([]byte, 4<<10)
	n, _ := problems.ReadAt(said, 0)
	return told, fmt.Errorf("the process in the background ended before the cluster was ready: %v: %s", ended, strings.TrimSpace(string(bytes.ToValidUTF8(said[:n], nil))))
}
