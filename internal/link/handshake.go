package link

import (
	"bytes"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"time"
)

// The handshake. The side that dialled begins:
//
//	magic 8 bytes │ version u32 │ secret 32 bytes │ message
//
// and the side that listens answers, unless the secret is wrong:
//
//	magic 8 bytes │ version u32 │ 0 │ message           welcome
//	magic 8 bytes │ version u32 │ 1 │ message           refused: the message is the reason, as text
//
// A message is its length as u32, that many bytes, and the CRC-32C of both. All but the content of a welcome stays the same in all versions, so that
// each version can tell any other why it is refused.
const (
	magic      = "braid\x00l\n"
	secretSize = 32
	maxHello   = 64 << 10
	maxReason  = 4 << 10

	answerWelcome = 0
	answerRefused = 1
)

// errStranger is the error of a connection that did not prove that it belongs to the cluster.
var errStranger = errors.New("not of this cluster")

// greet is the handshake of the side that dialled.
func greet(nc net.Conn, secret [secretSize]byte, o Options) (*Conn, error) {
	nc.SetDeadline(time.Now().Add(o.Timeout))
	first := binary.LittleEndian.AppendUint32([]byte(magic), Version)
	first = append(first, secret[:]...)
	offered, name, release := offerBell(nc)
	defer release()
	o.Hello.bell = name
	hello, err := appendHello(nil, o.Hello, o.Window)
	if err != nil {
		return nil, err
	}
	if _, err := nc.Write(appendMessage(first, hello)); err != nil {
		return nil, fmt.Errorf("sending the handshake: %w", err)
	}
	version, err := readOpening(nc)
	if err != nil {
		return nil, fmt.Errorf("no answer to the handshake, so the other side does not take this one for its cluster's, or is no part of braid: %w", err)
	}
	answer := [1]byte{}
	if _, err := io.ReadFull(nc, answer[:]); err != nil {
		return nil, unexpected(err)
	}
	body, err := readMessage(nc, maxHello)
	switch {
	case err != nil:
		return nil, err
	case answer[0] == answerRefused:
		return nil, fmt.Errorf("refused by the other side: %s", body)
	case answer[0] != answerWelcome:
		return nil, fmt.Errorf("the answer %d is unknown", answer[0])
	case version != Version:
		return nil, versions("the other side", version)
	}
	return meet(nc, body, offered, o)
}

// receiveGuest is the handshake of the side that listens. An error of a guest who is told why has been told. Strangers
// hear nothing.
func receiveGuest(nc net.Conn, secret [secretSize]byte, o Options) (*Conn, error) {
	nc.SetDeadline(time.Now().Add(o.Timeout))
	version, err := readOpening(nc)
	if err != nil {
		return nil, err
	}
	var shown [secretSize]byte
	if _, err := io.ReadFull(nc, shown[:]); err != nil {
		return nil, unexpected(err)
	}
	if subtle.ConstantTimeCompare(shown[:], secret[:]) != 1 {
		return nil, errStranger
	}
	body, err := readMessage(nc, maxHello)
	if err != nil {
		return nil, err
	}
	var c *Conn
	if version != Version {
		err = versions("the one that dialled", version)
	} else {
		c, err = admit(nc, body, o)
	}
	if err != nil {
		reason := err.Error()
		answer(nc, answerRefused, []byte(reason[:min(len(reason), maxReason)]))
		return nil, err
	}
	return c, nil
}

// admit answers a guest of our version.
func admit(nc net.Conn, body []byte, o Options) (*Conn, error) {
	peer, window, err := judge(body, o)
	if err != nil {
		return nil, err
	}
	name := peer.takeBell()
	found := openBell(nc, name)
	if found != nil {
		o.Hello.bell = name
	}
	hello, err := appendHello(nil, o.Hello, o.Window)
	if err != nil {
		return nil, err
	}
	if err := answer(nc, answerWelcome, hello); err != nil {
		return nil, err
	}
	nc.SetDeadline(time.Time{})
	return newConn(nc, peer, window, found, o), nil
}

// meet makes the connection of a side that was welcomed and has offered a bell.
func meet(nc net.Conn, body []byte, offered *bell, o Options) (*Conn, error) {
	peer, window, err := judge(body, o)
	if err != nil {
		return nil, err
	}
	if peer.takeBell() != o.Hello.bell {
		offered = nil // the other side does not know it
	}
	nc.SetDeadline(time.Time{})
	return newConn(nc, peer, window, offered, o), nil
}

// judge reads the hello of the other side and decides whether it is welcome.
func judge(body []byte, o Options) (peer Hello, window int, err error) {
	if peer, window, err = readHello(body); err != nil {
		return peer, 0, err
	}
	if unknown := peer.Features & mandatoryFeatures &^ knownFeatures; unknown != 0 {
		return peer, 0, fmt.Errorf("link: features %#x are needed by %v %q and not known here: use the same release on both sides", uint64(unknown), peer.Role, peer.Name)
	}
	if o.Admit != nil {
		err = o.Admit(peer)
	}
	return peer, window, err
}

func versions(who string, version uint32) error {
	return fmt.Errorf("link: %s speaks version %d of the protocol, and this side version %d: use the same release on both sides", who, version, Version)
}

func answer(nc net.Conn, kind byte, body []byte) error {
	b := binary.LittleEndian.AppendUint32([]byte(magic), Version)
	_, err := nc.Write(appendMessage(append(b, kind), body))
	return err
}

// readOpening reads the magic and the version.
func readOpening(r io.Reader) (version uint32, err error) {
	var b [len(magic) + 4]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0, unexpected(err)
	}
	if !bytes.Equal(b[:len(magic)], []byte(magic)) {
		return 0, fmt.Errorf("%w: it begins with %q", errStranger, b[:len(magic)])
	}
	return binary.LittleEndian.Uint32(b[len(magic):]), nil
}

func appendMessage(dst, body []byte) []byte {
	start := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(body)))
	dst = append(dst, body...)
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli))
}

// readMessage reads a message of at most so many bytes.
func readMessage(r io.Reader, most int) ([]byte, error) {
	var prefix [4]byte
	if _, err := io.ReadFull(r, prefix[:]); err != nil {
		return nil, unexpected(err)
	}
	n := binary.LittleEndian.Uint32(prefix[:])
	if n > uint32(most) {
		return nil, fmt.Errorf("link: a message of %d bytes in the handshake: at most %d are allowed", n, most)
	}
	body := make([]byte, n+4)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, unexpected(err)
	}
	sum := crc32.Update(crc32.Checksum(prefix[:], castagnoli), castagnoli, body[:n])
	if want := binary.LittleEndian.Uint32(body[n:]); sum != want {
		return nil, fmt.Errorf("link: a damaged message in the handshake: checksum %#08x, and the bytes have %#08x", want, sum)
	}
	return body[:n], nil
}
