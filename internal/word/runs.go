package word

import (
	"math"

	"github.com/braid-compute/braid/graph"
)

// Lists are written in runs, because tasks are numbered in the order in which they are worked on: an agent's share of a
// layer is one run, whatever its length.

// What the lowest bits of the head of a run of blocks say; the others are its length less one.
const (
	otherRun     = 1 << 0 // the number of the run follows
	otherAttempt = 1 << 1 // the attempt follows
	headBits     = 2
)

// blocks writes a list of blocks, runs of consecutive tasks of one attempt each. A run's first task is given by its distance from the one
// behind the run before.
func (e *encoder) blocks(n int, at func(int) Block) {
	if !e.count(n) {
		return
	}
	last, expected := Block{}, int64(0)
	for k := 0; k < n; {
		b := at(k)
		length := 1
		for k+length < n {
			next := at(k + length)
			if next.Task.Run != b.Task.Run || next.Attempt != b.Attempt || int64(next.Task.Index) != int64(b.Task.Index)+int64(length) {
				break
			}
			length++
		}
		head := uint64(length-1) << headBits
		if b.Task.Run != last.Task.Run {
			head |= otherRun
			expected = 0
		}
		if b.Attempt != last.Attempt {
			head |= otherAttempt
		}
		e.number(head)
		if head&otherRun != 0 {
			e.index(uint32(b.Task.Run))
		}
		e.signed(int64(b.Task.Index) - expected)
		if head&otherAttempt != 0 {
			e.attempt(b.Attempt)
		}
		last, expected = b, int64(b.Task.Index)+int64(length)
		k += length
	}
}

// blocks reads a list of blocks: begin is told how many, and then set each.
func (d *decoder) blocks(begin func(n int), set func(k int, b Block)) {
	n := d.count()
	begin(n)
	b, expected := Block{}, int64(0)
	for k := 0; k < n; {
		head := d.number()
		same := k > 0
		if head&otherRun != 0 {
			run := Run(d.index())
			if run == b.Task.Run {
				d.fail(errRuns)
			}
			b.Task.Run, expected, same = run, 0, false
		}
		distance := d.signed()
		if head&otherAttempt != 0 {
			a := d.attempt()
			if a == b.Attempt {
				d.fail(errRuns)
			}
			b.Attempt, same = a, false
		}
		length := d.length(head>>headBits, n-k)
		first := d.first(expected, distance, length)
		if same && distance == 0 {
			d.fail(errRuns)
		}
		if d.err != nil {
			return
		}
		for j := range length {
			b.Task.Index = graph.Index(first + int64(j))
			set(k+j, b)
		}
		expected = first + int64(length)
		k += length
	}
}

// length returns the length of a run of which less, its length less one, was read, and which may have at most n items.
func (d *decoder) length(less uint64, n int) int {
	if less >= uint64(n) {
		d.fail(errColumns)
		return 0
	}
	return int(less) + 1
}

// first returns the first number of a run of so many, distant from the expected one.
func (d *decoder) first(expected, distance int64, length int) int64 {
	if distance < -math.MaxUint32-1 || distance > math.MaxUint32 {
		d.fail(errRange)
		return 0
	}
	first := expected + distance
	if first < 0 || first+int64(length)-1 > math.MaxUint32 {
		d.fail(errRange)
		return 0
	}
	return first
}

func (e *encoder) blockList(list []Block) {
	e.blocks(len(list), func(k int) Block { return list[k] })
}

func (d *decoder) blockList() (list []Block) {
	d.blocks(func(n int) { list = alloc[Block](n) }, func(k int, b Block) { list[k] = b })
	return list
}

// indices writes a list of indices, runs of consecutive ones each.
func (e *encoder) indices(n int, at func(int) graph.Index) {
	if !e.count(n) {
		return
	}
	expected := int64(0)
	for k := 0; k < n; {
		first := int64(at(k))
		length := 1
		for k+length < n && int64(at(k+length)) == first+int64(length) {
			length++
		}
		e.number(uint64(length - 1))
		e.signed(first - expected)
		expected = first + int64(length)
		k += length
	}
}

// indices reads a list of indices: begin is told how many, and then set each.
func (d *decoder) indices(begin func(n int), set func(k int, i graph.Index)) {
	n := d.count()
	begin(n)
	expected := int64(0)
	for k := 0; k < n; {
		length := d.length(d.number(), n-k)
		distance := d.signed()
		first := d.first(expected, distance, length)
		if k > 0 && distance == 0 {
			d.fail(errRuns)
		}
		if d.err != nil {
			return
		}
		for j := range length {
			set(k+j, graph.Index(first+int64(j)))
		}
		expected = first + int64(length)
		k += length
	}
}

func (e *encoder) indexList(list []graph.Index) {
	e.indices(len(list), func(k int) graph.Index { return list[k] })
}

func (d *decoder) indexList() (list []graph.Index) {
	d.indices(func(n int) { list = alloc[graph.Index](n) }, func(k int, i graph.Index) { list[k] = i })
	return list
}

// putColumn writes n values as runs of equal ones.
func putColumn[T comparable](e *encoder, n int, at func(int) T, put func(*encoder, T)) {
	for k := 0; k < n; {
		v, length := at(k), 1
		for k+length < n && at(k+length) == v {
			length++
		}
		e.number(uint64(length - 1))
		put(e, v)
		k += length
	}
}

// column reads n values that putColumn wrote.
func column[T comparable](d *decoder, n int, get func(*decoder) T, set func(int, T)) {
	var last T
	for k := 0; k < n; {
		length := d.length(d.number(), n-k)
		v := get(d)
		if k > 0 && v == last {
			d.fail(errRuns)
		}
		if d.err != nil {
			return
		}
		for j := range length {
			set(k+j, v)
		}
		last = v
		k += length
	}
}

func index(d *decoder) graph.Index { return graph.Index(d.index()) }

// alloc makes a list, nil if it is empty.
func alloc[T any](n int) []T {
	if n == 0 {
		return nil
	}
	return make([]T, n)
}
