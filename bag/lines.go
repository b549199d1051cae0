package bag

import (
	"context"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/internal/plan"
	"github.com/braid-compute/braid/internal/progress"
)

// The defaults of ReadOptions.
const (
	// DefaultPartitionBytes is large enough that a task is worth its cost, and small enough that there are several for each
	// core.
	DefaultPartitionBytes = 16 << 20
	// DefaultMaxLine stops reading what is no text before it fills the memory.
	DefaultMaxLine = 64 << 20
)

// ReadOptions say how files are read. The zero value is what [Lines] uses.
type ReadOptions struct {
	// PartitionBytes is how much of a file makes a partition, at most. Each file is cut into equal parts, and a partition has
	// the lines that begin in its part. 0 means 16 MiB.
	PartitionBytes int64
	// MaxLine is the length of the longest line, in bytes; a longer one is an error. 0 means 64 MiB.
	MaxLine int
	// FS holds the files. nil means the files of the operating system. In a braid.Plan it must be the same in every process,
	// as an embed.FS is.
	FS fs.FS
}

// Lines returns a bag of the lines of text files. Each pattern is the name of a file or a pattern of [filepath.Glob], such as
// "text/*.txt"; the files that it finds are in the order of their names. Lines come without "\n" or "\r\n". Files are cut
// into partitions of 16 MiB; for others see [ReadOptions.Lines].
//
// A file whose name ends in ".gz" is decompressed and is one partition, since it cannot be read from the middle. Which files
// there are, and where they are cut, is found out once, when the bag is first used, by the process of the client; a
// file must not change afterwards.
func Lines(patterns ...string) *Bag[string] { return lines(ReadOptions{}, patterns, caller()) }

// Lines is [Lines] with options.
func (o ReadOptions) Lines(patterns ...string) *Bag[string] { return lines(o, patterns, caller()) }

func lines(o ReadOptions, patterns []string, site uintptr) *Bag[string] {
	if o.PartitionBytes == 0 {
		o.PartitionBytes = DefaultPartitionBytes
	}
	if o.MaxLine == 0 {
		o.MaxLine = DefaultMaxLine
	}
	v := verb[string]("Lines", nil, site)
	quoted := make([]string, len(patterns))
	for i, p := range patterns {
		quoted[i] = strconv.Quote(p)
	}
	v.Detail = fmt.Sprintf("%s, %s a partition, lines up to %s", strings.Join(quoted, ", "), progress.Bytes(o.PartitionBytes), progress.Bytes(int64(o.MaxLine)))
	if o.FS != nil {
		v.Detail += fmt.Sprintf(", in %T", o.FS)
	}
	switch {
	case len(patterns) == 0:
		return &Bag[string]{plan.Broken(v, mistake(v, "no file or pattern is given"))}
	case o.PartitionBytes < 0 || o.MaxLine < 0:
		return &Bag[string]{plan.Broken(v, mistake(v, "PartitionBytes is %d and MaxLine is %d: neither can be negative", o.PartitionBytes, o.MaxLine))}
	}
	resolve := sync.OnceValues(func() (plan.Parts, error) {
		s, err := o.splits(patterns)
		if err != nil {
			return nil, mistake(v, "%w", err)
		}
		return s, nil
	})
	return &Bag[string]{plan.From(v, plan.Source{
		Parts: resolve,
		Open: func(ctx context.Context, part any) (any, error) {
			r := reader{o: o, where: v.Where, split: part.(split)}
			return r.stream(ctx), nil
		},
		Decode: func(data []byte) (any, error) { return codec.Decode[split](data) },
	})}
}

// split is the part of a file whose lines make a partition: those that begin from Offset on and before End.
type split struct {
	File   string // empty for no file at all
	Offset int64
	End    int64
	Size   int64 // of the file, so that a reader notices that it changed
	Whole  bool  // decompressed, as one
}

// splits are the partitions of some files.
type splits struct {
	items []split
	files int
	bytes int64
}

func (s *splits) Len() int             { return len(s.items) }
func (s *splits) At(i int) any         { return s.items[i] }
func (s *splits) Bytes() (int64, bool) { return s.bytes, true }

func (s *splits) String() string {
	if s.files == 1 {
		return progress.Bytes(s.bytes) + " in 1 file"
	}
	return fmt.Sprintf("%s in %d files", progress.Bytes(s.bytes), s.files)
}

// splits finds the files and cuts them.
func (o ReadOptions) splits(patterns []string) (*splits, error) {
	s := &splits{}
	for _, p := range patterns {
		names, err := o.glob(p)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if err := s.cut(o, name); err != nil {
				return nil, err
			}
		}
	}
	if len(s.items) == 0 { // all files are empty
		s.items = []split{{}}
	}
	return s, nil
}

// glob returns the files that a pattern stands for.
func (o ReadOptions) glob(pattern string) ([]string, error) {
	var names []string
	var err error
	switch {
	case !strings.ContainsAny(pattern, `*?[`):
		return []string{pattern}, nil
	case o.FS != nil:
		names, err = fs.Glob(o.FS, pattern)
	default:
		names, err = filepath.Glob(pattern)
	}
	if err != nil {
		return nil, fmt.Errorf("pattern %q: %w", pattern, err)
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		info, err := o.stat(name)
		return err == nil && info.IsDir()
	})
	if len(names) == 0 {
		return nil, fmt.Errorf("pattern %q: there is no such file%s", pattern, o.folder())
	}
	return names, nil
}

// folder says where relative names begin.
func (o ReadOptions) folder() string {
	if wd, err := os.Getwd(); err == nil && o.FS == nil {
		return ", seen from " + wd
	}
	return ""
}

func (o ReadOptions) stat(name string) (fs.FileInfo, error) {
	if o.FS != nil {
		return fs.Stat(o.FS, name)
	}
	return os.Stat(name)
}

// cut adds the partitions of a file.
func (s *splits) cut(o ReadOptions, name string) error {
	info, err := o.stat(name)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return fmt.Errorf("%s is a folder: write %q for the files in it", name, filepath.Join(name, "*"))
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file (%v), and cannot be read in parts", name, info.Mode().Type())
	}
	if o.FS == nil {
		if name, err = filepath.Abs(name); err != nil { // a worker may run in another folder
			return err
		}
	}
	size := info.Size()
	s.files++
	s.bytes += size
	if strings.HasSuffix(name, ".gz") {
		s.items = append(s.items, split{File: name, End: math.MaxInt64, Size: size, Whole: true})
		return nil
	}
	n := (size-1)/o.PartitionBytes + 1
	if size == 0 {
		n = 0
	}
	if n > maxPartitions-int64(len(s.items)) {
		return fmt.Errorf("%s of %s and the files before it make more than %d partitions of %s: read more bytes a partition",
			name, progress.Bytes(size), maxPartitions, progress.Bytes(o.PartitionBytes))
	}
	for i := range n {
		s.items = append(s.items, split{File: name, Offset: bound(size, n, i), End: bound(size, n, i+1), Size: size})
	}
	return nil
}

// bound returns where part i of n of a size begins.
func bound(size, n, i int64) int64 { return size/n*i + min(i, size%n) }
