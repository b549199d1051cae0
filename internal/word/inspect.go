package word

// What a scheduler is asked about its cluster from outside, by who is neither agent nor client.

// Inspect asks what there is on the cluster.
type Inspect struct {
	Question uint64 // chosen by who asks
}

// Shutdown asks for the end of the cluster. It is refused while programs are attached, unless Force is set.
type Shutdown struct {
	Question uint64
	Force    bool
}

// Inspected answers Inspect, and Shutdown with what there was when it was asked for.
type Inspected struct {
	Question uint64
	Refused  string // why a Shutdown was refused; "" if it is under way
	Nanos    int64  // how long the scheduler has been running
	Idle     int64  // nanoseconds since the last program left, or the first worker joined; 0 while one is attached
	Workers  []Worker
	Programs []Program
	Results  []Publication
}

// Worker is an agent as others are shown it.
type Worker struct {
	Agent    Agent
	Name     string
	Pid      uint32
	Slots    uint32
	Assigned uint32 // tasks that it has and has not ended; more than slots may wait there
	Memory   int64  // bytes that it offers; 0: no limit
	Bytes    int64  // of the results that it holds
	Nanos    int64  // since it joined
}

// Program is a client as others are shown it.
type Program struct {
	Client Client
	Name   string // of the program; "" if it has not said
	Pid    uint32
	Worker bool   // it is tasks in a worker that submit work
	Runs   uint32 // that are in progress, or whose results it still holds
	Nanos  int64  // since it attached
	Left   int64  // nanoseconds until it is given up, if its connection has broken; 0 while it has one
	Groups []Group
}
