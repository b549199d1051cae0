// Package bag computes with collections of things that need not be numbers or tables: lines of text, records, words. A
// [Bag] is cut into partitions, such as ranges of files, and what is done to it is done to the partitions at the same time.
//
//	lines := bag.Lines("text/*.txt")
//	words := bag.FlatMap(lines, strings.Fields)
//	most, err := bag.Frequencies(words).Take(ctx, client, 10)
//
// # Lazy
//
// Nothing is read before [Bag.Collect], [Bag.Take] or [Bag.All] asks for elements; a bag is a description, immutable and
// cheap. Verbs that look at one element after the other ([Map], [FlatMap], [Filter]) are joined, so that a partition goes
// through all of them as one task and elements in between are never stored. Asking twice computes twice.
//
// A mistake in making a bag, such as a nil function, does not interrupt the chain: the bag carries the first error with the
// user's own line, and [Bag.Err], or asking for elements, returns it.
//
// # Functions
//
// Functions are plain, and closures are welcome. They are called from several goroutines at once, must not change the
// elements, and must return the same for the same element, because a partition may be computed again. A function that
// panics fails the computation with its stack.
//
// In one process a bag runs as it is. For a client with worker processes it must be built inside a [braid.Plan], because
// closures cannot be sent to other processes; otherwise asking for elements returns [braid.ErrNeedsPlan].
//
// # Order
//
// Elements have an order: that of the source, partition after partition. All verbs keep it, so the same bag gives the same
// elements in the same order whatever runs at the same time.
//
// # Limits
//
// There are no joins, no sorting, no grouping and no writing of files. A partition that is asked for has to fit into memory;
// [Frequencies] holds the different elements of a partition.
package bag
