package braid

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/braid-compute/braid/event"
	"github.com/braid-compute/braid/internal/launch"
)

// eventFile is where a client's events are written.
type eventFile struct {
	f     *os.File
	w     *event.Writer
	ended chan struct{}
	err   error // read after ended is closed
}

// eventOptions fills in from the environment what the options leave open.
func (o *Options) eventOptions() error {
	if _, worker := launch.Role(); worker {
		return nil // the variables are those of the first process
	}
	if n := os.Getenv("BRAID_SPANS"); o.Spans == 0 && n != "" {
		var err error
		if o.Spans, err = strconv.Atoi(n); err != nil || o.Spans < 0 || o.Spans > maxSpans {
			return fmt.Errorf("the variable BRAID_SPANS is %q: it must be a number from 0 to %d", n, maxSpans)
		}
	}
	return nil
}

// createEvents creates the file of events, or returns nil if there is to be none. Where the environment names it, every client
// has one of its own, since the variable reaches also those that do not know of each other.
func createEvents(path string, client uint64) (*eventFile, error) {
	var f *os.File
	var err error
	shared := os.Getenv("BRAID_EVENTS")
	switch _, worker := launch.Role(); {
	case path != "":
		if f, err = launch.Create(path); errors.Is(err, launch.ErrClaimed) {
			err = fmt.Errorf("%s is that of another client, which is open: name another", path)
		}
	case shared == "" || worker:
		return nil, nil
	default:
		f, err = createShared(shared, client)
	}
	if err != nil {
		return nil, fmt.Errorf("the file of events: %w", err)
	}
	return &eventFile{f: f, ended: make(chan struct{})}, nil
}

// maxShared bounds the names that are tried for one file.
const maxShared = 1000

// createShared creates the file that the environment names, with the client's number in its name from the second client of
// this process on, or else one with the process id, which then is that of no other process.
func createShared(path string, client uint64) (*os.File, error) {
	ext := filepath.Ext(path)
	base := strings.TrimSuffix(path, ext)
	first := path
	if client > 1 {
		first = base + "-" + strconv.FormatUint(client, 10) + ext
	}
	f, err := launch.Create(first)
	base += "-" + strconv.Itoa(os.Getpid())
	for k := 1; errors.Is(err, launch.ErrClaimed) || errors.Is(err, fs.ErrExist); k++ {
		if k > maxShared {
			return nil, fmt.Errorf("%s, and %d files with its name and this process's id, are those of others", path, maxShared)
		}
		name := base + ext
		if k > 1 { // processes of several machines, or containers, may have the same id
			name = base + "-" + strconv.Itoa(k) + ext
		}
		f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	}
	return f, err
}

// begin begins to write.
func (w *eventFile) begin(h *events) {
	h.file = w
	h.listen()
	go func() {
		defer close(w.ended)
		defer h.leave()
		if w.err = w.write(h); w.err != nil {
			w.err = fmt.Errorf("the file of events: %w", w.err)
			h.c.say("braid: %v; no more events are written to it", w.err)
		}
	}()
}

func (w *eventFile) write(h *events) (err error) {
	defer func() {
		if e := w.f.Close(); err == nil {
			err = e
		}
	}()
	if w.w, err = event.NewWriter(w.f); err != nil {
		return err
	}
	for r := h.feed.Reader(); ; {
		b := r.Next()
		if err := w.w.Write(numbered(b)...); err != nil {
			return err
		}
		if b.More == nil {
			return nil
		}
		<-b.More
	}
}

// drop closes the file of a client that could not be opened.
func (w *eventFile) drop() {
	if w != nil {
		_ = w.f.Close() // nothing was written
	}
}

// wait waits until everything is written.
func (w *eventFile) wait() error {
	if w == nil {
		return nil
	}
	<-w.ended
	return w.err
}
