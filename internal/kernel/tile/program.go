package tile

import (
	"fmt"

	"github.com/braid-compute/braid/ndarray"
)

// Program says how the value at each point of a space is made. Registers are numbered: first one for each load, then
// one for each step. The last register is the value.
//
// A Program is data: it has a codec, and one that came from elsewhere is checked before it is run.
type Program struct {
	Loads []Load
	Steps []Step
}

// Source says where a load takes values from.
type Source uint8

// The sources of a load.
const (
	Input    Source = iota + 1 // an array that is given to the kernel, of the shape of the region
	Constant                   // one value
	Index                      // the position of the point, an int64
	Uniform                    // random float64 values from 0 up to and without 1
)

// Load fills a register.
type Load struct {
	Source Source
	DType  ndarray.DType
	Input  int       // number of the array
	Value  [2]uint64 // bits of the constant, as [Bits] makes them; the key of the random stream
	// Offset and Coef say what the position of a point is: Offset plus the sum of its coordinates, each times a
	// coefficient. Of an input it says in which order the points should be visited.
	Offset int64
	Coef   []int64
}

// Step makes a register of others, which have all the same type, except that the first argument of [Where] is a bool.
type Step struct {
	Op    Op
	DType ndarray.DType // of the arguments
	To    ndarray.DType // of the result of a Cast
	Args  [3]uint16
}

const (
	maxRegisters = 1 << 12
	maxInputs    = 1 << 10
)

// Result returns the type of the program's value.
func (p *Program) Result() ndarray.DType {
	if n := len(p.Steps); n > 0 {
		return p.Steps[n-1].Result()
	}
	if n := len(p.Loads); n > 0 {
		return p.Loads[n-1].DType
	}
	return 0
}

// Result returns the type of the step's result.
func (s Step) Result() ndarray.DType {
	if s.Op == Cast {
		return s.To
	}
	return s.Op.result(s.DType)
}

// Inputs returns how many arrays the program takes.
func (p *Program) Inputs() int {
	n := 0
	for _, l := range p.Loads {
		if l.Source == Input {
			n = max(n, l.Input+1)
		}
	}
	return n
}

// Check refuses a program that no kernel can be made of, for a space with so many axes.
func (p *Program) Check(rank int) error {
	n := len(p.Loads)
	if n+len(p.Steps) == 0 || n+len(p.Steps) > maxRegisters {
		return fmt.Errorf("tile: a program of %d loads and %d steps: it must have from 1 to %d together", n, len(p.Steps), maxRegisters)
	}
	types := make([]ndarray.DType, 0, n+len(p.Steps))
	for i, l := range p.Loads {
		if err := l.check(rank); err != nil {
			return fmt.Errorf("tile: load %d: %w", i, err)
		}
		types = append(types, l.DType)
	}
	for i, s := range p.Steps {
		if int(s.Op) >= len(ops) || s.Op == 0 {
			return fmt.Errorf("tile: step %d: unknown operation %d", i, s.Op)
		}
		for k := range s.Op.Arity() {
			want := s.DType
			if s.Op == Where && k == 0 {
				want = ndarray.Bool
			}
			if int(s.Args[k]) >= n+i || types[s.Args[k]] != want {
				return fmt.Errorf("tile: step %d, %v: argument %d is not a register of %v made before", i, s.Op, k, want)
			}
		}
		if kernelOf(s) == nil {
			return fmt.Errorf("tile: step %d: there is no %v of %v", i, s.Op, s.DType)
		}
		types = append(types, s.Result())
	}
	return nil
}

func (l Load) check(rank int) error {
	switch {
	case !l.DType.Valid():
		return fmt.Errorf("%v is no element type", l.DType)
	case l.Source < Input || l.Source > Uniform:
		return fmt.Errorf("unknown source %d", l.Source)
	case l.Input < 0 || l.Input >= maxInputs:
		return fmt.Errorf("input %d: at most %d arrays are taken", l.Input, maxInputs)
	case l.Source != Constant && len(l.Coef) != rank:
		return fmt.Errorf("%d coefficients for %d axes", len(l.Coef), rank)
	case l.Source == Index && l.DType != ndarray.Int64, l.Source == Uniform && l.DType != ndarray.Float64:
		return fmt.Errorf("a load of this source cannot be of %v", l.DType)
	}
	return nil
}
