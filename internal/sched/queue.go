package sched

import "github.com/braid-compute/braid/graph"

// entry is a range of tasks of equal level in a queue. Level 0 has the highest priority of its run.
type entry struct {
	level      uint32
	first, end graph.Index
}

func (e entry) before(o entry) bool {
	return e.level < o.level || e.level == o.level && e.first < o.first
}

// queue gives tasks of one run in the order of level and index. It is a heap of ranges, since tasks come in runs; what is
// in it is a hint: a task that has left its queue by another way is passed over by whoever takes it out.
type queue struct {
	heap []entry
	tail entry // the range that grows; empty if there is none
}

func (q *queue) push(level uint32, i graph.Index) {
	if t := &q.tail; t.first < t.end && t.level == level && t.end == i {
		t.end++
		return
	}
	q.pushRange(entry{level, i, i + 1})
}

func (q *queue) pushRange(e entry) {
	if q.tail.first < q.tail.end {
		q.up(q.tail)
	}
	q.tail = e
}

func (q *queue) empty() bool { return len(q.heap) == 0 && q.tail.first >= q.tail.end }

func (q *queue) clear() { q.heap, q.tail = q.heap[:0], entry{} }

// peek returns the first task of the queue, which is not empty.
func (q *queue) peek() (level uint32, i graph.Index) {
	e := q.tail
	if len(q.heap) > 0 && (e.first >= e.end || q.heap[0].before(e)) {
		e = q.heap[0]
	}
	return e.level, e.first
}

// pop takes the first task out of the queue, which is not empty.
func (q *queue) pop() {
	if len(q.heap) == 0 || q.tail.first < q.tail.end && q.tail.before(q.heap[0]) {
		q.tail.first++
		return
	}
	e := q.heap[0]
	e.first++
	if e.first == e.end {
		last := len(q.heap) - 1
		e = q.heap[last]
		q.heap = q.heap[:last]
		if last == 0 {
			return
		}
	}
	q.down(e)
}

// half takes about half of one large range out, from its end, or a whole range of one task; the queue is not empty.
func (q *queue) half() entry {
	best := &q.tail
	for n := max(0, len(q.heap)-8); n < len(q.heap); n++ {
		if e := &q.heap[n]; e.end-e.first > best.end-best.first {
			best = e
		}
	}
	if e := *best; e.end-e.first > 1 {
		best.end = e.first + (e.end-e.first)/2
		e.first = best.end
		return e
	}
	if q.tail.first < q.tail.end {
		e := q.tail
		q.tail = entry{}
		return e
	}
	last := len(q.heap) - 1 // a leaf of the heap
	e := q.heap[last]
	q.heap = q.heap[:last]
	return e
}

func (q *queue) up(e entry) {
	q.heap = append(q.heap, e)
	n := len(q.heap) - 1
	for n > 0 {
		parent := (n - 1) / 2
		if !e.before(q.heap[parent]) {
			break
		}
		q.heap[n] = q.heap[parent]
		n = parent
	}
	q.heap[n] = e
}

// down puts e in the place of the first range.
func (q *queue) down(e entry) {
	n := 0
	for {
		child := 2*n + 1
		if child >= len(q.heap) {
			break
		}
		if child+1 < len(q.heap) && q.heap[child+1].before(q.heap[child]) {
			child++
		}
		if !q.heap[child].before(e) {
			break
		}
		q.heap[n] = q.heap[child]
		n = child
	}
	q.heap[n] = e
}
