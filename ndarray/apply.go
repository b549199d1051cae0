package ndarray

// Map returns a new array of f's results on the elements of a.
func Map[T, U Element](a *Array[T], f func(T) U) *Array[U] {
	out := New[U](a.layout.Shape...)
	l := mustLoop(AnyOrder, out.layout, a.layout)
	d, s := l.Strides[0], l.Strides[1]
	for at := range l.All() {
		p, q := at[0], at[1]
		for range l.N {
			out.data[p] = f(a.data[q])
			p, q = p+d, q+s
		}
	}
	return out
}

// Zip returns a new array of f's results on pairs of elements of a and b, which
// are broadcast to one shape.
func Zip[T, U, V Element](a *Array[T], b *Array[U], f func(T, U) V) (*Array[V], error) {
	shape, err := BroadcastShapes(a.layout.Shape, b.layout.Shape)
	if err != nil {
		return nil, err
	}
	a, b = Must(a.BroadcastTo(shape...)), Must(b.BroadcastTo(shape...))
	out := New[V](shape...)
	l := mustLoop(AnyOrder, out.layout, a.layout, b.layout)
	d, s, t := l.Strides[0], l.Strides[1], l.Strides[2]
	for at := range l.All() {
		p, q, r := at[0], at[1], at[2]
		for range l.N {
			out.data[p] = f(a.data[q], b.data[r])
			p, q, r = p+d, q+s, r+t
		}
	}
	return out, nil
}

// Equal reports whether a and b have the same shape and equal elements. As in
// Go, 0 equals −0, and a NaN equals nothing.
func Equal[T Element](a, b *Array[T]) bool {
	l, err := NewLoop(AnyOrder, a.layout, b.layout)
	if err != nil {
		return false
	}
	s, t := l.Strides[0], l.Strides[1]
	for at := range l.All() {
		p, q := at[0], at[1]
		for range l.N {
			if a.data[p] != b.data[q] {
				return false
			}
			p, q = p+s, q+t
		}
	}
	return true
}
