package array

import (
	"fmt"

	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Option says how an array is made.
type Option func(*making)

// making is what options say.
type making struct {
	chunks []int
	sizes  [][]int
	bytes  int64
	dtype  ndarray.DType
	even   bool
}

// DefaultChunkBytes is the size of chunks that no option decides. It is large enough that a task is worth its cost, and
// small enough that several are in memory at once.
const DefaultChunkBytes = 32 << 20

// Chunks gives the length of chunks: one number for all axes, or one for each. -1 stands for a whole axis.
func Chunks(lengths ...int) Option { return func(m *making) { m.chunks = lengths } }

// ChunkSizes gives the length of each chunk along each axis.
func ChunkSizes(sizes ...[]int) Option { return func(m *making) { m.sizes = sizes } }

// ChunkBytes makes chunks of about so many bytes, or of 32 MiB without it.
func ChunkBytes(n int64) Option { return func(m *making) { m.bytes = n } }

// Balanced makes the chunks of [Chunks] shorter where that makes them more alike: 10 elements in chunks of 4 become 4, 4 and 2 without
// it, and 4, 3 and 3 with it.
func Balanced() Option { return func(m *making) { m.even = true } }

// As gives the type of the elements.
func As(d ndarray.DType) Option { return func(m *making) { m.dtype = d } }

func options(opts []Option) making {
	m := making{}
	for _, o := range opts {
		if o != nil {
			o(&m)
		}
	}
	return m
}

// grid cuts a shape of elements of some size.
func (m *making) grid(shape []int, element int) (arrays.Grid, error) {
	if _, err := sizeOf(shape); err != nil {
		return nil, err
	}
	switch {
	case m.sizes != nil:
		return listed(shape, m.sizes)
	case m.chunks != nil:
		return evenly(shape, m.chunks, m.even)
	}
	bytes := m.bytes
	if bytes == 0 {
		bytes = DefaultChunkBytes
	}
	if bytes < 0 {
		return nil, fmt.Errorf("chunks of %d bytes: it must be more than none", bytes)
	}
	return byBytes(shape, int64(element), bytes), nil
}

// sizeOf checks a shape, which may be larger than memory.
func sizeOf(shape []int) (int, error) {
	n, err := ndarray.Size(shape...)
	if err != nil {
		return 0, fmt.Errorf("shape %s cannot be: %w", tuple(shape), err)
	}
	return n, nil
}

func listed(shape []int, sizes [][]int) (arrays.Grid, error) {
	if len(sizes) != len(shape) {
		return nil, fmt.Errorf("chunks of %d axes for shape %s", len(sizes), tuple(shape))
	}
	g := make(arrays.Grid, len(shape))
	for i, s := range sizes {
		sum := 0
		for _, n := range s {
			if n < 0 {
				return nil, fmt.Errorf("axis %d: a chunk of %d elements", i, n)
			}
			sum += n
		}
		if sum != shape[i] {
			return nil, fmt.Errorf("axis %d: chunks %v have %d elements together, and the axis of shape %s has %d", i, s, sum, tuple(shape), shape[i])
		}
		g[i] = arrays.Cut(s)
	}
	return g, nil
}

func evenly(shape, chunks []int, balanced bool) (arrays.Grid, error) {
	if len(chunks) != 1 && len(chunks) != len(shape) {
		return nil, fmt.Errorf("%d lengths of chunks for shape %s: give one, or one for each axis", len(chunks), tuple(shape))
	}
	g := make(arrays.Grid, len(shape))
	for i, n := range shape {
		c := chunks[min(i, len(chunks)-1)]
		switch {
		case c == -1:
			c = n
		case c <= 0:
			return nil, fmt.Errorf("axis %d: chunks of %d elements: give at least 1, or -1 for the whole axis", i, c)
		}
		g[i] = arrays.Even(n, c)
		if balanced {
			g[i] = balance(n, g[i].Count())
		}
	}
	return g, nil
}

// balance cuts an axis into so many chunks, of which none is longer than another by more than one element.
func balance(n, count int) arrays.Axis {
	sizes := make([]int, count)
	for i := range sizes {
		sizes[i] = n / count
		if i < n%count {
			sizes[i]++
		}
	}
	return arrays.Cut(sizes)
}

// byBytes halves the longest side of chunks until they are small enough, and makes them even then.
func byBytes(shape []int, element, most int64) arrays.Grid {
	parts := make([]int, len(shape))
	for i := range parts {
		parts[i] = 1
	}
	for {
		bytes, longest, side := element, -1, 1
		for i, n := range shape {
			c := (n + parts[i] - 1) / parts[i]
			bytes *= int64(max(c, 1))
			if c > side {
				longest, side = i, c
			}
		}
		if bytes <= most || longest < 0 {
			break
		}
		parts[longest] *= 2
	}
	g := make(arrays.Grid, len(shape))
	for i, n := range shape {
		g[i] = arrays.Even(n, (n+parts[i]-1)/parts[i])
	}
	return g
}
