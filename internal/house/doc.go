// Package house holds the rules of this repository as tests. It has no code of
// its own.
//
// A rule that only a page states is broken within a month; a rule that fails a
// build with the file, the line and the remedy is kept. The tests here look at
// the repository's own text:
//
//   - which package may import which (the lattice), and where other modules may
//     be imported;
//   - what the pure packages must do without;
//   - form: gofmt, length of files, names of packages, documentation, examples,
//     left-over marks, sleeps in tests, names of machines;
//   - go vet and staticcheck with and without build tags, and the types of all
//     packages on the other platforms;
//   - that the program is one static file;
//   - that the quick whole of ./test runs every test;
//   - that links, programs and version numbers in the documentation are right.
//
// Every exception is a line in a table with its reason, next to the rule.
//
// The tests that start the Go command take a minute or two with a cold build
// cache and are skipped by -short. Files that Git ignores are not looked at.
package house
