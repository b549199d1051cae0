package vector

import "unsafe"

// A Level is a set of instructions that the functions of this package compute with.
// Their results are the same with each. The environment variable GODEBUG, as
// package golang.org/x/sys/cpu reads it, can hide some from a program:
// cpu.avx512f=off leaves AVX2, cpu.avx2=off what is portable.
type Level int

// The levels, from the slowest up.
const (
	Portable Level = iota // what Go compiles to
	AVX2                  // AVX2, FMA and BMI2
	AVX512                // AVX-512 F, BW, DQ and VL
	levels
)

// String returns the name of the level.
func (l Level) String() string {
	return [levels]string{"portable", "AVX2", "AVX-512"}[l]
}

// The kernels at work and their level.
var (
	active = available[best]
	level  = best
)

// Active returns the level at work, which is the highest this processor has unless
// [Use] changed it.
func Active() Level { return level }

// Best returns the highest level that this processor has.
func Best() Level { return best }

// Use selects a level, the highest of the processor's if it has not that one, and
// returns the one before. It is for tests and measurements: nothing else of
// this package may run meanwhile.
func Use(l Level) (before Level) {
	before = level
	level = min(l, best)
	active = available[level]
	return before
}

// A kernel computes n elements at dst from those at x (and y, z), or as many of
// them as it wants to, and returns how many.
type (
	kernel1      func(dst, x unsafe.Pointer, n int) (done int)
	kernel2      func(dst, x, y unsafe.Pointer, n int) (done int)
	kernel3      func(dst, x, y, z unsafe.Pointer, n int) (done int)
	kernelScalar func(dst, x unsafe.Pointer, scalar uint64, n int) (done int)
)

// Kernels by operation and type; nil where Go does the work.
type (
	kernelTable1      [ops][kinds]kernel1
	kernelTable2      [ops][kinds]kernel2
	kernelTable3      [ops][kinds]kernel3
	kernelTableScalar [ops][kinds]kernelScalar
)

// kernels are the functions in assembly of one level, by the form of the
// operation: of one slice, two slices, a slice and a number, ….
type kernels struct {
	unary         kernelTable1
	binary        kernelTable2
	scalar        kernelTableScalar
	compare       kernelTable2
	compareScalar kernelTableScalar
	where         kernelTable3
	convert       [kinds][kinds]kernel1 // from, to
}

// kind numbers the types of elements.
type kind uint8

const (
	kindInt8 kind = iota
	kindInt16
	kindInt32
	kindInt64
	kindUint8
	kindUint16
	kindUint32
	kindUint64
	kindFloat32
	kindFloat64
	kinds
)

func kindOf[T Element]() kind {
	var zero T
	switch any(zero).(type) {
	case int8:
		return kindInt8
	case int16:
		return kindInt16
	case int32:
		return kindInt32
	case int64, complex64:
		return kindInt64
	case uint8, bool:
		return kindUint8
	case uint16:
		return kindUint16
	case uint32:
		return kindUint32
	case uint64:
		return kindUint64
	case float32:
		return kindFloat32
	case float64:
		return kindFloat64
	}
	return kinds
}

// stretch is how many elements a kernel is given at a time. Nothing interrupts
// assembly, and a garbage collection waits for it. It is a multiple of what the
// longest vectors hold.
const stretch = 1 << 16

// inStretches calls kernel until all n elements are done, or it stops before its
// end, and returns how many are.
func inStretches(n int, kernel func(from, n int) (done int)) (done int) {
	for done < n {
		m := min(n-done, stretch)
		got := kernel(done, m)
		done += got
		if got < m {
			break
		}
	}
	return done
}

// The following do as many elements as assembly can and return how many.

func pairwise[T Number](o op, dst, a, b []T) int {
	k := active.binary[o][kindOf[T]()]
	if k == nil {
		return 0
	}
	return inStretches(len(dst), func(i, n int) int { return k(at(dst[i:]), at(a[i:]), at(b[i:]), n) })
}

func withScalar[T Number](o op, dst, a []T, s T) int {
	k := active.scalar[o][kindOf[T]()]
	if k == nil {
		return 0
	}
	return inStretches(len(dst), func(i, n int) int { return k(at(dst[i:]), at(a[i:]), bitsOf(s), n) })
}

func unary[T Number](o op, dst, a []T) int {
	k := active.unary[o][kindOf[T]()]
	if k == nil {
		return 0
	}
	return inStretches(len(dst), func(i, n int) int { return k(at(dst[i:]), at(a[i:]), n) })
}

func compare[T Number](o op, dst []bool, a, b []T) int {
	k := active.compare[o][kindOf[T]()]
	if k == nil {
		return 0
	}
	return inStretches(len(dst), func(i, n int) int { return k(at(dst[i:]), at(a[i:]), at(b[i:]), n) })
}

func compareScalar[T Number](o op, dst []bool, a []T, s T) int {
	k := active.compareScalar[o][kindOf[T]()]
	if k == nil {
		return 0
	}
	return inStretches(len(dst), func(i, n int) int { return k(at(dst[i:]), at(a[i:]), bitsOf(s), n) })
}

// choose takes complex64 for int64, and bool for uint8.
func choose[T Element](dst []T, cond []bool, a, b []T) int {
	kind := kindOf[T]()
	if kind == kinds {
		return 0
	}
	k := active.where[opWhere][kind]
	if k == nil {
		return 0
	}
	return inStretches(len(dst), func(i, n int) int { return k(at(dst[i:]), at(cond[i:]), at(a[i:]), at(b[i:]), n) })
}

func convert[D, S Number](dst []D, a []S) int {
	from, to := kindOf[S](), kindOf[D]()
	if from == to || sameBits(from, to) {
		return copy(asElements[byte](dst), asElements[byte](a)) / int(unsafe.Sizeof(dst[0]))
	}
	k := active.convert[from][to]
	if k == nil {
		return 0
	}
	return inStretches(len(dst), func(i, n int) int { return k(at(dst[i:]), at(a[i:]), n) })
}

// sameBits tells integers of the same size, which differ in their sign.
func sameBits(a, b kind) bool { return a <= kindUint64 && b <= kindUint64 && a&3 == b&3 }

// asElements looks at the memory of a as elements of another type, as many as fit.
func asElements[D, S Element](a []S) []D {
	var d D
	var s S
	n := uintptr(len(a)) * unsafe.Sizeof(s) / unsafe.Sizeof(d)
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*D)(unsafe.Pointer(unsafe.SliceData(a))), n)
}

// accumulate adds whole groups of lanes elements of a (and b) to acc.
func accumulate[T Float](o op, acc *accumulators, a, b []T, center float64) int {
	if len(a) < lanes {
		return 0
	}
	return callAccumulate(o, kindOf[T](), unsafe.Pointer(acc), at(a), at(b), unsafe.Pointer(&center), len(a))
}

// extremes are 64 bytes of numbers of any type.
type extremes [8]uint64

// extreme puts numbers into found, one of which is the least or greatest of the
// elements of a that are done.
func extreme[T Number](o op, found *extremes, a []T) (candidates []T, done int) {
	done = callExtreme(o, kindOf[T](), unsafe.Pointer(found), at(a), len(a))
	if done == 0 {
		return nil, 0
	}
	return unsafe.Slice((*T)(unsafe.Pointer(found)), unsafe.Sizeof(*found)/unsafe.Sizeof(a[0])), done
}

// bitsOf returns 64 bits filled with a number.
func bitsOf[T Number](x T) (bits uint64) {
	*(*T)(unsafe.Pointer(&bits)) = x
	for n := 8 * unsafe.Sizeof(x); n < 64; n *= 2 {
		bits |= bits << n
	}
	return bits
}

// at returns where the elements of a slice are.
func at[T Element](a []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(a)) }
