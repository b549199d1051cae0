// Package floats takes floats apart and puts them together: by exponent and fraction, and by neighbours; and it computes functions
// that are too rare for kernels of their own. The functions of chunks have the meaning of NumPy's of the same names, and take
// chunks of one shape.
package floats
