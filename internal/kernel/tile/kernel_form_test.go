package tile

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/braid-compute/braid/ndarray"
)

// formLen is a length with whole vectors and a rest.
const formLen = 77

// register returns a register of a type with numbers of all sizes and what is special among them.
func register(d ndarray.DType, rng *rand.Rand) []uint64 {
	memory := make([]uint64, 2*formLen)
	p := first(memory)
	switch {
	case d == ndarray.Bool:
		for i, b := range at[uint8](p, formLen) {
			at[uint8](p, formLen)[i] = b | uint8(rng.IntN(2))
		}
	case d.IsInteger():
		for i := range memory {
			memory[i] = rng.Uint64() >> rng.IntN(60)
		}
	default:
		special := []float64{0, math.Copysign(0, -1), 1, -1, 0.5, math.Inf(1), math.Inf(-1), math.NaN(), 1e300, -2.5}
		numbers := make([]float64, 2*formLen)
		for i := range numbers {
			if numbers[i] = rng.NormFloat64() * 3; rng.IntN(3) == 0 {
				numbers[i] = special[rng.IntN(len(special))]
			}
		}
		to, n := d, formLen
		switch d {
		case ndarray.Complex64:
			to, n = ndarray.Float32, 2*formLen
		case ndarray.Complex128:
			to, n = ndarray.Float64, 2*formLen
		}
		castOf(ndarray.Float64, to)(p, first(numbers), nil, nil, n)
	}
	return memory
}

// values returns the elements of a register as text, which is the same of all NaNs.
func values(d ndarray.DType, memory []uint64) string {
	return fmt.Sprintf("%#v", wrap(d, first(slices.Clone(memory)), formLen))
}

// TestKernelsWriteToWhatTheyRead also holds the kernels of one element against those of registers that are full of it.
func TestKernelsWriteToWhatTheyRead(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for o := Add; o <= Angle; o++ {
		for _, d := range ndarray.DTypes() {
			s := Step{Op: o, DType: d, To: d}
			full := kernelOf(s)
			if full == nil {
				continue
			}
			a, b := register(d, rng), register(d, rng)
			run := func(k kernel, dst, a, b []uint64) string {
				k(first(dst), first(a), first(b), first(a), formLen)
				return values(s.Result(), dst)
			}
			want := run(full, make([]uint64, 2*formLen), a, b)
			if s.Result().Size() == d.Size() {
				for place, c := range [][]uint64{a, b}[:o.Arity()] {
					args := [][]uint64{slices.Clone(a), slices.Clone(b)}
					if got := run(full, args[place], args[0], args[1]); got != want {
						t.Errorf("%v of %v, written to argument %d: %v, want %v, of %v", o, d, place, got, want, values(d, c))
					}
				}
			}
			for place, k := range aloneOf(s) {
				if k == nil {
					continue
				}
				for i := range 12 {
					args, fulls := [][]uint64{a, b}, [][]uint64{a, b}
					one := unsafe.Slice((*byte)(first(args[place])), formLen*d.Size())[i*d.Size():][:d.Size()]
					args[place], fulls[place] = make([]uint64, 2), make([]uint64, 2*formLen)
					copy(unsafe.Slice((*byte)(first(args[place])), d.Size()), one)
					gatherStill(first(fulls[place]), first(args[place]), formLen, int64(d.Size()))
					want := run(full, make([]uint64, 2*formLen), fulls[0], fulls[1])
					if got := run(k, make([]uint64, 2*formLen), args[0], args[1]); got != want {
						t.Errorf("%v of %v, with one element as argument %d: %v, want %v", o, d, place, got, want)
					}
				}
			}
		}
	}
}
