package vector

// Signed are the signed integers.
type Signed interface {
	int8 | int16 | int32 | int64
}

// Unsigned are the unsigned integers.
type Unsigned interface {
	uint8 | uint16 | uint32 | uint64
}

// Integer are the integers of all widths.
type Integer interface{ Signed | Unsigned }

// Float are the floating-point numbers.
type Float interface{ float32 | float64 }

// Number are the real numbers of all types.
type Number interface{ Integer | Float }

// Element are all types a slice can be selected or copied in.
type Element interface {
	Number | bool | complex64 | complex128
}
