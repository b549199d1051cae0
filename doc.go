// Package braid runs plain Go functions in parallel: as single calls, as maps over many items, and as graphs of calls
// that take each other's results. The same lines run on one core and on every core of the machine.
//
// # Functions, calls, results
//
// A function is registered under a name, as a package variable, and stays as it is: it takes values and returns a value
// and an error.
//
//	var square = braid.Func("square", func(_ context.Context, n int) (int, error) { return n * n, nil })
//
// A client runs calls. [Open] returns one that uses all the cores this process may use:
//
//	squares, err := square.Map(ctx, client, []int{1, 2, 3}).Gather(ctx) // many items, one handle
//	nine := square.Call(braid.V(3))                                    // written down: a Delayed
//	f := braid.Submit(ctx, client, nine)                               // begun: a Future
//	n, err := f.Get(ctx)                                               // waited for: the value
//
// Arguments of a call are values ([V]), other delayed calls, futures, and lists of them ([All], [Args]). Delayed calls
// that take each other make a graph; what several of them share runs once within a [Submit] or [Compute].
//
// # What is promised
//
// A task whose function returns an error or panics is tried again if [Retries] allow it, and otherwise fails; tasks that
// take its result fail with a [*TaskError] that names the chain of tasks; independent tasks go on. A result never mixes two
// attempts. Cancelling ends the context of a function and drops its result; Go cannot stop a function, so its slot stays taken
// until it returns.
//
// Arguments and results are shared, never copied: treat them as read-only.
//
// A task runs in one slot. A task that waits for others with its own context yields its slot meanwhile, so tasks may submit
// and wait for tasks to any depth.
//
// # Memory
//
// A result is freed after its last use. When results whose size is known (strings, slices of numbers, and others of calls
// with [ExpectBytes]) take a good part of [Options.MemoryLimit], those not used for longest go to files in [Options.Scratch] and come
// back when they are taken; when they take more, tasks without inputs wait. One task always runs.
//
// For loops over closures, without names and handles, use package par.
package braid
