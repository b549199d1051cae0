package event

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
)

// header is the first line of a file.
type header struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

const format = "braid-events"

// Writer writes events as lines. Whole lines reach the underlying writer with each call.
type Writer struct {
	w   io.Writer
	buf bytes.Buffer
}

// NewWriter writes the first line of a file and returns what writes the others.
func NewWriter(w io.Writer) (*Writer, error) {
	out := &Writer{w: w}
	return out, errors.Join(out.line(header{format, Version}), out.flush())
}

// Write writes events, each as a line.
func (w *Writer) Write(events ...Event) error {
	for _, e := range events {
		if err := w.line(e); err != nil {
			return err
		}
	}
	return w.flush()
}

func (w *Writer) line(v any) error {
	e := json.NewEncoder(&w.buf) // ends with a line feed
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (w *Writer) flush() error {
	_, err := w.w.Write(w.buf.Bytes())
	w.buf.Reset()
	return err
}

// Reader reads what a [Writer] wrote.
type Reader struct {
	s    *bufio.Scanner
	line int
}

// maxLine bounds the bytes of a line.
const maxLine = 16 << 20

// NewReader reads the first line of a file and returns what reads the others.
func NewReader(r io.Reader) (*Reader, error) {
	in := &Reader{s: bufio.NewScanner(r)}
	in.s.Buffer(nil, maxLine)
	in.s.Split(wholeLines)
	var h header
	switch err := in.decode(&h); {
	case err == io.EOF:
		return nil, errors.New("event: the file is empty")
	case err != nil:
		return nil, err
	case h.Format != format:
		return nil, fmt.Errorf("event: line 1 is not the head of a file of events, {\"format\":%q,…}", format)
	case h.Version < 1 || h.Version > Version:
		return nil, fmt.Errorf("event: the file has version %d of the format, and this program knows versions up to %d: use a newer braid", h.Version, Version)
	}
	return in, nil
}

// wholeLines splits at line feeds. A last line without one was not written to its end.
func wholeLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if n := bytes.IndexByte(data, '\n'); n >= 0 {
		return n + 1, data[:n], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return 0, nil, nil
}

// decode reads the next line into v. It returns io.EOF after the last.
func (r *Reader) decode(v any) error {
	r.line++
	if !r.s.Scan() {
		switch err := r.s.Err(); {
		case err == nil:
			return io.EOF
		case errors.Is(err, bufio.ErrTooLong):
			return fmt.Errorf("event: line %d is longer than %d bytes", r.line, maxLine)
		case errors.Is(err, io.ErrUnexpectedEOF):
			return fmt.Errorf("event: line %d has no end: whoever wrote the file was stopped: %w", r.line, err)
		default:
			return fmt.Errorf("event: line %d: %w", r.line, err)
		}
	}
	if err := json.Unmarshal(r.s.Bytes(), v); err != nil {
		return fmt.Errorf("event: line %d: %w", r.line, err)
	}
	return nil
}

// Next returns the next event, or io.EOF after the last one. An event of a kind that this version does not know is
// returned as far as its fields are known.
func (r *Reader) Next() (Event, error) {
	var e Event
	if err := r.decode(&e); err != nil {
		return Event{}, err
	}
	if missing := e.missing(); missing != "" {
		return Event{}, fmt.Errorf("event: line %d: an event of kind %q has no field %q", r.line, e.Kind, missing)
	}
	return e, nil
}

// All yields the events up to the end of the file, or to the first error.
func (r *Reader) All() iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for {
			e, err := r.Next()
			if err == io.EOF || !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// missing names a field that the kind must have and does not.
func (e *Event) missing() string {
	lacks := func(there bool, name string) string {
		if there {
			return ""
		}
		return name
	}
	switch e.Kind {
	case "":
		return "kind"
	case Opened:
		return lacks(e.Client != nil, "client")
	case Submitted, Finished, Released:
		return lacks(e.Run != nil, "run")
	case Failed, Retried:
		return lacks(e.Task != nil, "task")
	case Joined, Lost:
		return lacks(e.Worker != nil, "worker")
	case Paused, Resumed, Counted:
		return lacks(e.Counts != nil, "counts")
	case Traced:
		return lacks(e.Trace != nil, "trace")
	}
	return ""
}
