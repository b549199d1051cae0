// Package session is a client's side of a cluster: it hands graphs to the scheduler, settles the handles of this process as
// the scheduler reports outcomes, and gets results from the agents that hold them.
//
// Handles are promised runs of package exec, so that waiting, watching, cancelling and releasing are the same as for work in
// this process. The value of a task that is done is a [Remote], which says where the result is; [Session.Fetch] gets many of
// them at once, straight from their holders.
package session
