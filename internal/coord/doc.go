// Package coord is the coordination of a cluster, on NATS: who leads it, what the next leader has to know, what has a name, and
// what happens. The server is in this process, without a socket of its own, or an existing one.
//
//	c, err := coord.Open(ctx, coord.Options{Cluster: "maps", Dir: dir})
//	lease, err := c.Lead(ctx, []byte("unix:/run/user/7/braid/scheduler"))
//	journal, err := c.Journal(ctx, lease)
//	for record, err := range journal.Replay(ctx) { … }
//	err = journal.Append(ctx, record)
//
// [Cluster.Record] has a goroutine of its own write the records of a scheduler (package record), which does not wait for them.
//
// # One leader
//
// A [Lease] is held by one process at a time, and renewed three times in its time, 5 seconds by default; its term is a number
// that only goes up. When its holder is gone, somebody else has it after that time, at the latest a tenth of it and half a second later; at once if
// it was given back, or if the server was in the process that is gone.
//
// That two processes hold themselves for leaders for a moment cannot be excluded by clocks: one of them may have been
// stopped. So the [Journal] excludes it: every message names the one that it follows, a new leader's first message is one that the old
// one does not know, and so everything that the old one sends from then on is refused. A leader has to tell nobody
// anything before what it follows from is in the journal.
//
// # What is promised
//
//	server in this process               what Append has returned from survives the end of the process, kill -9 included
//	… with SyncAlways                    … and that of the machine
//	existing server                      what its own configuration promises (sync_interval, sync_always)
//	existing servers, Replicas of 3      … and the loss of one of them
//
// Of files that are damaged, cut off or gone, the messages that can be read are replayed, without what cannot be relied on any more, and Options.Warn is told what is
// lost; docs/decisions/0025 says how. A server elsewhere whose journal is shorter than it was is refused.
//
// Names are kept like the journal. Events are told to those who follow them at that moment and not kept.
//
// A journal that has grown by SnapshotBytes (64 MiB) and by more than its last snapshot is due for another one, which takes the place of
// what was before it. So it has at most about twice what it must have, and 64 MiB.
//
// # Who may
//
// A folder has mode 0700 and is used by one process at a time. Others reach its server only over what [Cluster.Serve] is
// given, and with the token, if there is one. On an existing server, accounts and credentials decide; a cluster's subjects are
// below braid.<name>, its streams begin with braid_<name>_ and KV_braid_<name>_.
//
// # Limits
//
// A record has any length; it travels in messages of 512 KiB, or of what the server takes. At most 8 MiB are on their way. A
// value with a name has 256 KiB, a name 200 bytes, what a leader says about itself 4,074 bytes, a line of the feed 64 KiB.
// Blocks never travel here. The bytes are described in docs/format/journal.md; docs/decisions/0009 says what was measured.
package coord
