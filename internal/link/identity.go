package link

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"sync"
)

// Identity is the credentials of one cluster. The side that launched it holds the key of its authority and signs the keys that others
// make; they hold a token that lets them ask for that. All hold the secret that sockets in folders are guarded with.
type Identity struct {
	id        [idSize]byte // of the cluster
	secret    [secretSize]byte
	token     []byte // of one who may ask for a certificate
	authority *x509.Certificate
	key       *ecdsa.PrivateKey // of the authority; nil in those that were issued

	mu   sync.Mutex
	cert *tls.Certificate // our own; nil until there is one
}

const (
	idSize    = 16
	nonceSize = 16
	tokenSize = nonceSize + sha256.Size

	maxIdentity = 64 << 10
)

// The types of the blocks that the text of an identity consists of.
const (
	pemCluster   = "BRAID CLUSTER"    // the id and the secret
	pemToken     = "BRAID JOIN TOKEN" // a nonce and its authentication code
	pemAuthority = "CERTIFICATE"
	pemKey       = "PRIVATE KEY"
)

// NewIdentity makes the identity of a new cluster, with a certificate authority of its own.
func NewIdentity() (*Identity, error) {
	i := &Identity{}
	rand.Read(i.id[:])
	rand.Read(i.secret[:])
	if err := i.found(); err != nil {
		return nil, fmt.Errorf("link: making the cluster's certificate authority: %w", err)
	}
	return i, nil
}

// Cluster returns the cluster's id, which is no secret.
func (i *Identity) Cluster() string { return hex.EncodeToString(i.id[:]) }

// Same reports whether a text that Issue or Marshal returned is of the same cluster.
func (i *Identity) Same(text string) bool {
	other, err := ParseIdentity([]byte(text))
	return err == nil && other.id == i.id && other.secret == i.secret
}

// Issue returns what an agent or client needs to become part of the cluster, as text for a file of mode 0600 or a pipe:
// everything but the key of the authority, and a token of its own with which it has its key signed when it first dials over
// TCP. Only the side that launched the cluster can issue.
func (i *Identity) Issue() ([]byte, error) {
	if i.key == nil {
		return nil, errors.New("link: only the side that launched the cluster can issue credentials: this one was issued itself")
	}
	token := make([]byte, nonceSize, tokenSize)
	rand.Read(token)
	return i.text(i.seal(token), nil), nil
}

// Marshal returns the whole identity as text, the key of the authority included, for a file of mode 0600 on the side
// that launched the cluster. One that was issued comes out as it went in.
func (i *Identity) Marshal() ([]byte, error) {
	if i.key == nil {
		return i.text(i.token, nil), nil
	}
	key, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		return nil, fmt.Errorf("link: writing the cluster's key: %w", err)
	}
	return i.text(nil, key), nil
}

func (i *Identity) text(token, key []byte) []byte {
	var b bytes.Buffer
	put := func(name string, data []byte) {
		if data != nil {
			pem.Encode(&b, &pem.Block{Type: name, Bytes: data}) // into memory: cannot fail
		}
	}
	put(pemCluster, append(i.id[:len(i.id):len(i.id)], i.secret[:]...))
	put(pemAuthority, i.authority.Raw)
	put(pemToken, token)
	put(pemKey, key)
	return b.Bytes()
}

// ParseIdentity reads what Issue or Marshal returned.
func ParseIdentity(text []byte) (*Identity, error) {
	i, err := parseIdentity(text)
	if err != nil {
		return nil, fmt.Errorf("link: reading credentials: %w", err)
	}
	return i, nil
}

func parseIdentity(text []byte) (*Identity, error) {
	if len(text) > maxIdentity {
		return nil, fmt.Errorf("%d bytes: at most %d are allowed", len(text), maxIdentity)
	}
	i := &Identity{}
	known := false
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		text = rest
		var err error
		switch data := block.Bytes; block.Type {
		case pemCluster:
			if len(data) != idSize+secretSize {
				return nil, fmt.Errorf("%s has %d bytes instead of %d", pemCluster, len(data), idSize+secretSize)
			}
			copy(i.id[:], data)
			copy(i.secret[:], data[idSize:])
			known = true
		case pemAuthority:
			i.authority, err = x509.ParseCertificate(data)
		case pemToken:
			if len(data) != tokenSize {
				return nil, fmt.Errorf("%s has %d bytes instead of %d", pemToken, len(data), tokenSize)
			}
			i.token = data
		case pemKey:
			var key any
			if key, err = x509.ParsePKCS8PrivateKey(data); err == nil {
				var ok bool
				if i.key, ok = key.(*ecdsa.PrivateKey); !ok {
					err = fmt.Errorf("a %T instead of an ECDSA key", key)
				}
			}
		default:
			err = errors.New("an unknown kind of block")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", block.Type, err)
		}
	}
	switch {
	case !known || i.authority == nil:
		return nil, fmt.Errorf("there is no %s or no %s in it: it is not a credentials file, or cut short", pemCluster, pemAuthority)
	case i.key == nil && i.token == nil:
		return nil, fmt.Errorf("there is neither a %s nor a %s in it: it is cut short", pemToken, pemKey)
	case i.key != nil && !i.key.PublicKey.Equal(i.authority.PublicKey):
		return nil, errors.New("the key is not that of the certificate")
	}
	return i, nil
}

// seal appends to a nonce the code that shows that it was issued by who has the authority's key.
func (i *Identity) seal(nonce []byte) []byte {
	key, err := i.key.Bytes()
	if err != nil { // only of curves that are not NIST's
		key = i.secret[:]
	}
	code := hmac.New(sha256.New, key)
	code.Write([]byte("braid join token"))
	code.Write(nonce[:nonceSize])
	return code.Sum(nonce)
}

// issued reports whether a token came from Issue of this cluster.
func (i *Identity) issued(token []byte) bool {
	if len(token) != tokenSize {
		return false
	}
	return hmac.Equal(token, i.seal(bytes.Clone(token[:nonceSize])))
}
