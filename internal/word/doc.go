// Package word holds what the parts of a cluster say to each other: the scheduler to its agents and clients, agents to the
// scheduler, and agents and clients among themselves. Words are plain values; package link carries them, and the pure
// state machines of packages sched and workerstate take them in and give them out.
//
// # Who says what
//
//	scheduler → agent      Assign, Revoke, Cancel, Free, Resolve
//	agent → scheduler      Join, Done, Failed, Lost, Returned, Started, Blocked, InputMissing, Unreachable
//	agent or client → holder of a block    Subscribe, Unsubscribe; an agent also OfferFirst, Fetch, Borrow, GiveBack
//	holder → subscriber    Delivery, NotHere, Offer, Lent
//	client → scheduler     Submit, Release, CancelTasks, Leave
//	scheduler → client     Accepted, Settled
//	observer → scheduler   Inspect, Shutdown, Ask
//	scheduler → observer   Inspected, Answer
//
// Beside these, the shells tell each other Welcome, Peer, Gone, Explain and Explained.
//
// # Names of things
//
// A [Run] is one submitted graph, a [Task] one of its tasks, an [Attempt] one try at it, a [Block] what that try made. An
// [Agent] is one incarnation of a worker process: a process that was cut off and comes back is another Agent. Numbers are
// given by the scheduler and never used twice within one term; the term goes up when another scheduler takes over.
package word
