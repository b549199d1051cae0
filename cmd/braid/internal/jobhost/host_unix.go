//go:build unix

package jobhost

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/braid-compute/braid/internal/job"
	"github.com/braid-compute/braid/internal/job/host"
	inside "github.com/braid-compute/braid/internal/local"
)

// Host runs the jobs of the cluster of this process. Without a folder of jobs it does nothing until somebody asks.
type Host struct {
	folder   string
	cluster  *inside.Cluster
	log      io.Writer
	patience time.Duration // with functions, when the cluster ends

	mu     sync.Mutex
	host   *host.Host // nil until it is opened
	closed bool
}

// Start goes on with the jobs of the cluster with a name, which this process has started and whose file that is. Functions have so long to
// return when it ends.
func Start(name, file string, patience time.Duration, log io.Writer) (*Host, error) {
	folder, err := job.Folder(name)
	if err != nil {
		return nil, err
	}
	h := &Host{folder: folder, cluster: inside.Here(file), log: log, patience: patience}
	if _, err := os.Stat(folder); err == nil || !errors.Is(err, fs.ErrNotExist) {
		if _, err := h.open(); err != nil {
			h.say("no jobs are run: %v", err)
		}
	}
	h.cluster.Driver().Answer(job.Subject, h.answer)
	return h, nil
}

func (h *Host) say(format string, args ...any) {
	fmt.Fprintf(h.log, "braid: "+format+"\n", args...)
}

// open returns the host, which is opened if it is not.
func (h *Host) open() (*host.Host, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.host != nil {
		return h.host, nil
	}
	if h.closed {
		return nil, errors.New("the cluster ends")
	}
	engine := newJobEngine(h.cluster.File(), h.cluster.Over(), h.patience)
	opened, err := host.Open(h.folder, engine, h.say)
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	h.host = opened
	return opened, nil
}

func (h *Host) answer(body []byte, reply func([]byte, error)) {
	opened, err := h.open()
	if err != nil {
		reply(nil, &job.RefusedError{Err: err, Refusal: job.RefusedOther})
		return
	}
	opened.Answer(body, reply)
}

// Close stops what runs. It goes on when a cluster of the name is started again.
func (h *Host) Close() error {
	h.cluster.Driver().Answer(job.Subject, nil)
	h.mu.Lock()
	h.closed = true
	opened := h.host
	h.mu.Unlock()
	if opened == nil {
		return nil
	}
	return opened.Close()
}
