// Package taskbench is Task Bench in Go: task graphs of many shapes whose tasks do a chosen amount of work, and the search
// for the smallest tasks that a client still runs efficiently. It follows E. Slaughter et al., "Task Bench: A Parameterized
// Benchmark for Evaluating Parallel Runtime Performance", SC20.
//
// # Graphs
//
// A [Graph] is a grid of steps × width tasks. A task is named by its step (from 0) and its point (from 0), and takes outputs of
// points of the step before, which [Pattern] decides. Every task runs a [Kernel] and gives an output that says which task made
// it. A task does not believe the graph: it works out from its own step and point whose outputs it must have been given, and
// fails, naming the first wrong one, if it was given others. One more task, which is not counted, takes all outputs that no
// task takes.
//
// [Prepare] writes graphs down as delayed calls of package braid; [Work.Run] runs them on a client. [Bare] runs the same
// graphs without any engine, as the floor to compare with.
//
// # METG
//
// The granularity of a run is elapsed time × cores / tasks, in µs. Its efficiency is the time in which the cores would have
// done the kernels alone, over the elapsed time. METG(p %) is the smallest granularity with an efficiency of at least p %: the
// minimum effective task granularity. [Search] finds it by varying the number of kernel iterations.
//
// The rate of one core is measured in the same process between the runs ([OneCore]). How many cores a graph can keep busy is
// counted, not assumed ([Graph.Parallelism]): a tree begins with one task, and no engine can do better than that. With enough
// parallelism on c cores the ideal is c times the rate of one core.
//
// At 50 % a task's kernel takes half of the granularity. Some authors give the time of the kernel instead, which is half of
// the METG(50 %) of the paper and of this package; [METG] holds both.
//
// # Limits
//
// Tasks find their graph in a table of this process, so the client must run them here; those of [PrepareRemote] carry it, and
// can run anywhere, but have fewer parameters. Iterations of the compute kernel
// depend on each other: two of them on the hardware threads of one core disturb each other less than real programs do.
package taskbench
