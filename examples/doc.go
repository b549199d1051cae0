// Package examples holds what the examples below it share: their parameters and the form of their reports.
//
// Each folder is one exercise from courses on parallel programming, as a package with
//
//	func Run(context.Context, *braid.Client, examples.Params) (examples.Report, error)
//
// and a program: go run ./examples/NAME/main. Run computes a result twice, in the plain way on one core and with the
// client, and compares it with a reference that was not made by either. The same Run is a case of "braid demo" and the
// body of the package's test.
//
//   - squares: a function called on every item of a slice.
//   - mean: a column cut into chunks.
//   - sleep: waiting takes no core, so more tasks can wait than there are cores.
//   - integrate2d: a numerical integral, which computes and takes little memory.
//   - cities: distances between all pairs of 2,000 cities, with data that all tasks share.
//   - lazy: writing calls down and computing them are two things.
//   - tree: tasks that take the results of tasks.
//   - programs: the integral in rows as programs in C, Fortran, Python and Julia, where there is what runs them.
//
// # Limits
//
// Times are of one run each, and of the machine as it happens to be: they show what to expect, and are no benchmark.
package examples
