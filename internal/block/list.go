package block

// list holds blocks that may leave memory, the least recently used first. A block is in one list at most.
type list struct{ first, last *Block }

func (l *list) push(b *Block) {
	b.in, b.prev, b.next = l, l.last, nil
	if l.last != nil {
		l.last.next = b
	} else {
		l.first = b
	}
	l.last = b
}

// remove takes a block out of the list that it is in, if it is in one.
func (b *Block) remove() {
	l := b.in
	if l == nil {
		return
	}
	if b.prev != nil {
		b.prev.next = b.next
	} else {
		l.first = b.next
	}
	if b.next != nil {
		b.next.prev = b.prev
	} else {
		l.last = b.prev
	}
	b.in, b.prev, b.next = nil, nil, nil
}

// fifo is a queue.
type fifo[T any] struct {
	items []T
	head  int
}

func (q *fifo[T]) len() int { return len(q.items) - q.head }

func (q *fifo[T]) push(v T) { q.items = append(q.items, v) }

func (q *fifo[T]) first() T { return q.items[q.head] }

func (q *fifo[T]) pop() T {
	var zero T
	v := q.items[q.head]
	q.items[q.head] = zero
	if q.head++; q.head*2 > len(q.items) {
		q.cut(func(T) bool { return false })
	}
	return v
}

// cut removes the items for which f says so.
func (q *fifo[T]) cut(f func(T) bool) {
	kept := q.items[:0]
	for _, v := range q.items[q.head:] {
		if !f(v) {
			kept = append(kept, v)
		}
	}
	clear(q.items[len(kept):])
	q.items, q.head = kept, 0
}
