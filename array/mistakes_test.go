package array_test

import (
	"strings"
	"testing"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/array"
	"github.com/braid-compute/braid/ndarray"
)

// TestMistakesSayWhatNext checks that errors name shapes and types, the user's line once, and what to do.
func TestMistakesSayWhatNext(t *testing.T) {
	a := array.Ones(array.Shape{3, 4})
	small := array.Full(7, array.Shape{2}, array.As(ndarray.Uint8))
	wide := small.Cast(ndarray.Uint64).BitAnd(small.Cast(ndarray.Int64))
	yes := a.Greater(0)
	for _, q := range []struct {
		of   *array.Array
		want []string
	}{
		{a.Add(array.Ones(array.Shape{3})), []string{"array.Add", "(3, 4)", "(3,)", "line axes up"}},
		{a.MatMul(a), []string{"axis 1 of shape (3, 4) has 4", "axis 0 of shape (3, 4), which it meets, has 3", "Transpose"}},
		{yes.Sub(yes), []string{"subtract of elements of type bool", "use Xor"}},
		{a.BitAnd(1), []string{"bitwise_and of elements of types float64 and int64, which meet as float64", "use Cast"}},
		{wide, []string{"types uint64 and int64, which meet as float64"}},
		{a.Cast(ndarray.Complex128).Floor(), []string{"floor of elements of type complex128", "use Real"}},
		{array.Full(300, array.Shape{2}, array.As(ndarray.Uint8)), []string{"300 is beyond", "uint8", "wider type"}},
		{array.FullLike(small, -1), []string{"-1 is beyond", "uint8"}},
		{array.Pad(small, [][2]int{{1, 0}}, array.Constant(-5)), []string{"-5 is beyond", "uint8"}},
		{small.SetSlice(300, ndarray.At(0)), []string{"300 is beyond", "uint8"}},
		{small.SetMask(small, 256), []string{"256 is beyond", "uint8"}},
		{a.SetSlice(array.Ones(array.Shape{7}), ndarray.At(0)), []string{"array.SetSlice", "(7,)", "(4,)"}},
		{a.SetTake(array.Ones(array.Shape{7}), []int{0}, 0), []string{"array.SetTake", "(7,)", "(1, 4)"}},
		{a.SetTake(1, []int{3}, 0), []string{"position 3", "3 elements"}},
		{a.SetVIndex(1, []int{0}), []string{"coordinates along 1 axes", "(3, 4)"}},
		{a.Choose(1, 2), []string{"type float64", "whole numbers"}},
		{array.Select([]*array.Array{yes}, nil, 0), []string{"1 conditions for 0 choices"}},
		{a.Lookup(small), []string{"one axis", "(3, 4)"}},
		{a.Compress([]bool{false, false, false, true}, 0), []string{"position 3"}},
		{a.Blocks(ndarray.At(1)), []string{"of [1 1] chunks", "index 1"}},
		{a.Blocks(ndarray.NewAxis()), []string{"no new axes"}},
		{a.SlidingWindow(5, 1), []string{"windows of 5", "(3, 4)", "from 1 to 4"}},
		{a.RepeatEach([]int{1}, 0), []string{"for each of 3"}},
		{array.Assemble([]*array.Array{a}, nil), []string{"a row has no arrays"}},
		{a.Ldexp(0.5), []string{"type float64", "whole numbers"}},
		{array.BroadcastArrays(a, small)[0], []string{"array.BroadcastArrays", "(3, 4)", "(2,)"}},
		{array.UnifyChunks(a, nil)[1], []string{"begin with a function"}},
	} {
		err := q.of.Err()
		if err == nil {
			t.Errorf("want %q, and there is no error", q.want)
			continue
		}
		text := err.Error()
		for _, want := range q.want {
			if !strings.Contains(text, want) {
				t.Errorf("%q is missing: %s", want, text)
			}
		}
		if n := strings.Count(text, "mistakes_test.go:"); n != 1 && !strings.Contains(text, "begin with") {
			t.Errorf("the line is there %d times: %s", n, text)
		}
	}
}

// TestBlocksAndUnifiedChunks takes chunks, and cuts arrays alike.
func TestBlocksAndUnifiedChunks(t *testing.T) {
	clients(t, func(t *testing.T, c *braid.Client) {
		a := array.FromNdarray(filled(21, 10, 9), array.Chunks(4, 3))
		same(t, c, "a chunk", a.Blocks(ndarray.At(1), ndarray.At(-1)), a.Slice(ndarray.Range(4, 8), ndarray.From(6)))
		same(t, c, "rows of chunks", a.Blocks(ndarray.From(1)), a.Slice(ndarray.From(4)))
		same(t, c, "chunks backwards", a.Blocks(ndarray.All().By(-2)), array.Concatenate(0, a.Slice(ndarray.From(8)), a.Slice(ndarray.To(4))))
		same(t, c, "no chunks", a.Blocks(ndarray.All(), ndarray.To(0)), a.Slice(ndarray.All(), ndarray.To(0)))
		both := array.UnifyChunks(a, array.Arange(0, 9, 1, array.Chunks(2)))
		for i, x := range both {
			if got := x.NumBlocks(); got[0] != 3 || got[1] != 5 {
				t.Errorf("array %d is cut into %v chunks, want 3 and 5", i, got)
			}
		}
		same(t, c, "cut alike", both[0].Add(both[1]), a.Add(array.Arange(0, 9, 1)))
	})
}
