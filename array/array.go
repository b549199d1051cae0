package array

import (
	"fmt"
	"slices"
	"strings"

	"github.com/braid-compute/braid"
	"github.com/braid-compute/braid/internal/plan/arrays"
	"github.com/braid-compute/braid/ndarray"
)

// Array is a lazy n-dimensional array in chunks. It is immutable and safe for concurrent use. Make one with functions
// such as [Ones], [Arange] or [FromNdarray] and others from it with its methods.
type Array struct {
	node *arrays.Node
	err  error // the first mistake that was made in building it
}

// Shape is the length of each axis.
type Shape = []int

func init() {
	for _, o := range arrays.Operations() {
		braid.RegisterOperation(o)
	}
}

// site is a call of a function of this package: its name and the user's line.
type site struct {
	name string
	pc   uintptr
}

func (s site) fail(format string, args ...any) *Array {
	return &Array{err: s.wrong(fmt.Errorf(format, args...))}
}

func (s site) wrong(err error) error {
	n := arrays.Node{Name: s.name, Site: s.pc}
	if at := n.At(); at != "" {
		return fmt.Errorf("array.%s (%s): %w", s.name, at, err)
	}
	return fmt.Errorf("array.%s: %w", s.name, err)
}

// check returns the first mistake in arrays, or that one of them is missing.
func (s site) check(of ...*Array) error {
	for _, a := range of {
		if err := a.Err(); err != nil {
			return err
		}
	}
	return nil
}

// Err returns the first mistake that was made in building the array, with the user's line, or nil.
func (a *Array) Err() error {
	switch {
	case a == nil, a.err == nil && a.node == nil:
		return errNone
	}
	return a.err
}

var errNone = fmt.Errorf("array: the array is nil or its zero value: begin with a function such as array.Ones or array.FromNdarray")

// Shape returns the length of each axis; nil for an array that cannot be computed. Do not write to it.
func (a *Array) Shape() Shape {
	if a.Err() != nil {
		return nil
	}
	return a.node.Shape
}

// Rank returns the number of axes.
func (a *Array) Rank() int { return len(a.Shape()) }

// Size returns the number of elements.
func (a *Array) Size() int {
	n := 1
	for _, s := range a.Shape() {
		n *= s
	}
	return n
}

// DType returns the type of the elements.
func (a *Array) DType() ndarray.DType {
	if a.Err() != nil {
		return 0
	}
	return a.node.DType
}

// Bytes returns how many bytes all elements would take.
func (a *Array) Bytes() int64 {
	if a.Err() != nil {
		return 0
	}
	return a.node.Bytes()
}

// Chunks returns the lengths of the chunks along each axis.
func (a *Array) Chunks() [][]int {
	if a.Err() != nil {
		return nil
	}
	chunks := make([][]int, a.Rank())
	for i, axis := range a.node.Grid {
		chunks[i] = axis.Sizes()
	}
	return chunks
}

// NumBlocks returns how many chunks there are along each axis.
func (a *Array) NumBlocks() []int {
	if a.Err() != nil {
		return nil
	}
	return a.node.Grid.Counts()
}

// String describes the array: bytes, shape, chunks, tasks and type, of all of it and of one chunk.
func (a *Array) String() string {
	if err := a.Err(); err != nil {
		return fmt.Sprintf("array that cannot be computed: %v", err)
	}
	var s strings.Builder
	fmt.Fprintf(&s, "array of %v, made by %s", a.node.DType, a.node.Name)
	if at := a.node.At(); at != "" {
		fmt.Fprintf(&s, " (%s)", at)
	}
	work, chunks := a.counts()
	widest := a.node.Grid.Widest()
	fmt.Fprintf(&s, "\n  bytes   %s, a chunk %s", arrays.FormatBytes(a.node.Bytes()), arrays.FormatBytes(a.node.ChunkBytes()))
	fmt.Fprintf(&s, "\n  shape   %s, a chunk %s", tuple(a.node.Shape), tuple(widest))
	fmt.Fprintf(&s, "\n  count   %s, %s", work, chunks)
	return s.String()
}

// counts says how many tasks and chunks there are, or why no tasks can be written.
func (a *Array) counts() (tasks, chunks string) {
	n, err := arrays.Tasks(a.node)
	if tasks = fmt.Sprintf("%d tasks", n); err != nil {
		tasks = err.Error()
	}
	return tasks, plural(a.node.Grid.Count(), "chunk")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if noun == "axis" {
		noun = "axe"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// tuple writes a shape as NumPy does.
func tuple(shape []int) string { return ndarray.FormatShape(shape) }

// axisOf resolves an axis that may count from the end.
func axisOf(axis, rank int) (int, error) {
	if axis < -rank || axis >= rank {
		return 0, fmt.Errorf("axis %d is out of bounds for an array of %s", axis, plural(rank, "axis"))
	}
	if axis < 0 {
		axis += rank
	}
	return axis, nil
}

// axesOf resolves axes, which must differ.
func axesOf(axes []int, rank int) ([]int, error) {
	out := make([]int, 0, len(axes))
	for _, a := range axes {
		axis, err := axisOf(a, rank)
		if err != nil {
			return nil, err
		}
		if slices.Contains(out, axis) {
			return nil, fmt.Errorf("axis %d is named twice in %v", axis, axes)
		}
		out = append(out, axis)
	}
	return out, nil
}

// Tasks returns how many tasks computing the array takes.
func (a *Array) Tasks() (int, error) {
	if err := a.Err(); err != nil {
		return 0, err
	}
	return arrays.Tasks(a.node)
}
