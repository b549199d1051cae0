package link

import (
	"context"
	"net"
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if play := os.Getenv(playVariable); play != "" {
		os.Exit(playStencil(play))
	}
	goleak.VerifyTestMain(m)
}

// identity returns the identity of a new cluster, and one that it issued.
func identity(t testing.TB) (launcher, member *Identity) {
	t.Helper()
	launcher, err := NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	text, err := launcher.Issue()
	if err != nil {
		t.Fatal(err)
	}
	if member, err = ParseIdentity(text); err != nil {
		t.Fatal(err)
	}
	return launcher, member
}

// privateFolder returns a folder for sockets with a short name.
func privateFolder(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "link")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}

// place returns an address to listen at.
func place(t testing.TB, network string) string {
	if network == "tls" {
		return "tls:127.0.0.1:0"
	}
	return "unix:" + privateFolder(t)
}

// listen listens until the test ends.
func listen(t testing.TB, o Options) *Listener {
	t.Helper()
	l, err := Listen(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// pair returns the two ends of a connection: that of an agent and that of the scheduler.
func pair(t testing.TB, network string, o Options) (agent, scheduler *Conn) {
	t.Helper()
	launcher, member := identity(t)
	here, there := o, o
	here.Identity, here.Hello.Role, here.Hello.Name = member, RoleAgent, "worker"
	there.Identity, there.Hello.Role, there.Address = launcher, RoleScheduler, place(t, network)
	if network == "tcp" { // neither secret nor checked: only to be measured
		return plain(t, here, there)
	}
	l := listen(t, there)
	agent, err := Dial(context.Background(), l.Addr(), here)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { agent.Close() })
	if scheduler, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { scheduler.Close() })
	return agent, scheduler
}

// sockets returns the two ends of a bare socket.
func sockets(t testing.TB, network string) (a, b net.Conn) {
	t.Helper()
	addr := "127.0.0.1:0"
	if network == "unix" {
		addr = privateFolder(t) + "/s"
	}
	nl, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nl.Close()
	if a, err = net.Dial(network, nl.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	if b, err = nl.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return a, b
}

// plain returns a connection over TCP without TLS.
func plain(t testing.TB, here, there Options) (*Conn, *Conn) {
	t.Helper()
	a, b := sockets(t, "tcp")
	return shake(t, a, b, here, there)
}

// shake runs the handshake over two ends.
func shake(t testing.TB, a, b net.Conn, here, there Options) (*Conn, *Conn) {
	t.Helper()
	dialled, accepted, err := Cleartext(context.Background(), a, b, here, there)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dialled.Close(); accepted.Close() })
	return dialled, accepted
}
