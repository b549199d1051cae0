package link

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// Dial connects to the address that a Listener gave. ctx bounds the dialling and the handshake. Who has no certificate yet, over
// TCP, gets one first, for which addr must be that of the scheduler.
func Dial(ctx context.Context, addr string, o Options) (*Conn, error) {
	o = o.withDefaults()
	if o.Identity == nil {
		return nil, errors.New("link: dial: Options.Identity is missing: every cluster has one")
	}
	network, rest, err := split(addr)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	var d net.Dialer
	if network == "tls" {
		network = "tcp"
	}
	dial := func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, network, rest) }
	c, err := connect(ctx, network, dial, o)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = fmt.Errorf("%w (%w)", err, cause)
		}
		return nil, fmt.Errorf("link: dial %s: %w", addr, err)
	}
	return c, nil
}

func connect(ctx context.Context, network string, dial func(context.Context) (net.Conn, error), o Options) (*Conn, error) {
	if network == "unix" {
		nc, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		return within(ctx, nc, func() (*Conn, error) { return greet(nc, o.Identity.secret, o) })
	}
	i := o.Identity
	cert, err := i.certificate()
	if errors.Is(err, errNoCertificate) {
		if err = i.join(ctx, dial, o.Timeout); err == nil {
			cert, err = i.certificate()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("getting a certificate: %w", err)
	}
	name := i.schedulerName()
	if o.Hello.Role == RolePeer || o.Hello.Role == RoleScheduler {
		name = i.memberName()
	}
	nc, err := dial(ctx)
	if err != nil {
		return nil, err
	}
	return within(ctx, nc, func() (*Conn, error) {
		s, err := secure(ctx, nc, i.clientConfig(cert, name), false)
		if err != nil {
			return nil, err
		}
		return greet(s, [secretSize]byte{}, o)
	})
}

// within runs a handshake and closes the connection if it fails or ctx ends.
func within(ctx context.Context, nc net.Conn, handshake func() (*Conn, error)) (*Conn, error) {
	stop := context.AfterFunc(ctx, func() { nc.SetDeadline(time.Unix(1, 0)) })
	c, err := handshake()
	if !stop() && err == nil {
		c.Close()
		err = context.Cause(ctx)
	}
	if err != nil {
		nc.Close()
		return nil, err
	}
	return c, nil
}
