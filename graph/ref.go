package graph

import "fmt"

// Index numbers a task within its graph, from 0 in the order of writing.
type Index uint32

// MaxTasks is the largest number of tasks one graph may hold.
const MaxTasks = 1<<32 - 2

// Ref is one input of a task, packed in eight bytes: the kind in the top three bits, the rest as the kind says.
type Ref uint64

// RefKind says what a [Ref] names.
type RefKind uint8

// The kinds of reference.
const (
	RefLiteral  RefKind = iota // an entry of the literal table
	RefOutput                  // an output of an earlier task of this graph
	RefItem                    // one item of a literal column
	RefExternal                // an entry of the table of externals: an output of an earlier submission
	RefList                    // the next Count references together form one argument, a list
)

// String returns the kind's name.
func (k RefKind) String() string {
	switch k {
	case RefLiteral:
		return "literal"
	case RefOutput:
		return "output"
	case RefItem:
		return "item"
	case RefExternal:
		return "external"
	case RefList:
		return "list"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

const (
	refKindShift = 61
	refItemShift = 32
	maxRefTable  = 1<<28 - 1 // literals and externals
	maxOutputs   = 1<<16 - 1
)

// LiteralRef refers to literal number n.
func LiteralRef(n uint32) Ref { return Ref(RefLiteral)<<refKindShift | Ref(n) }

// OutputRef refers to output number out of an earlier task.
func OutputRef(task Index, out uint16) Ref {
	return Ref(RefOutput)<<refKindShift | Ref(out)<<refItemShift | Ref(task)
}

// ItemRef refers to item i of the column that is literal number n.
func ItemRef(n uint32, i uint32) Ref {
	return Ref(RefItem)<<refKindShift | Ref(n)<<refItemShift | Ref(i)
}

// ExternalRef refers to external number n.
func ExternalRef(n uint32) Ref { return Ref(RefExternal)<<refKindShift | Ref(n) }

// ListRef begins a list argument of the count references that follow it.
func ListRef(count uint32) Ref { return Ref(RefList)<<refKindShift | Ref(count) }

// Kind returns what the reference names.
func (r Ref) Kind() RefKind { return RefKind(r >> refKindShift) }

// Task returns the task of an output reference.
func (r Ref) Task() Index { return Index(r) }

// Output returns the output number of an output reference.
func (r Ref) Output() uint16 { return uint16(r >> refItemShift) }

// Table returns the table index of a literal, item or external reference.
func (r Ref) Table() uint32 {
	if r.Kind() == RefItem {
		return uint32(r>>refItemShift) & maxRefTable
	}
	return uint32(r)
}

// Item returns the item number of an item reference.
func (r Ref) Item() uint32 { return uint32(r) }

// Count returns how many references a list reference gathers.
func (r Ref) Count() int { return int(uint32(r)) }

// canonical returns the reference with the bits cleared that its kind does not use.
func (r Ref) canonical() Ref {
	switch r.Kind() {
	case RefOutput:
		return OutputRef(r.Task(), r.Output())
	case RefItem:
		return ItemRef(r.Table(), r.Item())
	case RefLiteral, RefExternal, RefList:
		return Ref(r.Kind())<<refKindShift | Ref(uint32(r))
	}
	return r
}

// String shows the reference for errors and stories, for example "output 0 of task 7".
func (r Ref) String() string {
	switch r.Kind() {
	case RefOutput:
		return fmt.Sprintf("output %d of task %d", r.Output(), r.Task())
	case RefItem:
		return fmt.Sprintf("item %d of literal %d", r.Item(), r.Table())
	case RefList:
		return fmt.Sprintf("list of %d", r.Count())
	case RefLiteral, RefExternal:
		return fmt.Sprintf("%s %d", r.Kind(), r.Table())
	}
	return fmt.Sprintf("reference %#x of unknown kind", uint64(r))
}
