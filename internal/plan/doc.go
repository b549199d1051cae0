// Package plan is the logical form of a collection before it becomes a task graph: a chain of immutable nodes, each a verb
// with its arguments, from a source of partitions through narrow verbs, which look at one partition at a time, and
// reductions, which make one partition of all.
//
// A front end such as package bag makes nodes; it knows the types of elements, and this package does not: a stream of
// elements, a partial result of a reduction and a finished partition are values of type any that only the front end's
// functions look into. [Fuse] cuts the chain into stages, each of which is one task a partition, and [Pipeline.Write] writes
// the tasks of the stages into a graph.
//
// What a verb does is a Go function, and Go functions cannot be sent to another process. A chain that was built inside of a
// braid.Plan carries its [Origin]; another process builds the chain again from the plan's name and arguments, compares
// [Pipeline.Shape], and runs the stage of the same number.
//
// The package is pure. Opening sources is left to functions of the front end.
//
// # Limits
//
// A chain has one source: there is no join of two collections yet.
package plan
