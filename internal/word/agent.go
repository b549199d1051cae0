package word

// What the scheduler says to an agent.

// Assign gives an agent tasks to run, in an order in which every task comes after those of its inputs that are in it, and
// in which tasks should start where there is a choice. Inputs need not exist yet: the agent subscribes to those that it does
// not make itself.
type Assign struct {
	Tasks []Block // the attempts to make
	// Ends and Inputs say, in compressed rows, which outputs of tasks outside this Assign each task takes: those of task k
	// are Inputs[Ends[k-1]:Ends[k]], each input task once.
	Ends   []uint32
	Inputs []Input
	// AllWanted and Wanted say of which tasks a client wants the result: all of them, or these, ascending. Small ones ride with
	// Done. Like Body, they are for the shells.
	AllWanted bool
	Wanted    []uint32
	// Body is the encoded graph of these tasks, task k of it being Tasks[k]: what to call on which literals. Inputs made
	// outside of it are its externals, with the run's number as submission. The scheduler's core leaves it empty; its shell
	// fills it in when the word is sent, and the agent's shell reads it.
	Body []byte
}

// InputsOf returns the inputs of task k from outside the Assign.
func (a *Assign) InputsOf(k int) []Input {
	start := uint32(0)
	if k > 0 {
		start = a.Ends[k-1]
	}
	return a.Inputs[start:a.Ends[k]]
}

// Input says which block an attempt takes and who makes or holds it.
type Input struct {
	Block  Block
	Holder Agent // the agent itself, if it makes or holds the block
}

// Revoke asks for an attempt back. The agent answers Returned if it has not begun, otherwise Started; also for an
// attempt that it does not know (Returned: it will never begin it).
type Revoke struct {
	Tasks []Block
}

// Cancel says that the outcome of attempts is not wanted any more: those that have not begun are dropped, the contexts of
// those that run are cancelled. There is no answer; a Done or Failed that crosses it is dropped.
type Cancel struct {
	Tasks []Block
}

// Free says that blocks are not needed any more by anybody. A block that is still being made is freed when it is there.
type Free struct {
	Blocks []Block
}

// Resolve answers InputMissing: the attempt shall take this block instead, from this holder.
type Resolve struct {
	Task    Task    // the consumer
	Attempt Attempt // of the consumer
	Input   Input
}

// What an agent says to the scheduler.

// Join is the first word of an agent, or of one that comes back after it was cut off: what it offers and what it holds.
type Join struct {
	Name      string
	Slots     uint32
	Memory    int64 // bytes of blocks that it will hold
	Resources []Resource
	Address   string // where its blocks are to be had
	Pid       uint32
	Blocks    []Held // what it kept from before; empty for a new agent
}

// Resource is an amount of something that tasks may need, in thousandths.
type Resource struct {
	Name   string
	Amount uint32
}

// Held is a block that an agent holds.
type Held struct {
	Block Block
	Bytes int64
	Used  []Block // the inputs that the attempt took
}

// Done says that attempts have made their blocks, in any order.
type Done struct {
	Tasks []Finished
}

// Finished is one attempt with a result.
type Finished struct {
	Block Block
	Bytes int64   // size of the block: known, or learned by encoding a sample; 0 is unknown
	Nanos int64   // how long the function ran
	Used  []Block // the inputs that the attempt really took, of impure tasks only
	Data  []byte  // the only output, encoded, if a client wants it and it is small; the shells pass it on
}

// Failed says that an attempt ended without a result, after its retries; or, after Done, that its block cannot leave the agent.
type Failed struct {
	Block   Block
	Failure []byte // encoded by the agent's shell for the client's; the core does not look into it
	// Exceeded says that the attempt was ended because it took more memory than it may. The word is of another kind then.
	Exceeded bool
}

// Lost says that blocks which this agent has reported, or announced, are not here any more, though nobody has freed them: their
// files are damaged, for instance.
type Lost struct {
	Blocks []Block
}

// Returned answers Revoke: these attempts have not begun and never will. It is also said unasked, of attempts whose input was lost
// here.
type Returned struct {
	Tasks []Block
}

// Started answers Revoke: these attempts run or have ended, and are reported by Done or Failed as usual.
type Started struct {
	Tasks []Block
}

// Blocked says that running attempts have begun to wait for other tasks and yielded their slots, so that the agent has
// room for as many more. It is said at most once of an attempt.
type Blocked struct {
	Tasks []Block
}

// InputMissing says that an attempt waits for a block that its holder does not have and will not make.
type InputMissing struct {
	Task    Task
	Attempt Attempt
	Input   Input
}

// Unreachable says that an agent could not reach another one to get a block from it.
type Unreachable struct {
	Peer Agent
}
