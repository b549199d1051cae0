// Package arrays computes with whole arrays instead of loops: the sum of a random matrix and its transpose, and a double
// integral written as an expression.
//
// Neither ever holds the whole matrix: random numbers and coordinates are made, combined and added up tile by tile.
package arrays
