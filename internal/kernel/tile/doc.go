// Package tile computes expressions on arrays in one pass over memory. A [Program] says how the value at each point of
// a space is made: registers are loaded from arrays, counters, constants or random streams, and steps combine them. It
// is evaluated tile by tile: a tile is so small that the registers of all steps stay in the processor's cache, and so
// large that choosing the kernel of a step costs nothing beside running it. The kernels are those of package vector,
// and portable loops where it has none.
//
// The values at the points become an array ([Kernel.Map]), or are reduced along axes ([Kernel.Reduce]) to a [Partial],
// which is merged with others of the same reduction and finished. Transposes, slices and broadcasts are not seen here:
// whoever writes the program expresses them as strides of inputs and coefficients of positions.
//
// # Same bits everywhere
//
// The order in which a reduction goes through its points depends on the program and the region only, not on where the
// elements of inputs lie in memory, because arrays that came from another process lie elsewhere.
//
// # Random numbers
//
// A random value is a function of a key and a position: [Philox] with four words of 64 bits and ten rounds (Salmon et
// al., SC11). The value at a position does not depend on how an array is cut or in which order its parts are computed.
package tile
