package runner

import (
	"context"
	"fmt"
	"time"

	"github.com/braid-compute/braid/internal/block"
)

// Request is one call of an op.
type Request struct {
	Op        string        // namespaced name, "go/square"
	Signature string        // digest of its type signature; empty for ops that have none
	Task      string        // what logs and errors call it
	Outputs   uint16        // how many outputs are expected; 0 counts as 1
	CPU       uint32        // thousandths of a core that it may use; 0 means one core
	Time      time.Duration // time limit; 0 is none
	Memory    int64         // bytes that it may take beyond what the runner has by itself; 0 is no limit
	Args      [][]byte      // one encoded value for each argument

	// Loans are arguments that lie where the other process can map them, by their numbers. On the agent's side Args has their bytes as
	// well, for a runner that cannot; they must stay until the call is over. On the runner's side they are mapped, and serve something
	// else when the call is over, unless [Place.Keep] was called.
	Loans []Loan

	// Of the agent's side only:

	// Room finds room for the result of the call, of so many bytes, where the runner can put it; nil: it is sent.
	Room func(ctx context.Context, n int64) (*block.Room, error)

	Waits Waits // told when the call waits for other tasks; nil: nobody is
	Once  bool  // a runner's death during the call is not made good by another call, as that one would have to meet those who met this one
}

// Waits is what an agent's task does while its call waits for others. It yields its slot, and takes one again, which may take time: only
// one goroutine calls these two. Meanwhile it may meet the others of its gang, and gets what each of them brought.
type Waits interface {
	Block(what string)
	Unblock()
	Meet(ctx context.Context, data []byte) ([][]byte, error)
}

// Response is what became of it: outputs or a failure.
type Response struct {
	Outputs [][]byte // one encoded value for each output
	Failure *Failure
	Placed  bool        // the only output was put where [Place.Room] has said, and is not in Outputs
	Room    *block.Room // on the agent's side: there it is. The caller boxes or discards it.
}

// Kind says in which way an op failed.
type Kind uint8

// The kinds of failures.
const (
	KindError     Kind = iota + 1 // its function returned an error
	KindPanic                     // its function panicked
	KindExit                      // its function ended its goroutine (runtime.Goexit)
	KindUnknown                   // the program does not know the op, or knows it with another signature
	KindArguments                 // the arguments cannot be decoded
	KindLimit                     // it outlived its time limit and returned within the grace time
	KindResult                    // the result cannot be encoded, or is too large to be sent
	KindLoan                      // its arguments cannot be mapped, so that they have to be sent
	lastKind      = KindLoan
)

var kindNames = [...]string{"", "error", "panic", "exit", "unknown op", "bad arguments", "time limit", "bad result", "nothing can be mapped"}

func (k Kind) String() string {
	if int(k) < len(kindNames) && k > 0 {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Failure says why an op has no result.
type Failure struct {
	Kind  Kind
	Text  string   // at most 64 KiB
	Stack []byte   // where it panicked, at most 64 KiB
	Is    []string // names of the well-known errors that it is, at most 256 of 1 KiB
}

func (f *Failure) Error() string {
	if f.Kind == KindError {
		return f.Text
	}
	return f.Kind.String() + ": " + f.Text
}

const (
	maxText  = 64 << 10 // bounds texts and stacks in an answer; longer ones are cut
	maxNames = 256      // bounds the names of errors in an answer; further ones are left out
	maxName  = 1 << 10  // bounds each of them; longer ones are left out
)

// values returns what ends the body of the answer: outputs, or the names of errors that a failure is.
func (a Response) values() [][]byte {
	if a.Failure == nil {
		return a.Outputs
	}
	var names [][]byte
	for _, n := range a.Failure.Is {
		if len(n) <= maxName && len(names) < maxNames {
			names = append(names, []byte(n))
		}
	}
	return names
}

// reason says why a call shall end.
type reason uint8

const (
	reasonCancelled reason = iota + 1
	reasonLimit
)
