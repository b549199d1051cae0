package coord

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// external starts a NATS server as a site has one, and returns its URL.
func external(t *testing.T, change func(*server.Options)) string {
	t.Helper()
	o := &server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, JetStream: true, StoreDir: t.TempDir()}
	if change != nil {
		change(o)
	}
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(startWithin) {
		t.Fatal("the server does not begin")
	}
	return s.ClientURL()
}

// limited starts a NATS server whose only account has limits, and returns its URL.
func limited(t *testing.T, limits server.JetStreamAccountLimits) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, JetStream: true, StoreDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(startWithin) {
		t.Fatal("the server does not begin")
	}
	if err := s.GlobalAccount().UpdateJetStreamLimits(map[string]server.JetStreamAccountLimits{"": limits}); err != nil {
		t.Fatal(err)
	}
	return s.ClientURL()
}

// refused opens a coordination that must be refused, and returns why.
func refused(t *testing.T, o Options, want error, parts ...string) {
	t.Helper()
	o.Log = t.Logf
	c, err := Open(within(t), o)
	if err == nil {
		c.Close()
		t.Fatal("it was opened")
	}
	if want != nil && !errors.Is(err, want) {
		t.Errorf("%v; want it to match %q", err, want)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("%v; want it to say %q", err, p)
		}
	}
}

func TestAnExistingServerIsUsed(t *testing.T) {
	url := external(t, nil)
	c := open(t, Options{URL: url, Cluster: "maps"})
	l, j := lead(t, c)
	add(t, j, "one")
	other := open(t, Options{URL: url, Cluster: "other"})
	lead(t, other)
	l.Release()
	again := open(t, Options{URL: url, Cluster: "maps", Identity: c.Identity()})
	_, j = lead(t, again)
	if got := replay(t, j); len(got) != 1 {
		t.Errorf("%q", got)
	}
	refused(t, Options{URL: url, Cluster: "maps", Identity: "of another"}, ErrIdentity, "maps", "another name")
	if err := c.Serve(nopListener{}); err == nil || !strings.Contains(err.Error(), "not in this process") {
		t.Error(err)
	}
}

func TestAServerWithoutJetStreamIsRefused(t *testing.T) {
	url := external(t, func(o *server.Options) { o.JetStream = false })
	refused(t, Options{URL: url}, ErrNoJetStream, "nats-server -js")
}

func TestAServerThatDoesNotAllowItIsRefused(t *testing.T) {
	url := external(t, func(o *server.Options) {
		o.Users = []*server.User{
			{Username: "all", Password: "p"},
			{Username: "little", Password: "p", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Allow: []string{"x.>"}}}},
			{Username: "deaf", Password: "p", Permissions: &server.Permissions{Subscribe: &server.SubjectPermission{Allow: []string{"x.>"}}}},
		}
	})
	open(t, Options{URL: strings.Replace(url, "://", "://all:p@", 1)})
	refused(t, Options{URL: strings.Replace(url, "://", "://little:p@", 1)}, ErrPermission, "braid.default.>")
	refused(t, Options{URL: strings.Replace(url, "://", "://deaf:p@", 1)}, ErrPermission, "_INBOX.>")
	refused(t, Options{URL: url}, ErrPermission, "credentials")
	refused(t, Options{URL: url, Token: "wrong"}, ErrPermission, "token")
}

func TestErrorsTellNoSecrets(t *testing.T) {
	url := external(t, func(o *server.Options) { o.Username, o.Password = "me", "right" })
	for _, u := range []string{"nats://me:s3cret@127.0.0.1:1", strings.Replace(url, "://", "://me:s3cret@", 1), "nats://me:s3cret@127.0.0.1:1, ://s3cret", "nats://s3cret@127.0.0.1:1"} {
		c, err := Open(within(t), Options{URL: u})
		if err == nil {
			c.Close()
			t.Fatal("it was opened")
		}
		if strings.Contains(err.Error(), "s3cret") {
			t.Error(err)
		}
	}
}

func TestASmallServerIsRefused(t *testing.T) {
	url := external(t, func(o *server.Options) { o.JetStreamMaxStore = 1 << 20 })
	refused(t, Options{URL: url}, nil, "no room for a journal of 8589934592 bytes", "MaxJournal")
	url = external(t, func(o *server.Options) { o.MaxPayload = 512 })
	c := open(t, Options{URL: url})
	l, err := c.Lead(within(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Journal(within(t), l); err == nil || !strings.Contains(err.Error(), "max_payload") {
		t.Error(err)
	}
}

func TestAServerWithLittleRoomGetsASmallJournal(t *testing.T) {
	for name, url := range map[string]string{
		"server":  external(t, func(o *server.Options) { o.JetStreamMaxStore = 700 << 20 }),
		"account": limited(t, server.JetStreamAccountLimits{MaxStore: 700 << 20, MaxMemory: -1, MaxStreams: -1, MaxConsumers: -1, MaxBytesRequired: true}),
		"stream":  limited(t, server.JetStreamAccountLimits{MaxStore: -1, MaxMemory: -1, MaxStreams: -1, MaxConsumers: -1, StoreMaxStreamBytes: 513 << 20}),
	} {
		warned := ""
		o := Options{URL: url, Warn: func(format string, args ...any) { warned += fmt.Sprintf(format, args...) }}
		c := open(t, o)
		if !strings.Contains(warned, "has no room for a journal of 8192 MiB, so this one has at most 512 MiB") {
			t.Errorf("%s: %q", name, warned)
		}
		l, j := lead(t, c)
		add(t, j, "one")
		l.Release()
		warned = ""
		_, j = lead(t, open(t, o))
		if got := replay(t, j); len(got) != 1 || warned != "" {
			t.Errorf("%s: the next time %q, %q", name, got, warned)
		}
		refused(t, Options{URL: url, Cluster: "said", MaxJournal: 1 << 30}, nil, "no room for a journal of 1073741824 bytes", "journal-limit")
	}
	url := limited(t, server.JetStreamAccountLimits{MaxStore: -1, MaxMemory: -1, MaxStreams: 2, MaxConsumers: -1})
	refused(t, Options{URL: url}, nil, "no more streams", "max_streams")
}

// TestASnapshotIsDueWhileThereIsRoomForIt fills a journal that is smaller than what it may grow by otherwise.
func TestASnapshotIsDueWhileThereIsRoomForIt(t *testing.T) {
	c := open(t, Options{MaxJournal: 4 << 20})
	_, j := lead(t, c)
	for range 20 {
		add(t, j, strings.Repeat("x", 500_000))
		if j.Due() {
			s, err := j.Snapshot(within(t))
			if err == nil {
				err = errors.Join(s.Write(within(t), []byte("short")), s.Commit(within(t)))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAnotherVersionIsRefused(t *testing.T) {
	url := external(t, nil)
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	for name, meta := range map[string]map[string]string{"new": {metaVersion: "3", metaIdentity: "x"}, "foreign": nil} {
		if _, err := js.CreateStream(within(t), jetstream.StreamConfig{Name: "braid_" + name + "_journal", Subjects: []string{name}, Metadata: meta}); err != nil {
			t.Fatal(err)
		}
		refused(t, Options{URL: url, Cluster: name}, ErrVersion, `"`+meta[metaVersion]+`"`, "knows 2")
	}
}

// TestAFolderOfAnotherVersionIsLeftAsItIs has a note by another release.
func TestAFolderOfAnotherVersionIsLeftAsItIs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "c")
	c := open(t, Options{Dir: dir})
	_, j := lead(t, c)
	add(t, j, "one")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, lastFile)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	later := bytes.Clone(b)
	later[2] = Version + 1
	if err := os.WriteFile(path, later, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, Options{Dir: dir}, ErrVersion, "this release knows 2", "use the release that made the cluster")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	_, j = lead(t, open(t, Options{Dir: dir}))
	if got := replay(t, j); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

func TestAMessageOfAnotherVersionOrADamagedOneIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(b []byte)
		want   error
	}{
		"version": {func(b []byte) { b[2] = 3 }, ErrVersion},
		"feature": {func(b []byte) { b[3] = 0x10 }, ErrVersion},
		"flipped": {func(b []byte) { b[headBytes] ^= 4 }, ErrDamaged},
		"missing": {func(b []byte) { seal(b, head{kindRecords, 1, 2, 0, false}) }, ErrDamaged},
		"moved":   {func(b []byte) { seal(b, head{kindRecords, 1, 7, 1, false}) }, ErrDamaged},
		"term":    {func(b []byte) { seal(b, head{kindRecords, 0, 2, 1, false}) }, ErrDamaged},
		"kind":    {func(b []byte) { seal(b, head{kindSnapshot, 1, 2, 1, false}) }, ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			cl := open(t, Options{})
			l, j := lead(t, cl)
			data, _, _ := appendPiece(make([]byte, headBytes), []byte("record"), maxMessage)
			seal(data, head{kindRecords, l.Term(), j.next, j.began, false})
			c.change(data)
			if _, err := cl.js.Publish(within(t), j.tail.subject, data); err != nil {
				t.Fatal(err)
			}
			l.Release()
			l, err := cl.Lead(within(t), nil)
			if err != nil {
				t.Fatal(err)
			}
			if j, err = cl.Journal(within(t), l); err != nil { // it looks at the last message
				if !errors.Is(err, c.want) {
					t.Error(err)
				}
				return
			}
			for _, err = range j.Replay(within(t)) {
			}
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), "message 2") {
				t.Error(err)
			}
		})
	}
}

func TestOneProcessUsesAFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	c := open(t, Options{Dir: dir})
	info, err := os.Stat(dir)
	if err != nil || info.Mode() != fs.ModeDir|0o700 {
		t.Error(info.Mode(), err)
	}
	refused(t, Options{Dir: dir}, ErrHeld, dir)
	if err := errors.Join(c.Close(), c.Close()); err != nil {
		t.Fatal(err)
	}
	open(t, Options{Dir: dir})
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	shared := filepath.Join(t.TempDir(), "shared")
	if err := os.Mkdir(shared, 0o755); err != nil {
		t.Fatal(err)
	}
	if isUnix {
		refused(t, Options{Dir: shared}, nil, "chmod 700")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, Options{Dir: file}, nil, file)
	dir := filepath.Join(t.TempDir(), "c")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "nats"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	refused(t, Options{Dir: dir}, nil, dir)
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	refused(t, Options{Cluster: "a b"}, nil, `"a b"`, "letters")
	refused(t, Options{Cluster: strings.Repeat("a", 33)}, nil, "32")
	refused(t, Options{Dir: "x", URL: "nats://127.0.0.1:1"}, nil, "one of them")
	refused(t, Options{Lease: 1}, nil, "100ms")
	refused(t, Options{Credentials: filepath.Join(t.TempDir(), "none")}, fs.ErrNotExist)
	refused(t, Options{URL: "nats://127.0.0.1:1"}, nil, "127.0.0.1:1", "nobody answers there", "--nats")
	refused(t, Options{URL: "nats://host.invalid:1"}, nil, "host.invalid", "--nats")
	refused(t, Options{URL: "nats://127.0.0.1:1", Cert: "x"}, nil, "Key")
}

func TestAServedClusterAsksForItsToken(t *testing.T) {
	c := open(t, Options{Token: "secret"})
	conn := serve(t, c)
	refused(t, Options{Dial: conn}, ErrPermission)
	refused(t, Options{Dial: conn, Token: "guess"}, ErrPermission)
	other := open(t, Options{Dial: conn, Token: "secret"})
	if other.Identity() != c.Identity() {
		t.Error("it is another cluster")
	}
	l, err := c.Lead(within(t), []byte("here"))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok, err := other.Leader(within(t)); !ok || err != nil || got.Term != l.Term() {
		t.Error(got, ok, err)
	}
}

func TestAContextEndsTheWaiting(t *testing.T) {
	c := open(t, Options{})
	l, j := lead(t, c)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := j.Append(ctx, []byte("x")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if l.Err() != nil {
		t.Error(l.Err())
	}
	if _, err := Open(ctx, Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
