package ndarray

import (
	"fmt"
	"reflect"
)

// FromNested returns a copy of nested slices or Go arrays, such as a
// [][]float64, whose innermost elements are T. All parts of an axis must have
// the same length; an error names the part that has another. An empty outer
// slice leaves the lengths inside it 0.
func FromNested[T Element](nested any) (*Array[T], error) {
	v := reflect.ValueOf(nested)
	if !v.IsValid() {
		return nil, fmt.Errorf("ndarray: nil where nested slices of %v are wanted", DTypeOf[T]())
	}
	rank, t := 0, v.Type()
	for ; t.Kind() == reflect.Slice || t.Kind() == reflect.Array; t = t.Elem() {
		rank++
	}
	if t != reflect.TypeFor[T]() {
		return nil, fmt.Errorf("ndarray: %v holds elements of type %v, not %v", v.Type(), t, DTypeOf[T]())
	}
	shape := make([]int, rank)
	for i, w := 0, v; i < rank; i++ {
		if shape[i] = w.Len(); shape[i] == 0 {
			break
		}
		w = w.Index(0)
	}
	n, err := Size(shape...)
	if err != nil {
		return nil, err
	}
	data, err := flatten(make([]T, 0, n), v, shape, nil)
	if err != nil {
		return nil, err
	}
	return &Array[T]{RowMajor(shape...), data}, nil
}

// flatten appends the elements of v, whose shape must be shape. path is where v
// stands in the whole.
func flatten[T Element](dst []T, v reflect.Value, shape, path []int) ([]T, error) {
	if len(shape) == 0 {
		return append(dst, v.Interface().(T)), nil
	}
	if v.Len() != shape[0] {
		return nil, fmt.Errorf("ndarray: the slice at %v has %d elements where the first one of its axis has %d: an array has no ragged axes", path, v.Len(), shape[0])
	}
	if s, ok := v.Interface().([]T); ok {
		return append(dst, s...), nil
	}
	var err error
	for i := range v.Len() {
		if dst, err = flatten(dst, v.Index(i), shape[1:], append(path, i)); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// Nested returns a copy of u as nested slices: an element for no axes, a []T for
// one, a [][]T for two, and so on.
func Nested(u Untyped) any {
	return nest(reflect.ValueOf(u.clone().memory()), u.Shape()).Interface()
}

// nest cuts a flat slice into shape.
func nest(flat reflect.Value, shape []int) reflect.Value {
	switch len(shape) {
	case 0:
		return flat.Index(0)
	case 1:
		return flat.Slice3(0, shape[0], shape[0])
	}
	t := flat.Type()
	for range len(shape) - 1 {
		t = reflect.SliceOf(t)
	}
	part := 1
	for _, n := range shape[1:] {
		part *= n
	}
	out := reflect.MakeSlice(t, shape[0], shape[0])
	for i := range shape[0] {
		out.Index(i).Set(nest(flat.Slice3(i*part, (i+1)*part, (i+1)*part), shape[1:]))
	}
	return out
}
