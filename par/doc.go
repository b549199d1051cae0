// Package par runs closures on the goroutines of one process, for loops: nothing is registered, no graph is built, and
// an item costs tens of nanoseconds.
//
//   - [Map] and [MapUnordered] call a function on each item of a slice or sequence and yield a stream of results.
//   - [For] runs a body over the ranges of an index loop, under a static, dynamic or guided schedule.
//   - [Reduce] computes one value from an index range, the same value on any number of cores.
//   - [Group] runs different functions and ends with all of them.
//   - [Cores] says how many cores may be used, and why.
//
// All take a context first and at most one [Options] last, give their functions a context that is cancelled when the
// call stops, return only when none of their functions runs any more, and turn a panic into an [*Error] that carries
// the item or range, the value and the stack. A goroutine that has nothing to do sleeps or ends; it never spins.
//
// # The budget of cores
//
// Calls inside calls must not use cores × cores goroutines. So all calls of a process share one [Budget] of
// [Cores] cores, under three rules:
//
//  1. A call without Options.Workers uses the cores that are free in the budget when it begins, and takes up more at
//     later items or chunks when they become free. It gives each back when it has no work left for it.
//  2. A call always gets at least one core. At the top level, that is with a context that carries no budget, it runs one
//     worker even if no core is free. A nested call, made with the context that a function got, uses the core its
//     caller holds: For and Reduce work on the calling goroutine, Map too if it would have no other worker. So
//     nesting cannot deadlock, and however deep it is, no more functions run at once than the budget has cores. Each
//     further top-level call made at the same time can add one; the body of a loop over a stream is not counted.
//  3. Options.Workers is taken at its word, below or above the number of cores: it is meant for work that waits. Such
//     workers take cores from the budget while there are some, so that they are not used twice, and run without one
//     when there are none. The functions of a Group are started in the same way.
//
// A nested call knows its budget by the context, so pass on the context that the function was given. [WithBudget]
// states a budget of another size for all calls below; with one core they are sequential. A context type of one's own
// answers Value([BudgetKey]{}) with the [Budget] of its choice.
//
// # Schedules
//
// W is the number of workers, c is Options.Chunk. Static cuts the range into W contiguous parts whose sizes differ by at
// most one, one a worker; with c, worker w gets the chunks w, w+W, w+2W … of c items. Dynamic gives the next c items
// (1 if c is 0) to the worker that asks. Guided gives it a (2W)th of the items left, and at least c (1 if c is 0).
// Static is the one that keeps to the workers it began with.
//
// # Limits
//
// Go cannot interrupt a function: one that ignores its context delays the end of its call. runtime.Goexit in a function
// becomes an [*Error] with [ErrGoexit], except where a nested call runs it on the caller's goroutine: there it ends that
// goroutine, after the other workers have stopped, and is reported by the enclosing call. A sequence given to Map as
// input is not interrupted either. A panic of an input sequence while it is being stopped reaches the loop. Items of a
// stream are counted in an int64.
package par
