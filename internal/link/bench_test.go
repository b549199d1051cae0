package link

import (
	"crypto/tls"
	"fmt"
	"io"
	"math"
	"net"
	"testing"
	"time"

	"github.com/braid-compute/braid/internal/word"
)

var networks = []string{"unix", "tcp", "tls"}

// bare returns the ends of a bare socket, or of one with TLS as the standard library makes it.
func bare(b *testing.B, network string) (here, there net.Conn) {
	if network != "tls" {
		return sockets(b, network)
	}
	here, there = sockets(b, "tcp")
	launcher, _ := identity(b)
	server, err := launcher.serverConfig()
	if err != nil {
		b.Fatal(err)
	}
	cert, _ := launcher.certificate()
	client := launcher.clientConfig(cert, launcher.schedulerName())
	accepted := tls.Server(there, server)
	done := make(chan error)
	go func() { done <- accepted.Handshake() }()
	dialled := tls.Client(here, client)
	if err := dialled.Handshake(); err != nil {
		b.Fatal(err)
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	return dialled, accepted
}

// BenchmarkPingPong is a small word there and one back, beside 32 bytes there and back over a bare socket.
func BenchmarkPingPong(b *testing.B) {
	for _, network := range networks {
		b.Run(network+"/bare", func(b *testing.B) {
			here, there := bare(b, network)
			go func() {
				buf := make([]byte, 32)
				for {
					if _, err := io.ReadFull(there, buf); err != nil {
						return
					}
					there.Write(buf)
				}
			}()
			buf := make([]byte, 32)
			for b.Loop() {
				here.Write(buf)
				if _, err := io.ReadFull(here, buf); err != nil {
					b.Fatal(err)
				}
			}
			here.Close()
		})
		b.Run(network+"/link", func(b *testing.B) {
			here, there := pair(b, network, Options{})
			done := make(chan struct{})
			go func() {
				defer close(done)
				for {
					w, err := there.Receive()
					if err != nil {
						return
					}
					there.Send(w)
				}
			}()
			w := &word.Subscribe{Blocks: []word.Block{{Task: word.Task{Run: 1, Index: 2}, Attempt: word.Attempt{Term: 1, Count: 1}}}}
			for b.Loop() {
				here.Send(w)
				if _, err := here.Receive(); err != nil {
					b.Fatal(err)
				}
			}
			here.Close()
			<-done
		})
	}
}

// BenchmarkWords is small words in one direction.
func BenchmarkWords(b *testing.B) {
	for _, network := range networks {
		b.Run(network, func(b *testing.B) {
			here, there := pair(b, network, Options{})
			w := &word.Subscribe{Blocks: []word.Block{{Task: word.Task{Run: 1, Index: 2}, Attempt: word.Attempt{Term: 1, Count: 1}}}}
			done := make(chan error)
			b.ResetTimer()
			go func() {
				for range b.N {
					if _, err := there.Receive(); err != nil {
						done <- err
						return
					}
				}
				done <- nil
			}()
			for range b.N {
				if err := here.Send(w); err != nil {
					b.Fatal(err)
				}
			}
			if err := <-done; err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mwords/s")
		})
	}
}

// BenchmarkBlock is a block of 1 GB into memory that was used before, beside as many bytes over a bare socket. The best run tells
// what the code can do where other programs run, too.
func BenchmarkBlock(b *testing.B) {
	const size = 1 << 30
	from, into := make([]byte, size), make([]byte, size)
	for k := range from {
		from[k], into[k] = byte(k*k>>3), 1
	}
	loop := func(b *testing.B, transfer func()) {
		b.SetBytes(size)
		best := time.Duration(math.MaxInt64)
		for b.Loop() {
			start := time.Now()
			transfer()
			best = min(best, time.Since(start))
		}
		b.ReportMetric(size/best.Seconds()/1e9, "best-GB/s")
	}
	for _, network := range networks {
		b.Run(network+"/bare", func(b *testing.B) {
			here, there := bare(b, network)
			loop(b, func() {
				go func() {
					for rest := from; len(rest) > 0; rest = rest[maxChunk:] {
						here.Write(rest[:maxChunk])
					}
				}()
				if _, err := io.ReadFull(there, into); err != nil {
					b.Fatal(err)
				}
			})
		})
		b.Run(network+"/link", func(b *testing.B) {
			here, there := pair(b, network, Options{Buffer: func(n int) []byte { return into[:n] }})
			credit := collect(here)
			d := &word.Delivery{Outputs: [][]byte{from}}
			loop(b, func() {
				if err := here.Send(d); err != nil {
					b.Fatal(err)
				}
				if w, err := there.Receive(); err != nil || len(w.(*word.Delivery).Outputs[0]) != size {
					b.Fatal(fmt.Sprint(w), err)
				}
			})
			there.Close()
			credit()
		})
	}
}
