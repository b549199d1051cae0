package driver

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/braid-compute/braid/internal/word"
)

// Program says whose a client's connection is, for people.
type Program struct {
	Name   string // "" if it has not said
	Pid    uint32
	Worker bool // it is tasks in a worker that submit work, which a program waits for
	// Hold keeps what its tasks need from outside, such as its executable, until release is called. nil: they need nothing.
	Hold func() (release func())
}

func (p *Program) hold() (release func()) {
	if p.Hold == nil {
		return func() {}
	}
	return p.Hold()
}

// Asked is why a cluster ends that somebody asked to.
const Asked = "it was asked to"

// Observer takes a connection whose other end asks about the cluster, or for its end. It returns when that has ended.
func (d *Driver) Observer(conn Conn) error {
	if !d.conns.enter(conn) {
		_ = conn.Close()
		return fmt.Errorf("an observer: %w", ErrStopped)
	}
	defer d.conns.leave(conn)
	defer conn.Close()
	for {
		w, err := conn.Receive()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("an observer: %w", err)
		}
		switch w := w.(type) {
		case *word.Inspect:
			d.in.put(note{do: func() {
				x := d.inspect()
				x.Question = w.Question
				d.say(conn, x)
			}})
		case *word.Shutdown:
			d.in.put(note{do: func() { d.shutdown(conn, w) }})
		case *word.Ask:
			d.ask(conn, w)
		default:
			return fmt.Errorf("an observer said %T, which none says to a scheduler", w)
		}
	}
}

// inspect writes down what there is.
func (d *Driver) inspect() *word.Inspected {
	x := &word.Inspected{Nanos: int64(d.now()), Workers: d.state.Workers()}
	if !d.idleSince.IsZero() {
		x.Idle = max(int64(time.Since(d.idleSince)), 1)
	}
	for k := range x.Workers {
		w := &x.Workers[k]
		if a := d.agents[w.Agent]; a != nil {
			w.Pid, w.Nanos = a.join.Pid, int64(time.Since(a.since))
		}
	}
	for _, c := range d.clients {
		p := word.Program{Client: c.number, Name: c.program.Name, Pid: c.program.Pid, Worker: c.program.Worker, Nanos: int64(time.Since(c.since))}
		if c.cut.off() {
			p.Left = int64(max(d.cfg.ClientTimeout-time.Since(c.cut.since), 1))
		}
		runs := 0
		runs, p.Groups = d.state.Work(c.number)
		p.Runs = uint32(runs)
		x.Programs = append(x.Programs, p)
	}
	x.Results = d.publications()
	slices.SortFunc(x.Programs, func(a, b word.Program) int { return int(a.Client) - int(b.Client) })
	return x
}

// programs counts the clients that are no workers' tasks.
func (d *Driver) programs() (n int) {
	for _, c := range d.clients {
		if !c.program.Worker {
			n++
		}
	}
	return n
}

// shutdown ends the cluster if nobody needs it any more, or by force.
func (d *Driver) shutdown(conn Conn, w *word.Shutdown) {
	x := d.inspect()
	x.Question = w.Question
	switch n := d.programs(); {
	case d.cfg.End == nil:
		x.Refused = "it ends with the program that started it"
	case n > 0 && !w.Force:
		x.Refused = attached(x.Programs)
	}
	d.say(conn, x)
	if x.Refused == "" {
		d.cfg.End(Asked)
	}
}

// attached names the programs that a cluster is not ended under.
func attached(programs []word.Program) string {
	var names []string
	for _, p := range programs {
		if !p.Worker {
			name := p.Name
			if name == "" {
				name = "a program"
			}
			name = fmt.Sprintf("%s (pid %d)", name, p.Pid)
			if p.Left > 0 {
				name += fmt.Sprintf(", which is cut off and has %v to come back,", time.Duration(p.Left).Round(time.Second))
			}
			names = append(names, name)
		}
	}
	verb := "is"
	if len(names) > 1 {
		verb = "are"
	}
	return fmt.Sprintf("%s %s attached", strings.Join(names, ", "), verb)
}

// idle begins to count the time without programs, or ends that. The time until the first agent joins does not count: programs
// could not have used it.
func (d *Driver) idle() {
	if d.programs() > 0 {
		if d.idleTimer != nil {
			d.idleTimer.Stop()
			d.idleTimer = nil
		}
		d.idleSince = time.Time{}
		return
	}
	if !d.idleSince.IsZero() {
		return
	}
	d.idleSince = time.Now()
	if limit := d.cfg.IdleTimeout; limit > 0 && d.cfg.End != nil {
		since := d.idleSince
		d.idleTimer = time.AfterFunc(limit, func() {
			d.in.put(note{do: func() {
				if d.idleSince.Equal(since) {
					d.cfg.End(fmt.Sprintf("no program was attached for %v", limit))
				}
			}})
		})
	}
}
