package runner

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/braid-compute/braid/internal/launch"
)

// Options say how a runner is started.
type Options struct {
	Payload []byte   // start words, for launch.Payload in the runner
	Args    []string // its arguments; nil means those of this process
	Env     []string // "NAME=value", before this process's environment
	Dir     string   // working directory; "" means this process's
	Cores   int      // its GOMAXPROCS; 0 leaves it as it is
	CPUs    []int    // its affinity mask, Linux only; empty leaves it as it is

	Grace   time.Duration     // from the end of a call to the end of a runner that does not answer; 0 means two seconds
	Startup time.Duration     // in which it must answer for the first time; 0 means half a minute
	Limit   int64             // greatest answer in bytes that is taken; 0 means DefaultLimit
	Output  func(line []byte) // what it prints, line by line; see launch.Options
}

// Runner is a child process that executes calls, one at a time.
type Runner struct {
	options Options
	group   *launch.Group
	proc    *launch.Process
	conn    io.ReadWriteCloser
	limit   uint64 // the greatest body that it takes

	turn    chan struct{} // holds a token while a call runs
	out     *bufio.Writer // of whoever has the turn
	number  uint32        // of the last call, likewise
	maps    bool          // it maps what is lent, as far as is known, likewise
	memory  func(int64) error
	current int64 // the memory limit that is set
	lacks   string

	answers chan answer
	words   chan word
	over    chan struct{} // closed when the process has ended and death is set
	death   *Death
}

type answer struct {
	number   uint32
	response Response
}

// Death is the error of calls whose runner has ended.
type Death struct {
	Op          string             // what it ran when it ended, or nothing
	Certificate launch.Certificate // how it ended
}

func (d *Death) Error() string {
	if d.Op == "" {
		return "runner: " + d.Certificate.String()
	}
	return "runner: while it ran " + d.Op + ": " + d.Certificate.String()
}

// Start starts a runner: a process of an executable that is built with braid, or, if binary is "", of this one. The context
// bounds the start.
func Start(ctx context.Context, binary string, o Options) (*Runner, error) {
	if o.Grace < 0 || o.Startup < 0 || o.Limit < 0 {
		return nil, fmt.Errorf("runner: a grace time of %v, %v to start and answers of %d bytes: none of these may be negative", o.Grace, o.Startup, o.Limit)
	}
	if o.Grace == 0 {
		o.Grace = 2 * time.Second
	}
	if o.Startup == 0 {
		o.Startup = 30 * time.Second
	}
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	lo := launch.Options{Role: Role, Count: 1, Talk: true, Path: binary, Payload: o.Payload, Args: o.Args, Env: o.Env, Dir: o.Dir, Cores: o.Cores}
	if len(o.CPUs) > 0 {
		lo.CPUs = [][]int{o.CPUs}
	}
	if o.Output != nil {
		lo.Output = func(_ int, line []byte) { o.Output(line) }
	}
	g, err := launch.Start(ctx, lo)
	if err != nil {
		return nil, err
	}
	p := g.Processes()[0]
	r := &Runner{
		options: o, group: g, proc: p, conn: p.Conn(),
		turn: make(chan struct{}, 1), answers: make(chan answer, 1), words: make(chan word, maxWords), over: make(chan struct{}),
	}
	r.out = bufio.NewWriterSize(r.conn, bufferSize)
	greeted := make(chan error, 1)
	go r.read(greeted)
	if err := r.greet(ctx, greeted); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// greet waits for the runner's first words.
func (r *Runner) greet(ctx context.Context, greeted <-chan error) error {
	late := time.NewTimer(r.options.Startup)
	defer late.Stop()
	select {
	case err := <-greeted:
		if err == nil {
			_, err = r.out.Write(appendHello(nil, hello{sideAgent, uint64(r.options.Limit), features()}))
		}
		if err == nil {
			return nil // sent with the first call
		}
		<-r.over
		return fmt.Errorf("runner: talk with the process that was started: %w; it was the process %v", err, r.death.Certificate)
	case <-late.C:
		r.proc.Kill(fmt.Sprintf("it did not answer within %v of its start", r.options.Startup))
	case <-ctx.Done():
		r.proc.Kill("its start was given up")
	}
	<-r.over
	return errors.Join(context.Cause(ctx), r.death)
}

// read takes what the runner says until it has ended.
func (r *Runner) read(greeted chan<- error) {
	defer close(r.over)
	in := bufio.NewReaderSize(r.conn, bufferSize)
	h, err := readHello(in, sideRunner)
	r.limit, r.maps = h.limit, maps && h.features&featureMaps != 0
	greeted <- err
	for err == nil {
		err = r.hear(in)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		// It has ended, as a rule, and its certificate shall say how. If it has not, it is of no use any more.
		late := time.AfterFunc(r.options.Grace, func() { r.proc.Kill("it closed its output") })
		r.proc.Wait()
		late.Stop()
	} else {
		r.proc.Kill("it does not keep to the protocol: " + err.Error())
	}
	r.death = &Death{Certificate: r.proc.Wait()}
	r.conn.Close()
}

// hear reads one message.
func (r *Runner) hear(in io.Reader) error {
	h, body, err := readFrame(in, uint64(r.options.Limit))
	if err != nil {
		return err
	}
	switch h.kind {
	case frameAnswer:
		response, err := parseAnswer(body)
		if err != nil {
			return err
		}
		select {
		case r.answers <- answer{h.number, response}:
			return nil
		default:
			return fmt.Errorf("answer %d came while another one was not taken", h.number)
		}
	case frameYield, frameRetake, frameMeet, frameRoom:
		w := word{number: h.number, kind: h.kind}
		switch h.kind {
		case frameRoom:
			w.bytes, err = parseRoom(body)
		case frameYield:
			w.what, err = parseYield(body)
		case frameRetake:
			err = parseNothing(body)
		case frameMeet:
			w.data, err = body, checkMeet(body)
		}
		if err != nil {
			return err
		}
		select {
		case r.words <- w:
			return nil
		default:
			return errWords
		}
	default:
		return fmt.Errorf("a message of kind %d, which only a later version may have", h.kind)
	}
}

// Pid returns the process id.
func (r *Runner) Pid() int { return r.proc.Pid() }

// Done returns a channel that is closed when the process has ended.
func (r *Runner) Done() <-chan struct{} { return r.over }

// Unenforced says which limit of the calls so far was not enforced and why, or nothing. Call it between calls.
func (r *Runner) Unenforced() string { return r.lacks }

// Kill ends the runner at once. The reason completes "ended because …" in the certificate.
func (r *Runner) Kill(why string) { r.proc.Kill(why) }

// Close ends the runner and waits for it. A call that runs fails with a [*Death].
func (r *Runner) Close() {
	r.group.Close()
	<-r.over
}
