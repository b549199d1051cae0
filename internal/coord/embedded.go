package coord

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// embedded is a NATS server in this process. It has no socket of its own; see [Cluster.Serve].
type embedded struct {
	server *server.Server

	mu     sync.Mutex
	open   map[io.Closer]struct{} // listeners and connections of Serve
	closed bool
	work   sync.WaitGroup
}

// startWithin limits how long a server may take to begin. It reads its files then, so it is generous.
const startWithin = time.Minute

// embed starts a server in the cluster's folder.
func (c *Cluster) embed() error {
	f := c.folder
	o := &server.Options{
		ServerName: "braid-" + c.name, DontListen: true, NoSigs: true, NoLog: true,
		JetStream: true, DisableJetStreamBanner: true, StoreDir: f.path(serverFolder), SyncAlways: c.o.SyncAlways,
		JetStreamMaxStore: math.MaxInt64, // the disk decides, and nothing is reserved
		Authorization:     c.o.Token,
	}
	s, err := server.NewServer(o)
	if err != nil {
		return fmt.Errorf("coord: cluster %s: the NATS server cannot be set up: %w", c.name, err)
	}
	log := &listener{log: c.o.Log, cluster: c.name}
	s.SetLoggerV2(log, false, false, false)
	s.Start()
	c.server = &embedded{server: s, open: make(map[io.Closer]struct{})}
	if log.failed() || !s.ReadyForConnections(startWithin) || !s.JetStreamEnabled() {
		return fmt.Errorf("coord: cluster %s: the NATS server did not begin in %s: %w", c.name, f.path(), log.why())
	}
	return nil
}

// listener keeps the first complaint of a server, which says why it does not begin.
type listener struct {
	log     func(string, ...any)
	cluster string

	mu    sync.Mutex
	first error
	fatal bool
}

func (l *listener) complain(format string, args ...any) {
	l.mu.Lock()
	if l.first == nil {
		l.first = fmt.Errorf(format, args...)
	}
	l.mu.Unlock()
	l.log("cluster %s: NATS server: "+format, append([]any{l.cluster}, args...)...)
}

// failed reports whether the server has given up.
func (l *listener) failed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatal
}

func (l *listener) why() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first == nil {
		return errors.New("it does not say why")
	}
	return l.first
}

func (l *listener) Fatalf(format string, args ...any) {
	l.complain(format, args...)
	l.mu.Lock()
	l.fatal = true
	l.mu.Unlock()
}

func (l *listener) Errorf(format string, args ...any) { l.complain(format, args...) }

func (l *listener) Warnf(format string, args ...any) {
	l.log("cluster %s: NATS server: "+format, append([]any{l.cluster}, args...)...)
}

func (l *listener) Noticef(string, ...any) {}
func (l *listener) Debugf(string, ...any)  {}
func (l *listener) Tracef(string, ...any)  {}

// Serve lets others connect with the server in this process, until it is closed: each connection that l accepts is one of a
// NATS client. Whoever gets as far as a connection is asked for the token only, so l is a socket in a private folder, or makes
// sure by TLS that the other side belongs to the cluster. It takes l over and returns at once.
func (c *Cluster) Serve(l net.Listener) error {
	if c.server == nil {
		_ = l.Close()
		return fmt.Errorf("coord: cluster %s: its server is not in this process; let others connect with that one", c.name)
	}
	if !c.server.enter(l) {
		return fmt.Errorf("coord: cluster %s: %w", c.name, ErrClosed)
	}
	c.server.work.Go(func() {
		defer c.server.leave(l)
		for {
			conn, err := l.Accept()
			if err != nil {
				if !errors.Is(err, net.ErrClosed) {
					c.o.Log("cluster %s: nobody else can connect any more: %v", c.name, err)
				}
				return
			}
			if c.server.enter(conn) {
				c.server.work.Go(func() { c.server.bridge(conn) })
			}
		}
	})
	return nil
}

// bridge carries the bytes of a connection to the server and back.
func (e *embedded) bridge(conn net.Conn) {
	defer e.leave(conn)
	inside, err := e.server.InProcessConn()
	if err != nil {
		return
	}
	if !e.enter(inside) {
		return
	}
	defer e.leave(inside)
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(conn, inside)
		part(conn)
	}()
	_, _ = io.Copy(inside, conn)
	_ = inside.Close()
	<-back
	_, _ = io.Copy(io.Discard, conn)
}

// lastWords is how long somebody whom the server has turned away has to read why.
const lastWords = time.Second

// part ends a connection from the server's side. What the other side still says is read, or it would not get to see the server's
// last words.
func part(conn net.Conn) {
	_ = conn.SetReadDeadline(time.Now().Add(lastWords))
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
		return
	}
	_ = conn.Close()
}

// enter notes something that the end of the server closes. If the server has ended, it is closed at once.
func (e *embedded) enter(x io.Closer) bool {
	e.mu.Lock()
	closed := e.closed
	if !closed {
		e.open[x] = struct{}{}
	}
	e.mu.Unlock()
	if closed {
		_ = x.Close()
	}
	return !closed
}

func (e *embedded) leave(x io.Closer) {
	e.mu.Lock()
	delete(e.open, x)
	e.mu.Unlock()
	_ = x.Close()
}

// close ends the server and everybody's connections.
func (e *embedded) close() {
	e.mu.Lock()
	e.closed = true
	open := make([]io.Closer, 0, len(e.open))
	for x := range e.open {
		open = append(open, x)
	}
	e.mu.Unlock()
	for _, x := range open {
		_ = x.Close()
	}
	e.work.Wait()
	e.server.Shutdown()
	e.server.WaitForShutdown()
}
