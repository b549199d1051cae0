package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/braid-compute/braid/codec"
	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/driver"
	"github.com/braid-compute/braid/internal/launch"
	"github.com/braid-compute/braid/internal/link"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// Role is what the worker processes are started as. See [launch.Role].
const Role = "worker"

// Options say what to start.
type Options struct {
	Processes    int
	Slots        int                                     // per process
	Memory       int64                                   // bytes of memory that each process is to stay below; 0 means no limit
	Scratch      string                                  // folder for results that do not fit; "": none
	Resources    []word.Resource                         // that each process offers besides cores and memory
	CloseTimeout time.Duration                           // how long Close waits for running functions
	Log          func(format string, args ...any)        // notable events; nil: not said
	Output       func(worker string, line []byte)        // what workers print; nil: dropped
	Joined       func(join word.Join)                    // told of every worker that joins; nil: nobody
	Lost         func(worker string, certificate string) // told of every worker that ended unasked; nil: nobody

	// Name is what others of this user on this machine find the cluster by; "" for none.
	Name string
	// End is told once when the cluster is to end, and why: because somebody asked for it from outside, or because no program was
	// attached for IdleTimeout, if that is not 0. It must not wait. nil: only Close ends it.
	End         func(why string)
	IdleTimeout time.Duration
	// ClientTimeout is for how long what a client from outside wanted is kept when its connection has broken and its process lives.
	// 0 means not at all.
	ClientTimeout time.Duration
}

// Cluster is a scheduler and its worker processes.
type Cluster struct {
	o        Options
	driver   *driver.Driver
	listener *link.Listener
	folder   *launch.Dir
	identity *link.Identity
	group    *launch.Group
	first    int                                            // the number of its first process
	add      func(context.Context) (*launch.Process, error) // starts another worker of the group
	serving  sync.WaitGroup
	programs *admission
	name     *named // nil if it has none

	lasting      *Lasting     // nil if it ends with its scheduler
	coordination Coordination // nil if it has none
	orphans      int          // workers of an earlier scheduler that were there at the start
	fresh        bool         // there was no earlier scheduler
	led          bool         // it has come up

	told sync.Once // that the cluster is to end

	mu      sync.Mutex
	closing bool
	byPid   map[int]*launch.Process
	dead    []*launch.Process // of those, the ones that have ended
	joined  map[int]bool      // process ids of workers that joined
	members map[word.Agent]joined
	stunted int    // workers in a row that ended soon after their start
	unborn  int    // of them, the last ones that never joined
	gaveUp  bool   // no more workers are started
	last    string // how the last one ended then
	why     string // the cluster ended by itself; "" if it has not, or was told to
	failed  bool   // and not for want of work
	asked   bool   // somebody outside has asked for its end
	missing int    // workers that could not be started in place of others
	lack    string // why the last one could not

	over    chan struct{} // closed when the scheduler has been told to stop
	stop    sync.Once
	started chan struct{} // closed when all workers that were asked for have been started, or could not be
}

// joined is an agent that is there.
type joined struct {
	name string
	pid  int
}

// start words of a worker.
type start struct {
	Scheduler string // address
	Folder    string // for sockets
	Identity  []byte
	Name      string // "" means one by the process's number
	Outside   bool   // the cluster has not started this worker and wants to know its code
	Slots     int
	Memory    int64
	Scratch   string
	Resources []word.Resource
	Close     int64 // nanoseconds to wait for running functions at the end
	Patience  int64 // nanoseconds to wait for another scheduler when this one was killed; 0: not at all
}

// Start starts a scheduler and its worker processes. It does not wait for them to join: work can be handed in at once.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	c := &Cluster{
		o: o, byPid: make(map[int]*launch.Process), joined: make(map[int]bool), members: make(map[word.Agent]joined),
		over: make(chan struct{}), started: make(chan struct{}),
	}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) (err error) {
	defer close(c.started)
	if c.o.Name != "" {
		if c.name, err = takeName(c.o.Name); err != nil {
			return fmt.Errorf("the name of the cluster: %w", err)
		}
	}
	if err = c.settle(ctx); err != nil {
		return err
	}
	c.programs = newAdmission(c.folder.Path())
	c.listener, err = link.Listen(ctx, link.Options{
		Address: "unix:" + c.folder.Path(), Identity: c.identity,
		Hello: link.Hello{Role: link.RoleScheduler, Name: "scheduler"}, Admit: c.admit,
	})
	if err != nil {
		return fmt.Errorf("listen for workers: %w", err)
	}
	if err = c.begin(); err != nil {
		return err
	}
	c.serving.Go(c.serve)
	issued, err := c.identity.Issue()
	if err != nil {
		return fmt.Errorf("credentials of the workers: %w", err)
	}
	if err := c.writeFile(issued); err != nil {
		return fmt.Errorf("the file of the cluster: %w", err)
	}
	c.enlist()
	words, err := codec.Encode(nil, start{
		Scheduler: c.listener.Addr(), Folder: c.folder.Path(), Identity: issued, Slots: c.o.Slots, Memory: c.o.Memory, Scratch: c.o.Scratch,
		Resources: c.o.Resources, Close: int64(c.o.CloseTimeout), Patience: int64(c.patience()),
	})
	if err != nil {
		return err
	}
	there := c.awaitOrphans(ctx)
	c.mu.Lock()
	c.first = c.nextNumber()
	c.mu.Unlock()
	group, err := launch.Start(ctx, launch.Options{
		Role: Role, First: c.first, Count: max(c.o.Processes-there, 0), Payload: words, Cores: c.o.Slots + 1,
		Env: []string{"BRAID_CORES=" + strconv.Itoa(c.o.Slots)}, Output: c.output, Exited: c.exited,
	})
	if err != nil {
		return fmt.Errorf("start worker processes: %w", err)
	}
	c.mu.Lock()
	c.group, c.add = group, group.Add
	for _, p := range c.group.Processes() {
		c.byPid[p.Pid()] = p
	}
	c.mu.Unlock()
	c.led = true
	if c.name != nil {
		return c.name.started(c.folder)
	}
	return nil
}

// begin starts the scheduler, which goes on where an earlier one ended if there was one.
func (c *Cluster) begin() (err error) {
	cfg := driver.Config{
		Sched: sched.Config{Expect: c.o.Processes},
		Log:   c.o.Log, Certificate: c.certificate, Joined: c.join, Lost: c.lost, End: c.ender(), IdleTimeout: c.o.IdleTimeout,
		ClientTimeout: c.o.ClientTimeout, AgentTimeout: agentTimeout, Lives: c.lives,
	}
	if c.coordination == nil {
		c.driver = driver.New(cfg)
		return nil
	}
	cfg.Journal, cfg.Sched.Term = c.coordination, c.coordination.Term()
	cfg.Returning, cfg.ReturningWithin = c.orphans, returnTime
	if c.driver, err = driver.Open(cfg); err != nil {
		return err
	}
	c.serving.Go(c.guard)
	return nil
}

// Expect prepares for programs that attach, beside the caller: what they compare their code id with is known earlier then.
func (c *Cluster) Expect() {
	c.serving.Go(func() { _, _ = c.programs.own() }) // whoever attaches is told the error
}

// ender returns what the scheduler tells of the cluster's end, nil if nobody listens.
func (c *Cluster) ender() func(why string) {
	if c.o.End == nil {
		return nil
	}
	return func(why string) {
		c.told.Do(func() {
			c.mu.Lock()
			if c.asked = why == driver.Asked; !c.asked {
				c.why = why
			}
			c.mu.Unlock()
			c.o.End(why)
		})
	}
}

// join notes that a worker has joined.
func (c *Cluster) join(agent word.Agent, join word.Join) {
	c.mu.Lock()
	c.joined[int(join.Pid)] = true
	c.members[agent] = joined{join.Name, int(join.Pid)}
	c.mu.Unlock()
	if c.o.Joined != nil {
		c.o.Joined(join)
	}
}

// A worker that ends sooner than shortLife after its start has come to nothing. When maxStunted of them have in a row, no
// more are started.
const (
	shortLife  = 2 * time.Second
	maxStunted = 20
	maxAtStart = 3 // of those that never joined
)

// exited puts a new worker in the place of one that ended unasked. A program whose workers cannot live is given up.
func (c *Cluster) exited(p *launch.Process, certificate launch.Certificate) {
	c.serving.Go(func() {
		<-c.started // all that were asked for, before others
		c.succeed(p, certificate)
	})
}

func (c *Cluster) succeed(p *launch.Process, certificate launch.Certificate) {
	c.mu.Lock()
	if c.closing || c.group == nil { // without a group, the start has failed
		c.mu.Unlock()
		return
	}
	c.buried(p)
	switch {
	case certificate.Ran >= shortLife:
		c.stunted, c.unborn = 0, 0
	case c.joined[p.Pid()]:
		c.stunted, c.unborn = c.stunted+1, 0
	default:
		c.stunted, c.unborn = c.stunted+1, c.unborn+1
	}
	delete(c.joined, p.Pid())
	giveUp := c.stunted >= maxStunted || c.unborn >= maxAtStart
	c.gaveUp = giveUp
	if giveUp {
		c.last = certificate.String()
	} else {
		c.serving.Go(c.replace)
	}
	c.mu.Unlock()
	if giveUp {
		c.log("workers end as soon as they are started, and no more are: %v", certificate)
		c.stopIfAlone()
	}
}

// keptDead is how many workers that have ended are remembered: the scheduler may ask how they did when it notices.
const keptDead = 256

// buried notes that a process has ended. Called with mu held.
func (c *Cluster) buried(p *launch.Process) {
	c.dead = append(c.dead, p)
	if len(c.dead) <= keptDead {
		return
	}
	if oldest := c.dead[0]; c.byPid[oldest.Pid()] == oldest { // and no later one with the same id
		delete(c.byPid, oldest.Pid())
	}
	c.dead = slices.Delete(c.dead, 0, 1)
}

// stopIfAlone ends the scheduler if there are no workers and none are started any more: work would wait for ever.
func (c *Cluster) stopIfAlone() {
	c.mu.Lock()
	gaveUp, last := c.gaveUp, c.last
	c.mu.Unlock()
	if n, _ := c.driver.Agents(); gaveUp && n == 0 {
		why := fmt.Errorf("there are no workers, and new ones end as soon as they are started: %s", last)
		c.mu.Lock()
		c.why, c.failed = why.Error(), true
		c.mu.Unlock()
		c.stopDriver(why)
	}
}

// stopDriver ends the scheduler for a reason that clients are told.
func (c *Cluster) stopDriver(why error) {
	c.stop.Do(func() { close(c.over) })
	c.driver.Stop(why)
}

func (c *Cluster) log(format string, args ...any) {
	if c.o.Log != nil {
		c.o.Log(format, args...)
	}
}

// admit refuses clients of other programs than the one whose functions the workers run, unless they bring their own:
// functions of the same name may do something else there.
func (c *Cluster) admit(h link.Hello) error {
	switch {
	case h.Role == link.RoleAgent && h.Code != (graph.CodeID{}): // a worker that nobody here has started
		return c.programs.admitWorker(h.Code)
	case h.Role != link.RoleClient || c.isWorker(h.Pid):
		return nil
	}
	return c.programs.admit(h.Code)
}

// isWorker reports whether a process is a worker of the cluster: its tasks may submit tasks.
func (c *Cluster) isWorker(pid uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byPid[int(pid)] != nil || c.joined[int(pid)]
}

// serve takes agents and clients in until the listener closes.
func (c *Cluster) serve() {
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.serving.Go(func() {
			var err error
			switch peer := conn.Peer(); peer.Role {
			case link.RoleAgent:
				err = c.driver.AttachAgent(conn)
			case link.RoleClient:
				err = c.driver.Attach(conn, driver.Program{
					Name: peer.Name, Pid: peer.Pid, Worker: c.isWorker(peer.Pid) || peer.Name == "", Hold: func() func() { return c.programs.hold(peer.Code) },
				})
			case link.RoleObserver:
				err = c.driver.Observer(conn)
			default:
				err = fmt.Errorf("a %v connected to the scheduler", peer.Role)
				_ = conn.Close()
			}
			if err != nil && !c.ending() {
				c.log("%v", err)
			}
		})
	}
}

func (c *Cluster) ending() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closing
}

// Connect returns a connection to the scheduler for a client in this process.
func (c *Cluster) Connect() (driver.Conn, error) { return c.driver.Connect() }

// Agents returns how many workers have joined, and a channel that is closed when that changes.
func (c *Cluster) Agents() (int, <-chan struct{}) { return c.driver.Agents() }

// Over returns a channel that is closed when the cluster ends.
func (c *Cluster) Over() <-chan struct{} { return c.over }

// Stats returns the scheduler's counts, zeros when it has ended.
func (c *Cluster) Stats() (st sched.Stats) {
	c.driver.Do(func(s *sched.State) { st = s.Stats() })
	return st
}

// Driver returns the cluster's scheduler.
func (c *Cluster) Driver() *driver.Driver { return c.driver }

// Dial connects to a worker, to get blocks from it.
func (c *Cluster) Dial(address string) (driver.Conn, error) { return dial(address, c.identity) }

func dial(address string, id *link.Identity) (driver.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	conn, err := link.Dial(ctx, address, link.Options{Identity: id, Hello: link.Hello{Role: link.RolePeer}})
	if err != nil {
		return nil, err // and no interface that holds a nil pointer
	}
	return conn, nil
}

// dialTimeout is how long another process of the cluster may take to answer.
const dialTimeout = 20 * time.Second

// Processes returns the worker processes, in the order of their numbers.
func (c *Cluster) Processes() []*launch.Process { return c.group.Processes() }

func (c *Cluster) output(proc int, line []byte) {
	if c.o.Output == nil {
		return
	}
	c.mu.Lock()
	closing := c.closing
	if closing && c.group != nil {
		if all := c.group.Processes(); proc-c.first < len(all) && c.joined[all[proc-c.first].Pid()] {
			closing = false
		}
	}
	c.mu.Unlock()
	if !closing { // a worker that finds everything ending before it could join has nothing to say
		c.o.Output(WorkerName(proc), line)
	}
}

// WorkerName returns the name of a worker process by its number.
func WorkerName(n int) string { return Role + "-" + strconv.Itoa(n) }

// certificate says how the process behind a lost agent ended.
func (c *Cluster) certificate(join word.Join) string {
	c.mu.Lock()
	p := c.byPid[int(join.Pid)]
	closing := c.closing
	c.mu.Unlock()
	if p == nil || closing {
		return ""
	}
	select {
	case <-p.Done():
		return p.Wait().String()
	case <-time.After(endGrace): // the connection is gone, and the process is not
		p.Kill("its connection to the scheduler ended")
		return p.Wait().String()
	}
}

// endGrace is how long a process may go on whose connection has ended.
const endGrace = 2 * time.Second

func (c *Cluster) lost(agent word.Agent, why string) {
	c.mu.Lock()
	closing, worker := c.closing, c.members[agent]
	delete(c.members, agent)
	if c.byPid[worker.pid] == nil {
		delete(c.joined, worker.pid)
	}
	c.mu.Unlock()
	if closing {
		return
	}
	if c.o.Lost != nil {
		c.o.Lost(worker.name, why)
	}
	c.replaceAdopted(worker)
	c.stopIfAlone()
}

// Close ends the scheduler, upon which the workers cancel what they run and end. It waits for running functions up to the
// close timeout; the error names the workers that had some left.
func (c *Cluster) Close() error {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	living, adopted := c.living(), c.adopted()
	if c.lasting != nil && c.folder != nil && c.isOver() {
		_ = os.Remove(c.File()) // who notices the end before the farewell comes does not look for another scheduler
	}
	if c.driver != nil {
		c.stopDriver(c.overFor())
		c.driver.Close()
	}
	var errs []error
	if c.listener != nil {
		errs = append(errs, c.listener.Close())
	}
	if c.group != nil {
		errs = append(errs, c.awaitWorkers(living))
		c.group.Close()
	}
	errs = append(errs, c.awaitAdopted(adopted))
	c.serving.Wait()
	if c.folder != nil {
		c.delist()
	}
	continued := c.folder != nil && c.lasting != nil && !c.isOver()
	errs = append(errs, c.relinquish())
	switch why, _ := c.Why(); {
	case c.name == nil:
	case continued:
		errs = append(errs, c.name.left(c.folder))
	default:
		errs = append(errs, c.name.ended(why))
	}
	return errors.Join(errs...)
}

// Why returns why the cluster ended by itself, "" if it has not, and whether that is a failure.
func (c *Cluster) Why() (why string, failed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.why, c.failed
}

// overFor is what clients are told that are connected when the cluster is closed.
func (c *Cluster) overFor() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.asked:
		return errAsked
	case c.why != "":
		return fmt.Errorf("the cluster has ended: %s", c.why)
	}
	return errOver
}

var (
	errOver  = errors.New("the cluster was closed by the program that started it")
	errAsked = errors.New("the cluster was ended from outside, as \"braid down --force\" does")
)

// living returns the workers that have something to end. How others died was told when it happened.
func (c *Cluster) living() (list []*launch.Process) {
	if c.group == nil {
		return nil
	}
	for _, p := range c.group.Processes() {
		c.mu.Lock()
		joined := c.joined[p.Pid()]
		c.mu.Unlock()
		select {
		case <-p.Done():
		default:
			if joined {
				list = append(list, p)
			}
		}
	}
	return list
}

// awaitWorkers waits until the workers have ended by themselves.
func (c *Cluster) awaitWorkers(living []*launch.Process) error {
	late := time.NewTimer(c.o.CloseTimeout + endGrace)
	defer late.Stop()
	var busy []error
	for _, p := range living {
		select {
		case <-p.Done():
			if e := p.Wait(); !e.OK() {
				busy = append(busy, fmt.Errorf("%s ended badly: %v", WorkerName(p.Number()), e))
			}
		case <-late.C:
			return errors.Join(append(busy, fmt.Errorf("%s did not end within %v and is killed", WorkerName(p.Number()), c.o.CloseTimeout+endGrace))...)
		}
	}
	return errors.Join(busy...)
}
