package link

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"time"
)

const (
	lifetime = 10 * 365 * 24 * time.Hour // of certificates: a cluster ends before
	skew     = 24 * time.Hour            // by which clocks of machines may differ
)

// Names in certificates. All parts of a cluster have the first; who has the authority's key also has the second, so that an agent
// cannot pose as the scheduler.
func (i *Identity) memberName() string    { return "member." + i.Cluster() + ".braid" }
func (i *Identity) schedulerName() string { return "scheduler." + i.Cluster() + ".braid" }

// found makes the authority.
func (i *Identity) found() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "braid cluster " + i.Cluster()},
		NotBefore: now.Add(-skew), NotAfter: now.Add(lifetime + skew),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	i.key = key
	i.authority, err = x509.ParseCertificate(der)
	return err
}

// sign makes a certificate for a public key.
func (i *Identity) sign(public any, names ...string) ([]byte, error) {
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: now.Add(-skew), NotAfter: now.Add(lifetime), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	return x509.CreateCertificate(rand.Reader, template, i.authority, public, i.key)
}

// signRequest makes a certificate for one who asks with a token.
func (i *Identity) signRequest(der []byte) ([]byte, error) {
	request, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, err
	}
	if err := request.CheckSignature(); err != nil {
		return nil, err
	}
	return i.sign(request.PublicKey, i.memberName())
}

// request makes a key and the request to have it signed.
func request() (key *ecdsa.PrivateKey, der []byte, err error) {
	if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, nil, err
	}
	der, err = x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	return key, der, err
}

// errNoCertificate says that an identity cannot yet be shown to be of the cluster.
var errNoCertificate = errors.New("link: the key of this process is not signed yet: dial the scheduler first")

// certificate returns our own certificate. Who has the authority's key makes one.
func (i *Identity) certificate() (*tls.Certificate, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.cert != nil {
		return i.cert, nil
	}
	if i.key == nil {
		return nil, errNoCertificate
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := i.sign(key.Public(), i.memberName(), i.schedulerName())
	if err != nil {
		return nil, err
	}
	i.cert = &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return i.cert, nil
}

// adopt makes a signed certificate our own.
func (i *Identity) adopt(key *ecdsa.PrivateKey, der []byte) error {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	if !key.PublicKey.Equal(cert.PublicKey) {
		return errors.New("it is of another key")
	}
	if err := cert.CheckSignatureFrom(i.authority); err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.cert = &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: cert}
	return nil
}

// serial returns a random serial number.
func serial() *big.Int {
	var b [16]byte
	rand.Read(b[:])
	b[0] &= 0x7f // positive, and no longer than certificates allow
	return new(big.Int).SetBytes(b[:])
}
