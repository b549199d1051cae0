// Package reconnect keeps a conversation between two processes going when the connection under it breaks.
//
// A [Conn] carries words over one connection after the other, each of them a [Carrier]. The side that dialled begins every connection with
// word.Attach, which has the token of the conversation; the other side finds by it what it knows, and answers with word.Attached. The words
// between are counted in each direction. Who sends one keeps it until the other side has acknowledged it (word.Heard), and repeats what the
// other side has not heard of over the next connection. So each word arrives once and in order, whatever breaks.
//
//	conn := reconnect.Dial(carrier, reconnect.Options{Dial: again})   // here: tries again by itself
//	conn := reconnect.Accept(carrier, token, reconnect.Options{...})  // there: is given the next connection with Resume
//
// # What is kept
//
// Acknowledgements are sent when 64 words or a megabyte have been taken in, so that little is kept between them. While there is no
// connection, at most 256 MiB of words are kept for it; a conversation that has more to say is over.
//
// # Another process on the side that accepted
//
// A process that takes the place of one which accepted a conversation goes on with it, if it knows the token and how many words the other one
// had taken in for good: see [Options].Confirms and [Recover].
//
// # How it ends
//
// Receive returns io.EOF when either side has closed on purpose (word.End), and otherwise why there is no connection any more: the side that dialled
// gives up after the time that the other one said it keeps the conversation, or as soon as it is told that it is over. How long the other
// side waits is the business of its owner, who is told when a connection breaks.
package reconnect
