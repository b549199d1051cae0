package word

// What is said between those who hold blocks and those who want them. A subscription is answered exactly once: by a
// Delivery, at once or when the block is there, or by NotHere.

// Subscribe asks the holder of blocks for them.
type Subscribe struct {
	Blocks []Block
}

// Unsubscribe takes a subscription back. An answer may cross it.
type Unsubscribe struct {
	Blocks []Block
}

// Delivery is a block with its bytes: one encoded value of package codec for each output.
type Delivery struct {
	Block   Block
	Outputs [][]byte
}

// NotHere says that blocks are not held by this agent and will not be made by it: they were freed, or their attempts were
// never assigned to it, failed, were returned or cancelled.
type NotHere struct {
	Blocks []Block
}
