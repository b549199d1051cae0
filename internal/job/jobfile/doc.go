// Package jobfile reads files that describe jobs which belong together: steps with their needs, what they come after, and the matrix of
// arguments that each is run for. The form is YAML; docs/jobs.md describes it.
//
// Nothing in a file is guessed: an unknown key, a key that is there twice, a step that comes after itself, a value of another kind is an
// error that says in which line, and all errors are found at once. Values of arguments reach programs as they are written.
//
// Anchors, aliases, tags and several documents in a file are refused: what a file says should stand where one reads it.
package jobfile
