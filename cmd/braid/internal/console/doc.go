// Package console is what braid's commands share towards those who run them: what they take from their surroundings, the
// errors of wrong usage with their remedies, exit codes, the document that --json prints (docs/format/json.md), and numbers,
// times and sizes as people read and write them.
package console
