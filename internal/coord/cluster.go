package coord

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Cluster is the coordination of one cluster. It is safe for concurrent use. End it with Close.
type Cluster struct {
	o        Options
	name     string
	identity string
	folder   *folder  // of the server in this process; nil: it is elsewhere
	notes    *notes   // nil: there are none
	rescued  *rescued // what is to be replayed, because some of the journal is lost; nil: nothing is
	server   *embedded
	nc       *nats.Conn
	js       jetstream.JetStream
	journal  jetstream.Stream
	lease    jetstream.KeyValue
	names    jetstream.KeyValue
	ended    chan struct{} // the connection's last callback was called
	end      context.CancelFunc
	life     context.Context // until Close
	work     sync.WaitGroup  // leases and feeds

	allowed    context.Context // until the server has said that something is not
	disallowed context.CancelFunc

	mu         sync.Mutex
	permission error // the last violation of permissions
	closed     bool
}

// Open connects with the coordination of a cluster, and makes it if there is none.
func Open(ctx context.Context, o Options) (*Cluster, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Cluster{o: o, name: o.Cluster, ended: make(chan struct{})}
	c.allowed, c.disallowed = context.WithCancel(context.Background())
	c.life, c.end = context.WithCancel(context.Background())
	if err := c.open(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Cluster) open(ctx context.Context) error {
	continued, err := c.enter()
	if err != nil {
		return err
	}
	if err = c.reach(ctx); err == nil && continued {
		err = c.check(ctx)
	}
	switch {
	case err == nil && c.folder != nil:
		c.folder.dropSpare()
	case err != nil && continued && c.folder != nil && ctx.Err() == nil && damaged(err):
		err = c.rescue(ctx, err)
	}
	if err != nil {
		return err
	}
	ctx, cancel := c.question(ctx)
	defer cancel()
	if c.server != nil && continued {
		if err := c.raiseTerm(ctx); err != nil {
			return err
		}
	}
	if c.server != nil || c.o.Succeeds {
		// Whoever led before has ended: with its server, as the folder's lock says, or as the caller does.
		if err := c.lease.Purge(ctx, leaderKey); err != nil {
			return c.fail("the lease of an earlier process cannot be ended", err)
		}
	}
	return nil
}

// enter takes the folder of a server in this process, and opens the notes. It reports whether the cluster has something stored.
func (c *Cluster) enter() (continued bool, err error) {
	dir := c.o.Notes
	if c.o.URL == "" && c.o.Dial == nil {
		if c.folder, err = openFolder(c.o.Dir); err != nil {
			return false, fmt.Errorf("coord: cluster %s: %w", c.name, err)
		}
		dir = c.o.Dir
	}
	if dir == "" {
		return false, nil
	}
	if c.notes, err = openNotes(dir); err != nil {
		return false, fmt.Errorf("coord: cluster %s: its notes cannot be used: %w", c.name, err)
	}
	if err = c.notes.read(); errors.Is(err, ErrDamaged) {
		c.o.Warn("cluster %s: %v: should the end of the journal be missing, it is not noticed", c.name, err)
	} else if err != nil {
		return false, c.fail("it cannot be used", err)
	}
	continued = c.notes.number > 0
	if c.folder != nil {
		there, err := c.folder.spare()
		if err != nil {
			c.o.Log("cluster %s: folder %s: %v", c.name, dir, err)
		}
		continued = continued || there
		c.o.Identity = cmp.Or(c.o.Identity, c.notes.identity)
	}
	return continued, nil
}

// reach connects with the server, and finds what the cluster stores or makes it.
func (c *Cluster) reach(ctx context.Context) error {
	if err := c.connect(); err != nil {
		return err
	}
	js, err := jetstream.New(c.nc, jetstream.WithPublishAsyncTimeout(c.o.Timeout), jetstream.WithDefaultTimeout(c.o.Timeout))
	if err != nil {
		return c.fail("it cannot be used", err)
	}
	c.js = js
	ctx, cancel := c.question(ctx)
	defer cancel()
	// What is not allowed gets no answer, so there is nothing to wait for.
	defer context.AfterFunc(c.allowed, cancel)()
	if err := c.openStreams(ctx); err != nil {
		return err
	}
	if c.notes != nil && c.notes.identity != c.identity {
		c.notes.note = note{identity: c.identity} // those were of another cluster
	}
	return nil
}

// question returns a context for one question to the server.
func (c *Cluster) question(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.o.Timeout)
}

// connect starts a server if there is to be one in this process, and connects.
func (c *Cluster) connect() error {
	options := []nats.Option{
		nats.Name("braid " + c.name), nats.MaxReconnects(-1), nats.ReconnectWait(100 * time.Millisecond), nats.Timeout(c.o.Timeout),
		nats.ReconnectBufSize(-1), // what waits for a connection may be out of date when there is one
		nats.ErrorHandler(c.heard), nats.ClosedHandler(func(*nats.Conn) { close(c.ended) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				c.o.Log("cluster %s: the connection with the NATS server is lost: %v", c.name, err)
			}
		}),
	}
	if c.o.Token != "" {
		options = append(options, nats.Token(c.o.Token))
	}
	if c.o.Credentials != "" {
		options = append(options, nats.UserCredentials(c.o.Credentials))
	}
	if c.o.CACert != "" {
		options = append(options, nats.RootCAs(c.o.CACert))
	}
	if c.o.Cert != "" {
		options = append(options, nats.ClientCert(c.o.Cert, c.o.Key))
	}
	where := c.o.URL
	switch {
	case c.o.Dial != nil:
		where = "nats://cluster" // a name that nobody looks up
		options = append(options, nats.SetCustomDialer(dialer{c.o.Dial}), nats.SkipHostLookup())
	case where == "":
		if err := c.embed(); err != nil {
			return err
		}
		options = append(options, nats.InProcessServer(c.server.server))
	}
	nc, err := nats.Connect(where, options...)
	if err != nil {
		close(c.ended)
		if bad := (*url.Error)(nil); errors.As(err, &bad) {
			err = bad.Err // without the address, which may have a password in it
		}
		return c.fail("no connection with the NATS server "+c.place(), err)
	}
	c.nc = nc
	return nil
}

// place says where the server is, without secrets.
func (c *Cluster) place() string {
	switch {
	case c.o.Dial != nil:
		return "of the cluster's other process"
	case c.o.URL == "":
		return "in this process"
	}
	var places []string
	for part := range strings.SplitSeq(c.o.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(part))
		if err != nil {
			places = append(places, "of an address that cannot be read")
		} else {
			places = append(places, redacted(u))
		}
	}
	return strings.Join(places, ", ")
}

// redacted is an address without its password, and without a token, which stands where a user's name does.
func redacted(u *url.URL) string {
	if u.User == nil {
		return u.String()
	}
	shown := *u
	if _, named := u.User.Password(); !named {
		shown.User = url.User("xxxxx")
	}
	return shown.Redacted()
}

// dialer makes connections with a function.
type dialer struct {
	dial func(ctx context.Context) (net.Conn, error)
}

func (d dialer) Dial(string, string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), defaultTimeout)
	defer cancel()
	return d.dial(ctx)
}

// heard takes what the server says that is no answer.
func (c *Cluster) heard(_ *nats.Conn, sub *nats.Subscription, err error) {
	if errors.Is(err, nats.ErrSlowConsumer) {
		return // counted by the subscription
	}
	if isPermission(err) {
		c.mu.Lock()
		c.permission = err
		c.mu.Unlock()
		c.disallowed()
	}
	c.o.Log("cluster %s: %v", c.name, err)
}

// denied returns what the server did not allow.
func (c *Cluster) denied() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.permission
}

// start runs f until Close, which waits for it. It reports false, and does nothing, after Close.
func (c *Cluster) start(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.work.Go(f)
	}
	return !c.closed
}

// Name returns the cluster's name.
func (c *Cluster) Name() string { return c.name }

// Identity returns what tells the cluster from others of its name.
func (c *Cluster) Identity() string { return c.identity }

// Remove removes everything that is stored of the cluster, which has ended.
func (c *Cluster) Remove(ctx context.Context) error {
	ctx, cancel := c.question(ctx)
	defer cancel()
	var errs []error
	for _, name := range []string{"braid_" + c.name + "_journal", "KV_braid_" + c.name + "_lease", "KV_braid_" + c.name + "_names"} {
		if err := c.js.DeleteStream(ctx, name); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
			errs = append(errs, c.fail("what it has stored cannot be removed", err))
		}
	}
	return errors.Join(errs...)
}

// Close gives leases back, ends the connection, and the server if it is in this process.
func (c *Cluster) Close() error {
	c.mu.Lock()
	closed := c.closed
	c.closed = true
	c.mu.Unlock()
	if closed {
		return nil
	}
	c.end()
	c.disallowed()
	c.work.Wait()
	c.part()
	err := c.notes.close()
	if c.folder != nil {
		err = errors.Join(err, c.folder.close())
	}
	if err != nil {
		err = fmt.Errorf("coord: cluster %s: %w", c.name, err)
	}
	return err
}

// part ends the connection, and the server if it is in this process.
func (c *Cluster) part() {
	if c.nc != nil {
		if c.js != nil {
			c.js.CleanupPublisher()
		}
		c.nc.Close()
		<-c.ended
		c.nc = nil
	}
	if c.server != nil {
		c.server.close()
		c.server = nil
	}
}
