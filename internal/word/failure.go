package word

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"unicode/utf8"

	"github.com/braid-compute/braid/codec"
)

// Failure says in another process why a task has no result. Errors of users' own types arrive as text: only those that Is
// names can be told apart there.
type Failure struct {
	Reason  uint8 // as in package exec
	Attempt int
	Text    string
	Is      []string // names of well-known errors that it is
	Stack   []byte   // where it panicked
	Worker  string   // the worker that it ran on
}

// known are the errors that can be told apart in another process, by the names that travel.
var known = []knownError{
	{"context.Canceled", context.Canceled},
	{"context.DeadlineExceeded", context.DeadlineExceeded},
	{"fs.ErrExist", fs.ErrExist},
	{"fs.ErrNotExist", fs.ErrNotExist},
	{"fs.ErrPermission", fs.ErrPermission},
	{"io.EOF", io.EOF},
	{"io.ErrUnexpectedEOF", io.ErrUnexpectedEOF},
	{"os.ErrDeadlineExceeded", os.ErrDeadlineExceeded},
}

type knownError struct {
	name string
	err  error
}

// Know makes errors.Is see err across processes, under a name that is the same in all of them. It reports false if the name
// is known already. It must not be called at the same time as anything else of this package.
func Know(name string, err error) bool {
	for _, k := range known {
		if k.name == name {
			return false
		}
	}
	known = append(known, knownError{name, err})
	return true
}

// Note notes which well-known errors err is.
func (f *Failure) Note(err error) {
	for _, k := range known {
		if errors.Is(err, k.err) {
			f.Is = append(f.Is, k.name)
		}
	}
}

// Err returns the error behind the failure, as far as it can be told here: its text, and which well-known errors it is.
func (f *Failure) Err() error {
	e := &remoteError{text: f.Text}
	for _, name := range f.Is {
		for _, k := range known {
			if k.name == name {
				e.is = append(e.is, k.err)
			}
		}
	}
	return e
}

// remoteError is an error that came from another process.
type remoteError struct {
	text string
	is   []error
}

func (e *remoteError) Error() string   { return e.text }
func (e *remoteError) Unwrap() []error { return e.is }

// Encode returns the failure as bytes.
func (f *Failure) Encode() []byte {
	data, err := codec.Encode(nil, *f)
	if err != nil { // strings and bytes: cannot happen
		data, _ = codec.Encode(nil, Failure{Text: err.Error()})
	}
	return data
}

// DecodeFailure reads what Encode wrote, or plain text, which the scheduler says of what never ran. Other bytes give a
// failure that says so.
func DecodeFailure(data []byte) *Failure {
	f, err := codec.DecodeLimit[Failure](data, maxFailure)
	switch {
	case err == nil:
		return &f
	case len(data) > 0 && utf8.Valid(data):
		return &Failure{Text: string(data)}
	}
	return &Failure{Text: fmt.Sprintf("a failure that could not be read: %v", err)}
}

// maxFailure bounds the bytes of a failure.
const maxFailure = 16 << 20
