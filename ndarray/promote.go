package ndarray

import "fmt"

// Promote returns the type of the result when elements of types a and b meet in
// an operation, by the rules of NumPy 2 for two arrays: the smallest type that
// holds all values of both, where the integers of 64 bits count as held by
// Float64. So Uint64 with any signed type gives Float64, Int32 with Float32
// gives Float64, and Int16 with Float32 stays Float32. The result is 0 if one
// of them is not valid.
func Promote(a, b DType) DType {
	if a.kind() > b.kind() {
		a, b = b, a
	}
	size := max(a.Size(), b.Size())
	switch {
	case a.kind() == kindNone:
		return 0
	case a.kind() == b.kind():
		return of(a.kind(), size)
	case a.kind() == kindBool:
		return b
	case b.kind() == kindSigned: // with unsigned: one size above it
		if t := of(kindSigned, max(b.Size(), 2*a.Size())); t != 0 {
			return t
		}
		return Float64
	case b.kind() == kindFloat:
		return of(kindFloat, max(b.Size(), floatSize(a)))
	}
	return of(kindComplex, max(b.Size(), 2*floatSize(a)))
}

// floatSize is the size of the float that goes with a real type: the least one
// whose mantissa holds its values, and 8 where none does.
func floatSize(d DType) int {
	if d.IsFloat() {
		return d.Size()
	}
	return min(8, max(4, 2*d.Size()))
}

// ResultType returns the type of the result of an operation on all of dtypes.
// It is an error to give none, or one that is not valid.
func ResultType(dtypes ...DType) (DType, error) {
	if len(dtypes) == 0 {
		return 0, fmt.Errorf("ndarray: no element types to find the result's type from")
	}
	// An unsigned and a signed type may meet before the float that both go into
	// would; NumPy looks at the greatest kind first, and so does this.
	result := dtypes[0]
	for _, d := range dtypes {
		if !d.Valid() {
			return 0, fmt.Errorf("ndarray: %v is no element type: use one of %v", d, DTypes())
		}
		if d.kind() > result.kind() {
			result = d
		}
	}
	for _, d := range dtypes {
		result = Promote(result, d)
	}
	return result, nil
}

// Casting says which changes of element type are allowed.
type Casting uint8

const (
	// Safe allows only changes that keep every value, where integers of 64 bits
	// count as kept by Float64. It is the zero Casting.
	Safe Casting = iota
	// SameKind allows Safe changes, and those within a kind or up the order
	// bool, unsigned, signed, float, complex: Float64 to Float32, but not to Int64.
	SameKind
	// Unsafe allows every change.
	Unsafe
)

var castingNames = [...]string{"safe", "same_kind", "unsafe"}

// String returns NumPy's name of the rule.
func (c Casting) String() string {
	if int(c) >= len(castingNames) {
		return fmt.Sprintf("casting %d", uint8(c))
	}
	return castingNames[c]
}

// Allows reports whether elements of type from may become elements of type to.
func (c Casting) Allows(from, to DType) bool {
	if !from.Valid() || !to.Valid() {
		return false
	}
	switch c {
	case Unsafe:
		return true
	case SameKind:
		return from.kind() <= to.kind() || Promote(from, to) == to
	}
	return Promote(from, to) == to
}

// check is Allows as an error.
func (c Casting) check(from, to DType) error {
	if c.Allows(from, to) {
		return nil
	}
	if !to.Valid() {
		return fmt.Errorf("ndarray: %v is no element type: use one of %v", to, DTypes())
	}
	least := Unsafe
	if SameKind.Allows(from, to) {
		least = SameKind
	}
	return fmt.Errorf("ndarray: a cast from %v to %v is not allowed by the rule %v: values could change; use the rule %v if that is meant", from, to, c, least)
}
