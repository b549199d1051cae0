package codec

import (
	"fmt"
	"reflect"
	"time"
)

// guards tells for each type found inside a cbor value whether it can hold what
// its check could not see: a time that the text form cannot hold, or nesting
// deeper than MaxDepth, which includes cycles of pointers. Only types that
// contain a time or themselves can. For these a walk by reflection before
// encoding is the price of an error in place of a wrong value or a stack
// overflow.
type guards map[reflect.Type]bool

// check walks v, with depth containers around it.
func (g guards) check(v reflect.Value, depth int) error {
	t := v.Type()
	if need, known := g[t]; known && !need {
		return nil
	}
	if t == timeType {
		return guardTime(v.Interface().(time.Time))
	}
	if ownsEncoding(t) {
		return nil
	}
	if t.Kind() == reflect.Pointer {
		return g.checkPointer(v, depth)
	}
	if depth >= MaxDepth {
		return fmt.Errorf("it nests deeper than %d levels, or its pointers form a cycle: flatten it, such as into a slice with indices, or give its type a codec", MaxDepth)
	}
	switch t.Kind() {
	case reflect.Struct:
		return g.checkStruct(v, depth)
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if err := g.check(it.Value(), depth+1); err != nil {
				return err
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := g.check(v.Index(i), depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g guards) checkPointer(v reflect.Value, depth int) error {
	if v.IsNil() {
		return nil
	}
	if e := v.Elem(); e.Type() == timeType && e.Interface().(time.Time).IsZero() {
		return fmt.Errorf("a pointer to the zero time would come back as a nil pointer: use a nil pointer or a time.Time")
	}
	return g.check(v.Elem(), depth)
}

func (g guards) checkStruct(v reflect.Value, depth int) error {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if leftOut(f) {
			continue
		}
		if err := g.check(v.Field(i), depth+1); err != nil {
			if depth == 0 { // one name places the fault; ten thousand would not help
				return fmt.Errorf("field %s: %w", f.Name, err)
			}
			return err
		}
	}
	return nil
}

// guardTime refuses what the text of RFC 3339 cannot say; the standard library
// would write it wrong without an error.
func guardTime(t time.Time) error {
	_, offset := t.Zone()
	if y := t.Year(); y < 0 || y > 9999 {
		return fmt.Errorf("the time %v is outside the years 0 to 9999: send its Unix seconds", t)
	}
	if offset%60 != 0 || offset <= -24*3600 || offset >= 24*3600 {
		return fmt.Errorf("the time %v has an offset of %d s, not whole minutes within a day: use its UTC method", t, offset)
	}
	return nil
}
