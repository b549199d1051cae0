package ndarray

import (
	"fmt"
	"slices"
)

// Element lists the Go types that an array can hold. Each has one [DType] and
// each DType has one of them. Go's int and uint are left out because they name
// a width that another type names already: use [FromInts], or int64 and uint64.
type Element interface {
	bool |
		int8 | int16 | int32 | int64 |
		uint8 | uint16 | uint32 | uint64 |
		float32 | float64 |
		complex64 | complex128
}

type signed interface{ int8 | int16 | int32 | int64 }

type unsigned interface {
	uint8 | uint16 | uint32 | uint64
}

type float interface{ float32 | float64 }

// DType says what the elements of an array are, for code that learns it at run
// time. The zero DType is none. The numbers are part of the encoded form.
type DType uint8

// The element types, in the order of the encoded form.
const (
	Bool DType = iota + 1
	Int8
	Int16
	Int32
	Int64
	Uint8
	Uint16
	Uint32
	Uint64
	Float32
	Float64
	Complex64
	Complex128
)

// kind is the class of a DType, in the order in which NumPy lets values go up
// without asking.
type kind uint8

const (
	kindNone kind = iota
	kindBool
	kindUnsigned
	kindSigned
	kindFloat
	kindComplex
)

// dtypeFacts is what is known of each DType.
var dtypeFacts = [...]struct {
	name string
	size int
	kind kind
}{
	{"none", 0, kindNone},
	{"bool", 1, kindBool},
	{"int8", 1, kindSigned}, {"int16", 2, kindSigned}, {"int32", 4, kindSigned}, {"int64", 8, kindSigned},
	{"uint8", 1, kindUnsigned}, {"uint16", 2, kindUnsigned}, {"uint32", 4, kindUnsigned}, {"uint64", 8, kindUnsigned},
	{"float32", 4, kindFloat}, {"float64", 8, kindFloat},
	{"complex64", 8, kindComplex}, {"complex128", 16, kindComplex},
}

// DTypes returns all element types in the order of their numbers.
func DTypes() []DType {
	all := make([]DType, 0, Complex128)
	for d := Bool; d <= Complex128; d++ {
		all = append(all, d)
	}
	return all
}

// DTypeOf returns the DType of T.
func DTypeOf[T Element]() DType {
	var zero T
	switch any(zero).(type) {
	case bool:
		return Bool
	case int8:
		return Int8
	case int16:
		return Int16
	case int32:
		return Int32
	case int64:
		return Int64
	case uint8:
		return Uint8
	case uint16:
		return Uint16
	case uint32:
		return Uint32
	case uint64:
		return Uint64
	case float32:
		return Float32
	case float64:
		return Float64
	case complex64:
		return Complex64
	}
	return Complex128
}

// ParseDType returns the DType of that name, which is the name of the Go type
// and of NumPy's.
func ParseDType(name string) (DType, error) {
	for _, d := range DTypes() {
		if d.String() == name {
			return d, nil
		}
	}
	return 0, fmt.Errorf("ndarray: unknown element type %q: it must be one of %v", name, DTypes())
}

// Valid reports whether d is one of the element types.
func (d DType) Valid() bool { return d >= Bool && d <= Complex128 }

// String returns the name of the Go type, such as "float64".
func (d DType) String() string {
	if int(d) >= len(dtypeFacts) {
		return fmt.Sprintf("dtype %d", uint8(d))
	}
	return dtypeFacts[d].name
}

// Size returns the bytes of one element.
func (d DType) Size() int {
	if !d.Valid() {
		return 0
	}
	return dtypeFacts[d].size
}

// IsInteger reports whether d is an integer type; Bool is none.
func (d DType) IsInteger() bool { return d.kind() == kindSigned || d.kind() == kindUnsigned }

// IsSigned reports whether d is a signed integer type.
func (d DType) IsSigned() bool { return d.kind() == kindSigned }

// IsFloat reports whether d is Float32 or Float64.
func (d DType) IsFloat() bool { return d.kind() == kindFloat }

// IsComplex reports whether d is Complex64 or Complex128.
func (d DType) IsComplex() bool { return d.kind() == kindComplex }

func (d DType) kind() kind {
	if !d.Valid() {
		return kindNone
	}
	return dtypeFacts[d].kind
}

// of returns the DType of that kind with elements of at least size bytes.
func of(k kind, size int) DType {
	all := DTypes()
	i := slices.IndexFunc(all, func(d DType) bool { return d.kind() == k && d.Size() >= size })
	if i < 0 {
		return 0
	}
	return all[i]
}
