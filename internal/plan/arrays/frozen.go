package arrays

// Nobody changes an order once it is written. What is said of its size is more than it usually takes.

const orderSize = 2 << 10

// FrozenSize is that of graph.Frozen.
func (o *Order) FrozenSize() int64 { return orderSize }

// FrozenSize is that of graph.Frozen.
func (o *Merge) FrozenSize() int64 { return orderSize }

// FrozenSize is that of graph.Frozen.
func (o *HaloOrder) FrozenSize() int64 { return orderSize }

// FrozenSize is that of graph.Frozen.
func (o *ProductOrder) FrozenSize() int64 { return orderSize }
