package bag_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/bag"
)

// writeText writes a text of some bytes with words of which few are frequent, as in natural language.
func writeText(t testing.TB, size int) string {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(r, 1.1, 4, 50_000)
	words := make([]string, 50_001)
	for i := range words {
		word := make([]byte, 2+r.IntN(8))
		for k := range word {
			word[k] = byte('a' + r.IntN(26))
		}
		words[i] = string(word)
	}
	var text bytes.Buffer
	for text.Len() < size {
		for range 8 + r.IntN(8) {
			text.WriteString(words[zipf.Uint64()])
			text.WriteByte(' ')
		}
		text.WriteByte('\n')
	}
	name := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(name, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// counted is the loop that everybody writes by hand.
func counted(b *testing.B, name string) []bag.Count[string] {
	f, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	n := map[string]int64{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		for _, word := range strings.Fields(lines.Text()) {
			n[word]++
		}
	}
	counts := make([]bag.Count[string], 0, len(n))
	for word, n := range n {
		counts = append(counts, bag.Count[string]{Value: word, N: n})
	}
	slices.SortFunc(counts, func(a, b bag.Count[string]) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Value, b.Value))
	})
	return counts
}

var benchWords = braid.Plan("bag/bench-words", func(file string) *bag.Bag[bag.Count[string]] {
	return bag.Frequencies(bag.FlatMap(bag.ReadOptions{PartitionBytes: 4 << 20}.Lines(file), strings.Fields))
})

func BenchmarkWordCount(b *testing.B) {
	const size = 64 << 20
	name := writeText(b, size)
	want := counted(b, name)
	check := func(b *testing.B, got []bag.Count[string], err error) {
		if err != nil {
			b.Fatal(err)
		}
		if !slices.Equal(got, want) {
			b.Fatal("the counts are wrong")
		}
	}
	b.Run("loop", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			check(b, counted(b, name), nil)
		}
	})
	for name1, o := range map[string]braid.Options{"slots=1": {Slots: 1}, "slots=2": {Slots: 2}, "processes=2": {Processes: 2}} {
		b.Run(name1, func(b *testing.B) {
			c, err := braid.Open(context.Background(), o)
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			b.SetBytes(size)
			for b.Loop() {
				got, err := benchWords.Call(name).Collect(b.Context(), c)
				check(b, got, err)
			}
		})
	}
}
