package bag

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/braid-compute/braid/internal/progress"
)

// scanner cuts text into lines, as [bufio.ScanLines] does, and knows where it is.
type scanner struct {
	ctx  context.Context
	in   *bufio.Reader
	at   int64 // of the next byte of in
	max  int   // length of the longest line
	own  bool  // the error came from reading, and not from whoever takes the lines
	long []byte
}

// lines yields the lines that begin in the split. The reader stands one byte before the split, or at its begin if that is
// the begin of the file.
func (s *scanner) lines(part split, yield func(string) error) error {
	if part.Offset == 0 {
		if err := s.notText(); err != nil {
			return s.failed(err)
		}
	} else if err := s.skip(part.End); err != nil {
		return s.failed(err)
	}
	for n := 0; s.at < part.End; n++ {
		if n%glance == 0 && s.ctx.Err() != nil {
			return context.Cause(s.ctx)
		}
		begin := s.at
		line, err := s.line()
		if err != nil && (err != io.EOF || len(line) == 0) {
			if err == io.EOF {
				return nil
			}
			s.at = begin
			return s.failed(err)
		}
		if err := yield(string(trimmed(line))); err != nil {
			return err
		}
	}
	return nil
}

func (s *scanner) failed(err error) error {
	s.own = true
	return err
}

// line reads up to and with the next "\n". What it returns is valid until the next call.
func (s *scanner) line() ([]byte, error) {
	line, err := s.in.ReadSlice('\n')
	s.at += int64(len(line))
	if err != bufio.ErrBufferFull {
		return line, s.tooLong(line, err)
	}
	s.long = s.long[:0]
	for err == bufio.ErrBufferFull {
		s.long = append(s.long, line...)
		if err := s.tooLong(s.long, nil); err != nil {
			return nil, err
		}
		if s.ctx.Err() != nil {
			return nil, context.Cause(s.ctx)
		}
		line, err = s.in.ReadSlice('\n')
		s.at += int64(len(line))
	}
	s.long = append(s.long, line...)
	return s.long, s.tooLong(s.long, err)
}

// tooLong returns an error for a line, or the begin of one, that is too long, and err for others.
func (s *scanner) tooLong(line []byte, err error) error {
	if len(trimmed(line)) > s.max {
		return fmt.Errorf("the line that begins here is longer than %s: raise ReadOptions.MaxLine, unless the file is no text", progress.Bytes(int64(s.max)))
	}
	return err
}

// skip reads to the end of a line that began before the split, or to the end of the split.
func (s *scanner) skip(end int64) error {
	for s.at < end {
		line, err := s.in.ReadSlice('\n')
		s.at += int64(len(line))
		switch {
		case err == bufio.ErrBufferFull:
			if s.ctx.Err() != nil {
				return context.Cause(s.ctx)
			}
		case err == io.EOF:
			return nil
		default:
			return err
		}
	}
	return nil
}

// trimmed returns a line without its end.
func trimmed(line []byte) []byte {
	line, _ = bytes.CutSuffix(line, []byte("\n"))
	line, _ = bytes.CutSuffix(line, []byte("\r"))
	return line
}

// formats are what files begin with that hold text in a form in which it cannot be cut into lines.
var formats = []struct{ magic, name, remedy string }{
	{"\x1f\x8b\x08", "gzip data", "let its name end in .gz, and it is decompressed"},
	{"\x28\xb5\x2f\xfd", "zstd data", "decompress it first"},
	{"\xfd7zXZ\x00", "xz data", "decompress it first"},
	{"BZh91AY&SY", "bzip2 data", "decompress it first"},
	{"PK\x03\x04", "a zip archive", "unpack it first"},
	{"\xff\xfe", "UTF-16 text", "convert it to UTF-8 first"},
	{"\xfe\xff", "UTF-16 text", "convert it to UTF-8 first"},
}

var errNotText = errors.New("the file is no plain text")

// notText looks at the begin of a file.
func (s *scanner) notText() error {
	head, err := s.in.Peek(10)
	if err != nil && err != io.EOF {
		return err
	}
	for _, f := range formats {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return fmt.Errorf("%w: it begins like %s: %s", errNotText, f.name, f.remedy)
		}
	}
	return nil
}
