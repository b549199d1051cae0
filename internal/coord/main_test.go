package coord

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// plays are the bodies of child processes that tests start, by the value of playVariable.
var plays = map[string]func() int{}

const playVariable = "BRAID_COORD_PLAY"

func TestMain(m *testing.M) {
	if play := plays[os.Getenv(playVariable)]; play != nil {
		os.Exit(play())
	}
	goleak.VerifyTestMain(m)
}

// within returns a context that ends long after the test should have.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// open opens a coordination until the test ends.
func open(t testing.TB, o Options) *Cluster {
	t.Helper()
	if o.Log == nil {
		o.Log = t.Logf
	}
	c, err := Open(within(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// private returns a folder with a short name, for sockets.
func private(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "coord")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// serve lets others connect with c, and returns how.
func serve(t testing.TB, c *Cluster) func(context.Context) (net.Conn, error) {
	t.Helper()
	path := filepath.Join(private(t), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Serve(l); err != nil {
		t.Fatal(err)
	}
	return dial(path)
}

func dial(path string) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
}

// lead leads the cluster and begins its journal.
func lead(t testing.TB, c *Cluster) (*Lease, *Journal) {
	t.Helper()
	l, err := c.Lead(within(t), []byte("here"))
	if err != nil {
		t.Fatal(err)
	}
	j, err := c.Journal(within(t), l)
	if err != nil {
		t.Fatal(err)
	}
	return l, j
}

// replay returns the records of a journal.
func replay(t testing.TB, j *Journal) (records []string) {
	t.Helper()
	for r, err := range j.Replay(within(t)) {
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, string(r))
	}
	return records
}

func add(t testing.TB, j *Journal, records ...string) {
	t.Helper()
	list := make([][]byte, len(records))
	for k, r := range records {
		list[k] = []byte(r)
	}
	if err := j.Append(within(t), list...); err != nil {
		t.Fatal(err)
	}
}
