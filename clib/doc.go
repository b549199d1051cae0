// Package clib makes braid functions of functions with a C interface in shared libraries: of C, of Fortran (bind(C)), of a site's
// numerical libraries. No C compiler is needed to build a program that uses it.
//
//	var lib = clib.Open("./libintegral.so")
//
//	// double integral(int64_t n, double a, double b)
//	var integral = clib.Func("integral", lib, "integral", func(f func(n int64, a, b float64) float64, p Params) (float64, error) {
//		return f(p.N, p.A, p.B), nil
//	})
//
// The library is opened in the process that runs a call, when the first one does, so it must be there on every node. Before each call it is
// told to use as many threads as the call has cores ([braid.Cores]): by OMP_NUM_THREADS, OPENBLAS_NUM_THREADS and MKL_NUM_THREADS in
// the environment that the library sees, and by the functions that OpenMP, OpenBLAS and MKL have for that.
//
// A library that crashes takes its process with it: the worker, which is replaced, or the whole program if it has none. With
// [braid.Isolated] each call has a process of its own, and only the call fails. A cluster of "braid up" runs such
// functions in processes of the program that has them.
//
// A program that imports this package is linked dynamically, so this is a module of its own: nothing else of braid depends on it.
package clib
