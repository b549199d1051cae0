package codec

import (
	"encoding/binary"
	"fmt"
	"reflect"
)

const (
	rawVersion    = 1
	rawHeaderSize = 16
)

// elementKind is the number type of raw elements, as the format writes it.
type elementKind uint8

const (
	kindBool elementKind = iota + 1
	kindInt8
	kindInt16
	kindInt32
	kindInt64
	kindUint8
	kindUint16
	kindUint32
	kindUint64
	kindFloat32
	kindFloat64
	kindComplex64
	kindComplex128
	kindString // UTF-8 or not: the bytes of a Go string
	lastKind   = kindString
)

var kindNames = [...]string{"none", "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
	"float32", "float64", "complex64", "complex128", "string"}

var kindSizes = [...]uint64{0, 1, 1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 8, 16, 1}

func (k elementKind) String() string {
	if k > lastKind {
		return fmt.Sprintf("kind %d", uint8(k))
	}
	return kindNames[k]
}

// word is the width in bytes of the unit that has a byte order.
func (k elementKind) word() int {
	if k == kindComplex64 || k == kindComplex128 {
		return int(kindSizes[k]) / 2
	}
	return int(kindSizes[k])
}

// form says how the elements are held.
type form uint8

const (
	formOne      form = iota // one element: a number, an array, a string's bytes
	formSlice                // any number of them
	formNilSlice             // a nil slice, which has none
)

// rawBody encodes a number, an array of numbers, a slice of either, or a string.
type rawBody struct {
	kind  elementKind
	lanes uint32 // numbers in one element: 1, or the length of an array
	slice bool
}

// rawFor returns the raw encoding of t. Types with their own CBOR or binary
// methods are left to cbor, which calls these, and so are slices and arrays of
// types with a codec of their own, which cbor refuses by name. The registry's
// lock is held.
func rawFor(t reflect.Type) (rawBody, bool) {
	if hasMethods(t) {
		return rawBody{}, false
	}
	if t.Kind() == reflect.String {
		return rawBody{kind: kindString, lanes: 1}, true
	}
	r := rawBody{slice: t.Kind() == reflect.Slice}
	if r.slice {
		t = t.Elem()
	}
	lanes := uint64(1)
	for !hasMethods(t) && registry.byType[t] == nil {
		if t.Kind() != reflect.Array {
			r.kind, r.lanes = numberKind(t), uint32(lanes)
			return r, r.kind != 0
		}
		lanes *= uint64(t.Len())
		if lanes == 0 || lanes > 1<<31 {
			return r, false
		}
		t = t.Elem()
	}
	return r, false
}

// numberKind maps Go's kinds to the format's. int and uint have the size they
// have on the host, which is 64 bits on every platform that braid supports.
func numberKind(t reflect.Type) elementKind {
	switch k := t.Kind(); k {
	case reflect.Bool:
		return kindBool
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return kindInt8 + elementKind(k-reflect.Int8)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return kindUint8 + elementKind(k-reflect.Uint8)
	case reflect.Int, reflect.Uint:
		size := kindInt64
		if t.Size() == 4 {
			size = kindInt32
		}
		if k == reflect.Uint {
			size += kindUint8 - kindInt8
		}
		return size
	case reflect.Float32:
		return kindFloat32
	case reflect.Float64:
		return kindFloat64
	case reflect.Complex64:
		return kindComplex64
	case reflect.Complex128:
		return kindComplex128
	}
	return 0
}

// elementSize is the size of one element in bytes.
func (r rawBody) elementSize() uint64 { return kindSizes[r.kind] * uint64(r.lanes) }

func (r rawBody) encode(dst []byte, v reflect.Value) ([]byte, error) {
	f, count := formOne, 1
	switch {
	case r.kind == kindString:
		count = v.Len()
	case r.slice && v.IsNil():
		f, count = formNilSlice, 0
	case r.slice:
		f, count = formSlice, v.Len()
	case !v.CanAddr():
		v = addressable(v)
	}
	dst = append(dst, uint8(r.kind), uint8(f), 0, 0)
	dst = binary.LittleEndian.AppendUint32(dst, r.lanes)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(count))
	if r.kind == kindString {
		return append(dst, v.String()...), nil
	}
	return appendLittle(dst, memoryOf(v), r.kind.word()), nil
}

func (r rawBody) decode(_ uint16, src []byte, v reflect.Value) error {
	f, count, data, err := r.parse(src)
	if err != nil {
		return err
	}
	switch {
	case r.kind == kindString:
		v.SetString(string(data))
	case f == formNilSlice: // v is the zero value
	case f == formSlice:
		setSlice(v, data, count, r.kind.word())
	default:
		copyLittle(memoryOf(v), data, r.kind.word())
	}
	return nil
}

// parse checks the raw header against r and against the bytes that follow.
func (r rawBody) parse(src []byte) (f form, count int, data []byte, err error) {
	if len(src) < rawHeaderSize {
		return 0, 0, nil, formatErrorf("truncated inside the raw header: %d of %d bytes", len(src), rawHeaderSize)
	}
	kind, f := elementKind(src[0]), form(src[1])
	lanes, n := binary.LittleEndian.Uint32(src[4:8]), binary.LittleEndian.Uint64(src[8:16])
	data = src[rawHeaderSize:]
	switch {
	case kind != r.kind || lanes != r.lanes:
		err = formatErrorf("elements of %v × %d; this type has %v × %d", kind, lanes, r.kind, r.lanes)
	case f > formNilSlice || (f != formOne) != r.slice:
		err = formatErrorf("form %d (0 one value, 1 slice, 2 nil slice) does not fit this type", f)
	case src[2] != 0 || src[3] != 0:
		err = formatErrorf("reserved bytes of the raw header are not zero")
	case f == formOne && r.kind != kindString && n != 1, f == formNilSlice && n != 0:
		err = formatErrorf("%d elements in form %d", n, f)
	case n > uint64(len(data))/r.elementSize() || n*r.elementSize() != uint64(len(data)):
		err = formatErrorf("%d elements of %d bytes, and %d bytes follow", n, r.elementSize(), len(data))
	case kind == kindBool:
		err = checkBools(data)
	}
	return f, int(n), data, err
}

// checkBools refuses bytes that are not a Go bool: any other value in a bool's
// memory would make the program's behaviour undefined.
func checkBools(data []byte) error {
	for i, b := range data {
		if b > 1 {
			return formatErrorf("bool %d is %#02x, not 0 or 1", i, b)
		}
	}
	return nil
}

// addressable returns a copy of v that has an address.
func addressable(v reflect.Value) reflect.Value {
	p := reflect.New(v.Type()).Elem()
	p.Set(v)
	return p
}
