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

func (*OfferFirst) kind() Kind { return KindOfferFirst }
func (*Offer) kind() Kind      { return KindOffer }
func (*Fetch) kind() Kind      { return KindFetch }

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
