package link

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// What is agreed on within TLS: the protocol of this package, or a request for a certificate by one who has none.
const (
	protocolLink = "braid-link"
	protocolJoin = "braid-join"
)

const maxRequest = 4 << 10

// serverConfig is the side that listens.
func (i *Identity) serverConfig() (*tls.Config, error) {
	cert, err := i.certificate()
	if err != nil {
		return nil, err
	}
	link := i.config(cert)
	link.ClientAuth = tls.RequireAndVerifyClientCert
	link.ClientCAs = i.pool()
	if i.key == nil {
		return link, nil
	}
	join := i.config(cert)
	join.NextProtos = []string{protocolJoin}
	outer := link.Clone()
	outer.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		if len(h.SupportedProtos) == 1 && h.SupportedProtos[0] == protocolJoin {
			return join, nil
		}
		return link, nil
	}
	return outer, nil
}

// clientConfig is the side that dials one with the name.
func (i *Identity) clientConfig(cert *tls.Certificate, name string) *tls.Config {
	c := i.config(cert)
	c.RootCAs = i.pool()
	c.ServerName = name
	return c
}

func (i *Identity) config(cert *tls.Certificate) *tls.Config {
	c := &tls.Config{
		MinVersion: tls.VersionTLS13, NextProtos: []string{protocolLink},
		SessionTicketsDisabled: true, DynamicRecordSizingDisabled: true,
	}
	if cert != nil {
		c.Certificates = []tls.Certificate{*cert}
	}
	return c
}

func (i *Identity) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(i.authority)
	return p
}

// secured is a TLS connection over a gathering one.
type secured struct {
	*tls.Conn
	under *gathering
}

// Flush writes what Write has gathered.
func (s *secured) Flush() error { return s.under.flush() }

// secure runs the TLS handshake.
func secure(ctx context.Context, nc net.Conn, config *tls.Config, server bool) (*secured, error) {
	g := &gathering{Conn: nc}
	s := &secured{under: g}
	if server {
		s.Conn = tls.Server(g, config)
	} else {
		s.Conn = tls.Client(g, config)
	}
	if err := s.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// gather begins to gather writes, after the handshake.
func (s *secured) gather() {
	s.under.mu.Lock()
	s.under.gathers = true
	s.under.mu.Unlock()
}

// A gathering connection writes many TLS records at once and reads many at once: a record has 16 KB, and a system call
// for each would cost as much as its encryption.
type gathering struct {
	net.Conn
	mu      sync.Mutex // TLS writes alerts from the reading side
	gathers bool
	out     []byte

	in       []byte // read and not taken
	inBuffer []byte
}

const gatherBytes = 256<<10 + 8<<10 // a chunk with the overhead of its records

func (g *gathering) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.gathers {
		return g.Conn.Write(b)
	}
	if len(g.out)+len(b) > gatherBytes {
		if err := g.flushLocked(); err != nil {
			return 0, err
		}
	}
	g.out = append(g.out, b...)
	return len(b), nil
}

func (g *gathering) flush() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.flushLocked()
}

// flushLocked is the one place that holds a lock over I/O: nobody but the writer of the connection, and TLS when
// the connection is about to end, ever wants it.
func (g *gathering) flushLocked() error {
	_, err := g.Conn.Write(g.out)
	g.out = g.out[:0]
	return err
}

// flushDirect writes what the socket takes at once, and reports whether that was all.
func (g *gathering) flushDirect(d *direct) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	n, err := d.write(g.out)
	if err != nil {
		return false
	}
	g.out = append(g.out[:0], g.out[n:]...)
	return len(g.out) == 0
}

func (g *gathering) Read(b []byte) (int, error) {
	if len(g.in) == 0 {
		if g.inBuffer == nil {
			g.inBuffer = make([]byte, 128<<10)
		}
		n, err := g.Conn.Read(g.inBuffer)
		if n == 0 {
			return 0, err
		}
		g.in = g.inBuffer[:n]
	}
	n := copy(b, g.in)
	g.in = g.in[n:]
	return n, nil
}

// join asks the side that launched the cluster to sign a key, and makes the certificate our own.
func (i *Identity) join(ctx context.Context, dial func(context.Context) (net.Conn, error), timeout time.Duration) error {
	nc, err := dial(ctx)
	if err != nil {
		return err
	}
	defer nc.Close()
	config := i.clientConfig(nil, i.schedulerName())
	config.NextProtos = []string{protocolJoin}
	s, err := secure(ctx, nc, config, false)
	if err != nil {
		return err
	}
	s.SetDeadline(time.Now().Add(timeout))
	key, der, err := request()
	if err != nil {
		return err
	}
	if _, err := s.Write(appendMessage(append([]byte(nil), i.token...), der)); err != nil {
		return err
	}
	cert, err := readMessage(s, maxRequest)
	if err != nil {
		return fmt.Errorf("no certificate came back, so the token is not of this cluster: %w", err)
	}
	return i.adopt(key, cert)
}

// sponsor answers a request for a certificate.
func (i *Identity) sponsor(s *secured, timeout time.Duration) error {
	s.SetDeadline(time.Now().Add(timeout))
	var token [tokenSize]byte
	if _, err := io.ReadFull(s, token[:]); err != nil {
		return err
	}
	if !i.issued(token[:]) {
		return errStranger
	}
	der, err := readMessage(s, maxRequest)
	if err != nil {
		return err
	}
	cert, err := i.signRequest(der)
	if err != nil {
		return err
	}
	if _, err := s.Write(appendMessage(nil, cert)); err != nil {
		return err
	}
	// The one who asked closes, so that nothing is lost on the way.
	var end [1]byte
	if _, err := s.Read(end[:]); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
