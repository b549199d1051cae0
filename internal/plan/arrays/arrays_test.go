package arrays

import (
	"bytes"
	"encoding/hex"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/internal/kernel/selection"
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/ndarray"
)

var update = flag.Bool("update", false, "write golden files anew")

func TestAxis(t *testing.T) {
	for name, a := range map[string]Axis{
		"even": Even(10, 3), "exact": Even(9, 3), "one": Even(5, 9), "empty": Even(0, 4), "uneven": Cut([]int{2, 5, 1}),
		"with nothing between": Cut([]int{2, 0, 5}), "even after all": Cut([]int{4, 4, 2}), "of nothing": Cut(nil),
	} {
		if err := a.check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		end := 0
		for i := range a.Count() {
			low, high := a.Bounds(i)
			if low != end || high < low {
				t.Errorf("%s: chunk %d is from %d to %d, and the last one ended at %d", name, i, low, high, end)
			}
			for p := low; p < high; p++ {
				if a.Find(p) != i {
					t.Errorf("%s: position %d is found in chunk %d, and is in %d", name, p, a.Find(p), i)
				}
			}
			end = high
		}
		if end != a.Len {
			t.Errorf("%s: the chunks end at %d of %d", name, end, a.Len)
		}
	}
	if a := Cut([]int{4, 4, 2}); a.Cuts != nil || a.Step != 4 {
		t.Errorf("even chunks are kept as %+v", a)
	}
}

func TestPairsCoverTheUpperHalf(t *testing.T) {
	for n := 1; n < 6; n++ {
		var got, want [][2]int
		for k := range int64(n * (n + 1) / 2) {
			i, j, err := pair(k, n)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, [2]int{i, j})
		}
		for i := range n {
			for j := i; j < n; j++ {
				want = append(want, [2]int{i, j})
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d by %d: %v", n, n, got)
		}
	}
	if _, _, err := pair(3, 2); err == nil {
		t.Error("pair 3 of 2 by 2 chunks was found")
	}
}

// sample is an order that uses every part of the form.
func sample() *Order {
	return &Order{
		Program: tile.Program{
			Loads: []tile.Load{
				{Source: tile.Input, DType: ndarray.Float64, Coef: []int64{1, 6}},
				{Source: tile.Constant, DType: ndarray.Float64, Value: tile.Bits(ndarray.Float64, 0, 2, 0)},
			},
			Steps: []tile.Step{{Op: tile.Multiply, DType: ndarray.Float64, To: ndarray.Float64, Args: [3]uint16{0, 1}}},
		},
		Grid:      Grid{Even(6, 4), Cut([]int{2, 3, 1})},
		Numbering: []int{1, 0},
		Inputs:    []Input{{Grid: Grid{Even(6, 3), Even(6, 4)}, View: View{{Axis: 1, Step: 1}, {Axis: 0, Offset: 5, Step: -1}}, DType: ndarray.Float64}},
		Reduction: &tile.Reduction{Fold: tile.Moments, DType: ndarray.Float64, Reduced: []bool{true, false}, To: ndarray.Float32, Final: tile.Std, DDof: 1, Keep: true},
	}
}

// sampleBlock is a quantile along the second axis of an array that is read turned.
func sampleBlock() *BlockOrder {
	return &BlockOrder{
		Op:     selection.Op{Kind: selection.Quantile, Axis: 1, Levels: []float64{0.5}},
		Space:  Grid{Even(3, 2), Even(5, 5)},
		Inputs: []Input{{Grid: Grid{Even(5, 5), Even(3, 2)}, View: View{{Axis: 1, Step: 1}, {Axis: 0, Step: 1}}, DType: ndarray.Float64}},
		Axes:   [][]int{{1, 0}},
	}
}

// sampleProduct is one of matrices of two by three and three by four.
func sampleProduct() *ProductOrder {
	return &ProductOrder{
		Space: Grid{Even(2, 2), Even(4, 4), Even(3, 3)}, Ranks: [4]int{0, 1, 1, 1},
		Inputs: []Input{
			{Grid: Grid{Even(2, 2), Even(3, 3)}, View: View{{Axis: 0, Step: 1}, {Axis: 2, Step: 1}}, DType: ndarray.Float64},
			{Grid: Grid{Even(3, 3), Even(4, 4)}, View: View{{Axis: 2, Step: 1}, {Axis: 1, Step: 1}}, DType: ndarray.Float64},
		},
		Axes: [][]int{{0, 2}, {2, 1}},
	}
}

func TestForms(t *testing.T) {
	partial := &tile.Partial{Parts: []ndarray.Untyped{ndarray.Full(int64(3), 2), ndarray.Full(0.5, 2)}}
	var lines []string
	for _, f := range []struct {
		name   string
		encode func() ([]byte, error)
	}{
		{"order", func() ([]byte, error) { return codec.Encode(nil, sample()) }},
		{"order of several", func() ([]byte, error) {
			o := sample()
			o.Also = []tile.Reduction{*o.Reduction}
			return codec.Encode(nil, o)
		}},
		{"merging of several", func() ([]byte, error) {
			return codec.Encode(nil, &Merge{Reduction: *sample().Reduction, Also: []tile.Reduction{*sample().Reduction}})
		}},
		{"target", func() ([]byte, error) { return codec.Encode(nil, &TargetOrder{sample().Grid, ndarray.Int8}) }},
		{"merging", func() ([]byte, error) { return codec.Encode(nil, &Merge{Reduction: *sample().Reduction, Finish: true}) }},
		{"partial", func() ([]byte, error) { return codec.Encode(nil, partial) }},
		{"halo", func() ([]byte, error) {
			return codec.Encode(nil, &HaloOrder{Grid: sample().Grid, Halo: Halo{{Depth: 1, Edge: Periodic}, {Depth: 2}}, DType: ndarray.Int8})
		}},
		{"take", func() ([]byte, error) {
			return codec.Encode(nil, &TakeOrder{Grid{Even(3, 2)}, Grid{Even(9, 4)}, 0, []int{8, 0, 0}, ndarray.Bool})
		}},
		{"block", func() ([]byte, error) { return codec.Encode(nil, sampleBlock()) }},
		{"product", func() ([]byte, error) { return codec.Encode(nil, sampleProduct()) }},
		{"call", func() ([]byte, error) { return codec.Encode(nil, sampleCall()) }},
		{"draw", func() ([]byte, error) { return codec.Encode(nil, sampleDraw()) }},
		{"pool", func() ([]byte, error) {
			return codec.Encode(nil, &PoolOrder{selection.Op{Kind: selection.Distinct}, ndarray.Int16})
		}},
		{"store", func() ([]byte, error) {
			return codec.Encode(nil, &StoreOrder{File{Path: "/a.npy", Offset: 128, DType: ndarray.Int8, Shape: []int{9}, Bytes: 137}, Grid{Even(9, 4)}})
		}},
	} {
		data, err := f.encode()
		if err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
		lines = append(lines, f.name+" "+hex.EncodeToString(data))
	}
	got := strings.Join(lines, "\n") + "\n"
	const file = "testdata/forms.golden"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got != string(want) {
		t.Errorf("the forms have changed (%v): raise their version, or run with -update if none was released", err)
	}
}

func TestOrderRoundTrip(t *testing.T) {
	data, err := codec.Encode(nil, sample())
	if err != nil {
		t.Fatal(err)
	}
	o, err := codec.Decode[*Order](data)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.prepare(); err != nil {
		t.Fatal(err)
	}
	again, err := codec.Encode(nil, o)
	if err != nil || !bytes.Equal(data, again) {
		t.Errorf("an order is encoded differently after decoding: %v", err)
	}
}

// FuzzOrder runs a task of orders that come from outside: they may be refused, and nothing more.
func FuzzOrder(f *testing.F) {
	data, err := codec.Encode(nil, sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data, int64(0))
	f.Add(data, int64(5))
	f.Fuzz(func(t *testing.T, data []byte, number int64) {
		o, err := codec.Decode[*Order](data)
		if err != nil || o.prepare() != nil {
			return
		}
		origin, shape, err := o.region(number)
		if err != nil {
			return
		}
		n := 1
		for _, s := range shape {
			if n *= max(s, 1); n < 0 || n > 1<<16 {
				return // a program may well ask for more than a test should take
			}
		}
		var chunks [][]ndarray.Untyped
		for _, in := range o.Inputs {
			chunk := []ndarray.Untyped(nil)
			if w, ok := in.window(origin, shape); ok {
				low, counts := w.chunks(in.Grid)
				_, want := in.Grid.Region(low)
				if m := size(want); m < 0 || m > 1<<16 || size(counts) != 1 {
					return
				}
				u, err := ndarray.NewUntyped(in.DType, want...)
				if err != nil {
					return
				}
				chunk = append(chunk, u)
			}
			chunks = append(chunks, chunk)
		}
		if v, err := o.run(number, chunks, nil); err == nil && v == nil {
			t.Error("neither a value nor an error")
		}
	})
}

// FuzzPartial decodes and merges partial results that come from outside.
func FuzzPartial(f *testing.F) {
	data, err := codec.Encode(nil, &tile.Partial{Parts: []ndarray.Untyped{ndarray.Full(int64(3), 2), ndarray.Full(0.5, 2), ndarray.Full(1.5, 2)}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := codec.Decode[*tile.Partial](data)
		if err != nil {
			return
		}
		for fold := tile.Sum; fold <= tile.Moments; fold++ {
			r := tile.Reduction{Fold: fold, DType: ndarray.Float64, Reduced: []bool{true, false}, To: ndarray.Float64, Final: tile.Var}
			merged, err := r.Merge([]*tile.Partial{p, p})
			if err != nil {
				continue
			}
			if _, err := r.Finish(merged); err != nil && fold != tile.ArgMin && fold != tile.ArgMax {
				t.Errorf("%v: a partial result that was merged cannot be finished: %v", fold, err)
			}
		}
	})
}

// FuzzBlockOrder runs tasks that need whole chunks, of orders that come from outside: they may be refused, and nothing more.
func FuzzBlockOrder(f *testing.F) {
	for _, v := range []any{sampleBlock(), sampleProduct()} {
		var data []byte
		var err error
		switch v := v.(type) {
		case *BlockOrder:
			data, err = codec.Encode(nil, v)
		case *ProductOrder:
			data, err = codec.Encode(nil, v)
		}
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, int64(0))
	}
	f.Fuzz(func(t *testing.T, data []byte, number int64) {
		chunk := ndarray.New[float64](5, 2)
		if o, err := codec.Decode[*BlockOrder](data); err == nil && small(o.Space, o.Inputs) {
			if v, err := runBlock(t.Context(), []any{o, number, chunk}); err == nil && v == nil {
				t.Error("neither a value nor an error")
			}
		}
		if o, err := codec.Decode[*ProductOrder](data); err == nil && small(o.Space, o.Inputs) {
			if v, err := runProduct(t.Context(), []any{o, number, ndarray.New[float64](2, 3), ndarray.New[float64](3, 4)}); err == nil && v == nil {
				t.Error("neither a value nor an error")
			}
		}
	})
}

// small reports whether orders are of no more than a test should take, and of no files.
func small(space Grid, inputs []Input) bool {
	for _, in := range inputs {
		if in.File != nil || len(in.Grid) > 8 {
			return false
		}
		space = append(space, in.Grid...)
	}
	n := 1
	for _, a := range space {
		if a.Len < 0 || a.Len > 1<<10 {
			return false
		}
		if n *= max(a.Len, 1); n > 1<<16 {
			return false
		}
	}
	return true
}
