package bag_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/bag"
)

// wordcount captures what its argument holds, in closures that have no names.
var wordcount = braid.Plan("bag/wordcount", func(a wordcountArgs) *bag.Bag[bag.Count[string]] {
	words := bag.FlatMap(bag.ReadOptions{PartitionBytes: a.PartitionBytes}.Lines(a.Files), strings.Fields)
	long := bag.Filter(words, func(word string) bool { return len(word) >= a.Shortest })
	return bag.Frequencies(bag.Map(long, func(word string) string { return strings.ToLower(word) + a.Suffix }))
})

type wordcountArgs struct {
	Files          string
	PartitionBytes int64
	Shortest       int
	Suffix         string
}

// multiples is cut by the client: From's elements travel to the workers.
var multiples = braid.Plan("bag/multiples", func(n int) *bag.Bag[int] {
	return bag.Map(bag.From(count(100), 10), func(i int) int { return i * n })
})

// perProcess builds another collection in every process.
var perProcess = braid.Plan("bag/per-process", func(int) *bag.Bag[int] {
	b := bag.From(count(10), 2)
	if os.Getpid() != firstProcess() { //braidvet:ignore the mistake that workers have to notice
		return bag.Filter(b, func(i int) bool { return i > 3 })
	}
	return bag.Map(b, func(i int) int { return i })
})

// firstProcess is the process that asks for workers: they are its children.
func firstProcess() int {
	if p := os.Getenv("BAG_TEST_FIRST"); p != "" { //braidvet:ignore see perProcess
		var pid int
		fmt.Sscan(p, &pid)
		return pid
	}
	return os.Getpid() //braidvet:ignore see perProcess
}

// crash panics in the workers.
var crash = braid.Plan("bag/crash", func(n int) *bag.Bag[int] {
	return bag.Map(bag.From(count(10), 2), func(i int) int { return 1 / (i - n) })
})

// channels holds what cannot be sent to another process.
var channels = braid.Plan("bag/channels", func(int) *bag.Bag[chan int] {
	return bag.Map(bag.From(count(10), 2), func(int) chan int { return nil })
})

// nested builds upon what another plan builds.
var nested = braid.Plan("bag/nested", func(n int) *bag.Bag[bag.Count[bool]] {
	return bag.Map(multiples.Call(n), func(i int) bag.Count[bool] { return bag.Count[bool]{Value: i%2 == 0, N: 1} })
})

// processesOf opens a client with worker processes.
func processesOf(t *testing.T, n int) *braid.Client {
	t.Helper()
	t.Setenv("BAG_TEST_FIRST", fmt.Sprint(os.Getpid()))
	c, err := braid.Open(t.Context(), braid.Options{Processes: n})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestPlansRunInWorkerProcessesAsInThisOne(t *testing.T) {
	near, far := open(t), processesOf(t, 2) // closed the other way round
	file := filepath.Join(t.TempDir(), "text")
	var text strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&text, "Word%d an%d a\r\n", i%17, i%5)
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	b := wordcount.Call(wordcountArgs{file, 1000, 3, "!"})
	if n, err := b.Partitions(); n != 1 || err != nil {
		t.Errorf("%d partitions, %v", n, err)
	}
	want, err := b.Collect(t.Context(), near)
	if err != nil {
		t.Fatal(err)
	}
	if len(want) != 22 || want[0] != (bag.Count[string]{Value: "an0!", N: 600}) {
		t.Errorf("in this process: %v", want)
	}
	got, err := b.Collect(t.Context(), far)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("in two processes: %v, %v, want %v", got, err, want)
	}
	alone := wordcount.With(braid.Isolated()).Call(wordcountArgs{file, 10_000, 3, "!"})
	if got, err := alone.Collect(t.Context(), near); err != nil || !slices.Equal(got, want) {
		t.Errorf("each task in a process of its own: %v, %v", got, err)
	}
	if got, err := b.Take(t.Context(), far, 3); err != nil || !slices.Equal(got, want[:3]) {
		t.Errorf("Take(3) in two processes: %v, %v", got, err)
	}
	for _, n := range []int{1, 7} { // the worker builds again for another argument
		var got []int
		for i, err := range multiples.Call(n).All(t.Context(), far) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, i/n)
		}
		if !slices.Equal(got, count(100)) {
			t.Errorf("multiples of %d in two processes: %v", n, got)
		}
	}
	counts, err := nested.With(braid.Retries(1)).Call(3).Collect(t.Context(), far)
	if err != nil || len(counts) != 100 || counts[2] != (bag.Count[bool]{Value: true, N: 1}) {
		t.Errorf("a plan inside a plan: %v, %v", counts, err)
	}
}

func TestWorkersRefuseWhatTheClientDidNotBuild(t *testing.T) {
	c := processesOf(t, 1)
	_, err := perProcess.Call(0).Collect(t.Context(), c)
	for _, want := range []string{
		`plan "bag/per-process" (plan_test.go:`, "built again by a worker",
		"From(2 partitions): int → Map(bag_test.", "From(2 partitions): int → Filter(bag_test.", "braidvet",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error that says %q", err, want)
		}
	}
}

func TestWhatCannotLeaveTheProcessIsRefusedAtSubmission(t *testing.T) {
	c := processesOf(t, 1)
	closure := func(i int) int { return i + 1 }
	for name, k := range map[string]struct {
		collect func() error
		words   []string
	}{
		"a bare closure": {func() error {
			_, err := bag.Map(bag.From(count(3), 1), closure).Collect(t.Context(), c)
			return err
		}, []string{"bag.Map (plan_test.go:", "braid.Plan(", "braid.Func"}},
		"a closure upon a plan": {func() error {
			_, err := bag.Map(multiples.Call(1), closure).Take(t.Context(), c, 1)
			return err
		}, []string{"bag.Map (plan_test.go:", "braid.Plan("}},
		"no closure at all": {func() error {
			_, err := bag.From(count(3), 1).Collect(t.Context(), c)
			return err
		}, []string{"bag.From (plan_test.go:", "braid.Plan("}},
	} {
		err := k.collect()
		if !errors.Is(err, braid.ErrNeedsPlan) {
			t.Errorf("%s: got %v, want ErrNeedsPlan", name, err)
			continue
		}
		for _, want := range k.words {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not say %q", name, err, want)
			}
		}
	}
	for want, collect := range map[string]func() error{
		"bag.Map (plan_test.go:": func() error { _, err := channels.Call(1).Collect(t.Context(), c); return err },
		"Key(\"k\")":             func() error { _, err := multiples.With(braid.Key("k")).Call(1).Collect(t.Context(), c); return err },
		"divide by zero":         func() error { _, err := crash.Call(3).Collect(t.Context(), c); return err },
	} {
		if err := collect(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error that says %q", err, want)
		}
	}
}
