// Package workerstate decides what an agent of a cluster does: a pure state machine that takes in what the scheduler, other
// agents, clients and the agent's own executor say, and gives out what its shell shall do.
//
//	state := workerstate.New(self)
//	for event := range inbox {
//		effects = state.Step(event, effects[:0])
//		for _, e := range effects { … } // in this order
//	}
//
// A State is not safe for concurrent use, reads no clock, and gives the same effects for the same events. The page
// docs/states.md says in words what its states are and how they change.
//
// # What it keeps
//
// Of the attempts assigned to the agent: which are open (not ended), which have made a block that is held, and who
// subscribed to it. Of blocks that other agents hold: which the agent subscribed to, and which open attempts take them. It
// does not count readiness: every attempt is handed to the executor at once ([Execute]), which starts it when its inputs
// are there. Inputs from other agents are promises that [Settle] fulfils.
//
// # What the shell promises
//
//   - Words of one connection arrive in order and once. The end of a connection is told ([PeerLost], [SchedulerLost]) before
//     any word of the next one with the same peer, and what was under way is lost with it. Peers may know the agent's next
//     number before it does: their words are handed in after [Welcomed].
//   - Every attempt of an [Execute] ends in exactly one of: [TasksEnded]; [TakenBack] as returned; an [Abort] that names it.
//     A running attempt that was aborted may end once more, in TasksEnded, and is ignored then. One whose block cannot leave
//     the process fails once more, in TasksEnded; the shell tells those to whom the block should have been delivered that
//     it is not here.
//   - An attempt whose input failed, was aborted or was taken back inside the executor is not reported: the scheduler speaks
//     of each one.
//   - Every [TakeBack] is answered by [TakenBack] for each of its attempts.
//   - A word.Delivery is handed in, and its bytes are kept under its block if a Settle of that block follows, until [Drop].
//     Without a Settle they are dropped at once.
//   - A promise belongs to an attempt and an input task. A second Settle for the same pair means nothing.
//   - [Tick] comes at intervals that no word from the scheduler takes, a tenth of a second or so, as long as Stats.Early is
//     not 0.
package workerstate
