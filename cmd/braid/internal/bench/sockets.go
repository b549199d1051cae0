package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/braid-compute/braid/internal/launch"
)

// socketPair is a bare socket of this process with itself, whose far end sends back what it gets if roundTrip is used.
type socketPair struct {
	here, there net.Conn
	folder      *launch.Dir
	rounds      chan echoRound // what the far end is to do
	echo        chan error     // how it went
}

// echoRound is how many bytes the far end is to send back, and in which pieces.
type echoRound struct{ bytes, piece int }

// openSockets connects two ends over "unix" or "tcp".
func openSockets(network string) (*socketPair, error) {
	s := &socketPair{rounds: make(chan echoRound), echo: make(chan error, 1)}
	if err := s.connect(network); err != nil {
		return nil, errors.Join(err, s.close())
	}
	go s.serve()
	return s, nil
}

func (s *socketPair) connect(network string) (err error) {
	address := "127.0.0.1:0"
	if network == "unix" {
		if s.folder, err = launch.Folder(); err != nil {
			return err
		}
		if address, err = s.folder.Socket("bare"); err != nil {
			return err
		}
	}
	s.here, s.there, err = socketEnds(network, address)
	return err
}

// socketEnds connects two ends at an address. After an error, what is not nil is open.
func socketEnds(network, address string) (here, there net.Conn, err error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), network, address)
	if err != nil {
		return nil, nil, err
	}
	defer listener.Close()
	if here, err = net.Dial(network, listener.Addr().String()); err != nil {
		return nil, nil, err
	}
	there, err = listener.Accept()
	return here, there, err
}

// serve sends back what arrives at the far end, piece by piece, as often as it is asked to.
func (s *socketPair) serve() {
	defer close(s.echo)
	for r := range s.rounds {
		s.echo <- s.back(r)
	}
}

func (s *socketPair) back(r echoRound) error {
	buffer := make([]byte, r.piece)
	for left := r.bytes; left > 0; {
		n := min(left, r.piece)
		if _, err := io.ReadFull(s.there, buffer[:n]); err != nil {
			return err
		}
		if _, err := s.there.Write(buffer[:n]); err != nil {
			return err
		}
		left -= n
	}
	return nil
}

// roundTrip sends bytes in pieces to the far end and gets as many back.
func (s *socketPair) roundTrip(there, back []byte, piece int) error {
	s.rounds <- echoRound{len(there), piece}
	sent := make(chan error, 1)
	if len(there) > piece {
		go func() { _, err := s.here.Write(there); sent <- err }()
	} else {
		_, err := s.here.Write(there)
		sent <- err
	}
	_, err := io.ReadFull(s.here, back)
	return errors.Join(err, <-sent, <-s.echo)
}

func (s *socketPair) close() (err error) {
	close(s.rounds)
	for _, c := range []net.Conn{s.here, s.there} {
		if c != nil {
			err = errors.Join(err, c.Close())
		}
	}
	if s.here != nil && s.there != nil {
		for e := range s.echo {
			err = errors.Join(err, e)
		}
	}
	if s.folder != nil {
		err = errors.Join(err, s.folder.Close())
	}
	if err != nil {
		return fmt.Errorf("a bare socket: %w", err)
	}
	return nil
}
