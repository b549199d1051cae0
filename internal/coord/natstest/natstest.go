// Package natstest starts NATS servers for tests: such as a site has, which are no part of a cluster.
package natstest

import (
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Options say what the server has.
type Options struct {
	Dir         string // for its files
	NoJetStream bool
	Token       string // that it asks for
}

// Start starts a server on a port of this machine that ends with the test, and returns its URL.
func Start(t testing.TB, o Options) (url string) {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, JetStream: !o.NoJetStream, StoreDir: o.Dir, Authorization: o.Token,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(time.Minute) {
		t.Fatal(errors.New("the NATS server does not begin"))
	}
	return s.ClientURL()
}
