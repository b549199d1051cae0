package wordcount

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/bag"
	"github.com/braid-compute/braid/examples"
)

func TestMain(m *testing.M) { braid.TestMain(m) }

func TestWordsAreCountedInOneProcessAndInTwo(t *testing.T) {
	for name, o := range map[string]braid.Options{"one": {Slots: 2}, "two": {Processes: 2}} {
		t.Run(name, func(t *testing.T) {
			defer goleak.VerifyNone(t)
			c, err := braid.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			r, err := Run(t.Context(), c, examples.Params{Quick: true})
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Err(); err != nil {
				t.Error(err)
			}
			if have := r.Checks[4].Result; have != 180_300 || r.Checks[0].Result != 297 {
				t.Errorf("%v words in the large text, want 180300; %v in the small one, want 297", have, r.Checks[0].Result)
			}
			small, err := Count.Call(Source{Files: "text/*.txt", Inside: true, PartitionBytes: 100}).Take(t.Context(), c, 5)
			if err != nil {
				t.Fatal(err)
			}
			want := []bag.Count[string]{{Value: "the", N: 32}, {Value: "a", N: 13}, {Value: "and", N: 10}, {Value: "of", N: 9}, {Value: "he", N: 7}}
			for i := range want {
				if small[i] != want[i] {
					t.Errorf("number %d of the most frequent words is %v, want %v", i+1, small[i], want[i])
				}
			}
			t.Log(r.Notes)
		})
	}
}

func TestGeneratedWordsDiffer(t *testing.T) {
	seen := map[string]int{}
	for i := range 100_000 {
		w := word(i)
		if other, ok := seen[w]; ok || strings.Trim(w, "abdefgiklmnoprstuvz") != "" {
			t.Fatalf("word %d is %q, and so is word %d", i, w, other)
		}
		seen[w] = i
	}
}
