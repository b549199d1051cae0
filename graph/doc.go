// Package graph is braid's task-graph intermediate representation: what is to be called, on which inputs, under which
// conditions. A front end writes it with a [Builder], an executor or a scheduler reads it; it runs nothing itself.
//
// A [Graph] is one submission. It is columnar: small tables (ops, traits, sites, calls) are shared by many tasks, and
// a task itself is a number into the table of calls and a run of references, stored in pages. Two kinds of layer hold
// tasks:
//
//   - an explicit layer lists each task's references (compressed sparse rows, 4 + 4 + 8·references bytes a task);
//   - an affine layer describes a whole index space by one call and one index map per argument, so that a layer of a
//     million tasks costs its parameters (after the parameterized task graphs of PaRSEC, Danalis et al. 2014).
//
// A task refers only to tasks before it, so a graph cannot contain a cycle. References name a literal, an output of an
// earlier task, an item of a literal column, or a block of an earlier submission.
//
// Literals are boxes: inside the process that made them they hold the live Go value, and they become bytes (package
// codec) when the graph crosses a border. [Encode] and [Decode] are that border; the binary form is described in
// docs/format/graph.md.
//
// [Graph.Cull], [Graph.Fuse] and [Graph.Order] return another graph that means the same for the tasks wanted, and a
// [Renumbering] that says where the tasks went; they go in this order. [Visualize] draws a graph.
//
// The package is pure: it starts no goroutine, takes no lock and reads no clock. A Graph is immutable once built and
// safe for concurrent use.
package graph
