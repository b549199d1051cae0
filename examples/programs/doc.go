// Package programs runs the double integral of sin(x+y) over [0, π]² as programs of other languages: a Python and a Julia
// script, a C and a Fortran program, which are compiled first, beside the same loop in Go.
//
// All of them take the size of a grid and the rows to sum up, and print one number. braid.Command makes a function of each, so
// the strips of a grid are a Map, whatever language they are in, and results are compared to the last digits. What is not installed
// is left out, and the report says so.
//
// A program costs a process: a millisecond or two for C, some tens for Python, which imports its library each time. Strips
// must be long enough to pay for that.
package programs
