package ndarray

import "fmt"

// Clone returns a contiguous copy in row-major order.
func (a *Array[T]) Clone() *Array[T] {
	c := New[T](a.layout.Shape...)
	copyElements(c, a)
	return c
}

func (a *Array[T]) clone() Untyped { return a.Clone() }

// Clone returns a contiguous copy of u in row-major order.
func Clone(u Untyped) Untyped { return u.clone() }

// Fill sets every element to v.
func (a *Array[T]) Fill(v T) {
	l := mustLoop(AnyOrder, a.layout)
	for at := range l.All() {
		fill(a.data, at[0], l.Strides[0], l.N, v)
	}
}

func fill[T Element](dst []T, at, step, n int, v T) {
	if step == 1 {
		dst = dst[at : at+n]
		for i := range dst {
			dst[i] = v
		}
		return
	}
	for i, p := 0, at; i < n; i, p = i+1, p+step {
		dst[p] = v
	}
}

// Copy copies src, broadcast to dst's shape, into dst. If they share memory, src
// counts as it was before.
func Copy[T Element](dst, src *Array[T]) error {
	src, err := src.BroadcastTo(dst.layout.Shape...)
	if err != nil {
		return err
	}
	if overlap(dst, src) {
		src = src.Clone()
	}
	copyElements(dst, src)
	return nil
}

// Assign copies src, broadcast to dst's shape and cast to dst's type, into dst.
// The rule says which casts are allowed. If they share memory, src counts as it
// was before.
func Assign(dst, src Untyped, rule Casting) error {
	if err := rule.check(src.DType(), dst.DType()); err != nil {
		return err
	}
	l, err := src.Layout().BroadcastTo(dst.Shape()...)
	if err != nil {
		return err
	}
	if src = src.view(l); overlap(dst, src) {
		src = src.clone()
	}
	if src.DType() == dst.DType() {
		dst.copyFrom(src)
	} else {
		dst.convertFrom(src)
	}
	return nil
}

func (a *Array[T]) copyFrom(src Untyped) {
	s, ok := src.(*Array[T])
	if !ok {
		panic(fmt.Sprintf("ndarray: copying %v into %v without a cast", src.DType(), a.DType()))
	}
	copyElements(a, s)
}

// copyElements copies between arrays of one shape.
func copyElements[T Element](dst, src *Array[T]) {
	if to, ok := dst.Data(); ok {
		if from, ok := src.Data(); ok {
			copy(to, from)
			return
		}
	}
	l := mustLoop(AnyOrder, dst.layout, src.layout)
	d, s := l.Strides[0], l.Strides[1]
	across := -1
	if d == 1 && s != 1 {
		across = l.shortest(1, abs(s))
	}
	switch {
	case across >= 0:
		copyTiled(dst.data, src.data, l, across)
	case d == 1 && s == 1:
		for at := range l.All() {
			copy(dst.data[at[0]:at[0]+l.N], src.data[at[1]:])
		}
	case s == 0:
		for at := range l.All() {
			fill(dst.data, at[0], d, l.N, src.data[at[1]])
		}
	default:
		for at := range l.All() {
			copyStrided(dst.data, at[0], d, src.data, at[1], s, l.N)
		}
	}
}

func copyStrided[T Element](dst []T, at, d int, src []T, from, s, n int) {
	if d == 1 {
		dst = dst[at : at+n]
		for i := range dst {
			dst[i] = src[from]
			from += s
		}
		return
	}
	for range n {
		dst[at] = src[from]
		at, from = at+d, from+s
	}
}

// shortest returns the outer axis along which operand k takes its shortest
// steps, if these are shorter than limit, and otherwise -1.
func (l *Loop) shortest(k, limit int) int {
	found := -1
	for i, a := range l.axes {
		if s := abs(a.strides[k]); s > 0 && s < limit {
			found, limit = i, s
		}
	}
	return found
}
