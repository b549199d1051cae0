package coord

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What errors of this package match.
var (
	// ErrDeposed means that another leader has taken over: this one must stop.
	ErrDeposed = errors.New("another leader has taken over")
	// ErrHeld means that somebody else has what was asked for: a folder or a name.
	ErrHeld = errors.New("it is in use")
	// ErrIdentity means that the cluster of this name is another one.
	ErrIdentity = errors.New("another cluster has this name")
	// ErrVersion means that something was written by a release that this one does not understand.
	ErrVersion = errors.New("it has another version")
	// ErrNoJetStream means that the server keeps nothing.
	ErrNoJetStream = errors.New("the NATS server has no JetStream")
	// ErrPermission means that the server does not allow what is needed.
	ErrPermission = errors.New("the NATS server does not allow it")
	// ErrDamaged means that what is stored is not what was written.
	ErrDamaged = errors.New("it is damaged")
	// ErrFull means that the journal has no room for what was to be appended.
	ErrFull = errors.New("the journal is full")
	// ErrNoName means that nothing has this name.
	ErrNoName = errors.New("there is no such name")
	// ErrClosed means that this side has closed the coordination or given its lease back.
	ErrClosed = errors.New("it was closed")
)

// Errors of the server by their codes, for which the client has no names.
const (
	codeWrongSequence = 10071
	codeStoreFull     = 10077
	codeNoStorage     = 10047 // of the server
	codeAccountFull   = 10002
	codeStreamLarge   = 10122 // for its account
	codeNoStreams     = 10027
	codeBytesRequired = 10113 // an account demands limits
	codeNoReplicas    = 10074
)

func code(err error) jetstream.ErrorCode {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.ErrorCode
	}
	return 0
}

// meaning returns what an error of the client library means here, with what to do next.
func (c *Cluster) meaning(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrDeposed), errors.Is(err, ErrClosed):
		return err
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("%w (or not for this account): start it with JetStream (nats-server -js), or enable it for the account: %w", ErrNoJetStream, err)
	case errors.Is(err, nats.ErrNoResponders):
		return fmt.Errorf("%w, or this account may not use it: start it with JetStream (nats-server -js): %w", ErrNoJetStream, err)
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked):
		return fmt.Errorf("%w: the token or the credentials are not those of the server: %w", ErrPermission, err)
	case errors.Is(err, nats.ErrNoServers), unresolved(err):
		return fmt.Errorf("nobody answers there: start the server, or give its address (braid up --nats): %w", err)
	case isPermission(err):
		return fmt.Errorf("%w: the account needs to publish and subscribe to braid.%s.>, $JS.>, $KV.braid_%s_> and _INBOX.>: %w", ErrPermission, c.name, c.name, err)
	case code(err) == codeStoreFull:
		return fmt.Errorf("%w: %w", ErrFull, err)
	case noRoom(err) && c.o.anyJournal:
		return fmt.Errorf("the NATS server, or the account, has no room for a journal of %d bytes, nor for one of %d: free space for it, raise max_file_store or the account's limit, or set a lower MaxJournal (braid up --journal-limit): %w",
			c.o.MaxJournal, leastJournal, err)
	case noRoom(err):
		return fmt.Errorf("the NATS server, or the account, has no room for a journal of %d bytes: set a lower MaxJournal (braid up --journal-limit): %w", c.o.MaxJournal, err)
	case code(err) == codeNoStreams:
		return fmt.Errorf("the account may have no more streams, and a cluster needs three: raise its limit (max_streams), or remove streams of clusters that have ended: %w", err)
	case code(err) == codeNoReplicas:
		return fmt.Errorf("the NATS server cannot keep %d replicas: set fewer Replicas: %w", c.o.Replicas, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout), errors.Is(err, context.Canceled) && c.denied() != nil:
		if denied := c.denied(); denied != nil {
			return c.meaning(denied)
		}
		return fmt.Errorf("the NATS server did not answer within %v: %w", c.o.Timeout, err)
	}
	return err
}

// noRoom reports whether a server or an account has not so much room as was asked for.
func noRoom(err error) bool {
	switch code(err) {
	case codeNoStorage, codeAccountFull, codeStreamLarge:
		return true
	}
	return false
}

// unresolved reports whether an address has a host that nobody knows.
func unresolved(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns)
}

// fail returns an error about the cluster.
func (c *Cluster) fail(what string, err error) error {
	return fmt.Errorf("coord: cluster %s: %s: %w", c.name, what, c.meaning(err))
}

// isPermission reports whether an error is a violation of permissions. The server says so beside the question, which gets no
// answer.
func isPermission(err error) bool {
	return errors.Is(err, nats.ErrPermissionViolation) || strings.Contains(strings.ToLower(err.Error()), "permissions violation")
}
