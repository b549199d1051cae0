// Package arguments reads lists of arguments from a command line: after :::, from files, patterns and tables, or from standard
// input. The lists of "braid map" and "braid submit" are these. It is for Unix, as both are.
package arguments
