package session

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/braid-compute/braid/internal/word"
)

// peer is an agent as this session knows it: an address, and a connection as soon as one is needed.
type peer struct {
	s       *Session
	agent   word.Agent
	name    string
	address string
	ended   chan struct{} // closed when the scheduler says that it is gone, or the session ends

	mu    sync.Mutex
	conn  Conn
	queue []word.Block // to subscribe to when there is a connection
	busy  bool         // a goroutine dials or reads
	gone  bool
}

// peerIs notes where an agent is, or that it is gone.
func (s *Session) peerIs(w *word.Peer) {
	s.mu.Lock()
	p := s.peers[w.Agent]
	close(s.changed)
	s.changed = make(chan struct{})
	if w.Address != "" {
		if p == nil && s.err == nil {
			s.peers[w.Agent] = &peer{s: s, agent: w.Agent, name: w.Name, address: w.Address, ended: make(chan struct{})}
		}
		s.mu.Unlock()
		return
	}
	delete(s.peers, w.Agent)
	s.mu.Unlock()
	if p != nil {
		p.close()
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

// subscribe asks an agent for blocks. If the scheduler says that it is gone, it will also say where else they are.
func (s *Session) subscribe(holder word.Agent, blocks []word.Block) {
	s.mu.Lock()
	p := s.peers[holder]
	s.mu.Unlock()
	if p != nil {
		p.subscribe(blocks)
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

// subscribe asks for blocks, after connecting if that has not happened. It does not wait.
func (p *peer) subscribe(blocks []word.Block) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.gone:
	case p.conn != nil:
		_ = p.conn.Send(&word.Subscribe{Blocks: blocks}) // a lost connection is noticed by its reader, which asks again
	default:
		p.queue = append(p.queue, blocks...)
		if !p.busy {
			p.busy = true
			p.s.readers.Add(1)
			go p.reach()
		}
	}
}

// An agent that does not answer is dialled again, since the scheduler may be about to say that it is gone.
const (
	dialTries = 10
	dialPause = 300 * time.Millisecond
)

// reach connects to the agent and reads what it says. An agent that the scheduler believes to be there and that cannot be
// reached fails those who wait for its blocks.
func (p *peer) reach() {
	defer p.s.readers.Done()
	var failed error
	for range dialTries {
		conn, err := p.s.o.Dial(p.address)
		if err == nil {
			if p.connected(conn) {
				p.read(conn)
			} else {
				_ = conn.Close()
			}
			return
		}
		failed = err
		select {
		case <-p.ended:
			return
		case <-time.After(dialPause):
		}
	}
	p.mu.Lock()
	blocks := p.queue
	p.queue, p.busy = nil, false
	p.mu.Unlock()
	p.s.unanswered(blocks, fmt.Errorf("worker %q cannot be reached: %w", p.name, failed))
}

// connected asks for what waited. It reports false if nobody wants the connection any more.
func (p *peer) connected(conn Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return false
	}
	p.conn = conn
	if len(p.queue) > 0 {
		_ = conn.Send(&word.Subscribe{Blocks: p.queue})
		p.queue = nil
	}
	return true
}

// read takes the agent's words until the connection ends. What was asked for is asked for again then, as far as the agent
// is still there.
func (p *peer) read(conn Conn) {
	for {
		w, err := conn.Receive()
		if err != nil {
			break
		}
		switch w := w.(type) {
		case *word.Delivery:
			p.s.delivered(w)
		case *word.NotHere:
			p.s.notHere(w)
		}
	}
	_ = conn.Close()
	p.mu.Lock()
	p.conn, p.busy = nil, false
	p.mu.Unlock()
	p.s.cut(p.agent)
}

// close forgets the agent.
func (p *peer) close() {
	p.mu.Lock()
	conn := p.conn
	p.gone, p.queue = true, nil
	p.mu.Unlock()
	close(p.ended)
	if conn != nil {
		_ = conn.Close()
	}
}
