package journal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Index is what a journal says.
type Index struct {
	Done    map[Key]Output // tasks whose last record says that they did what they should
	Damaged int            // lines that could not be read
	Records int            // sound records of tasks
	Size    int64          // bytes up to the end of the last line that is whole; what follows may be cut off
}

// Output says where the output of a task is.
type Output struct{ Stdout, Stderr Span }

// VersionError is the error of a journal in a version of the format that this program does not know.
type VersionError struct{ Version string }

func (e *VersionError) Error() string {
	return fmt.Sprintf("the journal has version %s of the format, and this program knows version %d; use the version of braid that wrote it, or another file", e.Version, Version)
}

// ErrNoJournal is the error of a file that is something else.
var ErrNoJournal = errors.New("the file is no journal of braid map; name another file")

// Read reads a journal. An empty one has no records.
func Read(r io.Reader) (*Index, error) {
	x := &Index{Done: map[Key]Output{}}
	lines := bufio.NewReaderSize(r, 1<<16)
	header, err := lines.ReadSlice('\n')
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	if err := checkHeader(header); err != nil {
		return nil, err
	}
	if err != nil {
		return x, nil // empty, or its writer was killed within its first words
	}
	x.Size = int64(len(header))
	for {
		line, err := lines.ReadSlice('\n')
		switch {
		case err == nil:
			x.Size += int64(len(line))
			x.take(line[:len(line)-1])
		case errors.Is(err, bufio.ErrBufferFull): // no line of ours is so long
			x.Damaged++
			n, err := skipLine(lines)
			if errors.Is(err, io.EOF) {
				return x, nil
			}
			if err != nil {
				return nil, err
			}
			x.Size += int64(len(line)) + n
		case errors.Is(err, io.EOF):
			if len(line) > 0 {
				x.Damaged++
			}
			return x, nil
		default:
			return nil, err
		}
	}
}

// skipLine reads up to the next line.
func skipLine(r *bufio.Reader) (n int64, err error) {
	for {
		part, err := r.ReadSlice('\n')
		n += int64(len(part))
		if !errors.Is(err, bufio.ErrBufferFull) {
			return n, err
		}
	}
}

// checkHeader refuses what is no journal of this version. The beginning of a header is a journal too.
func checkHeader(line []byte) error {
	if bytes.HasPrefix([]byte(Header), line) {
		return nil
	}
	version, ok := strings.CutPrefix(string(line), "braid map journal ")
	if !ok || len(version) > 20 {
		return ErrNoJournal
	}
	return &VersionError{strings.TrimSpace(version)}
}

// take enters a line.
func (x *Index) take(line []byte) {
	r, ok, err := ParseLine(line)
	switch {
	case err != nil:
		x.Damaged++
	case !ok:
	case r.OK():
		x.Records++
		x.Done[r.Key] = Output{r.Stdout, r.Stderr}
	default:
		x.Records++
		delete(x.Done, r.Key)
	}
}
