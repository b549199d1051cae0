package session

import (
	"cmp"
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

	borrower borrower // of that goroutine
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
		s.mu.Unlock()
		if v != nil {
			s.fail(v, err)
		}
	}
}

// fail tells those who wait for a value that it cannot be had now. Who asks later tries again.
func (s *Session) fail(v *Remote, err error) {
	s.mu.Lock()
	waiting := v.waiting
	v.waiting, v.asked, v.denied = nil, false, false
	s.mu.Unlock()
	for _, w := range waiting {
		w.fetch.fail(err)
	}
}

// unansweredBy returns the blocks that an agent was asked for and has said nothing about.
func (s *Session) unansweredBy(agent word.Agent) (blocks []word.Block) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.byNumber {
		r.values.each(func(v *Remote) {
			if v.asked && !v.denied && v.holder == agent {
				blocks = append(blocks, v.block())
			}
		})
	}
	return blocks
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

// An agent that does not answer is dialled again, since the scheduler may be about to say that it is gone; also one that ends
// a connection without a word.
const (
	dialTries = 10
	dialPause = 300 * time.Millisecond
)

// reach connects to the agent and reads what it says, again if the connection ends before everything was answered. An agent
// that the scheduler believes to be there and that cannot be reached fails those who wait for its blocks.
func (p *peer) reach() {
	defer p.s.readers.Done()
	var failed error
	for tries := 0; tries < dialTries; tries++ {
		if tries > 0 && !p.pause() {
			return
		}
		conn, err := p.s.o.Dial(p.address)
		if err != nil {
			failed = err
			continue
		}
		if !p.connected(conn) {
			_ = conn.Close()
			return
		}
		heard, err := p.read(conn)
		if !p.cut() {
			return
		}
		if failed = err; heard {
			tries = -1 // the count is of attempts in a row
		}
	}
	p.mu.Lock()
	blocks := p.queue
	p.queue, p.busy = nil, false
	p.mu.Unlock()
	p.s.unanswered(blocks, fmt.Errorf("worker %q cannot be reached: %w", p.name, failed))
}

// pause waits before the agent is dialled again. It reports false if that is not wanted any more.
func (p *peer) pause() bool {
	select {
	case <-p.ended:
		return false
	case <-time.After(dialPause):
		return true
	}
}

// connected asks for what waited. It reports false if nobody wants the connection any more.
func (p *peer) connected(conn Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return false
	}
	p.conn = conn
	p.meet(conn)
	slices.SortFunc(p.queue, compareBlocks) // in order already, but for what was asked for while a connection ended
	if blocks := slices.Compact(p.queue); len(blocks) > 0 {
		_ = conn.Send(&word.Subscribe{Blocks: blocks})
	}
	p.queue = nil
	return true
}

func compareBlocks(a, b word.Block) int {
	return cmp.Or(cmp.Compare(a.Task.Run, b.Task.Run), cmp.Compare(a.Task.Index, b.Task.Index),
		cmp.Compare(a.Attempt.Term, b.Attempt.Term), cmp.Compare(a.Attempt.Count, b.Attempt.Count))
}

// read takes the agent's words until the connection ends, and says whether there were any.
func (p *peer) read(conn Conn) (heard bool, err error) {
	defer conn.Close()
	for {
		w, err := conn.Receive()
		if err != nil {
			return heard, err
		}
		heard = true
		switch w := w.(type) {
		case *word.Delivery:
			p.s.delivered(w)
			p.borrower.answered(conn, []word.Block{w.Block})
		case *word.NotHere:
			p.s.notHere(p, w)
			p.borrower.answered(conn, w.Blocks)
		case *word.Offer:
			p.borrower.offer(conn, w.Blocks)
		case *word.Lent:
			p.lent(conn, w)
			p.borrower.answered(conn, []word.Block{w.Block})
		}
	}
}

// cut notes that the connection ended: what was not answered is to be asked for again. It reports false if there is nothing,
// or the agent is gone.
func (p *peer) cut() bool {
	p.mu.Lock()
	p.conn = nil // what is asked for from now on waits in the queue
	p.mu.Unlock()
	again := p.s.unansweredBy(p.agent)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return false
	}
	p.queue = append(p.queue, again...)
	p.busy = len(p.queue) > 0
	return p.busy
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
