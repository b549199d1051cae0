package arrays

// stagedShare is the part of a process's memory that an array may take as a whole to be read without stages.
const stagedShare = 4

// unstaged returns the array out of whose chunks others are put together at once instead of through a staged one, or nil. Where
// tasks run in one process, chunks need not be cut to be sent; and where all of them fit into memory, tasks may read many. That array
// has chunks of its own and is read as the staged one would be, so that sums have the same bits.
func (l *lowering) unstaged(n *Node) *Node {
	if n.kind != staged || l.shared[n] || l.w.Remote || n.Bytes() > l.w.Memory/stagedShare {
		return nil
	}
	for n.kind == staged || n.kind == regrid {
		n = n.inputs[0]
	}
	if n.kind == filed || !n.isBoundary() && !l.shared[n] {
		return nil
	}
	return n
}
