package console

import "io"

// Env is what the commands take from their surroundings.
type Env struct {
	Args           []string // without the program's name
	Stdout, Stderr io.Writer

	JSON bool // the flag --json, which all commands have
}
