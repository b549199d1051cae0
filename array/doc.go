// Package array computes with n-dimensional arrays that may be larger than memory, with NumPy's meaning. An [Array] is
// cut into chunks, and what is done to it is done to chunks at the same time, in this process or on the workers of a
// cluster.
//
//	a := array.Random(1).Uniform(0, 1, array.Shape{50_000, 50_000}, array.Chunks(5000))
//	total, err := array.Value[float64](ctx, client, a.Add(a.T()).Sum())
//
// # Lazy
//
// Nothing is computed before [Array.Compute], [Collect], [Value] or [Array.Persist] asks for it; an array is a
// description, immutable and cheap, whose shape, type and chunks are known. [Array.String] prints them, with bytes and
// tasks. Asking twice computes twice; what one call of [Compute] asks for is computed once where it is the same.
//
// A mistake, such as shapes that do not broadcast, does not interrupt a chain of calls: the result carries the first
// error with the user's own line, and [Array.Err], or asking for values, returns it.
//
// # One pass
//
// Operations on elements, transposes, slices, broadcasts, reshapes of them and other chunks cost no tasks and no
// memory. They become one program, which runs tile by tile in the processor's cache: so (a*2 + 1).sum() reads a once
// and writes nothing. Random numbers and ranges are made where they are used, and are made again where a program sees
// them through another view; what is seen through more than two is computed once and stored. A sum over random numbers
// and the same ones transposed goes through mirrored chunks in pairs, and makes each number once. Reductions of one array
// along the same axes that one call of [Compute] asks for are made in one pass.
//
// # Types
//
// Arrays decide the type of a result by the rules of NumPy 2 for arrays ([ndarray.Promote]). Numbers in a program are
// weak: an int, float64 or complex128 takes the type of the array that it meets, if that holds its kind; any other Go
// type counts like an array of it. Sums of integers have 64 bits. Where this package does otherwise than NumPy:
//
//   - there is no float of 16 bits: what NumPy computes in it, such as the square root of an int8, is a float32;
//   - a negative power of an integer, which NumPy refuses, is the reciprocal without its fraction;
//   - int64 and uint64 are compared as float64;
//   - sums of float32 are added in float64 and rounded once;
//   - medians and quantiles of no values are refused, while means of no values are NaN;
//   - [UnravelIndex] takes places beyond the shape as if they began again, and [RavelMultiIndex] coordinates as they are,
//     instead of failing;
//   - [Array.Choose] takes the first or last array for numbers that are none, instead of failing.
//
// # Same bits
//
// The result of a reduction has the same bits on any number of workers: partial results are merged in a tree whose
// shape depends on the number of chunks only. Other chunks may change the last bits of a sum. Random numbers do not
// depend on chunks at all; see [Generator].
//
// # Memory
//
// A task holds the chunks that it reads and the one that it makes. [Array.Compute] refuses a result larger than the
// memory that this process may use, before anything starts: reduce it, slice it, [Array.Store] it in a file, or
// [Array.Persist] it where it is computed.
//
// # Lengths that depend on values
//
// What a mask selects, or how many different elements there are, is known when it is computed. Such arrays are of type
// [Unsized], which has no shape; [Unsized.Sized] computes them, keeps their chunks and returns the [Array] of these.
//
// # Files
//
// [FromNpy] and [FromNpz] read what tasks need when they need it, and [Array.Store] writes chunk by chunk. Workers must
// find files under the same path. What the user's own calls make becomes an array by [FromDelayed], and what is to be
// kept elsewhere is written by functions of [NewTarget], or handed out by [Array.Regions].
//
// # Functions
//
// [MapBlocks], [MapBlocks2], [MapAlong], [MapOverlap] and [Reduce] call functions that were registered with [braid.Func]
// or [braid.Func2], because these run on workers too. Functions of any number of arrays, of any types and shapes, are
// registered with [Func], and called by [Function.Map] and [Function.Blockwise]; those of the last axes only, which
// NumPy calls generalized universal functions, with [NewGufunc], and those of single elements with [NewUfunc]. Everything else travels as data and needs no
// [braid.Plan].
//
// # Limits
//
// There are no decompositions of matrices, no Fourier transform, and no masked arrays. A median along several axes, and
// [Array.Sort] along one, hold in one task all values that belong together.
package array
