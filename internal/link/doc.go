// Package link carries words and blocks between the processes of a cluster: framed, versioned connections over Unix sockets
// in a private folder, or over TCP with mutual TLS 1.3.
//
// A connection begins with a handshake in which each side says who it is ([Hello]). After it, [Conn.Send] queues words of
// package word and [Conn.Receive] returns those of the other side, in the order in which they were sent. Many small words share
// one frame and one write.
//
// # Blocks
//
// A large word.Delivery does not hold up the words behind it. It travels in chunks of its own stream, several streams taking turns,
// with words in between, and is read straight into the memory that it stays in. So it may arrive after words
// that were sent later. How many of its bytes may be under way is limited by credit that the receiver gives, so that
// words never wait behind more than that.
//
// # Goroutines
//
// Send may be called by any number of goroutines and never waits, so that no loop that owns a state stands still because somebody
// else does. Receive is called by one, in a loop, and must be called for anything to
// arrive: it is the reader of the connection, so that a word reaches its owner without another goroutine in between.
//
// # Who does not answer
//
// A connection over TCP from which nothing is heard for 15 seconds, not even the other side's signs of life, is cut. So is, after a
// minute, that of an agent over a Unix socket. A side that is stopped and is no agent keeps its connection over a Unix socket
// for as long as no more than 64 MiB of words wait for it, which are a few million outcomes; above that it is cut when it takes nothing for
// 15 seconds. See [Options].
//
// # Trust
//
// An [Identity] is the credentials of one cluster. Over TCP both sides prove with a certificate of the cluster's own authority
// that they belong to it; over Unix sockets the folder keeps other users out and a secret other clusters. Who cannot prove it
// is closed without an answer and counted. What arrives is believed to come from the cluster and nothing more: lengths
// are limited, numbers are checked, checksums compared, and what does not hold ends that one connection.
//
// A cut connection is not resumed: what was under way is lost, and both sides learn that the connection ended. Package reconnect makes one
// conversation of several connections.
package link
