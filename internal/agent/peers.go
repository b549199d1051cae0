package agent

import (
	"sync"

	"github.com/braid-compute/braid/internal/word"
	"github.com/braid-compute/braid/internal/workerstate"
)

// Serve takes a connection over which another agent or a client asks for blocks. It returns when the connection ends.
func (a *Agent) Serve(conn Conn) {
	p := workerstate.Peer{Client: a.visitor()}
	if !a.heard(note{peer: p, conn: conn}) {
		_ = conn.Close()
		return
	}
	err := a.poller.conns.Serve(conn, func(w any) {
		switch w.(type) {
		case *word.Subscribe, *word.Unsubscribe, *word.OfferFirst, *word.Fetch, *word.Borrow, *word.GiveBack:
			a.heard(note{peer: p, word: w})
		default:
			a.log("a visitor said %T, which nobody says to a holder of blocks, and is cut off", w)
			_ = conn.Close()
		}
	})
	_ = conn.Close()
	a.heard(note{peer: p, err: err})
}

// visitor numbers those who connect to this agent. The numbers are the agent's own and mean nothing elsewhere.
func (a *Agent) visitor() word.Client {
	a.in.mu.Lock()
	defer a.in.mu.Unlock()
	a.visitors++
	return a.visitors
}

// outgoing is a connection of ours to another agent. Words wait in it until the other side is reached.
type outgoing struct {
	mu     sync.Mutex
	conn   Conn
	queue  []any
	closed bool

	mapping mapping // belongs to whoever handles what is in the inbox
}

// reached returns the connection, or queues the word if the other side was not reached yet; nil if nobody wants it any more.
func (p *outgoing) reached(w any) Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn == nil && !p.closed {
		p.queue = append(p.queue, w)
	}
	return p.conn
}

// connected sends what waited. It reports false if nobody wants the connection any more.
func (p *outgoing) connected(conn Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.conn = conn
	for _, w := range p.queue {
		_ = conn.Send(w)
	}
	p.queue = nil
	return true
}

func (p *outgoing) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.conn != nil {
		_ = p.conn.Close()
	}
}

// peerIs notes where another agent is, or that it is gone.
func (a *Agent) peerIs(w *word.Peer) {
	if w.Address != "" {
		a.addresses[w.Agent] = w.Address
		return
	}
	delete(a.addresses, w.Agent)
	if p := a.outgoing[w.Agent]; p != nil {
		delete(a.outgoing, w.Agent)
		p.close()
		p.mapping.lost()
	}
	a.arrivals.lost(workerstate.Peer{Agent: w.Agent})
	a.step(workerstate.PeerLost{Peer: workerstate.Peer{Agent: w.Agent}})
	a.fetch()
}

// sendPeer sends a word to another agent, connecting to it first, or to a visitor.
func (a *Agent) sendPeer(to workerstate.Peer, w any) {
	if to.Agent == word.Nobody {
		if c := a.incoming[to.Client]; c != nil {
			a.send(c, w)
		}
		return
	}
	p := a.outgoing[to.Agent]
	if p == nil {
		p = new(outgoing)
		if a.arrivals.store != nil {
			p.queue = append(p.queue, &word.OfferFirst{Least: large})
		}
		a.outgoing[to.Agent] = p
		address := a.addresses[to.Agent]
		a.conns.Go(func() { a.reach(p, to, address) })
	}
	if conn := p.reached(w); conn != nil {
		a.send(conn, w)
	}
}

// reach connects to another agent and reads what it says.
func (a *Agent) reach(p *outgoing, to workerstate.Peer, address string) {
	conn, err := a.cfg.Dial(address)
	if err != nil {
		a.heard(note{peer: to, from: p, err: err})
		return
	}
	if !p.connected(conn) {
		_ = conn.Close()
		return
	}
	err = a.poller.conns.Serve(conn, func(w any) {
		switch w := w.(type) {
		case *word.Delivery:
			a.receive(note{peer: to, from: p, word: w}, w)
		case *word.NotHere, *word.Offer, *word.Lent:
			a.heard(note{peer: to, from: p, word: w})
		}
	})
	p.close()
	a.heard(note{peer: to, from: p, err: err})
}
