// Package integrate2d computes the double integral of sin(x+y) over [0, π]² by the midpoint rule on a grid of 10,000 by
// 10,000 points, a sine each.
//
// The integral is 0, because the function is odd about the line x+y = π. Zero alone would also come from doing nothing,
// so the lower half of the square, y < π/2, and the upper are compared too: 2 and −2.
//
// The grid is cut into strips of rows. A strip needs three numbers and gives one, so that nearly all the time is spent
// in sines and the speed grows with the cores. [Rows] is the kernel of one strip: a polynomial per point instead of the
// library's sine, within 5e-16 of it. The plain loop is timed beside it, because a faster loop is often worth more than
// more cores.
package integrate2d
