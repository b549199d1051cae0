package ndarray

// with returns a view of the same memory if err is nil. Layouts made from a
// checked one need no check.
func (a *Array[T]) with(l Layout, err error) (*Array[T], error) {
	if err != nil {
		return nil, err
	}
	return &Array[T]{l, a.data}, nil
}

// Slice returns a view of the part that items take; see [Layout.Slice].
func (a *Array[T]) Slice(items ...Index) (*Array[T], error) {
	return a.with(a.layout.Slice(items...))
}

// T returns a view with the axes in reverse order.
func (a *Array[T]) T() *Array[T] { return Must(a.Transpose()) }

// Transpose returns a view with the axes in another order; see [Layout.Transpose].
func (a *Array[T]) Transpose(axes ...int) (*Array[T], error) {
	return a.with(a.layout.Transpose(axes...))
}

// SwapAxes returns a view with two axes exchanged.
func (a *Array[T]) SwapAxes(axis1, axis2 int) (*Array[T], error) {
	return a.with(a.layout.SwapAxes(axis1, axis2))
}

// MoveAxis returns a view with one axis at another place.
func (a *Array[T]) MoveAxis(from, to int) (*Array[T], error) {
	return a.with(a.layout.MoveAxis(from, to))
}

// BroadcastTo returns a view stretched to shape; see [Layout.BroadcastTo]. Its
// elements may be one in memory, so writing to it is seldom meant.
func (a *Array[T]) BroadcastTo(shape ...int) (*Array[T], error) {
	return a.with(a.layout.BroadcastTo(shape...))
}

// Squeeze returns a view without axes of length 1; see [Layout.Squeeze].
func (a *Array[T]) Squeeze(axes ...int) (*Array[T], error) {
	return a.with(a.layout.Squeeze(axes...))
}

// ExpandDims returns a view with a new axis of length 1.
func (a *Array[T]) ExpandDims(axis int) (*Array[T], error) {
	return a.with(a.layout.ExpandDims(axis))
}

// Flip returns a view with the named axes, or all, reversed.
func (a *Array[T]) Flip(axes ...int) (*Array[T], error) { return a.with(a.layout.Flip(axes...)) }

// Diagonal returns a view of the diagonals; see [Layout.Diagonal].
func (a *Array[T]) Diagonal(offset, axis1, axis2 int) (*Array[T], error) {
	return a.with(a.layout.Diagonal(offset, axis1, axis2))
}

// Reshape returns the elements in row-major order under another shape: a view
// where strides can say it, which is always so for contiguous arrays, and a
// copy otherwise. [Layout.Reshape] tells which.
func (a *Array[T]) Reshape(shape ...int) (*Array[T], error) {
	l, isView, err := a.layout.Reshape(shape...)
	if err != nil {
		return nil, err
	}
	if isView {
		return &Array[T]{l, a.data}, nil
	}
	return &Array[T]{l, a.Clone().data}, nil
}

// Ravel returns the elements in row-major order along one axis, as Reshape(-1).
func (a *Array[T]) Ravel() *Array[T] { return Must(a.Reshape(a.Size())) }

// WithLayout returns a view of the same memory with any layout inside it.
func (a *Array[T]) WithLayout(l Layout) (*Array[T], error) { return FromLayout(a.data, l) }
