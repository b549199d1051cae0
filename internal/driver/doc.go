// Package driver is the scheduler's shell: it holds the connections to agents and clients, gives what they say to the pure
// state machine of package sched, and carries out what that decides.
//
// Whoever handles what is in the inbox owns the state: he drains it, steps every event, plans, and sends. That is the driver's loop, or, for
// words that are soon done with, who brings them: the goroutine that reads the connection, or that of a client in this process
// ([Driver.Connect]), which also looks what agents have sent while it waits for a result. With a journal it is the loop alone.
//
// # What is kept
//
// A driver with a [Journal] hands it what a successor needs, and says what follows from that when it is kept: the words and effects of a turn of
// the loop wait, and those of later turns behind them, while the loop goes on. A submission, a name, a client that attaches, and a failure are waited for;
// releases and cancellations are not, because a client repeats what was not kept: its words count as heard only then. [Open] goes on with
// what a journal has. It places nothing until the agents that may come back have, or some time has passed.
//
// # Who does not read
//
// Whoever handles words serves everybody, so he waits for nobody: [Conn.Send] queues and returns, and connections are closed beside. What a
// peer that is stopped or hangs costs is limited by package link, which ends its connection: that of an agent after a minute of
// silence, that of a client when more than 64 MiB of words wait for it and it takes nothing for 15 seconds. So a client may be suspended
// at its terminal for as long as its outcomes fit, and they do for long: they are small, because large results stay with the agents until
// they are fetched. An agent has tasks that others wait for, so it is given up, and they are run elsewhere. Losing either is logged
// once. While more than 64 MiB wait for an agent, further words for it are kept as they are and not cut out of the graph, so that
// large arguments are copied only when there is somebody to take them.
//
// # What cannot be sent
//
// A word has at most a gigabyte (word.MaxBytes). Windows of tasks are sent in parts of 16 MiB of arguments, or one task. A graph with an argument
// that no part can hold is refused when it is submitted; a task whose arguments are too large together, or that cannot be cut out
// of its graph, fails as if its agent had said so.
//
// # What has a name
//
// A client may give a result a name, by which other clients take it. It is then a submission of the cluster's own, as client 0, which holds the
// result when the client that made it is gone. The state knows nothing of names.
//
// # Who only asks
//
// An observer asks what there is, or for the end of the cluster, and counts for nothing: neither as a client that keeps the cluster
// from being idle nor as one that work is done for. The driver does not end the cluster itself, since it has not started it; it tells
// Config.End.
//
// # Who is lost
//
// A client from another process speaks in a conversation that outlives its connection (package reconnect, [Driver.Attach]). When the
// connection breaks, everything that the client wanted is kept for Config.ClientTimeout, and its tasks run on; outcomes wait for it, in
// up to 256 MiB. If it comes back, it goes on as if nothing had been; if not, what it wanted is released. A program whose process has
// ended does not come back, so its client is released as soon as Config.Lives says so, which is asked again and again. A client that
// leaves on purpose, or is connected inside the process, is released when that ends.
//
// So does an agent ([Driver.AttachAgent]), for Config.AgentTimeout: until then it counts as there, and what is to be done waits for it. Its
// process is looked after from the first moment, since what a dead one was to do is to be done elsewhere.
package driver
