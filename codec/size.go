package codec

import (
	"reflect"
	"sync"
)

// Size returns the bytes that v's data takes in memory, without encoding it,
// and whether they are known: for strings, for values without pointers
// (numbers, arrays and structs of them), and for slices of such values, named
// types included. The length counts, not the capacity, and not the slice or
// string header; and for a [Sizer], which says it, or 0 for a nil pointer. For
// everything else it returns 0, false.
func Size(v any) (int64, bool) {
	switch v := v.(type) {
	case nil:
		return 0, true
	case string:
		return int64(len(v)), true
	case []byte:
		return int64(len(v)), true
	case []float64:
		return int64(len(v)) * 8, true
	case []float32:
		return int64(len(v)) * 4, true
	case []int:
		return int64(len(v)) * int64(reflect.TypeFor[int]().Size()), true
	case bool, int8, uint8:
		return 1, true
	case int16, uint16:
		return 2, true
	case int32, uint32, float32:
		return 4, true
	case int64, uint64, float64, complex64:
		return 8, true
	}
	if s, ok := v.(Sizer); ok {
		if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && p.IsNil() {
			return 0, true // a function may return one, and its method need not bear that
		}
		return s.MemorySize(), true
	}
	return sizeOf(reflect.ValueOf(v))
}

// A Sizer knows how many bytes its data takes in memory.
type Sizer interface{ MemorySize() int64 }

// sizing is how Size measures one type.
type sizing struct {
	known bool
	each  int64 // bytes of one element, or of the value
	many  bool  // a slice or string: times its length
}

var sizings sync.Map // reflect.Type → sizing

func sizeOf(v reflect.Value) (int64, bool) {
	t := v.Type()
	s, ok := sizings.Load(t)
	if !ok {
		s, _ = sizings.LoadOrStore(t, sizingOf(t))
	}
	sz := s.(sizing)
	if sz.many {
		return sz.each * int64(v.Len()), sz.known
	}
	return sz.each, sz.known
}

func sizingOf(t reflect.Type) sizing {
	switch {
	case t.Kind() == reflect.String:
		return sizing{known: true, each: 1, many: true}
	case t.Kind() == reflect.Slice && pointerFree(t.Elem()):
		return sizing{known: true, each: int64(t.Elem().Size()), many: true}
	case pointerFree(t):
		return sizing{known: true, each: int64(t.Size())}
	}
	return sizing{}
}

// pointerFree reports whether a value of t is all there is to it.
func pointerFree(t reflect.Type) bool {
	switch k := t.Kind(); {
	case k >= reflect.Bool && k <= reflect.Complex128:
		return true
	case k == reflect.Array:
		return t.Len() == 0 || pointerFree(t.Elem())
	case k == reflect.Struct:
		for f := range t.Fields() {
			if !pointerFree(f.Type) {
				return false
			}
		}
		return true
	}
	return false
}
