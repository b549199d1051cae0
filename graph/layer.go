package graph

// pageTasks is the number of tasks in a page of an explicit layer. A page is closed when full and never moved, so a
// growing graph is never copied, and it is the unit in which a graph could be streamed.
const pageTasks = 1 << 12

// page holds the columns of up to pageTasks tasks of an explicit layer.
type page struct {
	calls []uint32 // one a task: index into the graph's table of calls
	ends  []uint32 // one a task: where its references end in refs
	refs  []Ref
}

func (p *page) args(k uint32) []Ref {
	start := uint32(0)
	if k > 0 {
		start = p.ends[k-1]
	}
	return p.refs[start:p.ends[k]]
}

// layer is a run of consecutive tasks of one kind: explicit (pages) or affine.
type layer struct {
	first Index
	count uint32
	pages []*page
	aff   *Affine
}

// Affine is a layer of tasks over an index space: every task makes the same call, and argument maps say which inputs
// the task at a point takes. Tasks are numbered in row-major order of their points.
type Affine struct {
	Call  uint32
	Space []uint32 // extent of each dimension; their product is the number of tasks
	Args  []AffineArg
}

// AffineArg is one argument of every task of an affine layer.
type AffineArg struct {
	// Ref is a literal or external, given to every task as it is; an item reference, whose item number is replaced by
	// the mapped index; or an output reference, to whose task the mapped index is added.
	Ref Ref
	// Map gives the index for item and output references and is not used for others.
	Map IndexMap
}

// IndexMap maps a point (x0, x1, …) of the layer's space to Offset + Coef[0]·x0 + Coef[1]·x1 + …: an affine map of
// the point composed with the row-major numbering of the source. All coefficients 0 is a broadcast.
type IndexMap struct {
	Offset int64
	Coef   []int64
}

// Identity maps the point of a row-major space to its own number.
func Identity(space ...uint32) IndexMap {
	m := IndexMap{Coef: make([]int64, len(space))}
	stride := int64(1)
	for d := len(space) - 1; d >= 0; d-- {
		m.Coef[d] = stride
		stride *= int64(space[d])
	}
	return m
}

// at maps the point with row-major number k.
func (m IndexMap) at(space []uint32, k uint32) int64 {
	v := m.Offset
	for d := len(space) - 1; d >= 0; d-- {
		v += m.Coef[d] * int64(k%space[d])
		k /= space[d]
	}
	return v
}

// bounds returns the smallest and largest index the map reaches over a space without an empty dimension. An affine
// map takes its extremes in corners, so looking at each dimension apart is exact.
func (m IndexMap) bounds(space []uint32) (low, high int64) {
	low, high = m.Offset, m.Offset
	for d, c := range m.Coef {
		reach := c * int64(space[d]-1)
		low, high = low+min(reach, 0), high+max(reach, 0)
	}
	return low, high
}

func (a *Affine) count() uint64 {
	n := uint64(1)
	for _, extent := range a.Space {
		n *= uint64(extent)
		if n > MaxTasks {
			return MaxTasks + 1
		}
	}
	return n
}

// args writes the references of task number k of the layer into buf.
func (a *Affine) args(k uint32, buf []Ref) []Ref {
	buf = buf[:0]
	for _, arg := range a.Args {
		switch arg.Ref.Kind() {
		case RefItem:
			buf = append(buf, ItemRef(arg.Ref.Table(), uint32(arg.Map.at(a.Space, k))))
		case RefOutput:
			buf = append(buf, OutputRef(arg.Ref.Task()+Index(arg.Map.at(a.Space, k)), arg.Ref.Output()))
		default:
			buf = append(buf, arg.Ref)
		}
	}
	return buf
}
