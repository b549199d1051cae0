package graph

import (
	"fmt"
	"path/filepath"
	"runtime"
)

// CodeID is the content hash of the executable that knows an op; zero where it has not been computed.
type CodeID [32]byte

// Op is what a task runs: a namespaced name ("go/square", "num/add") and the code that knows it.
type Op struct {
	Name      string // namespace/name, unique within its code
	Signature string // digest of the type signature; empty for ops that have none
	Code      CodeID
	Outputs   uint16 // number of outputs of a task, at least 1

	// Impl is the live implementation inside the process that made the graph, nil elsewhere. It never crosses a border.
	Impl any
}

// Lifetime says how long a task occupies what it runs on.
type Lifetime uint8

// The lifetimes.
const (
	LifetimeTask  Lifetime = iota // runs once and ends
	LifetimeActor                 // stays and serves calls
	LifetimeGang                  // starts together with the other tasks of its gang
)

// Needs are the resources a task occupies while it runs. Fractions are thousandths, so that sums are exact.
type Needs struct {
	CPU    uint32 // thousandths of a core; 0 means one core
	Memory int64  // bytes; 0 means unknown
	GPU    uint32 // thousandths of a GPU
	Named  []Named
}

// Named is an amount of a resource that a site named, in thousandths.
type Named struct {
	Name   string
	Amount uint32
}

// Hints help to place and admit a task and never change its meaning.
type Hints struct {
	Seconds float64  // expected run time; 0 means unknown
	Bytes   int64    // expected size of the outputs together; 0 means unknown
	Files   []string // files read, best read where they are local
}

// Traits are the conditions under which tasks run; many tasks share one entry. The zero value is a plain pure task.
type Traits struct {
	Lifetime Lifetime
	Impure   bool // two runs may differ: no result may mix two attempts
	Isolated bool // runs in a process of its own
	Worker   string
	Needs    Needs
	Hints    Hints
	Retries  uint16 // further attempts after the first
	Limit    int64  // nanoseconds a single attempt may take; 0 means no limit
	Priority int32  // higher runs first among ready tasks; 0 is the default
}

// Site is the place in the user's source that wrote a task down. Inside the process it is a program counter and is
// resolved only when somebody asks; over a border it travels as file and line.
type Site struct {
	PC   uintptr
	File string
	Line int
}

// Resolve returns the site with file and line filled in, and nothing where they are unknown.
func (s Site) Resolve() Site {
	if s.File != "" || s.PC == 0 {
		return s
	}
	f, _ := runtime.CallersFrames([]uintptr{s.PC}).Next()
	s.File, s.Line = f.File, f.Line
	return s
}

// String returns "file.go:12", or nothing where the site is unknown.
func (s Site) String() string {
	s = s.Resolve()
	if s.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", filepath.Base(s.File), s.Line)
}

// Call is one combination of op, traits, site and program, shared by all the tasks that have it.
type Call struct {
	Op      uint32 // index into the table of ops; of the last step where there is a program
	Traits  uint32
	Site    uint32
	Program uint32 // index into the table of programs plus one; 0 for a plain call
}

// Program is a chain of calls that [Graph.Fuse] joined into one task. Each step takes some of the task's own inputs
// and the result of the step before it.
type Program struct {
	Steps []Step
}

// Step is one call of a program.
type Step struct {
	Call   uint32  // index into the table of calls; its Program is 0
	Inputs []int32 // for each argument of the call: an argument number of the fused task, or Previous
}

// Previous stands in [Step.Inputs] for the result of the step before.
const Previous int32 = -1

// Column is a literal with many items, of which an affine layer takes one for each task.
type Column interface {
	Len() int
	At(i int) any
}

// Frozen is a value, or a column, that nobody changes once it is in a graph, with all that it leads to: a result that was made from it
// can be made again at any time.
type Frozen interface {
	FrozenSize() int64 // about how many bytes of memory it takes
}

// Freezer is a column whose owner may change it when the results are there.
type Freezer interface {
	Column
	// Freeze returns a copy that is [Frozen], or nil if there is none, or it would take more than so many bytes.
	Freeze(limit int64) Column
}

// Literal is a value written into the graph: live inside the process that made it, bytes once it crosses a border.
type Literal struct {
	Live    any      // the value; a Column where items are taken from it; nil if Encoded holds it
	Encoded *Encoded // the value as bytes; nil while it has not crossed a border
}

// Encoded is a literal as bytes: one value of package codec, or, for a column, one for each item.
type Encoded struct {
	Column bool
	Items  [][]byte
}

// Len returns the number of items of a column and 1 for a plain literal.
func (l Literal) Len() int {
	if c, ok := l.Live.(Column); ok {
		return c.Len()
	}
	if l.Encoded != nil {
		return len(l.Encoded.Items)
	}
	return 1
}

// IsColumn reports whether items may be taken from the literal.
func (l Literal) IsColumn() bool {
	if l.Encoded != nil {
		return l.Encoded.Column
	}
	_, ok := l.Live.(Column)
	return ok
}

// External is an output of a task of an earlier submission, or the list of that output of Count
// consecutive tasks.
type External struct {
	Submission uint64
	Task       Index
	Count      uint32 // length of the list
	List       bool   // the reference stands for a list, which may be empty
	Output     uint16

	// Live is the handle on that task inside the process that holds it, nil elsewhere.
	Live any
}
