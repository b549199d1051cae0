package jobfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is something that is wrong with a file.
type Error struct {
	Line int
	What string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What) }

// Errors are all that is wrong with a file, in the order of its lines.
type Errors []*Error

func (e Errors) Error() string {
	var lines []string
	for _, x := range e {
		lines = append(lines, x.Error())
	}
	return strings.Join(lines, "\n")
}

// mostErrors is how many errors are kept.
const mostErrors = 20

// add adds an error.
func (e *Errors) add(line int, format string, args ...any) {
	if len(*e) < mostErrors {
		*e = append(*e, &Error{line, fmt.Sprintf(format, args...)})
	}
}

// sorted returns the errors in the order of their lines, nil if there are none.
func (e Errors) sorted() error {
	if len(e) == 0 {
		return nil
	}
	slices.SortStableFunc(e, func(a, b *Error) int { return cmp.Compare(a.Line, b.Line) })
	return e
}
