package launch

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// Process is one process of a group.
type Process struct {
	name   string
	number int
	proc   *os.Process
	began  time.Time
	exited func(*Process, Certificate)

	in   *os.File // to the process
	out  *os.File // what it prints
	conn *os.File // answers of the process, with Options.Talk

	fed  chan struct{} // closed when the start words were written, or could not be
	done chan struct{} // closed when all is over and certificate is set

	mu     sync.Mutex
	reaped bool   // the process id may be somebody else's from now on
	ended  string // why this side ended it

	certificate Certificate
}

// Pid returns the process id.
func (p *Process) Pid() int { return p.proc.Pid }

// Number returns which process of its group it is, from 0.
func (p *Process) Number() int { return p.number }

// String returns role and number: "agent 3".
func (p *Process) String() string { return p.name }

// Done returns a channel that is closed when the process has ended and its output has been given.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait waits for the end of the process and returns how it ended.
func (p *Process) Wait() Certificate {
	<-p.done
	return p.certificate
}

// Kill ends the process at once, with all it started in its process group. The reason is kept for the certificate and
// completes "ended because …". It does not wait.
func (p *Process) Kill(why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return
	}
	if p.ended == "" {
		p.ended = why
	}
	killTree(p.proc)
}

// Signal sends a signal to the process alone. The error is os.ErrProcessDone if it has ended.
func (p *Process) Signal(s os.Signal) error { return p.proc.Signal(s) }

// release closes the way to the process, which ends it: it sees that nobody is there any more.
func (p *Process) release(why string) {
	p.mu.Lock()
	if !p.reaped && p.ended == "" {
		p.ended = why
	}
	p.mu.Unlock()
	p.in.Close()
}

// Conn returns the connection to a process that was started with Options.Talk. Closing it ends the process.
func (p *Process) Conn() io.ReadWriteCloser { return connection{p} }

type connection struct{ p *Process }

func (c connection) Read(b []byte) (int, error) {
	if c.p.conn == nil {
		return 0, os.ErrInvalid
	}
	return c.p.conn.Read(b)
}

func (c connection) Write(b []byte) (int, error) {
	<-c.p.fed
	return c.p.in.Write(b)
}

func (c connection) Close() error {
	c.p.release("its connection was closed")
	if c.p.conn != nil {
		c.p.conn.Close()
	}
	return nil
}

// drainBytes is more than a pipe holds.
const drainBytes = 1 << 20

// draining reads what a process prints. When the process has ended, what it wrote is in the pipe and the deadline of
// the pipe passes: then only what is there is read, because a program that the process started may live on and hold the
// pipe open for ever.
type draining struct {
	f     *os.File
	ended bool
	after int // bytes read since
}

func (d *draining) Read(p []byte) (int, error) {
	if !d.ended {
		n, err := d.f.Read(p)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		d.ended = true
	}
	if d.after >= drainBytes {
		return 0, io.EOF
	}
	n, err := readNow(d.f, p)
	d.after += n
	return n, err
}

// drainTime is how long the rest of the output is waited for where a pipe has no deadline.
const drainTime = 200 * time.Millisecond

// drain waits until the output of a process that has ended was taken. Where a pipe has no deadline, a program that holds
// it open leaves the goroutine that reads it behind.
func drain(f *os.File, drained <-chan struct{}) {
	defer f.Close()
	if f.SetReadDeadline(time.Now()) == nil {
		<-drained
		return
	}
	late := time.NewTimer(drainTime)
	defer late.Stop()
	select {
	case <-drained:
	case <-late.C:
	}
}

// supervise feeds the process, takes its output, waits for its end and says how it ended.
func (p *Process) supervise(payload []byte, give func([]byte)) {
	var parts sync.WaitGroup
	parts.Go(func() {
		defer close(p.fed)
		// A process that ends before it has read its words says why by how it ends.
		p.in.Write(appendStart(nil, payload))
	})
	o := output{give: give}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		o.read(&draining{f: p.out})
	}()

	state, err := p.reap()
	ran := time.Since(p.began)

	p.in.Close()
	parts.Wait()
	drain(p.out, drained)

	p.mu.Lock()
	ended := p.ended
	p.mu.Unlock()
	c := Certificate{Process: p.name, Pid: p.proc.Pid, Ended: ended, Ran: ran, Code: -1}
	c.Fatal, c.LastLines = o.kept()
	if err != nil {
		// Somebody else waited for this child: nothing more can be known.
		c.LastLines = append(c.LastLines, "braid: wait for the process: "+err.Error())
	} else {
		c.Code, c.Signal, c.PeakBytes = outcome(state)
	}
	c.OutOfMemory = ended == "" && outOfMemory.judge(c)
	p.certificate = c
	if p.exited != nil {
		p.exited(p, c)
	}
	close(p.done)
}
