// Package vet is the analyzer behind command braidvet.
//
// A program that uses braid may run as several processes of one executable. Worker processes know the functions that are
// registered while package variables are initialised, and build the collections of a plan (braid.Plan) again by themselves. The
// analyzer looks for what breaks either:
//
//   - a registration (Func, Func2, Func3, FuncView, Plan) outside of package variables and init functions;
//   - in the body of a plan, and in the functions of the same package that it uses: package variables that change or whose
//     value is made from the environment; the clock; the environment and the identity of the process; random numbers without
//     a seed; and the order of a map.
//
// A line that ends with "//braidvet:ignore" and a reason is left alone.
//
// # Limits
//
// Functions of other packages are not looked into, nor are calls by interfaces. A package variable counts as constant if
// nothing in its package changes it and it is not exported; what it points to may still change elsewhere.
package vet
