package link

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// refusal waits until a listener has refused so many.
func refusal(t *testing.T, l *Listener, n uint64) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for l.Refused() < n {
		select {
		case <-deadline:
			t.Fatalf("%d refused, want %d", l.Refused(), n)
		default:
			runtime.Gosched()
		}
	}
	if got := l.Refused(); got != n {
		t.Fatalf("%d refused, want %d", got, n)
	}
}

func TestStrangersAreClosedWithoutAnAnswer(t *testing.T) {
	launcher, _ := identity(t)
	l := listen(t, Options{Identity: launcher, Address: place(t, "unix")})
	_, path, _ := split(l.Addr())
	for k, opening := range [][]byte{
		[]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		append(binary.LittleEndian.AppendUint32([]byte(magic), Version), make([]byte, secretSize)...),
		[]byte(magic)[:3],
	} {
		nc, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		nc.Write(opening)
		nc.(*net.UnixConn).CloseWrite()
		if answer, err := io.ReadAll(nc); len(answer) > 0 {
			t.Errorf("opening %d was answered with %q, %v", k, answer, err)
		}
		nc.Close()
		refusal(t, l, uint64(k+1))
	}
}

func TestOtherClustersAreRefused(t *testing.T) {
	for _, network := range []string{"unix", "tls"} {
		launcher, _ := identity(t)
		otherLauncher, otherMember := identity(t)
		l := listen(t, Options{Identity: launcher, Address: place(t, network)})
		for _, i := range []*Identity{otherLauncher, otherMember} {
			if c, err := Dial(context.Background(), l.Addr(), Options{Identity: i, Hello: Hello{Role: RoleAgent}}); err == nil {
				c.Close()
				t.Errorf("%s: one of another cluster was let in", network)
			}
		}
		refusal(t, l, 2)
	}
}

func TestATokenOfAnotherClusterGetsNoCertificate(t *testing.T) {
	launcher, member := identity(t)
	_, other := identity(t)
	member.token = other.token
	l := listen(t, Options{Identity: launcher, Address: place(t, "tls")})
	if c, err := Dial(context.Background(), l.Addr(), Options{Identity: member, Hello: Hello{Role: RoleAgent}}); err == nil {
		c.Close()
		t.Error("it got one")
	}
	refusal(t, l, 1)
}

func TestARefusalSaysWhy(t *testing.T) {
	for _, network := range []string{"unix", "tls"} {
		launcher, member := identity(t)
		l := listen(t, Options{Identity: launcher, Address: place(t, network), Admit: func(h Hello) error {
			return errors.New("no place for " + h.Name)
		}})
		_, err := Dial(context.Background(), l.Addr(), Options{Identity: member, Hello: Hello{Role: RoleAgent, Name: "ada"}})
		if err == nil || !strings.Contains(err.Error(), "no place for ada") {
			t.Errorf("%s: %v", network, err)
		}
		refusal(t, l, 1)
	}
}

func TestAnotherVersionIsRefusedByNamingBoth(t *testing.T) {
	launcher, _ := identity(t)
	l := listen(t, Options{Identity: launcher, Address: place(t, "unix")})
	_, path, _ := split(l.Addr())
	nc, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	first := binary.LittleEndian.AppendUint32([]byte(magic), 7)
	first = append(first, launcher.secret[:]...)
	nc.Write(appendMessage(first, []byte("a hello of the future")))
	version, err := readOpening(nc)
	if err != nil || version != Version {
		t.Fatal(version, err)
	}
	var kind [1]byte
	io.ReadFull(nc, kind[:])
	reason, err := readMessage(nc, maxReason)
	if err != nil || kind[0] != answerRefused || !strings.Contains(string(reason), "version 7") || !strings.Contains(string(reason), fmt.Sprintf("version %d", Version)) {
		t.Errorf("%d %q %v", kind, reason, err)
	}
}

func TestAVersionThatAnswersWelcomeIsRefusedByTheGuest(t *testing.T) {
	launcher, _ := identity(t)
	a, b := net.Pipe()
	defer a.Close()
	go func() {
		defer b.Close()
		readOpening(b)
		io.ReadFull(b, make([]byte, secretSize))
		readMessage(b, maxHello)
		b.Write(appendMessage(append(binary.LittleEndian.AppendUint32([]byte(magic), 9), answerWelcome), nil))
	}()
	if _, err := greet(a, launcher.secret, Options{}.withDefaults()); err == nil || !strings.Contains(err.Error(), "version 9") {
		t.Errorf("got %v", err)
	}
}

func TestFeaturesThatMustBeKnownAreRefused(t *testing.T) {
	hello, err := appendHello(nil, Hello{}, minWindow)
	if err != nil {
		t.Fatal(err)
	}
	for bit, ok := range map[int]bool{0: true, 31: true, 32: false, 63: false} {
		body := append(binary.AppendUvarint(nil, 1<<bit), hello[1:]...)
		if _, _, err := judge(body, Options{}); (err == nil) != ok {
			t.Errorf("bit %d: %v", bit, err)
		}
	}
}

func TestOnlyPrivateFoldersAreUsed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("folders have no mode there")
	}
	launcher, _ := identity(t)
	folder := privateFolder(t)
	open := filepath.Join(folder, "open")
	if err := os.Mkdir(open, 0o755); err != nil {
		t.Fatal(err)
	}
	private := filepath.Join(folder, "private")
	if err := os.Mkdir(private, 0o700); err != nil {
		t.Fatal(err)
	}
	linked := filepath.Join(folder, "link")
	if err := os.Symlink(private, linked); err != nil {
		t.Fatal(err)
	}
	long := filepath.Join(private, strings.Repeat("x", 90))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		open: "0700", linked: "not a folder", filepath.Join(folder, "none"): "no such", long: "shorter",
	} {
		l, err := Listen(context.Background(), Options{Identity: launcher, Address: "unix:" + path})
		if err == nil {
			l.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

func TestAddressesAreChecked(t *testing.T) {
	launcher, _ := identity(t)
	for _, addr := range []string{"", "unix:", "tcp:127.0.0.1:1", "tls:127.0.0.1", "/run/x.sock"} {
		if l, err := Listen(context.Background(), Options{Identity: launcher, Address: addr}); err == nil {
			l.Close()
			t.Errorf("listened at %q", addr)
		}
		if c, err := Dial(context.Background(), addr, Options{Identity: launcher}); err == nil {
			c.Close()
			t.Errorf("dialled %q", addr)
		}
	}
	if _, err := Listen(context.Background(), Options{Address: place(t, "unix")}); err == nil {
		t.Error("listened without an identity")
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	launcher, _ := identity(t)
	for _, network := range []string{"unix", "tls"} {
		bareNetwork, at := "tcp", "127.0.0.1:0"
		if network == "unix" {
			bareNetwork, at = "unix", privateFolder(t)+"/s"
		}
		nl, err := net.Listen(bareNetwork, at) // takes connections and never says a word
		if err != nil {
			t.Fatal(err)
		}
		defer nl.Close()
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			nc, err := nl.Accept()
			if err == nil {
				io.ReadFull(nc, make([]byte, 10)) // the handshake has begun
				cancel()
				io.Copy(io.Discard, nc)
				nc.Close()
			}
		}()
		_, err = Dial(ctx, network+":"+nl.Addr().String(), Options{Identity: launcher})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", network, err)
		}
		cancel()
	}
}

func TestIdentitiesAreReadBack(t *testing.T) {
	launcher, member := identity(t)
	for _, i := range []*Identity{launcher, member} {
		text, err := i.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseIdentity(text)
		if err != nil {
			t.Fatal(err)
		}
		if again.Cluster() != launcher.Cluster() || again.secret != i.secret || (again.key == nil) != (i.key == nil) || string(again.token) != string(i.token) {
			t.Error("another identity came back")
		}
		for _, cut := range []int{0, 10, len(text) / 3} {
			if _, err := ParseIdentity(text[:cut]); err == nil {
				t.Errorf("%d bytes of %d were taken", cut, len(text))
			}
		}
	}
	if strings.Contains(mustIssue(t, launcher), pemKey) {
		t.Error("the key of the authority is in what is issued")
	}
	if !launcher.issued(member.token) || launcher.issued(make([]byte, tokenSize)) || launcher.issued(nil) {
		t.Error("tokens are not told apart")
	}
}

func mustIssue(t *testing.T, i *Identity) string {
	t.Helper()
	text, err := i.Issue()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
