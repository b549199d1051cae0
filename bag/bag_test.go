package bag_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/bag"
)

func TestMain(m *testing.M) { braid.TestMain(m) }

// open returns a client of this process with two slots.
func open(t testing.TB) *braid.Client {
	t.Helper()
	c, err := braid.Open(context.Background(), braid.Options{Slots: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		goleak.VerifyNone(t)
	})
	return c
}

func count(n int) []int {
	items := make([]int, n)
	for i := range items {
		items[i] = i
	}
	return items
}

func TestNarrowVerbsKeepTheOrderForAnyNumberOfPartitions(t *testing.T) {
	c := open(t)
	for _, n := range []int{0, 1, 2, 9, 100} {
		var want []string
		for i := range n {
			for range i % 3 {
				if i%5 != 0 {
					want = append(want, fmt.Sprint(i*i))
				}
			}
		}
		for _, partitions := range []int{1, 2, 7, 1000} {
			b := bag.From(count(n), partitions)
			b = bag.Filter(b, func(i int) bool { return i%5 != 0 })
			b = bag.FlatMap(b, func(i int) []int { return slices.Repeat([]int{i}, i%3) })
			got, err := bag.Map(b, func(i int) string { return fmt.Sprint(i * i) }).Collect(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d elements in %d partitions: got %v, want %v", n, partitions, got, want)
			}
		}
	}
}

func TestFrequenciesEqualAMap(t *testing.T) {
	c := open(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	items := make([]string, 5000)
	want := map[string]int64{}
	for i := range items {
		items[i] = fmt.Sprint(int(math.Exp(r.Float64() * 6)))
		want[items[i]]++
	}
	var first []bag.Count[string]
	for _, partitions := range []int{1, 2, 8, 9, 64, 65, 66, 1000} {
		got, err := bag.Frequencies(bag.From(items, partitions)).Collect(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Fatalf("%d partitions: %d different values, want %d", partitions, len(got), len(want))
		}
		for i, k := range got {
			if k.N != want[k.Value] {
				t.Errorf("%d partitions: %q occurs %d times, want %d", partitions, k.Value, k.N, want[k.Value])
			}
			if i > 0 && (got[i-1].N < k.N || got[i-1].N == k.N && got[i-1].Value >= k.Value) {
				t.Errorf("%d partitions: %v comes before %v", partitions, got[i-1], k)
			}
		}
		if first == nil {
			first = got
		}
		if !slices.Equal(got, first) {
			t.Errorf("%d partitions give another result than 1", partitions)
		}
	}
}

func TestFrequenciesOfFloatsAndOfTypesOfTheUsers(t *testing.T) {
	c := open(t)
	nan := math.NaN()
	floats, err := bag.Frequencies(bag.From([]float64{nan, 2, nan, 1, nan, 2}, 3)).Collect(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(floats), "[{NaN 3} {2 2} {1 1}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	type colour string
	colours, err := bag.Frequencies(bag.From([]colour{"red", "blue", "red"}, 2)).Collect(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(colours), "[{red 2} {blue 1}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFrequenciesOfFrequencies(t *testing.T) {
	c := open(t)
	words := bag.From(strings.Fields("a b c a b a d e"), 5)
	n := bag.Map(bag.Frequencies(words), func(k bag.Count[string]) int64 { return k.N })
	got, err := bag.Frequencies(n).Collect(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if want := []bag.Count[int64]{{1, 3}, {2, 1}, {3, 1}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTakeComputesNoMoreThanItNeeds(t *testing.T) {
	c := open(t)
	var looked atomic.Int64
	b := bag.Map(bag.From(count(1000), 100), func(i int) int { looked.Add(1); return i })
	for _, k := range []struct{ n, most int }{{0, 0}, {3, 3}, {10, 10}, {11, 30}, {1000, 1000 * 2}, {2000, 2000}} {
		looked.Store(0)
		got, err := b.Take(t.Context(), c, k.n)
		if err != nil {
			t.Fatal(err)
		}
		if want := count(min(k.n, 1000)); !slices.Equal(got, want) {
			t.Errorf("Take(%d) gives %d elements beginning with %v", k.n, len(got), got[:min(len(got), 3)])
		}
		if n := int(looked.Load()); n > k.most {
			t.Errorf("Take(%d) looked at %d elements, want at most %d", k.n, n, k.most)
		}
	}
	if _, err := b.Take(t.Context(), c, -1); err == nil || !strings.Contains(err.Error(), "Take(-1)") {
		t.Errorf("Take(-1): %v", err)
	}
}

func TestAllYieldsInOrderAndCanBeLeft(t *testing.T) {
	c := open(t)
	b := bag.From(count(100), 10)
	var got []int
	for x, err := range b.All(t.Context(), c) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, x); len(got) == 37 {
			break
		}
	}
	if !slices.Equal(got, count(37)) {
		t.Errorf("got %v", got)
	}
	for _, err := range bag.Map[int, int](b, nil).All(t.Context(), c) {
		if err == nil || !strings.Contains(err.Error(), "its function is nil") {
			t.Errorf("a broken bag yields %v", err)
		}
	}
}

func TestAPanicNamesTheLineOfTheVerb(t *testing.T) {
	c := open(t)
	b := bag.From(count(10), 3)
	b = bag.Map(b, func(i int) int { return 10 / (i - 7) }) // the line of the panic
	_, err := bag.Frequencies(b).Collect(t.Context(), c)
	var failed *braid.TaskError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want a TaskError", err)
	}
	for _, want := range []string{"bag/from+map+frequencies#", "bag_test.go:", "integer divide by zero"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
}

func TestTheContextEndsTheWork(t *testing.T) {
	c := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	b := bag.Map(bag.From(count(100_000), 2), func(i int) int { cancel(); return i })
	if _, err := b.Collect(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if _, err := b.Collect(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("before it begins: got %v, want context.Canceled", err)
	}
}

func TestABagCarriesTheFirstMistakeWithTheLine(t *testing.T) {
	c := open(t)
	var none *bag.Bag[int]
	for want, b := range map[string]*bag.Bag[int]{
		"bag.Map (bag_test.go:":     bag.Filter(bag.Map[int, int](bag.From([]int{1}, 1), nil), nil),
		"bag.Filter (bag_test.go:":  bag.Filter(bag.From([]int{1}, 1), nil),
		"bag.FlatMap (bag_test.go:": bag.FlatMap[int, int](bag.From([]int{1}, 1), nil),
		"bag.From (bag_test.go:":    bag.Map(bag.From([]int{1}, 0), func(i int) int { return i }),
		"bag.Map (bag_test.go":      bag.Map(none, func(i int) int { return i }),
		"zero value":                new(bag.Bag[int]),
		"is nil":                    none,
	} {
		err := b.Err()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one with %q", err, want)
		}
		if _, got := b.Collect(t.Context(), c); got == nil || got.Error() != err.Error() {
			t.Errorf("Collect says %v, and Err %v", got, err)
		}
		if _, got := b.Take(t.Context(), c, 1); got == nil || got.Error() != err.Error() {
			t.Errorf("Take says %v, and Err %v", got, err)
		}
		if s := b.String(); !strings.Contains(s, "cannot be computed") {
			t.Errorf("String says %q", s)
		}
	}
}

func TestStringSaysPartitionsBytesAndVerbs(t *testing.T) {
	words := bag.FlatMap(bag.From([]string{"to be", "or not to be"}, 2), strings.Fields)
	got := bag.Frequencies(words).String()
	want := `bag of bag.Count[string], 1 partition
  from 2 partitions of 49 B
  From(2 partitions): string  bag_test.go:L
  FlatMap(strings.Fields): string  bag_test.go:L
  Frequencies(8 a merge): bag.Count[string]  bag_test.go:L`
	if got := lineNumbers.ReplaceAllString(got, ".go:L"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
