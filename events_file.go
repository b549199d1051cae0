package braid

import (
	"fmt"
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
func (o *Options) eventOptions(client uint64) error {
	if _, worker := launch.Role(); worker {
		return nil // the variables are those of the first process
	}
	if path := os.Getenv("BRAID_EVENTS"); o.Events == "" && path != "" {
		o.Events = path
		if client > 1 { // the second client of this process must not write into the file of the first
			ext := filepath.Ext(path)
			o.Events = strings.TrimSuffix(path, ext) + "-" + strconv.FormatUint(client, 10) + ext
		}
	}
	if n := os.Getenv("BRAID_SPANS"); o.Spans == 0 && n != "" {
		var err error
		if o.Spans, err = strconv.Atoi(n); err != nil || o.Spans < 0 || o.Spans > maxSpans {
			return fmt.Errorf("the variable BRAID_SPANS is %q: it must be a number from 0 to %d", n, maxSpans)
		}
	}
	return nil
}

// createEvents creates the file of events, or returns nil if there is to be none.
func createEvents(path string) (*eventFile, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("the file of events: %w", err)
	}
	return &eventFile{f: f, ended: make(chan struct{})}, nil
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
