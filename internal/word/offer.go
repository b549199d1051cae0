package word

// What is said about large blocks before they travel, so that the one who asked for them decides when. Without OfferFirst every
// subscription is answered by a Delivery or by NotHere; with it, the answer to one for a large block may be an Offer, and Fetch is
// then answered by a Delivery or NotHere.

// OfferFirst says that blocks of at least so many bytes shall be offered to this subscriber before they are sent to it.
type OfferFirst struct {
	Least int64
}

// Offer says that blocks are here and how many bytes they take on their way. They may be gone when they are fetched.
type Offer struct {
	Blocks []Block
	Bytes  []int64 // of each
}

// Fetch asks for blocks that were offered.
type Fetch struct {
	Blocks []Block
}

// A subscriber in another process of the holder's machine may map a block instead of having it sent: Borrow is a Fetch whose answer
// may also be Lent, and so may be that of further subscriptions for blocks which are there to be mapped. The block stays where it is until the borrower says GiveBack, or has ended.

// Borrow asks for blocks that were offered, to be mapped if that is possible. Process is the borrower's.
type Borrow struct {
	Process uint32
	Blocks  []Block
}

// Lent says that a block can be mapped: as the bytes of a Delivery with one output at an offset of the file that a descriptor of
// the holder's process refers to, and whose inode has this number.
type Lent struct {
	Block      Block
	Process    uint32
	Descriptor uint32
	Inode      uint64
	Offset     int64
	Bytes      int64
}

// GiveBack says that the borrower does not look at blocks any more, each as often as it was lent.
type GiveBack struct {
	Process uint32
	Blocks  []Block
}

func (*OfferFirst) kind() Kind { return KindOfferFirst }
func (*Offer) kind() Kind      { return KindOffer }
func (*Fetch) kind() Kind      { return KindFetch }
func (*Borrow) kind() Kind     { return KindBorrow }
func (*Lent) kind() Kind       { return KindLent }
func (*GiveBack) kind() Kind   { return KindGiveBack }

func (o *OfferFirst) encode(e *encoder) { e.number(uint64(o.Least)) }
func (o *OfferFirst) decode(d *decoder) { o.Least = int64(d.number()) }

func (o *Offer) encode(e *encoder) {
	if len(o.Bytes) != len(o.Blocks) {
		e.fail("it has %d blocks and %d sizes", len(o.Blocks), len(o.Bytes))
		return
	}
	e.blockList(o.Blocks)
	putColumn(e, len(o.Blocks), func(k int) uint64 { return uint64(o.Bytes[k]) }, (*encoder).number)
}

func (o *Offer) decode(d *decoder) {
	o.Blocks = d.blockList()
	o.Bytes = alloc[int64](len(o.Blocks))
	column(d, len(o.Blocks), (*decoder).number, func(k int, v uint64) { o.Bytes[k] = int64(v) })
}

func (f *Fetch) encode(e *encoder) { e.blockList(f.Blocks) }
func (f *Fetch) decode(d *decoder) { f.Blocks = d.blockList() }

func (b *Borrow) encode(e *encoder) { e.index(b.Process); e.blockList(b.Blocks) }
func (b *Borrow) decode(d *decoder) { b.Process, b.Blocks = d.index(), d.blockList() }

func (l *Lent) encode(e *encoder) {
	e.block(l.Block)
	e.index(l.Process)
	e.index(l.Descriptor)
	e.number(l.Inode)
	e.number(uint64(l.Offset))
	e.number(uint64(l.Bytes))
}

func (l *Lent) decode(d *decoder) {
	l.Block, l.Process, l.Descriptor, l.Inode = d.block(), d.index(), d.index(), d.number()
	l.Offset, l.Bytes = int64(d.number()), int64(d.number())
}

func (g *GiveBack) encode(e *encoder) { e.index(g.Process); e.blockList(g.Blocks) }
func (g *GiveBack) decode(d *decoder) { g.Process, g.Blocks = d.index(), d.blockList() }
