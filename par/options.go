package par

import "fmt"

// Options adjusts one call. The zero value is what most calls want. Functions of this package take at most one, last.
// A negative number, an unknown schedule or a second Options is a mistake of the program and panics.
type Options struct {
	// Workers is how many goroutines work at once. 0 means as many as the budget has free cores for (see the package
	// documentation); for a Group it means no limit. Any other number is honoured as it stands, above the number of
	// cores too, which is right for work that waits: requests, sleeps, other programs. Such workers count against the
	// budget while it has free cores and go on without one when it has none. To use fewer cores for computing, give
	// the context a smaller budget with [WithBudget].
	Workers int

	// Schedule says how For hands out its range. Nothing else reads it.
	Schedule Schedule

	// Chunk is, for For, the number of items in a chunk (Static, Dynamic) or in the smallest chunk (Guided); 0 means one
	// range a worker for Static and one item for the other two. For Reduce it is the number of items in a leaf of the
	// tree; 0 splits the range into at most 1024 leaves. Map and Group do not read it.
	Chunk int

	// Ahead bounds, for Map and MapUnordered, the items that were taken from the input and not yet given to the loop;
	// so it bounds the workers as well. 0 means twice the workers, and up to 1024 while items take only microseconds.
	Ahead int
}

// Schedule is the way a range is cut into chunks and the chunks are given to workers. The names and meanings are
// those of the schedule clause of an OpenMP loop (OpenMP API 5.2, section 11.5.3).
type Schedule uint8

const (
	// Guided gives a worker that asks a share of what is left: remaining/(2·workers), but not less than Chunk. Chunks
	// are large at first and small at the end. (Polychronopoulos and Kuck, "Guided self-scheduling", IEEE Transactions
	// on Computers C-36(12), 1987, with the halved share that LLVM's OpenMP runtime uses.) It is the default: it cost
	// no more than Static on even loops and was never far from the best on uneven ones (BenchmarkSchedule).
	Guided Schedule = iota

	// Static fixes, before the first item runs, which worker does what: one contiguous range each, or, with Chunk,
	// chunks dealt in turn. It has the least overhead and suits items that all cost the same on cores that are all free.
	Static

	// Dynamic gives a worker that asks the next Chunk items. It suits few items of very different cost.
	Dynamic
)

// String returns the name of the schedule.
func (s Schedule) String() string {
	switch s {
	case Guided:
		return "guided"
	case Static:
		return "static"
	case Dynamic:
		return "dynamic"
	}
	return fmt.Sprintf("Schedule(%d)", uint8(s))
}

// settings returns the one Options of a call after checking it.
func settings(op string, opts []Options) Options {
	if len(opts) == 0 {
		return Options{}
	}
	if len(opts) > 1 {
		panic(fmt.Sprintf("%s: %d Options given: want at most one", op, len(opts)))
	}
	o := opts[0]
	for _, f := range [...]struct {
		name  string
		value int
	}{{"Workers", o.Workers}, {"Chunk", o.Chunk}, {"Ahead", o.Ahead}} {
		if f.value < 0 {
			panic(fmt.Sprintf("%s: Options.%s is %d: want 0 for the default, or more", op, f.name, f.value))
		}
	}
	if o.Schedule > Dynamic {
		panic(fmt.Sprintf("%s: Options.Schedule is %d: want Guided, Static or Dynamic", op, o.Schedule))
	}
	return o
}
