package journal

import (
	"bufio"
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
type VersionError struct{ Version, Known string }

func (e *VersionError) Error() string {
	return fmt.Sprintf("the journal has version %s of the format, and this program knows version %s; use the version of braid that wrote it, or another file", e.Version, e.Known)
}

// ErrNoJournal is the error of a file that is something else.
var ErrNoJournal = errors.New("it is something else; name another file")

// Read reads a journal. An empty one has no records.
func Read(r io.Reader) (x *Index, err error) {
	x = &Index{Done: map[Key]Output{}}
	damaged := 0
	x.Size, damaged, err = Scan(r, Header, x.take)
	x.Damaged += damaged
	if err != nil {
		return nil, err
	}
	return x, nil
}

// Scan reads a text of lines with a header and gives take each line that is whole, without its line feed, as long as that returns.
// size is up to the end of the last of them, damaged how many could be no lines of ours.
func Scan(r io.Reader, header string, take func(line []byte)) (size int64, damaged int, err error) {
	lines := bufio.NewReaderSize(r, 1<<16)
	first, err := lines.ReadSlice('\n')
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return 0, 0, err
	}
	if err := checkHeader(first, header); err != nil {
		return 0, 0, err
	}
	if err != nil {
		return 0, 0, nil // empty, or its writer was killed within its first words
	}
	size = int64(len(first))
	for {
		line, err := lines.ReadSlice('\n')
		switch {
		case err == nil:
			size += int64(len(line))
			take(line[:len(line)-1])
		case errors.Is(err, bufio.ErrBufferFull): // no line of ours is so long
			damaged++
			n := int64(len(line))
			rest, err := skipLine(lines)
			if errors.Is(err, io.EOF) {
				return size, damaged, nil
			}
			if err != nil {
				return 0, 0, err
			}
			size += n + rest
		case errors.Is(err, io.EOF):
			if len(line) > 0 {
				damaged++
			}
			return size, damaged, nil
		default:
			return 0, 0, err
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
func checkHeader(line []byte, header string) error {
	if strings.HasPrefix(header, string(line)) {
		return nil
	}
	kind := header[:strings.LastIndexByte(header, ' ')+1]
	version, ok := strings.CutPrefix(string(line), kind)
	if !ok || len(version) > 20 {
		return fmt.Errorf("the file is no journal of %s: %w", strings.TrimSuffix(kind, " journal "), ErrNoJournal)
	}
	return &VersionError{strings.TrimSpace(version), strings.TrimSpace(header[len(kind):])}
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
