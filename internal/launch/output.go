package launch

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"
)

// Bounds of what is kept of a process's output.
const (
	maxLine   = 64 << 10 // a longer line is given on in pieces of this size
	keptLines = 20       // last lines kept for the certificate
	keptBytes = 512      // of each such line
	keptFatal = 12       // lines kept from a fatal message on
)

// output cuts what a process prints into lines and keeps the last of them. One goroutine writes to it.
type output struct {
	give func(line []byte) // nil drops the lines
	rest []byte            // a line whose end has not come

	mu    sync.Mutex
	last  []string // a ring
	lines int      // all so far
	fatal []string
}

// read takes lines until the stream ends.
func (o *output) read(r io.Reader) {
	buf := make([]byte, 16<<10)
	for {
		n, err := r.Read(buf)
		o.write(buf[:n])
		if err != nil {
			if len(o.rest) > 0 {
				o.line(o.rest)
				o.rest = nil
			}
			return
		}
	}
}

func (o *output) write(b []byte) {
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\n')
		if room := maxLine - len(o.rest); i < 0 && len(b) >= room || i > room {
			o.rest = append(o.rest, b[:room]...)
			b = b[room:]
		} else if i < 0 {
			o.rest = append(o.rest, b...)
			return
		} else if len(o.rest) == 0 {
			o.line(b[:i])
			b = b[i+1:]
			continue
		} else {
			o.rest = append(o.rest, b[:i]...)
			b = b[i+1:]
		}
		o.line(o.rest)
		o.rest = o.rest[:0]
	}
}

// fatalStarts are what Go's runtime begins a last message with.
var fatalStarts = []string{"panic: ", "fatal error: ", "runtime: out of memory", "SIG", "unexpected fault address"}

func (o *output) line(line []byte) {
	line = bytes.TrimSuffix(line, []byte("\r"))
	o.keep(strings.ToValidUTF8(string(line[:min(len(line), keptBytes)]), "?"))
	if o.give != nil {
		o.give(line)
	}
}

func (o *output) keep(kept string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.last) < keptLines {
		o.last = append(o.last, kept)
	} else {
		o.last[o.lines%keptLines] = kept
	}
	o.lines++
	switch {
	case len(o.fatal) == 0 && !slices.ContainsFunc(fatalStarts, func(s string) bool { return strings.HasPrefix(kept, s) }):
	case len(o.fatal) < keptFatal:
		o.fatal = append(o.fatal, kept)
	}
}

// kept returns the lines from a fatal message on, and the last lines, both in their order.
func (o *output) kept() (fatal, last []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	at := 0
	if len(o.last) == keptLines {
		at = o.lines % keptLines
	}
	return slices.Clone(o.fatal), append(slices.Clone(o.last[at:]), o.last[:at]...)
}
