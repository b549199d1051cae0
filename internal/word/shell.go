package word

// What the shells say among themselves, beside the state machines.

// Welcome is the first word to an agent or a client: its number, as long as this connection lasts.
type Welcome struct {
	Agent  Agent  // of an agent
	Client Client // of a client
	Term   uint32
}

// Peer says where blocks of an agent are to be had; an empty address says that it is gone. Agents and clients are told of
// every agent before any other word names it.
type Peer struct {
	Agent   Agent
	Address string
	Name    string
}

// Gone is a scheduler's last word: to a client if it ends for a reason, or to an agent that it refuses.
type Gone struct {
	Why string
}

// Group counts tasks that share a call's name.
type Group struct {
	Name                           string
	Total, Done, Failed, Cancelled uint64
	Nanos                          int64 // busy time of all
}

// Explain asks the scheduler, and the scheduler an agent, why a task is where it is.
type Explain struct {
	Question uint64 // chosen by who asks
	Task     Task
	Attempt  Attempt // of an agent: the attempt that it was assigned
}

// Explained answers Explain.
type Explained struct {
	Question uint64
	State    string
	Why      string
	Attempt  uint32 // current or last one, from 1; 0 if there was none
	Nanos    int64  // how long it has been running
}
