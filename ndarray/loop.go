package ndarray

import (
	"fmt"
	"iter"
	"slices"
)

// Order says in which order a [Loop] may visit the elements.
type Order uint8

const (
	// AnyOrder lets a Loop go through memory in the order that is fastest for
	// the first operand, and for the next ones where that one has no preference.
	AnyOrder Order = iota
	// InOrder keeps row-major order.
	InOrder
)

// Loop visits the elements of several operands of one shape together, as few
// long inner loops. Axes that lie one after the other in the memory of every
// operand become one, so operands that are all contiguous need a single loop:
//
//	loop, err := ndarray.NewLoop(ndarray.AnyOrder, dst.Layout(), src.Layout())
//	d, s := loop.Strides[0], loop.Strides[1]
//	for at := range loop.All() {
//		for i := range loop.N {
//			dst.Memory()[at[0]+i*d] = f(src.Memory()[at[1]+i*s])
//		}
//	}
type Loop struct {
	N       int   // elements of one inner loop
	Strides []int // of each operand within an inner loop

	axes  []loopAxis // around the inner loop, outermost first
	start []int      // of each operand
}

// A loopAxis is one axis with each operand's stride.
type loopAxis struct {
	n       int
	strides []int
}

// NewLoop prepares a Loop over operands that all have the same shape; see
// [Layout.BroadcastTo].
func NewLoop(order Order, operands ...Layout) (*Loop, error) {
	if len(operands) == 0 {
		return nil, fmt.Errorf("ndarray: a loop needs at least one operand")
	}
	shape := operands[0].Shape
	// One piece of memory for all numbers, because loops over small chunks are
	// made often.
	numbers := make([]int, len(operands)*(len(shape)+2))
	take := func() []int {
		part := numbers[:len(operands):len(operands)]
		numbers = numbers[len(operands):]
		return part
	}
	l := &Loop{start: take(), Strides: take(), axes: make([]loopAxis, 0, len(shape))}
	for k, o := range operands {
		if !slices.Equal(o.Shape, shape) {
			return nil, fmt.Errorf("ndarray: operands of shapes %s and %s in one loop: broadcast them to one shape first", FormatShape(shape), FormatShape(o.Shape))
		}
		l.start[k] = o.Offset
	}
	for i, n := range shape {
		if n == 1 {
			continue
		}
		axis := loopAxis{n, take()}
		for k, o := range operands {
			axis.strides[k] = o.Strides[i]
		}
		l.axes = append(l.axes, axis)
	}
	if operands[0].Size() == 0 {
		l.axes = nil
		return l, nil
	}
	if order == AnyOrder {
		l.sort()
	}
	l.coalesce()
	l.takeInner()
	return l, nil
}

// mustLoop is NewLoop for operands whose shapes are known to be equal.
func mustLoop(order Order, operands ...Layout) *Loop { return Must(NewLoop(order, operands...)) }

// sort turns axes so that the first operand goes forward through memory, and
// puts those with short steps inside.
func (l *Loop) sort() {
	for _, a := range l.axes {
		if first := slices.IndexFunc(a.strides, func(s int) bool { return s != 0 }); first >= 0 && a.strides[first] < 0 {
			for k := range a.strides {
				l.start[k] += (a.n - 1) * a.strides[k]
				a.strides[k] = -a.strides[k]
			}
		}
	}
	// By insertion, because axes that no operand prefers have no total order.
	for i := 1; i < len(l.axes); i++ {
		for j := i; j > 0 && l.axes[j].outside(l.axes[j-1]); j-- {
			l.axes[j], l.axes[j-1] = l.axes[j-1], l.axes[j]
		}
	}
}

// outside reports whether a should go around b: the first operand that moves
// along both decides.
func (a loopAxis) outside(b loopAxis) bool {
	for k := range a.strides {
		x, y := abs(a.strides[k]), abs(b.strides[k])
		if x != y && x != 0 && y != 0 {
			return x > y
		}
	}
	return false
}

func abs(n int) int { return max(n, -n) }

// coalesce makes one axis of neighbours over which every operand steps evenly.
func (l *Loop) coalesce() {
	merged := l.axes[:0]
	for _, a := range l.axes {
		if n := len(merged); n > 0 && merged[n-1].continues(a) {
			merged[n-1] = loopAxis{merged[n-1].n * a.n, a.strides}
			continue
		}
		merged = append(merged, a)
	}
	l.axes = merged
}

// continues reports whether one step of a is as far as all steps of inner.
func (a loopAxis) continues(inner loopAxis) bool {
	for k, s := range a.strides {
		if s != inner.strides[k]*inner.n {
			return false
		}
	}
	return true
}

// takeInner makes the last axis the inner loop.
func (l *Loop) takeInner() {
	if len(l.axes) == 0 { // a single element
		l.N = 1
		return
	}
	last := l.axes[len(l.axes)-1]
	l.N, l.Strides, l.axes = last.n, last.strides, l.axes[:len(l.axes)-1]
}

// All returns, for each inner loop, the place in memory where each operand
// begins. The slice is reused.
func (l *Loop) All() iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		if l.N == 0 {
			return
		}
		at, index := slices.Clone(l.start), make([]int, len(l.axes))
		for yield(at) && l.next(at, index) {
		}
	}
}

// next moves to the next inner loop, and reports whether there is one.
func (l *Loop) next(at, index []int) bool {
	for i := len(l.axes) - 1; i >= 0; i-- {
		axis := &l.axes[i]
		index[i]++
		if index[i] < axis.n {
			for k, s := range axis.strides {
				at[k] += s
			}
			return true
		}
		index[i] = 0
		for k, s := range axis.strides {
			at[k] -= s * (axis.n - 1)
		}
	}
	return false
}
