// Package sim runs a whole cluster in one goroutine: the scheduler (package sched), agents (package workerstate) and
// clients, with virtual time, a network and executors that are made up, and faults. The same Scenario gives the same run,
// to the last word, on every machine.
//
//	report, err := sim.Run(sim.Random(seed))
//
// # What is assumed of a connection
//
// Words between two ends arrive in order and once, after any delay, as long as the connection lasts; words of different
// pairs overtake each other. A connection may stall and go on. When it breaks, what was under way in both directions is
// lost, and each end is told so before it is told any word of the next connection, at a time of its own. Words about blocks
// may also arrive twice (Scenario.Duplicates). A single word is never lost silently: package link numbers and repeats them.
//
// # Who is broken
//
// Agents die, with all they hold. Agents are cut off from the scheduler and come back with their blocks under another
// number. Connections between agents, and between clients and agents, break. The scheduler dies; its successor, of the next
// term, is given what a journal keeps (submissions, releases, cancellations) and hears from the agents what they hold. New
// agents come. Tasks fail. Clients cancel, release and leave.
//
// # Who judges
//
// A judge looks at what passes between the machines and has its own idea of every task; it never asks the machines. Safety:
// whatever happens, results are right (a result is a hash of the task and of the results that it takes), an attempt is made
// once, no attempt is placed while another one of its task is outstanding, nothing is freed that somebody needs or
// delivered after it was freed, no result mixes two attempts of an impure task, outcomes are those that the graph, the
// failures, the deaths and the cancellations explain. Progress: after the last fault, everything wanted settles and can be
// fetched within a bounded time, and after the last release nobody holds anything. Besides, the machines' own Check is
// called all along.
//
// The judge's own eyes are tested by mutations: a [Tamper] changes what a machine is told or says, as a mistake in it
// would, and has to be found out.
package sim
