// Package product multiplies chunks as stacks of matrices: floats by the panels of package vector, other types by plain loops.
// Integers wrap round, and of bools a product is whether there is a pair of which both are true, as in NumPy.
package product
