package launch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options say what [Start] starts. Only Role is needed.
type Options struct {
	Role  string // what Role reports in the processes: 1 to 32 of a-z, 0-9 and -
	Count int    // processes to start; 0 means that Add starts them
	First int    // number of the first

	// Payload holds the start words, at most MaxPayload bytes, the same for all. They reach the process through a pipe,
	// never through its arguments or environment, so they may be secret.
	Payload []byte

	Path string   // another executable than this one; it must be linked with this package to learn its role
	Args []string // arguments after argument 0; nil means those of this process, which package variables may have read
	Env  []string // "NAME=value", before what this process's environment says
	Dir  string   // working directory; "" means this process's

	// Cores is GOMAXPROCS of each process, by the variable, so that programs which tasks start heed it too. 0 leaves it as it is.
	Cores int
	// CPUs holds affinity masks: process n gets CPUs[n % len(CPUs)]. Linux only. Without it a process has this one's.
	CPUs [][]int

	// Talk gives each process a connection: Conn in the process, Process.Conn here. What it prints to standard output
	// goes to standard error then.
	Talk bool

	// Output is given each line that a process prints, without its end, from one goroutine per process; line is valid
	// during the call. A process whose output is not taken waits.
	Output func(proc int, line []byte)
	// Exited is called once for each process, when it has ended and its output has been given. It must not wait for
	// the process or for Close.
	Exited func(*Process, Certificate)

	// Grace is how long Close waits before it kills. 0 means one second.
	Grace time.Duration
}

// Group is processes that were started together and end together.
type Group struct {
	options Options
	path    string
	env     []string
	forks   chan func()   // to the goroutine of the thread that all processes are children of
	over    chan struct{} // closed when that goroutine has ended

	adding sync.WaitGroup

	mu      sync.Mutex
	procs   []*Process
	numbers int
	closed  bool
}

// ErrClosed is the error of starting a process in a group that was closed.
var ErrClosed = errors.New("launch: the group is closed")

// Start starts processes as workers of a role. They run the file of this process, even if it was removed or rebuilt since
// (Linux), and know their role before their main function begins. The context bounds the start only; the processes end
// when the group is closed or this process ends, in whatever way.
//
// If one of them cannot be started, those that were are ended, and the error says why.
func Start(ctx context.Context, o Options) (*Group, error) {
	if child.ok && !child.taken.Load() {
		return nil, fmt.Errorf("launch: this process is itself a worker (%s %d) and would start further ones without end: the program must ask for its role first, which braid.Main and braid.TestMain do", child.role, child.number)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	g := &Group{options: o, path: o.Path, numbers: o.First, forks: make(chan func()), over: make(chan struct{})}
	if g.path == "" {
		var err error
		if g.path, err = Executable(); err != nil {
			return nil, err
		}
	}
	if g.options.Args == nil {
		g.options.Args = arguments[min(1, len(arguments)):]
	}
	g.env = environment(o)
	outOfMemory.watch()
	go g.fork()
	for range o.Count {
		if _, err := g.Add(ctx); err != nil {
			g.Close()
			return nil, err
		}
	}
	return g, nil
}

func (o *Options) check() error {
	if err := checkRole(o.Role); err != nil {
		return fmt.Errorf("launch: %w", err)
	}
	if o.Count < 0 || o.Cores < 0 || o.Grace < 0 {
		return fmt.Errorf("launch: %d processes of %d cores with a grace time of %v: none of these may be negative", o.Count, o.Cores, o.Grace)
	}
	if len(o.Payload) > MaxPayload {
		return fmt.Errorf("launch: the start words have %d bytes, more than %d; send the rest over a connection", len(o.Payload), MaxPayload)
	}
	for _, e := range o.Env {
		if name, _, ok := strings.Cut(e, "="); !ok || name == "" {
			return fmt.Errorf("launch: environment entry %q: write NAME=value", e)
		}
	}
	if len(o.CPUs) > 0 {
		return canPin()
	}
	return nil
}

// fork runs what starts processes, on a thread of its own: the kernel ties a child's death signal to the thread that
// made it, not to the process, and an affinity mask is inherited from a thread. The thread ends with the group.
func (g *Group) fork() {
	defer close(g.over)
	runtime.LockOSThread() // never unlocked: its mask may be another one by now
	for f := range g.forks {
		f()
	}
}

// Add starts one more process in the group, with the next number.
func (g *Group) Add(ctx context.Context) (*Process, error) {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return nil, ErrClosed
	}
	g.adding.Add(1)
	defer g.adding.Done()
	number := g.numbers
	g.numbers++
	g.mu.Unlock()

	err := ctx.Err()
	var p *Process
	if err == nil {
		p, err = g.start(number)
	}
	if err != nil {
		return nil, fmt.Errorf("launch: start %s %d from %s: %w", g.options.Role, number, g.path, err)
	}
	g.mu.Lock()
	g.procs = append(g.procs, p)
	g.mu.Unlock()
	return p, nil
}

// start makes one process.
func (g *Group) start(number int) (*Process, error) {
	p := &Process{
		name: g.options.Role + " " + strconv.Itoa(number), number: number, exited: g.options.Exited,
		fed: make(chan struct{}), done: make(chan struct{}),
	}
	id := identity{parent: os.Getpid(), number: number, talk: g.options.Talk, role: g.options.Role}
	var ends pipes
	stdin, stdout := ends.in(&p.in), ends.out(&p.out)
	stderr := stdout
	if id.talk {
		stdout = ends.out(&p.conn)
	}
	err := ends.err
	if err == nil {
		p.began = time.Now()
		p.proc, err = g.forked(id, []*os.File{stdin, stdout, stderr})
	}
	ends.close(err != nil)
	if err != nil {
		return nil, err
	}
	var give func([]byte)
	if g.options.Output != nil {
		give = func(line []byte) { g.options.Output(number, line) }
	}
	go p.supervise(g.options.Payload, give)
	return p, nil
}

// forked starts a process on the group's thread.
func (g *Group) forked(id identity, files []*os.File) (proc *os.Process, err error) {
	name := g.path
	if g.options.Path == "" && len(arguments) > 0 {
		name = arguments[0] // the process will find the same argument 0 as this one
	}
	argv := append([]string{name + id.suffix()}, g.options.Args...)
	attr := &os.ProcAttr{
		Dir: g.options.Dir, Env: append([]string{marker + "=" + id.String()}, g.env...),
		Files: files, Sys: attributes(),
	}
	done := make(chan struct{})
	g.forks <- func() {
		defer close(done)
		if n := len(g.options.CPUs); n > 0 {
			if err = pinThread(g.options.CPUs[id.number%n]); err != nil {
				return
			}
		}
		proc, err = os.StartProcess(g.path, argv, attr)
	}
	<-done
	return proc, err
}

// Processes returns the processes that were started so far, also those that have ended.
func (g *Group) Processes() []*Process {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.procs)
}

// Close ends all processes and waits for them. Their standard input ends first, upon which a worker ends by itself; what
// is left after Options.Grace is killed. When it returns, no process and no goroutine of the group is left, and all
// output has been given.
func (g *Group) Close() {
	g.mu.Lock()
	first := !g.closed
	g.closed = true
	g.mu.Unlock()
	g.adding.Wait()
	procs := g.Processes()
	for _, p := range procs {
		p.release(groupClosed)
	}
	late := time.NewTimer(g.options.grace())
	defer late.Stop()
	for _, p := range procs {
		select {
		case <-p.done:
			continue
		case <-late.C:
			late.Reset(0) // for those that follow
		}
		p.Kill(groupClosed)
		<-p.done
	}
	if first {
		close(g.forks)
	}
	<-g.over
}

const groupClosed = "its group was closed"

func (o *Options) grace() time.Duration {
	if o.Grace == 0 {
		return time.Second
	}
	return o.Grace
}

// pipes are the pipes of one process.
type pipes struct {
	mine, theirs []*os.File
	err          error
}

// in makes a pipe that the process reads, and returns its end.
func (p *pipes) in(mine **os.File) (theirs *os.File) {
	r, w := p.pipe()
	p.theirs, p.mine, *mine = append(p.theirs, r), append(p.mine, w), w
	return r
}

// out makes a pipe that the process writes, and returns its end.
func (p *pipes) out(mine **os.File) (theirs *os.File) {
	r, w := p.pipe()
	p.theirs, p.mine, *mine = append(p.theirs, w), append(p.mine, r), r
	return w
}

func (p *pipes) pipe() (r, w *os.File) {
	r, w, err := os.Pipe()
	p.err = errors.Join(p.err, err)
	return r, w
}

// close closes the ends of the process, which has its own copies of them, and on a failure those of this side too.
func (p *pipes) close(failed bool) {
	files := p.theirs
	if failed {
		files = append(files, p.mine...)
	}
	for _, f := range files {
		f.Close() // nil if it was not made
	}
}

// environment returns the variables of new processes: those of the options, then this process's without them. The first
// of two entries counts in a Go program, the last one elsewhere, so there must be only one.
func environment(o Options) []string {
	own := slices.Clone(o.Env)
	if o.Cores > 0 {
		own = append(own, "GOMAXPROCS="+strconv.Itoa(o.Cores))
	}
	for _, e := range os.Environ() {
		if !slices.ContainsFunc(own, func(s string) bool { return sameVariable(s, e) }) && !sameVariable(e, marker+"=") {
			own = append(own, e)
		}
	}
	return own
}

// sameVariable reports whether two entries of an environment have the same name.
func sameVariable(a, b string) bool {
	// The names of some variables of Windows begin with "=".
	i, j := strings.Index(a[min(1, len(a)):], "="), strings.Index(b[min(1, len(b)):], "=")
	if i < 0 || i != j {
		return false
	}
	if runtime.GOOS == "windows" {
		return strings.EqualFold(a[:i+1], b[:j+1])
	}
	return a[:i+1] == b[:j+1]
}
