// Package selection picks elements of chunks by what they are: by rank (sorting, quantiles, the greatest few), by a mask,
// by being different, by their place in a table; and counts them. An [Op] is data, so that it can travel to the process
// that holds the chunk. Meanings are NumPy's; NaN is above every number.
package selection
