// Package bench has the command bench, which measures what braid itself costs. A figure is measured again and again, in turns
// with its floor, the same work by hand, and beside it stands how many cores other processes used meanwhile.
//
// Some figures need other processes: workers, which package braid starts, and this program again, as Serve and as hidden
// commands.
package bench
