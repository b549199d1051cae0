package coord

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go/jetstream"
)

// Version is that of everything a cluster's coordination stores: docs/format/journal.md says what that is.
const Version = 2

// What a stream says about itself.
const (
	metaVersion  = "braid-version"
	metaIdentity = "braid-identity"
)

// Subjects of a cluster are below "braid.<name>".
func (c *Cluster) subject(what string) string { return "braid." + c.name + "." + what }

// The subjects of the journal's messages.
const (
	subjectTail     = "journal.tail"
	subjectSnapshot = "journal.snapshot"
	subjectMark     = "journal.mark"
)

// openStreams finds what the cluster stores, or makes it.
func (c *Cluster) openStreams(ctx context.Context) error {
	if err := c.openJournal(ctx); err != nil {
		return err
	}
	var err error
	if c.lease, err = c.bucket(ctx, jetstream.KeyValueConfig{Bucket: "braid_" + c.name + "_lease", TTL: c.o.Lease, MaxValueSize: maxLeader}); err != nil {
		return c.fail("the lease cannot be used", err)
	}
	status, err := c.lease.Status(ctx)
	if err != nil {
		return c.fail("the lease cannot be used", err)
	}
	c.o.Lease = or(status.TTL(), c.o.Lease)
	if c.names, err = c.bucket(ctx, jetstream.KeyValueConfig{Bucket: "braid_" + c.name + "_names", MaxValueSize: maxStored}); err != nil {
		return c.fail("the names cannot be used", err)
	}
	return nil
}

// openJournal finds the stream of the journal, which says whose cluster this is.
func (c *Cluster) openJournal(ctx context.Context) error {
	name := "braid_" + c.name + "_journal"
	s, err := c.js.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		identity := c.o.Identity
		if identity == "" {
			identity = rand.Text()
		}
		s, err = c.createJournal(ctx, name, identity)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // somebody else was first
			s, err = c.js.Stream(ctx, name)
		}
	}
	if err != nil {
		return c.fail("the journal cannot be used", err)
	}
	meta := s.CachedInfo().Config.Metadata
	if v := meta[metaVersion]; v != strconv.Itoa(Version) {
		return c.fail("the journal cannot be read", fmt.Errorf("%w, %q, and this release knows %d: use the release that made the cluster, or another name", ErrVersion, v, Version))
	}
	c.identity = meta[metaIdentity]
	if c.o.Identity != "" && c.o.Identity != c.identity {
		return c.fail("it cannot be used", fmt.Errorf("%w: choose another name, or end that one first", ErrIdentity))
	}
	c.journal = s
	if limit := s.CachedInfo().Config.MaxBytes; limit > 0 {
		c.o.SnapshotBytes = min(c.o.SnapshotBytes, limit/4) // there must be room for the next one
	}
	return nil
}

// createJournal makes the stream of the journal, with less room if the server has not so much and nobody has said how much there is to be.
func (c *Cluster) createJournal(ctx context.Context, name, identity string) (jetstream.Stream, error) {
	config := jetstream.StreamConfig{
		Name: name, Subjects: []string{c.subject("journal.*")}, Description: "what a scheduler's successor needs",
		Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy, MaxBytes: c.o.MaxJournal, Discard: jetstream.DiscardNew,
		DenyDelete: true, AllowDirect: true, Replicas: c.o.Replicas,
		Metadata: map[string]string{metaVersion: strconv.Itoa(Version), metaIdentity: identity},
	}
	for {
		s, err := c.js.CreateStream(ctx, config)
		if !noRoom(err) || !c.o.anyJournal || config.MaxBytes/2 < leastJournal {
			if err == nil && config.MaxBytes < c.o.MaxJournal {
				c.o.Warn("cluster %s: the NATS server has no room for a journal of %d MiB, so this one has at most %d MiB: free space for the server, or raise its limit "+
					"(max_file_store) or the account's, or say how much it is to be (braid up --journal-limit)", c.name, c.o.MaxJournal>>20, config.MaxBytes>>20)
			}
			return s, err
		}
		config.MaxBytes /= 2
	}
}

// bucketBytes is what a bucket has at most where the account demands that it is said.
const bucketBytes = 16 << 20

// bucket finds a bucket of names and values, or makes it.
func (c *Cluster) bucket(ctx context.Context, config jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	config.Replicas = c.o.Replicas
	kv, err := c.js.KeyValue(ctx, config.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = c.js.CreateKeyValue(ctx, config)
		if code(err) == codeBytesRequired {
			config.MaxBytes = bucketBytes
			kv, err = c.js.CreateKeyValue(ctx, config)
		}
		if errors.Is(err, jetstream.ErrBucketExists) {
			kv, err = c.js.KeyValue(ctx, config.Bucket)
		}
	}
	return kv, err
}
