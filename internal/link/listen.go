package link

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// guests limits the handshakes under way at a time: what strangers can hold of us.
const guests = 256

// Listener takes connections in.
type Listener struct {
	options Options
	network string
	addr    string
	nl      net.Listener
	config  *tls.Config // nil on a Unix socket

	ready   chan *Conn
	places  chan struct{}
	refused atomic.Uint64
	ctx     context.Context // of handshakes; ends with the listener
	cancel  context.CancelFunc
	tasks   sync.WaitGroup
}

// Listen listens at o.Address until Close. ctx bounds the call only.
func Listen(ctx context.Context, o Options) (*Listener, error) {
	o = o.withDefaults()
	if o.Identity == nil {
		return nil, errors.New("link: listen: Options.Identity is missing: every cluster has one")
	}
	network, rest, err := split(o.Address)
	if err != nil {
		return nil, err
	}
	l := &Listener{options: o, network: network, ready: make(chan *Conn), places: make(chan struct{}, guests)}
	var lc net.ListenConfig
	if network == "unix" {
		if err := checkFolder(rest); err != nil {
			return nil, err
		}
		path := filepath.Join(rest, rand.Text()[:12]+".sock")
		if len(path) > maxSocketPath {
			return nil, fmt.Errorf("link: listen: the path of a Unix socket has at most %d bytes, and %s has %d: use a folder with a shorter name", maxSocketPath, path, len(path))
		}
		l.addr = "unix:" + path
		l.nl, err = lc.Listen(ctx, "unix", path)
	} else {
		if l.config, err = o.Identity.serverConfig(); err != nil {
			return nil, err
		}
		if l.nl, err = lc.Listen(ctx, "tcp", rest); err == nil {
			l.addr = "tls:" + l.nl.Addr().String()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("link: listen: %w", err)
	}
	l.ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	l.tasks.Go(l.serve)
	return l, nil
}

// Addr returns the address to dial, such as "unix:/run/braid/x.sock" or "tls:127.0.0.1:4312".
func (l *Listener) Addr() string { return l.addr }

// Refused counts those who were refused: strangers, and members of the cluster of another version or not admitted.
func (l *Listener) Refused() uint64 { return l.refused.Load() }

// Accept returns the next connection whose handshake is done. After Close the error is ErrClosed.
func (l *Listener) Accept() (*Conn, error) {
	select {
	case c := <-l.ready:
		return c, nil
	case <-l.ctx.Done():
		return nil, ErrClosed
	}
}

// Close stops listening, ends the handshakes under way and waits for that. Connections that Accept returned stay open.
func (l *Listener) Close() error {
	l.cancel()
	err := l.nl.Close()
	l.tasks.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil // closed before
	}
	return err
}

// serve takes connections in, each in a goroutine of its own, so that one that is slow holds nobody up.
func (l *Listener) serve() {
	pause := time.Millisecond
	for {
		select {
		case l.places <- struct{}{}:
		case <-l.ctx.Done():
			return
		}
		nc, err := l.nl.Accept()
		if err != nil {
			<-l.places
			// Out of file descriptors, for example: others may work on.
			select {
			case <-l.ctx.Done():
				return
			case <-time.After(pause):
				pause = min(2*pause, time.Second)
				continue
			}
		}
		pause = time.Millisecond
		l.tasks.Go(func() {
			defer func() { <-l.places }()
			l.handshake(nc)
		})
	}
}

func (l *Listener) handshake(nc net.Conn) {
	stop := context.AfterFunc(l.ctx, func() { nc.Close() })
	c, err := l.receive(nc)
	if !stop() || err != nil || c == nil {
		nc.Close()
		if c != nil {
			c.Close()
		}
		if err != nil && l.ctx.Err() == nil {
			l.refused.Add(1)
		}
		return
	}
	select {
	case l.ready <- c:
	case <-l.ctx.Done():
		c.Close()
	}
}

// receive runs the handshake. It returns neither a connection nor an error for one who only asked for a certificate.
func (l *Listener) receive(nc net.Conn) (*Conn, error) {
	if l.config == nil {
		return receiveGuest(nc, l.options.Identity.secret, l.options)
	}
	nc.SetDeadline(time.Now().Add(l.options.Timeout))
	s, err := secure(l.ctx, nc, l.config, true)
	if err != nil {
		return nil, err
	}
	switch p := s.ConnectionState().NegotiatedProtocol; p {
	case protocolJoin:
		return nil, l.options.Identity.sponsor(s, l.options.Timeout)
	case protocolLink:
		return receiveGuest(s, [secretSize]byte{}, l.options)
	default:
		return nil, fmt.Errorf("%w: it wants to speak %q", errStranger, p)
	}
}
