// Package npy reads and writes arrays in NumPy's file formats: .npy, one array,
// and .npz, a zip archive of them.
//
// [Read] takes versions 1.0 to 3.0 of the format, both byte orders, row-major
// and Fortran order, and every element type of package ndarray. Other types are
// refused with an error that wraps [errors.ErrUnsupported]: half and extended
// precision, text, dates, structured types, and Python objects, which would be
// programs to run. Bytes that are no such file give an error that wraps
// [ErrFormat]. [Write] writes what numpy.save writes, byte for byte.
//
// Nothing in a file is believed before it is seen: a header has at most
// [MaxHeader] bytes, and memory grows with the elements that arrive, not with
// the shape that is claimed. Since deflated bytes can stand for a thousand times
// as many, arrays of an archive have a limit besides: [DefaultLimit].
//
// The package works on readers and writers. It opens no file.
package npy
