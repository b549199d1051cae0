package bench

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"sync"
	"time"

	"github.com/braid-compute/braid/internal/launch"
	"github.com/braid-compute/braid/internal/link"
	"github.com/braid-compute/braid/internal/machine"
	"github.com/braid-compute/braid/internal/word"
)

// blockFigures measure a block between two ends of a link in this process, into memory that was used before, over each kind
// of socket that links have, and over TCP without TLS, which no cluster offers: it shows what TLS costs. The floor is the same bytes over a
// bare socket, with TLS of the standard library where the link has it.
func blockFigures(size int) (figures []figure) {
	skip := ""
	if memory := machine.Memory().Bytes; memory > 0 && int64(size) > memory/4 {
		skip = fmt.Sprintf("it needs four times %d MB of memory, and this process may use %d", size/1e6, memory/1e6)
	}
	for _, network := range []string{"unix", "tls", cleartext} {
		var b *blockEnds
		figures = append(figures, figure{
			name: "block." + network, cases: []metric{{"block." + network + ".gbs", "GB/s"}}, warm: true, skip: skip,
			open: func(ctx context.Context) (closing func() error, err error) {
				if b, err = openBlockEnds(ctx, network, size); err != nil {
					return nil, err
				}
				return b.close, nil
			},
			measure: func(ctx context.Context) ([]float64, error) { return b.transfer(ctx) },
			floor:   func(context.Context) ([]float64, error) { return b.transferBare() },
		})
	}
	return figures
}

// cleartext is the network of links without TLS, which are here to be measured only.
const cleartext = "tcp"

// blockEnds are the two ends of a link and of a bare connection, and memory for a block at each.
type blockEnds struct {
	from, into  []byte
	folder      *launch.Dir
	here, there *link.Conn
	credit      sync.WaitGroup
	sockets     *socketPair
	bare        [2]net.Conn
}

func openBlockEnds(ctx context.Context, network string, size int) (*blockEnds, error) {
	b := &blockEnds{from: make([]byte, size), into: make([]byte, size)}
	for k := range b.from {
		b.from[k], b.into[k] = byte(k*k>>3), 1
	}
	if err := b.open(ctx, network); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *blockEnds) open(ctx context.Context, network string) error {
	identity, err := link.NewIdentity()
	if err != nil {
		return err
	}
	here := link.Options{Identity: identity, Hello: link.Hello{Role: link.RolePeer, Name: "here"}}
	there := link.Options{
		Identity: identity, Hello: link.Hello{Role: link.RolePeer, Name: "there"}, Buffer: func(n int) []byte { return b.into[:n] },
	}
	if network == cleartext {
		err = b.linkBare(ctx, here, there)
	} else {
		err = b.link(ctx, network, here, there)
	}
	if err != nil {
		return err
	}
	b.credit.Go(func() { // what the far end says of the bytes that it has taken
		for {
			if _, err := b.here.Receive(); err != nil {
				return
			}
		}
	})
	bare := network
	if network == "tls" {
		bare = "tcp"
	}
	if b.sockets, err = openSockets(bare); err != nil {
		return err
	}
	b.bare = [2]net.Conn{b.sockets.here, b.sockets.there}
	if network == "tls" {
		return b.encrypt()
	}
	return nil
}

// link connects the ends as a cluster does.
func (b *blockEnds) link(ctx context.Context, network string, here, there link.Options) (err error) {
	there.Address = "tls:127.0.0.1:0"
	if network == "unix" {
		if b.folder, err = launch.Folder(); err != nil {
			return err
		}
		there.Address = "unix:" + b.folder.Path()
	}
	listener, err := link.Listen(ctx, there)
	if err != nil {
		return err
	}
	defer listener.Close()
	if b.here, err = link.Dial(ctx, listener.Addr(), here); err != nil {
		return err
	}
	b.there, err = listener.Accept()
	return err
}

// linkBare connects the ends over TCP without TLS.
func (b *blockEnds) linkBare(ctx context.Context, here, there link.Options) error {
	ours, theirs, err := socketEnds("tcp", "127.0.0.1:0")
	if err == nil {
		b.here, b.there, err = link.Cleartext(ctx, ours, theirs, here, there)
	}
	if err != nil {
		for _, c := range []net.Conn{ours, theirs} {
			if c != nil {
				_ = c.Close()
			}
		}
	}
	return err
}

// encrypt puts TLS as the standard library has it over the bare connection.
func (b *blockEnds) encrypt() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"bench"}, NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	server := tls.Server(b.bare[1], &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
	})
	client := tls.Client(b.bare[0], &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots, ServerName: "bench"})
	shaken := make(chan error, 1)
	go func() { shaken <- server.Handshake() }()
	if err := errors.Join(client.Handshake(), <-shaken); err != nil {
		return err
	}
	b.bare = [2]net.Conn{client, server}
	return nil
}

func (b *blockEnds) transfer(ctx context.Context) ([]float64, error) {
	stop := context.AfterFunc(ctx, func() { _ = b.there.Close() })
	defer stop()
	start := time.Now()
	if err := b.here.Send(&word.Delivery{Outputs: [][]byte{b.from}}); err != nil {
		return nil, err
	}
	w, err := b.there.Receive()
	took := time.Since(start)
	if err != nil {
		return nil, err
	}
	if d, ok := w.(*word.Delivery); !ok || len(d.Outputs) != 1 || len(d.Outputs[0]) != len(b.from) {
		return nil, fmt.Errorf("%T arrived instead of the block", w)
	}
	return b.rate(took)
}

// barePiece is how many bytes are written at a time, as links do.
const barePiece = 1 << 18

func (b *blockEnds) transferBare() ([]float64, error) {
	sent := make(chan error, 1)
	start := time.Now()
	go func() {
		for rest := b.from; len(rest) > 0; {
			n := min(len(rest), barePiece)
			if _, err := b.bare[0].Write(rest[:n]); err != nil {
				sent <- err
				return
			}
			rest = rest[n:]
		}
		sent <- nil
	}()
	_, err := io.ReadFull(b.bare[1], b.into)
	took := time.Since(start)
	if err := errors.Join(err, <-sent); err != nil {
		return nil, err
	}
	return b.rate(took)
}

// rate checks a byte here and there of what arrived, spoils it for the next time, and returns GB/s.
func (b *blockEnds) rate(took time.Duration) ([]float64, error) {
	for k := 0; k < len(b.into); k += 4093 {
		if b.into[k] != b.from[k] {
			return nil, fmt.Errorf("byte %d arrived as %d instead of %d", k, b.into[k], b.from[k])
		}
		b.into[k]++
	}
	return []float64{float64(len(b.from)) / took.Seconds() / 1e9}, nil
}

func (b *blockEnds) close() (err error) {
	if b.there != nil {
		err = b.there.Close()
	}
	if b.here != nil {
		err = errors.Join(err, b.here.Close())
	}
	b.credit.Wait()
	if b.sockets != nil {
		err = errors.Join(err, b.sockets.close())
	}
	if b.folder != nil {
		err = errors.Join(err, b.folder.Close())
	}
	return err
}
