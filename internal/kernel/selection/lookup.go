package selection

import (
	"fmt"

	"github.com/braid-compute/braid/ndarray"
)

// lookup returns the elements of a table of one axis at places.
func lookup(places, table ndarray.Untyped) (ndarray.Untyped, error) {
	p, err := ndarray.As[int64](places)
	if err != nil {
		return nil, err
	}
	switch t := table.(type) {
	case *ndarray.Array[bool]:
		return at(p, t)
	case *ndarray.Array[int8]:
		return at(p, t)
	case *ndarray.Array[int16]:
		return at(p, t)
	case *ndarray.Array[int32]:
		return at(p, t)
	case *ndarray.Array[int64]:
		return at(p, t)
	case *ndarray.Array[uint8]:
		return at(p, t)
	case *ndarray.Array[uint16]:
		return at(p, t)
	case *ndarray.Array[uint32]:
		return at(p, t)
	case *ndarray.Array[uint64]:
		return at(p, t)
	case *ndarray.Array[float32]:
		return at(p, t)
	case *ndarray.Array[float64]:
		return at(p, t)
	case *ndarray.Array[complex64]:
		return at(p, t)
	case *ndarray.Array[complex128]:
		return at(p, t)
	}
	return nil, fmt.Errorf("selection: a table that is a %T", table)
}

func at[T ndarray.Element](places *ndarray.Array[int64], table *ndarray.Array[T]) (ndarray.Untyped, error) {
	if table.Rank() != 1 {
		return nil, fmt.Errorf("selection: a table of shape %v", table.Shape())
	}
	data, n := table.AppendTo(nil), int64(table.Size())
	out := ndarray.New[T](places.Shape()...)
	i := 0
	for p := range places.Values() {
		if p < -n || p >= n {
			return nil, fmt.Errorf("place %d is outside of an axis of %d elements", p, n)
		}
		if p < 0 {
			p += n
		}
		out.Memory()[i] = data[p]
		i++
	}
	return out, nil
}
