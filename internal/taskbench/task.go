package taskbench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/braid-compute/braid"
)

// The tasks as registered functions. Outputs of 8 bytes are words; larger ones are strings that begin with the word, because
// both are passed on without being copied or looked at. Tasks of up to two inputs take them as arguments, as a function
// written for them would; a list costs several allocations.
var (
	task0 = braid.Func("taskbench/task0", func(_ context.Context, w int64) (int64, error) { return w, perform(w, nil) })
	task1 = braid.Func2("taskbench/task1", func(_ context.Context, w, a int64) (int64, error) {
		in := [1]int64{a}
		return w, perform(w, in[:])
	})
	task2 = braid.Func3("taskbench/task2", func(_ context.Context, w, a, b int64) (int64, error) {
		in := [2]int64{a, b}
		return w, perform(w, in[:])
	})
	taskN    = braid.Func2("taskbench/task", func(_ context.Context, w int64, in []int64) (int64, error) { return w, perform(w, in) })
	textTask = braid.Func2("taskbench/text-task", func(_ context.Context, w int64, in []string) (string, error) {
		number, step, point := parseWord(w)
		g := graphs.at[number].Load()
		if err := g.whole(in); err != nil {
			return "", fmt.Errorf("%s: %w", g.where(step, point), err)
		}
		return text(w, g.OutputBytes), perform(w, parseTexts(in))
	})
	wordEnd = braid.Func("taskbench/end", func(_ context.Context, in []int64) (int64, error) { return last(in) })
	textEnd = braid.Func("taskbench/text-end", func(_ context.Context, in []string) (int64, error) { return last(parseTexts(in)) })
)

// form is how the tasks of a graph are called: with words or with texts.
type form[T any] struct {
	task func(w int64, in []*braid.Delayed[T]) *braid.Delayed[T]
	end  *braid.Func1[[]T, int64]
}

var words = form[int64]{callWord, wordEnd}

func callWord(w int64, in []*braid.Delayed[int64]) *braid.Delayed[int64] {
	switch len(in) {
	case 0:
		return task0.Call(braid.V(w))
	case 1:
		return task1.Call(braid.V(w), in[0])
	case 2:
		return task2.Call(braid.V(w), in[0], in[1])
	}
	return taskN.Call(braid.V(w), braid.All(in))
}

var texts = form[string]{callText, textEnd}

func callText(w int64, in []*braid.Delayed[string]) *braid.Delayed[string] {
	return textTask.Call(braid.V(w), braid.All(in))
}

// graphs is where tasks find the graph that their word names. Number 0 stays free, so that no word is 0.
var graphs struct {
	mu sync.Mutex
	at [maxGraphs]atomic.Pointer[Graph]
}

// enter gives a graph a number.
func enter(g *Graph) (int, error) {
	graphs.mu.Lock()
	defer graphs.mu.Unlock()
	for n := 1; n < maxGraphs; n++ {
		if graphs.at[n].Load() == nil {
			graphs.at[n].Store(g)
			return n, nil
		}
	}
	return 0, fmt.Errorf("taskbench: more than %d graphs at once: close some", maxGraphs-1)
}

func leave(number int) { graphs.at[number].Store(nil) }

// perform checks the inputs of a task and does its work.
func perform(w int64, in []int64) error {
	number, step, point := parseWord(w)
	g := graphs.at[number].Load()
	if err := g.validate(number, step, point, in); err != nil {
		return err
	}
	return g.work(step, point)
}

var errNegative = errors.New("taskbench: the kernel came to a negative number; the processor is at fault")

func (g *Graph) work(step, point int) error {
	if g.Kernel.run(g, step, point) < 0 {
		return errNegative
	}
	return nil
}

// validate holds the inputs that a task was given against those that its place in the pattern asks for.
func (g *Graph) validate(number, step, point int, in []int64) error {
	var room [16]int32
	want := g.appendInputs(room[:0], step, point)
	if len(in) == len(want) {
		before, k := word(number, step-1, 0), 0
		for k < len(in) && in[k] == before|int64(want[k]) {
			k++
		}
		if k == len(in) {
			return nil
		}
	}
	return g.complain(step, point, in)
}

func (g *Graph) where(step, point int) string {
	return fmt.Sprintf("taskbench: %v, step %d, point %d", g.Pattern, step, point)
}

// complain says what is wrong with the inputs of a task.
func (g *Graph) complain(step, point int, in []int64) error {
	where := g.where(step, point)
	want := g.Inputs(step, point)
	for k, j := range want {
		if k == len(in) {
			return fmt.Errorf("%s: it has %d inputs instead of %d: that of step %d, point %d, is missing", where, len(in), len(want), step-1, j)
		}
		if _, t, i := parseWord(in[k]); t != step-1 || i != j {
			return fmt.Errorf("%s: input %d of %d is from step %d, point %d, instead of step %d, point %d", where, k+1, len(want), t, i, step-1, j)
		}
	}
	if len(in) > len(want) {
		_, t, i := parseWord(in[len(want)])
		return fmt.Errorf("%s: it has %d inputs instead of %d: that of step %d, point %d, is too much", where, len(in), len(want), t, i)
	}
	return fmt.Errorf("%s: an input is from another graph", where)
}

// text is an output of n bytes: the word again and again.
func text(w int64, n int) string {
	var one [wordSize]byte
	binary.LittleEndian.PutUint64(one[:], uint64(w))
	return strings.Repeat(string(one[:]), (n+wordSize-1)/wordSize)[:n]
}

func parseText(s string) int64 { return int64(binary.LittleEndian.Uint64([]byte(s[:wordSize]))) }

func parseTexts(in []string) []int64 {
	words := make([]int64, len(in))
	for k, s := range in {
		words[k] = parseText(s)
	}
	return words
}

// whole checks that inputs are complete: the word again and again to their ends.
func (g *Graph) whole(in []string) error {
	n := g.OutputBytes
	for k, s := range in {
		if len(s) != n {
			return fmt.Errorf("input %d of %d has %d bytes instead of %d", k+1, len(in), len(s), n)
		}
		if s[wordSize:] != s[:n-wordSize] {
			return fmt.Errorf("input %d of %d is damaged: it does not repeat its first %d bytes", k+1, len(in), wordSize)
		}
	}
	return nil
}

// last takes the outputs that no task takes, each of which must come once and in order, and counts them.
func last(in []int64) (int64, error) {
	for k := 1; k < len(in); k++ {
		if in[k] <= in[k-1] {
			_, t, i := parseWord(in[k])
			return 0, fmt.Errorf("taskbench: the output of step %d, point %d, comes out of order at the end", t, i)
		}
	}
	return int64(len(in)), nil
}
