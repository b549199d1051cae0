// Package peers holds the scripts of other systems that braid is measured beside. They are Python, and what one of them
// compiles is Fortran; how they are called is said in measure.py.
package peers

import "embed"

// Scripts are the files of this folder, so that a program can write them to another one and run them there.
//
//go:embed *.py fortran
var Scripts embed.FS
