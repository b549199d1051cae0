package arrays

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/internal/kernel/tile"
	"github.com/braid-compute/braid/internal/plan"
	"github.com/braid-compute/braid/ndarray"
)

// The names of the operations.
const (
	opMap     = "num/map"
	opReduce  = "num/reduce"
	opMerge   = "num/merge"
	opHalo    = "num/halo"
	opTake    = "num/take"
	opBlock   = "num/block"
	opProduct = "num/product"
	opPool    = "num/pool"
	opMeasure = "num/measure"
	opStore   = "num/store"
	opItem    = "num/item"
	opDraw    = "num/draw"
)

// version is that of what operations are told and of what they mean by it.
const version = "2"

// Operations returns the operations that tasks of arrays are calls of.
func Operations() []plan.Operation {
	return []plan.Operation{
		{Name: opMap, Version: version, Call: runOrder},
		{Name: opReduce, Version: version, Call: runOrder, Looks: true}, // what it makes is in memory of its own
		{Name: opMerge, Version: version, Call: runMerge},
		{Name: opHalo, Version: version, Call: runHalo},
		{Name: opTake, Version: version, Call: runTake},
		{Name: opBlock, Version: version, Call: runBlock},
		{Name: opProduct, Version: version, Call: runProduct},
		{Name: opPool, Version: version, Call: runPool},
		{Name: opMeasure, Version: version, Call: runMeasure},
		{Name: opStore, Version: version, Call: runStore},
		{Name: opItem, Version: version, Call: runItem},
		CallOperation(opDraw, version, draw),
	}
}

// Merge says what is done with partial results.
type Merge struct {
	Reduction tile.Reduction
	Also      []tile.Reduction `cbor:",omitempty"` // of which the partial results have parts, too
	Finish    bool             // make the result
}

var errArguments = errors.New("a task of an array was given other arguments than it takes: client and worker are of different versions")

// runOrder runs a task: its arguments are the order, the number of the chunk, and for each array that is read a chunk
// or a list of them.
func runOrder(ctx context.Context, in []any) (any, error) {
	if len(in) < 2 {
		return nil, errArguments
	}
	o, err := argument[*Order](in[0])
	if err != nil {
		return nil, err
	}
	number, err := argument[int64](in[1])
	if err != nil {
		return nil, err
	}
	if err := o.prepare(); err != nil {
		return nil, err
	}
	var before *tile.Partial
	if o.Scan != nil && len(in) == 3+len(o.Inputs) {
		if before, err = argument[*tile.Partial](in[len(in)-1]); err != nil {
			return nil, err
		}
		in = in[:len(in)-1]
	}
	if len(in)-2 != len(o.Inputs) {
		return nil, errArguments
	}
	chunks := make([][]ndarray.Untyped, len(o.Inputs))
	for i := range chunks {
		if chunks[i], err = o.Inputs[i].chunks(in[2+i]); err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
	}
	return o.run(number, chunks, before)
}

// runMerge merges partial results: its arguments are what to do and each of them.
func runMerge(ctx context.Context, in []any) (any, error) {
	if len(in) < 2 {
		return nil, errArguments
	}
	m, err := argument[*Merge](in[0])
	if err != nil {
		return nil, err
	}
	if err := m.Reduction.Check(len(m.Reduction.Reduced)); err != nil {
		return nil, err
	}
	partials := make([]*tile.Partial, len(in)-1)
	for i, v := range in[1:] {
		if partials[i], err = argument[*tile.Partial](v); err != nil {
			return nil, err
		}
	}
	if len(m.Also) > 0 {
		all := append(tile.Several{m.Reduction}, m.Also...)
		if err := all.Check(len(m.Reduction.Reduced)); err != nil {
			return nil, err
		}
		p, err := all.Merge(partials)
		if err != nil || !m.Finish {
			return p, err
		}
		return all.Finish(p)
	}
	p, err := m.Reduction.Merge(partials)
	if err != nil || !m.Finish {
		return p, err
	}
	return m.Reduction.Finish(p)
}

// argument returns an argument of a type, decoding it if it came from another process.
func argument[T any](v any) (T, error) {
	if e, ok := v.(plan.Encoded); ok {
		var err error
		if v, err = e.Value(func(data []byte) (any, error) { return codec.Decode[T](data) }); err != nil {
			return *new(T), err
		}
	}
	t, ok := v.(T)
	if !ok {
		return t, errArguments
	}
	return t, nil
}

// chunks returns the chunks of an argument that the input reads.
func (in Input) chunks(v any) ([]ndarray.Untyped, error) {
	if in.File != nil {
		return nil, nil
	}
	return chunkList(v, in.DType)
}

// chunkList returns the chunks of an argument, one or a list.
func chunkList(v any, d ndarray.DType) ([]ndarray.Untyped, error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	chunks := make([]ndarray.Untyped, len(list))
	for i, v := range list {
		if e, ok := v.(plan.Encoded); ok {
			var err error
			if v, err = e.Value(func(data []byte) (any, error) { return DecodeChunk(data, d) }); err != nil {
				return nil, err
			}
		}
		u, ok := AsChunk(v)
		if !ok {
			return nil, errNoChunk
		}
		chunks[i] = u
	}
	return chunks, nil
}

var errNoChunk = errors.New("a function of the program made no array, where a chunk is wanted")

// AsChunk returns a result as a chunk, if it is an array. A function of the program's may have returned a nil pointer.
func AsChunk(v any) (ndarray.Untyped, bool) {
	u, ok := v.(ndarray.Untyped)
	return u, ok && !reflect.ValueOf(u).IsNil()
}

// DecodeChunk reads a chunk whose elements are of a known type; nil if a function made none.
func DecodeChunk(data []byte, d ndarray.DType) (ndarray.Untyped, error) {
	switch d {
	case ndarray.Bool:
		return decodeChunk[bool](data)
	case ndarray.Int8:
		return decodeChunk[int8](data)
	case ndarray.Int16:
		return decodeChunk[int16](data)
	case ndarray.Int32:
		return decodeChunk[int32](data)
	case ndarray.Int64:
		return decodeChunk[int64](data)
	case ndarray.Uint8:
		return decodeChunk[uint8](data)
	case ndarray.Uint16:
		return decodeChunk[uint16](data)
	case ndarray.Uint32:
		return decodeChunk[uint32](data)
	case ndarray.Uint64:
		return decodeChunk[uint64](data)
	case ndarray.Float32:
		return decodeChunk[float32](data)
	case ndarray.Float64:
		return decodeChunk[float64](data)
	case ndarray.Complex64:
		return decodeChunk[complex64](data)
	case ndarray.Complex128:
		return decodeChunk[complex128](data)
	}
	return nil, fmt.Errorf("a chunk of %v cannot be read", d)
}

func decodeChunk[T ndarray.Element](data []byte) (ndarray.Untyped, error) {
	a, err := codec.Decode[*ndarray.Array[T]](data)
	if err != nil || a == nil {
		return nil, err
	}
	return a, nil
}
