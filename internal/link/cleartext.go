package link

import (
	"context"
	"errors"
	"net"
)

// Cleartext makes a connection of the two ends of a socket without TLS: that of the side that dialled and the other one. Clusters have
// nothing like it. It is for measuring what TLS costs, and both ends must be in this process, so that nobody can listen by it. After an
// error the caller has the ends.
func Cleartext(ctx context.Context, here, there net.Conn, dialled, accepted Options) (*Conn, *Conn, error) {
	dialled, accepted = dialled.withDefaults(), accepted.withDefaults()
	if dialled.Identity == nil || accepted.Identity == nil {
		return nil, nil, errors.New("link: cleartext: Options.Identity is missing: every cluster has one")
	}
	type end struct {
		conn *Conn
		err  error
	}
	taken := make(chan end, 1)
	go func() {
		c, err := within(ctx, there, func() (*Conn, error) { return receiveGuest(there, accepted.Identity.secret, accepted) })
		taken <- end{c, err}
	}()
	from, err := within(ctx, here, func() (*Conn, error) { return greet(here, dialled.Identity.secret, dialled) })
	to := <-taken
	if err = errors.Join(err, to.err); err != nil {
		for _, c := range []*Conn{from, to.conn} {
			if c != nil {
				_ = c.Close()
			}
		}
		return nil, nil, err
	}
	return from, to.conn, nil
}
