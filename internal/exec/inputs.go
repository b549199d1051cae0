package exec

import (
	"fmt"
	"hash/maphash"
	"reflect"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/internal/invariants"
)

// inputSums remembers what the inputs of a task look like, in builds with invariants only: a function that changes an
// input changes what other tasks read, and nothing else would show it.
type inputSums []uint64

var inputSeed = maphash.MakeSeed()

// sumInputs reads the inputs whose bytes are known without encoding: slices of numbers and strings.
func sumInputs(in []any) inputSums {
	if !invariants.Enabled {
		return nil
	}
	sums := make(inputSums, len(in))
	for k, v := range in {
		sums[k] = sumInput(v)
	}
	return sums
}

func sumInput(v any) uint64 {
	if p, ok := v.(*List); ok {
		v = *p
	}
	if v == nil || reflect.TypeOf(v).Kind() != reflect.Slice {
		return 0
	}
	if list, ok := v.(List); ok {
		var h maphash.Hash
		h.SetSeed(inputSeed)
		for _, item := range list {
			maphash.WriteComparable(&h, sumInput(item))
		}
		return h.Sum64()
	}
	if _, known := codec.Size(v); !known {
		return 0
	}
	c, err := codec.For(reflect.TypeOf(v))
	if err != nil {
		return 0
	}
	data, err := c.Append(nil, v)
	if err != nil {
		return 0
	}
	return maphash.Bytes(inputSeed, data)
}

// check compares the inputs with what they were.
func (sums inputSums) check(in []any) error {
	for k := range sums {
		if sumInput(in[k]) != sums[k] {
			return fmt.Errorf("it changed its argument %d, which other tasks may be reading: arguments are read-only, so copy what is to be changed", k+1)
		}
	}
	return nil
}
