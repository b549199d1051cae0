package wordcount

import (
	"bufio"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/bag"
	"github.com/braid-compute/braid/examples"
)

//go:embed text/*.txt
var text embed.FS

// Source says which files are counted.
type Source struct {
	Files          string // name or pattern; of the text in the program if Inside
	Inside         bool
	PartitionBytes int64 // as in bag.ReadOptions
}

// Count counts the words of a source.
var Count = braid.Plan("wordcount", func(s Source) *bag.Bag[bag.Count[string]] {
	options := bag.ReadOptions{PartitionBytes: s.PartitionBytes}
	if s.Inside {
		options.FS = text
	}
	return bag.Frequencies(bag.FlatMap(options.Lines(s.Files), words))
})

// words returns the words of a line in small letters.
func words(line string) []string {
	return strings.FieldsFunc(strings.ToLower(line), func(r rune) bool { return !unicode.IsLetter(r) })
}

// parts is how many partitions the large text is cut into: the results of so many are merged by one task.
const parts = 8

// Run counts the words of the small text and of a large one.
func Run(ctx context.Context, c *braid.Client, p examples.Params) (examples.Report, error) {
	r := examples.Report{Name: "wordcount", Title: "How often each word occurs in a text, by partitions of its files."}
	small, err := Count.Call(Source{Files: "text/*.txt", Inside: true}).Collect(ctx, c)
	if err != nil {
		return r, err
	}
	r.Checks = []examples.Check{
		// The references are of tr, sort and uniq.
		{Name: "words of the small text", Result: total(small), Reference: 297},
		{Name: "different words of the small text", Result: float64(len(small)), Reference: 140},
		{Name: `occurrences of "the"`, Result: of(small, "the"), Reference: 32},
		{Name: `occurrences of "boats"`, Result: of(small, "boats"), Reference: 6},
	}

	n := 3000
	if p.Quick {
		n = 600
	}
	dir, err := os.MkdirTemp("", "braid-wordcount-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "text")
	size, err := generate(file, n)
	if err != nil {
		return r, err
	}
	start := time.Now()
	plain, err := serial(os.DirFS(dir), "text")
	if err != nil {
		return r, err
	}
	r.Serial = time.Since(start)

	start = time.Now()
	large, err := Count.Call(Source{Files: file, PartitionBytes: (size + parts - 1) / parts}).Collect(ctx, c)
	if err != nil {
		return r, err
	}
	r.Parallel, r.Tasks = time.Since(start), parts+1
	r.Checks = append(r.Checks,
		examples.Check{Name: "words of the large text", Result: total(large), Reference: float64(n * (n + 1) / 2)},
		examples.Check{Name: "different words of the large text", Result: float64(len(large)), Reference: float64(n)},
		examples.Check{Name: "words counted otherwise than by rule", Result: float64(wrong(large, plain)), Reference: 0})
	r.Notes = []string{fmt.Sprintf("the large text has %d bytes; it is read in %d partitions, each by one task that cuts lines into words and counts them", size, parts)}
	return r, nil
}

// total returns the number of words.
func total(counts []bag.Count[string]) float64 {
	var n int64
	for _, k := range counts {
		n += k.N
	}
	return float64(n)
}

// of returns how often a word occurs.
func of(counts []bag.Count[string], word string) float64 {
	for _, k := range counts {
		if k.Value == word {
			return float64(k.N)
		}
	}
	return 0
}

// wrong returns how many of the counts differ from the plain ones, or from the rule by which the text was generated: in
// order, n occurrences of the first, n-1 of the second.
func wrong(counts []bag.Count[string], plain map[string]int64) (wrong int) {
	for i, k := range counts {
		if k.N != int64(len(counts)-i) || k.Value != word(i) || plain[k.Value] != k.N {
			wrong++
		}
	}
	return wrong
}

// serial counts words in the plain way.
func serial(dir fs.FS, name string) (map[string]int64, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	n := make(map[string]int64)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		for _, word := range words(lines.Text()) {
			n[word]++
		}
	}
	return n, lines.Err()
}
