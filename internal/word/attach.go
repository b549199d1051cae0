package word

// What both ends of a connection that may be resumed say to each other beside the words that are counted. See package
// reconnect.

// Token names a conversation that goes on over several connections. Who has it is taken for the one who began.
type Token [16]byte

// Attach is the first word on each connection, of the side that dialled. All words that follow are counted, from 1 and for each
// direction, but for Attached, Heard and End.
type Attach struct {
	Token Token
	Again bool   // it has been attached before
	Heard uint64 // how many words of the other side it has taken in
}

// Attached answers Attach. What the other side has not heard of is repeated after it.
type Attached struct {
	Heard uint64 // how many words of the side that dialled were taken in
	Nanos int64  // for how long the conversation is kept when its connection breaks
}

// End says that the conversation is over on purpose. Without it, a connection that ends is one that broke.
type End struct{}

// Heard acknowledges words: so many of the other side were taken in, and need not be kept any more.
type Heard struct {
	Count uint64
}
