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

	mu   sync.Mutex
	conn Conn
	gone error // why there will be no connection any more
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
		s.unanswered(blocks, fmt.Errorf("worker %q cannot be reached: %w", p.name, err))
	}
}

// unanswered tells those who wait for blocks that their holder, which the scheduler says is there, could not be asked.
func (s *Session) unanswered(blocks []word.Block, err error) {
	for _, b := range blocks {
		s.mu.Lock()
		v := s.valueOf(b)
		if v == nil || v.attempt != b.Attempt {
			s.mu.Unlock()
			continue
		}
		r := v.run
		v.asked = false
		s.mu.Unlock()
		s.lose(r, b.Task.Index, err)
	}
}

// cut notes that a connection to an agent ended: what it was asked for is asked for again, from wherever it is then.
func (s *Session) cut(agent word.Agent) {
	var again []*Remote
	s.mu.Lock()
	for _, r := range s.byNumber {
		r.values.each(func(v *Remote) {
			if v.asked && v.holder == agent {
				v.asked = false
				again = append(again, v)
			}
		})
	}
	_, there := s.peers[agent]
	s.mu.Unlock()
	if there && len(again) > 0 {
		s.ask(again)
	}
}

// connect dials the agent, unless there is a connection. What failed once is tried again by the next who asks.
func (p *peer) connect() (Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conn != nil || p.gone != nil {
		return p.conn, p.gone
	}
	conn, err := p.s.o.Dial(p.address)
	if err != nil {
		return nil, err
	}
	p.conn = conn
	p.s.readers.Add(1)
	go p.read(conn)
	return conn, nil
}

// read takes the agent's words until the connection ends.
func (p *peer) read(conn Conn) {
	defer p.s.readers.Done()
	for {
		w, err := conn.Receive()
		if err != nil {
			p.mu.Lock()
			if p.conn == conn {
				p.conn = nil
			}
			p.mu.Unlock()
			_ = conn.Close()
			p.s.cut(p.agent)
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
	p.conn, p.gone = nil, err
	p.mu.Unlock()
	if conn != nil {
		_ = conn.Close()
	}
}
