package session

import (
	"bytes"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/braid-compute/braid/internal/block"
	"github.com/braid-compute/braid/internal/exec"
	"github.com/braid-compute/braid/internal/word"
)

// Large results that an agent of this machine has in pages are copied from there instead of coming over a socket. A client keeps what it gets,
// and so has a copy in any case; what the agent would have to copy into pages first is sent (docs/decisions/0024).

// borrower is what a peer's reader knows of results that the agent has offered. The agent lends one at a time at once, if that is where it
// can be mapped, and offers the others: each of them is asked for once more when nothing is lent, and fetched if it is offered again.
type borrower struct {
	offered []word.Block
	asked   word.Block // that is asked for once more
	asking  bool
	refuses bool // its memory cannot be mapped
}

// near reports whether the agent is on this machine, as far as is known.
func (p *peer) near() bool { return runtime.GOOS == "linux" && strings.HasPrefix(p.address, "unix:") }

// meet tells an agent on this machine from which size on results are to be offered, and who would map them.
func (p *peer) meet(conn Conn) {
	b := &p.borrower
	b.offered, b.asking = nil, false // what was not answered is asked for anew
	if p.near() && !b.refuses {
		_ = conn.Send(&word.OfferFirst{Least: exec.LeastLent})
		_ = conn.Send(&word.Borrow{Process: uint32(os.Getpid())})
	}
}

// offer takes offers.
func (b *borrower) offer(conn Conn, blocks []word.Block) {
	for _, o := range blocks {
		if b.asking && o == b.asked || b.refuses {
			_ = conn.Send(&word.Fetch{Blocks: []word.Block{o}})
		} else {
			b.offered = append(b.offered, o)
		}
	}
	b.answered(conn, blocks)
}

// answered goes on with the next offer when the last one that was asked for has its answer, or none was.
func (b *borrower) answered(conn Conn, blocks []word.Block) {
	if b.asking && slices.Contains(blocks, b.asked) {
		b.asking = false
	}
	if !b.asking && len(b.offered) > 0 {
		b.asked, b.asking = b.offered[0], true
		b.offered = b.offered[1:]
		_ = conn.Send(&word.Subscribe{Blocks: []word.Block{b.asked}})
	}
}

// lent copies a result from the agent's memory and gives that back. Where it cannot be mapped, it is sent after all.
func (p *peer) lent(conn Conn, w *word.Lent) {
	var data []byte
	m, err := block.MapLoan(block.Loan{
		Arena: block.Arena{Process: w.Process, Descriptor: w.Descriptor, Inode: w.Inode},
		Ref:   block.Ref{Offset: w.Offset, Bytes: w.Bytes},
	})
	if err == nil {
		if p.s.wanted(w.Block) {
			data = bytes.Clone(m.Bytes())
		}
		_ = m.Close() // of a mapping that there is
	}
	_ = conn.Send(&word.GiveBack{Process: uint32(os.Getpid()), Blocks: []word.Block{w.Block}})
	switch {
	case err != nil:
		p.borrower.refuses = true
		_ = conn.Send(&word.OfferFirst{}) // nothing, from now on
		_ = conn.Send(&word.Fetch{Blocks: []word.Block{w.Block}})
	case data != nil:
		p.s.delivered(&word.Delivery{Block: w.Block, Outputs: [][]byte{data}})
	}
}

// wanted reports whether somebody waits for a block.
func (s *Session) wanted(b word.Block) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.valueOf(b)
	return v != nil && len(v.waiting) > 0
}
