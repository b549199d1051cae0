// Package progress shows a person how far the work is: lines that move on a terminal, a plain line every ten seconds
// elsewhere, and a closing line. It sees counts, in a [Snapshot] that it asks for; it knows nothing of tasks.
//
// # On a terminal
//
// There is a line per op with a bar, counts, failures, the rate and an estimate of the time that is left, and below them
// one line on slots, cores and memory. They appear once work has been pending for half a second, so that short programs
// stay silent, are drawn again at most ten times a second, and go when nothing is pending. A failure is an "x" in the bar
// and a word; red, which NO_COLOR switches off, says it a second time. All else is in plain ASCII, except for what the
// names of ops hold.
//
// The cursor stays on an empty row above these lines. So a line that the program itself prints lands on that row and
// is kept, whoever prints it, and the lines are drawn anew below it. No row has to be counted when the window changes its
// size either. The price: of several lines printed within a tenth of a second, the later ones overwrite lines of
// progress, whose ends may remain to the right of them; so do the lines of a crash. [Meter.Say] and [Meter.Hide] avoid
// that. Text that a program prints without ending the line is erased.
//
// # The rate
//
// The rate is that of the shortest recent time in which at least 16 tasks ended and 5 s passed, or else of all the time
// since the op became busy. Time left is estimated from 5 ended tasks and 2 s on; it supposes that the tasks to come
// are like those.
//
// # Limits
//
// A terminal is believed to understand four control sequences of ECMA-48 (cursor up, erase below, red, plain) unless TERM
// says "dumb". Cells of characters are counted by block of Unicode, without joining; a terminal that disagrees may wrap
// a line with an unusual name. A writer that blocks, as a terminal does after Ctrl-S, blocks Say, Hide and Stop.
package progress
