package session

import (
	"fmt"
	"slices"
	"sync"

	"github.com/braid-compute/braid/internal/word"
)

// peer is an agent as this session knows it: an address, and a connection as soon as one is needed.
type peer struct {
	s       *Session
	agent   word.Agent
	name    string
	address string

	mu      sync.Mutex
	dialled bool
	conn    Conn
	err     error
}

// peerIs notes where an agent is, or that it is gone.
func (s *Session) peerIs(w *word.Peer) {
	s.mu.Lock()
	p := s.peers[w.Agent]
	close(s.changed)
	s.changed = make(chan struct{})
	if w.Address != "" {
		if p == nil && s.err == nil {
			s.peers[w.Agent] = &peer{s: s, agent: w.Agent, name: w.Name, address: w.Address}
		}
		s.mu.Unlock()
		return
	}
	delete(s.peers, w.Agent)
	s.mu.Unlock()
	if p != nil {
		p.close(fmt.Errorf("worker %d is gone", w.Agent))
	}
}

// Workers returns the names of the workers there are, in order, and a channel that is closed when that changes.
func (s *Session) Workers() ([]string, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make([]string, 0, len(s.peers))
	for _, p := range s.peers {
		names = append(names, p.name)
	}
	slices.Sort(names)
	return names, s.changed
}

// Client returns the scheduler's number of this session, 0 until it has been heard of.
func (s *Session) Client() word.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.client
}

// subscribe asks an agent for blocks. If it cannot be reached, the scheduler will say where else they are.
func (s *Session) subscribe(holder word.Agent, blocks []word.Block) {
	s.mu.Lock()
	p := s.peers[holder]
	s.mu.Unlock()
	if p == nil {
		return
	}
	conn, err := p.connect()
	if err == nil {
		err = conn.Send(&word.Subscribe{Blocks: blocks})
	}
	if err != nil {
		s.unanswered(blocks)
	}
}

// unanswered notes that nobody was asked for these blocks, so that they are asked for again when they have a new holder.
func (s *Session) unanswered(blocks []word.Block) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range blocks {
		if v := s.valueOf(b); v != nil {
			v.asked = false
		}
	}
}

// connect dials the agent once.
func (p *peer) connect() (Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dialled {
		return p.conn, p.err
	}
	p.dialled = true
	if p.conn, p.err = p.s.o.Dial(p.address); p.err == nil {
		p.s.readers.Add(1)
		go p.read(p.conn)
	}
	return p.conn, p.err
}

// read takes the agent's words until the connection ends.
func (p *peer) read(conn Conn) {
	defer p.s.readers.Done()
	for {
		w, err := conn.Receive()
		if err != nil {
			return
		}
		switch w := w.(type) {
		case *word.Delivery:
			p.s.delivered(w)
		case *word.NotHere:
			p.s.notHere(w)
		}
	}
}

func (p *peer) close(err error) {
	p.mu.Lock()
	conn := p.conn
	p.dialled, p.conn, p.err = true, nil, err
	p.mu.Unlock()
	if conn != nil {
		_ = conn.Close()
	}
}
