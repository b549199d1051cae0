package bag_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/bag"
)

var lineNumbers = regexp.MustCompile(`\.go:\d+`)

// scanned returns the lines of a text as package bufio finds them.
func scanned(text string) []string {
	s := bufio.NewScanner(strings.NewReader(text))
	s.Buffer(nil, len(text)+1)
	lines := []string{}
	for s.Scan() {
		lines = append(lines, s.Text())
	}
	return lines
}

func FuzzLines(f *testing.F) {
	for _, text := range []string{"", "\n", "a", "a\n", "a\nb", "a\r\nb\r\n", "\r\n\r\n", "\n\n\n", "a\r", "long line and\nshort\n\nx\n", "\r\r\n"} {
		for _, n := range []int64{1, 2, 5, 100} {
			f.Add(text, n)
		}
	}
	c, err := braid.Open(context.Background(), braid.Options{Slots: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { c.Close() })
	f.Fuzz(func(t *testing.T, text string, partition int64) {
		if partition < 1 || strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") || len(text) > 1000 {
			t.Skip()
		}
		files := fstest.MapFS{"t": {Data: []byte(text)}}
		got, err := bag.ReadOptions{FS: files, PartitionBytes: partition}.Lines("t").Collect(t.Context(), c)
		if errors.Is(err, context.Canceled) || err != nil && strings.Contains(err.Error(), "no plain text") {
			t.Skip()
		}
		if err != nil {
			t.Fatal(err)
		}
		if want := scanned(text); !slices.Equal(got, want) {
			t.Errorf("%q in partitions of %d bytes: got %q, want %q", text, partition, got, want)
		}
	})
}

func TestLinesOfRandomTextsAreThoseOfAScanner(t *testing.T) {
	c := open(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	name := filepath.Join(t.TempDir(), "text")
	for range 20 {
		var text strings.Builder
		for range r.IntN(40) {
			size := r.IntN(30)
			if r.IntN(10) == 0 {
				size = 200_000 + r.IntN(400_000) // longer than the buffer
			}
			text.WriteString(strings.Repeat(string(rune('a'+r.IntN(26))), size))
			text.WriteString([]string{"\n", "\r\n", "\r", ""}[r.IntN(4)])
		}
		if err := os.WriteFile(name, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, partition := range []int64{97, 4096, 300_000} {
			if partition == 97 && text.Len() > 100_000 {
				continue
			}
			got, err := bag.ReadOptions{PartitionBytes: partition}.Lines(name).Collect(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, scanned(text.String())) {
				t.Fatalf("%d bytes in partitions of %d: the lines differ", text.Len(), partition)
			}
		}
	}
}

func TestPatternsFindFilesInTheOrderOfTheirNames(t *testing.T) {
	c := open(t)
	dir := t.TempDir()
	for _, name := range []string{"b.txt", "a.txt", "c.log"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "d.txt"), 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := bag.Lines(filepath.Join(dir, "c.log"), filepath.Join(dir, "*.txt")).Collect(t.Context(), c)
	if want := []string{"c.log", "a.txt", "b.txt"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

// forward is a file system whose files can only be read from the begin on.
type forward struct{ fs.FS }

func (f forward) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	return struct{ fs.File }{file}, err
}

func TestFilesThatCannotBeSoughtAreReadUpToThePartition(t *testing.T) {
	c := open(t)
	text := strings.Repeat("some words in a line\n", 100)
	files := forward{fstest.MapFS{"t": {Data: []byte(text)}}}
	got, err := bag.ReadOptions{FS: files, PartitionBytes: 64}.Lines("t").Collect(t.Context(), c)
	if err != nil || !slices.Equal(got, scanned(text)) {
		t.Errorf("got %d lines, %v", len(got), err)
	}
}

func compressed(t *testing.T, text string) []byte {
	t.Helper()
	var b strings.Builder
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return []byte(b.String())
}

func TestCompressedFilesAreOnePartition(t *testing.T) {
	c := open(t)
	text := strings.Repeat("some words in a line\n", 100)
	files := fstest.MapFS{"a.gz": {Data: compressed(t, text)}, "b": {Data: []byte("last\n")}}
	b := bag.ReadOptions{FS: files, PartitionBytes: 10}.Lines("a.gz", "b")
	if n, err := b.Partitions(); n != 2 || err != nil {
		t.Errorf("%d partitions, %v, want 2", n, err)
	}
	got, err := b.Collect(t.Context(), c)
	if err != nil || !slices.Equal(got, scanned(text+"last\n")) {
		t.Errorf("got %d lines, %v", len(got), err)
	}
}

// shrinking is a file system whose files lose their last byte after they were looked at once.
type shrinking struct {
	fstest.MapFS
}

func (f shrinking) Open(name string) (fs.File, error) {
	return fstest.MapFS{name: {Data: f.MapFS[name].Data[1:]}}.Open(name)
}

func TestErrorsOfReadingNameFileByteAndLine(t *testing.T) {
	c := open(t)
	text := "first\nsecond line\n" + strings.Repeat("x", 300_000) + "\nlast\n"
	files := fstest.MapFS{
		"text":       {Data: []byte(text)},
		"packed":     {Data: compressed(t, text)},
		"plain.gz":   {Data: []byte(text)},
		"cut.gz":     {Data: compressed(t, text)[:60]},
		"wide":       {Data: []byte("\xff\xfea\x00")},
		"folder/one": {Data: []byte(text)},
	}
	for name, k := range map[string]struct {
		o     bag.ReadOptions
		file  string
		words []string
	}{
		"no such file":    {bag.ReadOptions{FS: files}, "nowhere", []string{"nowhere", "file does not exist"}},
		"no match":        {bag.ReadOptions{FS: files}, "*.csv", []string{`pattern "*.csv": there is no such file`}},
		"a bad pattern":   {bag.ReadOptions{FS: files}, "[", []string{`pattern "["`, "syntax error"}},
		"a folder":        {bag.ReadOptions{FS: files}, "folder", []string{"folder is a folder: write", "*"}},
		"a long line":     {bag.ReadOptions{FS: files, MaxLine: 1000}, "text", []string{"text, byte 18: the line that begins here is longer than 1000 B: raise ReadOptions.MaxLine"}},
		"a middling line": {bag.ReadOptions{FS: files, MaxLine: 10}, "text", []string{"text, byte 6: the line"}},
		"gzip":            {bag.ReadOptions{FS: files}, "packed", []string{"packed, byte 0: the file is no plain text: it begins like gzip data: let its name end in .gz"}},
		"no gzip":         {bag.ReadOptions{FS: files}, "plain.gz", []string{"plain.gz, byte 0", "name ends in .gz", "invalid header"}},
		"gzip, cut":       {bag.ReadOptions{FS: files}, "cut.gz", []string{"cut.gz, byte 18 of the decompressed text: unexpected EOF"}},
		"UTF-16":          {bag.ReadOptions{FS: files}, "wide", []string{"wide, byte 0", "UTF-16 text: convert it"}},
		"a changed file":  {bag.ReadOptions{FS: statThen{files, shrinking{files}}}, "text", []string{"text, byte 0: the file has 300023 bytes, and had 300024"}},
		"negative":        {bag.ReadOptions{PartitionBytes: -1}, "text", []string{"PartitionBytes is -1"}},
		"too many":        {bag.ReadOptions{FS: huge{}, PartitionBytes: 1}, "text", []string{"text of", "more than 10000000 partitions of 1 B"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := k.o.Lines(k.file).Collect(t.Context(), c)
			for _, want := range append(k.words, "bag.Lines (lines_test.go:") {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want an error that says %q", err, want)
				}
			}
		})
	}
	if err := bag.Lines().Err(); err == nil || !strings.Contains(err.Error(), "no file or pattern is given") {
		t.Errorf("Lines() carries %v", err)
	}
}

// statThen is a file system whose files are another's once they are opened.
type statThen struct {
	fstest.MapFS
	opened fs.FS
}

func (f statThen) Open(name string) (fs.File, error)     { return f.opened.Open(name) }
func (f statThen) Stat(name string) (fs.FileInfo, error) { return fs.Stat(f.MapFS, name) }

// huge is a file system whose files are.
type huge struct{ fstest.MapFS }

type hugeInfo struct{ fs.FileInfo }

func (hugeInfo) Size() int64 { return 1 << 50 }

func (huge) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(fstest.MapFS{name: {}}, name)
	return hugeInfo{info}, err
}

func TestStringOfFilesSaysBytesAndFiles(t *testing.T) {
	files := fstest.MapFS{"a.txt": {Data: make([]byte, 3000)}, "b.txt": {Data: make([]byte, 1000)}}
	got := bag.ReadOptions{FS: files, PartitionBytes: 2000}.Lines("*.txt").String()
	for _, want := range []string{"bag of string, 3 partitions\n  from 3 partitions of ", " in 2 files\n  Lines(\"*.txt\", ", "in fstest.MapFS): string  lines_test.go:"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
}

func TestALineThatSpansPartitionsBelongsToWhereItBegins(t *testing.T) {
	c := open(t)
	text := "ab\n" + strings.Repeat("c", 50) + "\nd\n"
	b := bag.ReadOptions{FS: fstest.MapFS{"t": {Data: []byte(text)}}, PartitionBytes: 10}.Lines("t")
	lines := bag.Map(b, func(line string) string { return fmt.Sprint(len(line)) })
	got, err := lines.Collect(t.Context(), c)
	if want := []string{"2", "50", "1"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}
