package bag

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// bufferBytes is how much of a file is read at a time.
const bufferBytes = 256 << 10

// reader reads the lines of a split.
type reader struct {
	o     ReadOptions
	where func() string // the verb and the user's line
	split split
}

// stream is the stream of the split's lines. Each line is a string of its own, so that what is kept of it keeps nothing else
// in memory.
func (r reader) stream(ctx context.Context) stream[string] {
	return func(yield func(string) error) error {
		if r.split.File == "" {
			return nil
		}
		text, file, err := r.open()
		if err != nil {
			return r.wrong(r.split.Offset, err)
		}
		defer file.Close()
		s := scanner{ctx: ctx, in: bufio.NewReaderSize(text, bufferBytes), at: max(r.split.Offset-1, 0), max: r.o.MaxLine}
		err = s.lines(r.split, yield)
		if s.own {
			return r.wrong(s.at, err)
		}
		return err
	}
}

// wrong says at which byte of which file something went wrong.
func (r reader) wrong(at int64, err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		err = fmt.Errorf("%s: %w", p.Op, p.Err) // the name of the file is there already
	}
	of := ""
	if r.split.Whole {
		of = " of the decompressed text"
	}
	return fmt.Errorf("%s: %s, byte %d%s: %w", r.where(), r.split.File, at, of, err)
}

// open opens the file at the first byte that has to be looked at: one before the split, because a line begins with the
// split only if that byte ends another.
func (r reader) open() (io.Reader, io.Closer, error) {
	var f fs.File
	var err error
	if r.o.FS != nil {
		f, err = r.o.FS.Open(r.split.File)
	} else {
		f, err = os.Open(r.split.File)
	}
	if err != nil {
		return nil, nil, err
	}
	text, err := r.seek(f)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return text, f, nil
}

func (r reader) seek(f fs.File) (io.Reader, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() != r.split.Size {
		return nil, fmt.Errorf("the file has %d bytes, and had %d when it was cut into partitions: it must not change while it is read", info.Size(), r.split.Size)
	}
	if r.split.Whole {
		text, err := gzip.NewReader(f)
		if err != nil {
			return nil, fmt.Errorf("the name ends in .gz, and the file cannot be decompressed: %w", err)
		}
		return text, nil
	}
	if r.split.Offset == 0 {
		return f, nil
	}
	if s, ok := f.(io.Seeker); ok {
		_, err = s.Seek(r.split.Offset-1, io.SeekStart)
	} else {
		_, err = io.CopyN(io.Discard, f, r.split.Offset-1)
	}
	return f, err
}
