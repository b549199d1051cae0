// Package sweep holds the arguments of many tasks: lists, combined one with all of another or one with one, and tables
// whose columns have names. The arguments of a task are computed from its index, so a product of lists takes no more memory than
// the lists.
package sweep
