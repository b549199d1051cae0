// Package invariants holds checks that are compiled in only with the build tag
// "invariants".
//
// Some mistakes are too expensive to look for in a program that users run:
// a counter that must never go below zero on a path of a few nanoseconds, a
// handle closed twice, a buffer read after it was given back. With the tag
//
//	go test -tags invariants ./...
//
// those checks run and panic; without it every function here is empty and
// every type has size zero, so that a call costs nothing after inlining.
// ./test runs the suite both ways.
//
// A panic from this package is a bug in braid, never in a user's program.
// What a user can get wrong is reported by an error in every build.
//
// Limits: Go evaluates the arguments of a call even when the function is empty.
// A check whose condition is costly to compute stands behind
//
//	if invariants.Enabled { … }
//
// which the compiler removes when the tag is absent. The checks see only what
// is reported to them: [CloseOnce] does not find a handle that was never
// closed, and [Mangle] finds a late reader only if that reader compares what
// it read.
package invariants
