package block

import (
	"reflect"
	"unsafe"
)

// SliceForm sets Lend, Make and Over of a form for values of type t, if these are slices whose elements hold no pointers, so that they
// are written and read as they are in memory. It reports whether they are.
func (f *Form) SliceForm(t reflect.Type) bool {
	if t.Kind() != reflect.Slice || !pointerFree(t.Elem()) || t.Elem().Size() == 0 {
		return false
	}
	each := int64(t.Elem().Size())
	f.Lend = func(v any) ([]byte, bool) {
		s := reflect.ValueOf(v)
		if !s.IsValid() || s.Type() != t || s.Len() == 0 {
			return nil, false
		}
		return unsafe.Slice((*byte)(s.UnsafePointer()), s.Len()*int(each)), true
	}
	f.Over = func(data []byte) any {
		n := len(data) / int(each)
		return reflect.SliceAt(t.Elem(), unsafe.Pointer(unsafe.SliceData(data)), n).Convert(t).Interface()
	}
	f.Make = func(n int64) (any, []byte) {
		s := reflect.MakeSlice(t, int(n/each), int(n/each))
		return s.Interface(), unsafe.Slice((*byte)(s.UnsafePointer()), n/each*each)
	}
	return true
}

// pointerFree reports whether a value of t is all there is to it.
func pointerFree(t reflect.Type) bool {
	switch k := t.Kind(); {
	case k >= reflect.Bool && k <= reflect.Complex128:
		return k != reflect.Uintptr
	case k == reflect.Array:
		return pointerFree(t.Elem())
	case k == reflect.Struct:
		for n := range t.NumField() {
			if !pointerFree(t.Field(n).Type) {
				return false
			}
		}
		return true
	}
	return false
}
