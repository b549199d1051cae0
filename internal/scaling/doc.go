// Package scaling measures how the run time of a program depends on the number of cores it is given, and says which
// number is best.
//
// It has two halves. What acts is thin: a [Program] runs once on so many cores, and [Measure] runs it several times at
// each count, in an order in which a machine that grows slower or faster meanwhile does little harm. What judges is
// pure: [Judge] takes the times and returns speed-ups, efficiencies and serial fractions, the fastest count, and the
// smallest that is nearly as fast; [WriteText] and [WritePNG] show them.
//
// # Limits
//
// The count reaches a program by environment variables, by its arguments, and on Linux by the affinity mask. A program
// that heeds none of them is measured all the same, and the judgement says that its run time did not change. The mask
// holds up to 1024 CPUs, as many as the mask of package unix. What else runs on those CPUs is known on Linux, for runs of half a
// second or more.
package scaling
