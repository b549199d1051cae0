package codec

import (
	"encoding"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// UnencodableError says why values of a type cannot become bytes.
type UnencodableError struct {
	Type   reflect.Type // the type asked about
	Path   string       // where in it, such as Params.Model.Callback
	Part   reflect.Type // the type found there
	Reason string       // why it cannot be encoded, and what to do
}

func (e *UnencodableError) Error() string {
	return fmt.Sprintf("codec: %s: %v cannot be encoded: %s", e.Path, e.Part, e.Reason)
}

var (
	timeType          = reflect.TypeFor[time.Time]()
	bigIntType        = reflect.TypeFor[big.Int]()
	cborMarshaler     = reflect.TypeFor[cbor.Marshaler]()
	cborUnmarshaler   = reflect.TypeFor[cbor.Unmarshaler]()
	binaryMarshaler   = reflect.TypeFor[encoding.BinaryMarshaler]()
	binaryUnmarshaler = reflect.TypeFor[encoding.BinaryUnmarshaler]()
)

// checkType walks t and everything in it, and returns what to look at in its
// values. The registry's lock is held.
func checkType(t reflect.Type) (guards, error) {
	w := walker{done: guards{}}
	if _, fault := w.walk(t, rootName(t)); fault != nil {
		fault.Type = t
		return nil, fault
	}
	return w.done, nil
}

// rootName is how paths into t begin: the type's name, or all of it if it has none.
func rootName(t reflect.Type) string {
	if t.Name() != "" {
		return t.Name()
	}
	return t.String()
}

// walker is one depth-first walk over a type.
type walker struct {
	stack []reflect.Type // the types being walked, outermost first
	done  guards         // the types walked without fault
}

// walk checks t, found at path. guarded is true if t holds a time or itself.
func (w *walker) walk(t reflect.Type, path string) (guarded bool, fault *UnencodableError) {
	if g, ok := w.done[t]; ok {
		return g, nil
	}
	if at := slices.Index(w.stack, t); at >= 0 {
		for _, s := range w.stack[at:] {
			if _, ok := nestedIn(s); ok {
				return true, refuse(t, path, "it contains itself through codec.Nested, so its depth has no bound: use a plain field, or give it a codec (codec.Register)")
			}
		}
		return true, nil
	}
	w.stack = append(w.stack, t)
	guarded, fault = w.look(t, path)
	w.stack = w.stack[:len(w.stack)-1]
	if fault == nil {
		w.done[t] = guarded
	}
	return guarded, fault
}

// look is walk for a type seen for the first time.
func (w *walker) look(t reflect.Type, path string) (bool, *UnencodableError) {
	if inner, ok := nestedIn(t); ok {
		return w.walkNested(inner, path)
	}
	if t == timeType || t == bigIntType {
		return t == timeType, nil
	}
	if t.Kind() != reflect.Interface && t.Kind() != reflect.Pointer && hasMethods(t) {
		return false, checkMethods(t, path)
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return false, w.checkOwn(t, path)
	case reflect.Slice, reflect.Array:
		if fault := w.checkOwn(t, path); fault != nil {
			return false, fault
		}
		return w.walk(t.Elem(), path+"[]")
	case reflect.Map:
		return w.walkMap(t, path)
	case reflect.Pointer:
		return w.walkPointer(t, path)
	case reflect.Struct:
		if fault := w.checkOwn(t, path); fault != nil {
			return false, fault
		}
		return w.walkStruct(t, path)
	}
	return false, w.refuseKind(t, path)
}

// checkOwn refuses a type that has a codec of its own but is found inside cbor,
// which would not call it.
func (w *walker) checkOwn(t reflect.Type, path string) *UnencodableError {
	if own := registry.byType[t]; own != nil {
		return refuse(t, path, "its codec %q serves whole values: wrap the field as codec.Nested[%v]", own.name, t)
	}
	return nil
}

// walkNested checks the type inside a Nested, which may be any that For takes.
func (w *walker) walkNested(t reflect.Type, path string) (bool, *UnencodableError) {
	if registry.byType[t] != nil {
		return false, nil
	}
	if _, raw := rawFor(t); raw {
		return false, nil
	}
	return w.walk(t, path+".Value")
}

func (w *walker) walkMap(t reflect.Type, path string) (bool, *UnencodableError) {
	if fault := w.checkOwn(t, path); fault != nil {
		return false, fault
	}
	if part, reason := badKey(t.Key()); part != nil {
		return false, refuse(part, path+"[key]", "%s", reason)
	}
	if _, fault := w.walk(t.Key(), path+"[key]"); fault != nil {
		return false, fault
	}
	return w.walk(t.Elem(), path+"[value]")
}

// badKey returns the part of key type t that Go compares by identity, which
// bytes do not keep.
func badKey(t reflect.Type) (reflect.Type, string) {
	switch {
	case t == timeType:
		return t, "as a map key a time is compared with its location and monotonic reading, which bytes do not keep: use its UnixNano"
	case t.Kind() == reflect.Pointer:
		return t, "a pointer in a map key is compared by address, which bytes do not keep: use a name or an index as the key"
	case hasMethods(t):
		return nil, "" // its author says what equal means
	case t.Kind() == reflect.Array:
		return badKey(t.Elem())
	case t.Kind() == reflect.Struct:
		for f := range t.Fields() {
			if part, reason := badKey(f.Type); part != nil {
				return part, reason
			}
		}
	}
	return nil, ""
}

func (w *walker) walkPointer(t reflect.Type, path string) (bool, *UnencodableError) {
	if fault := w.checkOwn(t, path); fault != nil {
		return false, fault
	}
	switch e := t.Elem(); {
	case e.Kind() == reflect.Pointer, (e.Kind() == reflect.Slice || e.Kind() == reflect.Map) && !hasMethods(e):
		return false, refuse(t, path, "a nil %v behind the pointer would come back as a nil pointer: drop the pointer", e.Kind())
	}
	return w.walk(t.Elem(), path)
}

// refuseKind explains the kinds that never encode.
func (w *walker) refuseKind(t reflect.Type, path string) *UnencodableError {
	switch t.Kind() {
	case reflect.Func:
		return refuse(t, path, "code does not travel: send the data and choose the function by name where it runs, or tag the field cbor:\"-\" to leave it out")
	case reflect.Chan:
		return refuse(t, path, "a channel ends at its process: send the values, or tag the field cbor:\"-\" to leave it out")
	case reflect.UnsafePointer, reflect.Uintptr:
		return refuse(t, path, "an address means nothing in another process: send what it points to, or use uint64 for a number")
	case reflect.Complex64, reflect.Complex128:
		return refuse(t, path, "CBOR has no complex numbers: use codec.Nested[%v], codec.Nested around the slice, or two floats", t)
	case reflect.Interface:
		if own := registry.byType[t]; own != nil {
			return w.checkOwn(t, path)
		}
		if len(w.stack) == 1 {
			return refuse(t, path, "an interface does not say which type to decode: use the concrete type (codec.For(reflect.TypeOf(v))), or register a codec for the interface (codec.Register)")
		}
		return refuse(t, path, "an interface does not say which type to decode: use a concrete type, or register a codec for the interface (codec.Register) and wrap the field as codec.Nested[%v]", t)
	}
	return refuse(t, path, "values of kind %v have no encoding", t.Kind())
}

func refuse(part reflect.Type, path, format string, args ...any) *UnencodableError {
	return &UnencodableError{Path: path, Part: part, Reason: fmt.Sprintf(format, args...)}
}
