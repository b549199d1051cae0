package console

import (
	"errors"
	"fmt"
)

// The exit codes that are chosen; [braid.Main] has those of other errors and of interrupts.
const (
	ExitUsage       = 2 // wrong usage
	ExitUnreachable = 3
	ExitNotFound    = 4
	ExitTimeout     = 5
)

// codedError is an error with an exit code of its own.
type codedError struct {
	error
	code int
}

// ExitCode is how [braid.Main] ends the program.
func (e codedError) ExitCode() int { return e.code }

func (e codedError) Unwrap() error { return e.error }

// Coded gives an error an exit code.
func Coded(err error, code int) error { return codedError{err, code} }

// ExitCode returns the exit code that an error asks for, 0 if it does not.
func ExitCode(err error) int {
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	return 0
}

// Named puts the name of a command before an error and keeps its exit code.
func Named(command string, err error) error {
	if err == nil {
		return nil
	}
	named := fmt.Errorf("%s: %w", command, err)
	if coded := ExitCode(err); coded > 0 {
		return Coded(named, coded)
	}
	return named
}
