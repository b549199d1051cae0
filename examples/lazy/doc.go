// Package lazy shows that writing calls down and computing them are two things.
//
// A delayed call is a note of a function and its arguments. Making a hundred thousand of them takes some hundredths of a
// second, in whatever order suits the program, and calls nothing. The work begins with Submit or Compute, which see all
// of it at once, and is paid for by whoever waits for the result. Whoever times a program must therefore time the
// waiting, not the writing.
//
// The calls count prime numbers by trial division, a hundred numbers each: up to 10⁷ there are 664,579.
package lazy
