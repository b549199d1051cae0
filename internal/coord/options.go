package coord

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Options say where a cluster's coordination is. The zero value is one for a cluster that ends with this process.
type Options struct {
	// Cluster is the cluster's name: one to 32 letters, digits, "-" and "_". Empty means "default".
	Cluster string

	// Identity tells clusters of one name apart. Empty takes the cluster of this name that is there, and makes one if there is
	// none. With another identity than that of the cluster, Open fails.
	Identity string

	// URL is where an existing NATS server listens, such as nats://host:4222. Empty means a server in this process.
	URL string

	// Dir is the folder of the server in this process. It is made with mode 0700, and what is in it outlives the
	// process. Empty means a folder that is removed by Close.
	Dir string

	// Notes is a folder of this machine in which it is noted how far the journal on a server elsewhere goes, so that it is noticed when
	// that server has lost some of it. Empty means nowhere. The server in this process has its notes in Dir.
	Notes string

	// Dial connects with the server in place of URL: with one that another process serves by [Cluster.Serve].
	Dial func(ctx context.Context) (net.Conn, error)

	// Token is a secret of the cluster. A server in this process demands it of everybody who connects; another one is shown it.
	Token string

	// Credentials is the path of a NATS credentials file for URL.
	Credentials string

	// CACert is the path of the certificate of the authority that URL's server is known by, in PEM. Empty means those that the
	// system trusts.
	CACert string

	// Cert and Key are the paths of the certificate and the key that are shown to URL's server, in PEM.
	Cert, Key string

	// Succeeds says that whoever has led the cluster is known to have ended, so its lease is not waited for.
	Succeeds bool

	// Lease is how long a leader is missed before another one may take its place. An existing cluster keeps the time that it
	// was made with. 0 means 5 seconds; less than 100 ms is refused, because that is less than a server's own pauses.
	Lease time.Duration

	// SyncAlways has a server in this process force every append to the disk before it is acknowledged, so that what was
	// acknowledged also survives the machine. An external server decides by its own configuration.
	SyncAlways bool

	// Replicas is how many servers of an external NATS cluster keep what is stored. 0 means 1.
	Replicas int

	// MaxJournal limits the bytes of the journal; appends beyond are refused. 0 means 8 GiB, or on an existing server that has less
	// room the half of it, or the half of that, and so on, at least 64 MiB.
	MaxJournal int64
	anyJournal bool // MaxJournal was not said

	// SnapshotBytes is how long the journal grows behind its last snapshot before [Journal.Due] asks for another one, at most a quarter of what it
	// has room for. 0 means 64 MiB.
	SnapshotBytes int64

	// Timeout limits each question to the server. 0 means 5 seconds.
	Timeout time.Duration

	// Log is told of notable events, a line each. Nil: not said.
	Log func(format string, args ...any)

	// Warn is told what users have to know: that something is lost, and what. Nil: Log is.
	Warn func(format string, args ...any)
}

// The defaults and limits.
const (
	defaultCluster       = "default"
	maxCluster           = 32
	defaultLease         = 5 * time.Second
	minLease             = 100 * time.Millisecond
	defaultTimeout       = 5 * time.Second
	defaultMaxJournal    = 8 << 30
	leastJournal         = 64 << 20 // that is tried if the server has no room for more
	defaultSnapshotBytes = 64 << 20
)

func (o Options) withDefaults() (Options, error) {
	if o.Cluster == "" {
		o.Cluster = defaultCluster
	}
	if !plainName(o.Cluster) || len(o.Cluster) > maxCluster {
		return o, fmt.Errorf("coord: cluster %q: a name has 1 to %d letters, digits, \"-\" and \"_\"", o.Cluster, maxCluster)
	}
	places := 0
	for _, set := range []bool{o.URL != "", o.Dir != "", o.Dial != nil} {
		if set {
			places++
		}
	}
	if places > 1 {
		return o, errors.New("coord: URL, Dir and Dial name different servers; set one of them")
	}
	if o.Lease != 0 && o.Lease < minLease {
		return o, fmt.Errorf("coord: a lease of %v is too short; give at least %v", o.Lease, minLease)
	}
	if o.Dir != "" {
		dir, err := filepath.Abs(o.Dir)
		if err != nil {
			return o, fmt.Errorf("coord: folder %s: %w", o.Dir, err)
		}
		o.Dir = dir
	}
	if (o.Cert == "") != (o.Key == "") {
		return o, errors.New("coord: Cert and Key belong together; set both of them or none")
	}
	for _, path := range []string{o.Credentials, o.CACert, o.Cert, o.Key} {
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			return o, fmt.Errorf("coord: what is to be shown to the server cannot be read: %w", err)
		}
	}
	o.Lease = or(o.Lease, defaultLease)
	o.Timeout = or(o.Timeout, defaultTimeout)
	o.anyJournal = o.MaxJournal <= 0
	o.MaxJournal = or(o.MaxJournal, defaultMaxJournal)
	o.SnapshotBytes = or(o.SnapshotBytes, defaultSnapshotBytes)
	o.Replicas = or(o.Replicas, 1)
	if o.Log == nil {
		o.Log = func(string, ...any) {}
	}
	if o.Warn == nil {
		o.Warn = o.Log
	}
	return o, nil
}

// or returns v, or d if v is not positive.
func or[T int | int64 | time.Duration](v, d T) T {
	if v <= 0 {
		return d
	}
	return v
}

// plainName reports whether a name can be part of the names of streams and subjects as it is.
func plainName(s string) bool {
	for _, c := range []byte(s) {
		if !plainByte(c) {
			return false
		}
	}
	return s != ""
}

func plainByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
}
