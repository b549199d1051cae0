// Package sched is the scheduler of a cluster as a pure state machine: it starts no goroutine, takes no lock, reads no
// clock and no random numbers. A shell gives it events and carries out the effects that it returns, in their order.
//
//	effects = state.Step(now, event, effects) // bookkeeping, linear in the event
//	effects = state.Plan(now, effects)        // places work, bounded per call
//
// The shell steps every event that it has, plans once, and then sends. [State.More] says whether another Plan would place
// more at once. The same events at the same instants give the same effects.
//
// Each [word.Assign] holds tasks of one run; its Body is left to the shell. Answers to InputMissing come at the end of Plan,
// so that they are true after all that was stepped. A graph belongs to the state until [RunOver].
//
// # How work is placed
//
// Tasks are placed ahead of need: as soon as every input of a task is made or assigned, the task is given to an agent,
// which gets its inputs from the agents that make them without asking here again. Each agent has a window of assigned tasks,
// bounded in number, expected seconds and expected bytes, and a queue of tasks that are placeable and wait for room in it.
// Tasks without inputs are divided into contiguous shares; the others go to where most bytes of their inputs are.
//
// docs/states.md defines every state of a task and says in words what happens when something is lost, missing, stolen,
// cancelled or released.
package sched
