package link

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

var update = flag.Bool("update", false, "write the golden bytes anew")

// recording is a connection that is read from bytes and keeps what is written.
type recording struct {
	io.Reader
	wrote bytes.Buffer
}

func (r *recording) Write(b []byte) (int, error)      { return r.wrote.Write(b) }
func (r *recording) Close() error                     { return nil }
func (r *recording) LocalAddr() net.Addr              { return &net.UnixAddr{Net: "unix"} }
func (r *recording) RemoteAddr() net.Addr             { return r.LocalAddr() }
func (r *recording) SetDeadline(time.Time) error      { return nil }
func (r *recording) SetReadDeadline(time.Time) error  { return nil }
func (r *recording) SetWriteDeadline(time.Time) error { return nil }

// small limits, so that a fuzzer cannot fill the memory with what the limits allow.
var fuzzed = Options{MaxWord: 1 << 20, MaxBlock: 1 << 20}.withDefaults()

func FuzzFrames(f *testing.F) {
	words := framed(frameWords, 0, []byte{3, byte(word.KindUnreachable), 0x81, 0x01, 1, byte(word.KindLeave)})
	f.Add(words)
	f.Add(append(framed(frameOpen, 3, []byte{0, 0, 0, 0, 2, 3, 2}), append(framed(frameChunk, 3, []byte("one")), framed(frameChunk, 3, []byte("ab"))...)...))
	f.Add(append(framed(framePiece, 0, []byte{6, byte(word.KindAssign), 1, 3}), framed(framePiece, 0, []byte("abc"))...))
	f.Add(append(framed(frameCredit, 0, []byte{1, 0, 0, 0}), framed(frameBye, 0, nil)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		reseal(data)
		c := newConn(&recording{Reader: bytes.NewReader(data)}, Hello{}, minWindow, nil, fuzzed)
		defer c.Close()
		for n := 0; ; n++ {
			w, err := c.Receive()
			if err != nil {
				return
			}
			if _, ok := word.KindOf(w); !ok || n > len(data) {
				t.Fatalf("%d words, the last a %T, from %d bytes", n, w, len(data))
			}
		}
	})
}

// reseal gives the frames that can be found in bytes right checksums, because a fuzzer cannot.
func reseal(data []byte) {
	for len(data) >= headerSize {
		h, err := readHeader(data)
		if err != nil || int(h.length) > len(data)-headerSize {
			return
		}
		end := headerSize + int(h.length)
		putHeader(data, h.typ, h.stream, data[headerSize:end])
		data = data[end:]
	}
}

func FuzzHandshake(f *testing.F) {
	secret := [secretSize]byte{1, 2, 3}
	hello, err := appendHello(nil, goldenHello, 4<<20)
	if err != nil {
		f.Fatal(err)
	}
	first := append(binary.LittleEndian.AppendUint32([]byte(magic), Version), secret[:]...)
	f.Add(appendMessage(first, hello), true)
	withBell := goldenHello
	withBell.bell = bellName{9, 1 << 33}
	if hello, err = appendHello(nil, withBell, 4<<20); err != nil {
		f.Fatal(err)
	}
	f.Add(appendMessage(first, hello), true)
	f.Add(appendMessage(append(binary.LittleEndian.AppendUint32([]byte(magic), Version), answerWelcome), hello), false)
	f.Add(appendMessage(append(binary.LittleEndian.AppendUint32([]byte(magic), 2), answerRefused), []byte("no")), false)
	f.Fuzz(func(t *testing.T, data []byte, guest bool) {
		r := &recording{Reader: bytes.NewReader(data)}
		var c *Conn
		var err error
		if guest {
			c, err = receiveGuest(r, secret, fuzzed)
			shown := len(data) >= len(first) && bytes.Equal(data[len(magic)+4:len(first)], secret[:])
			if !shown && r.wrote.Len() > 0 {
				t.Fatal("a stranger was answered")
			}
		} else {
			c, err = greet(r, secret, fuzzed)
		}
		if (c == nil) != (err != nil) {
			t.Fatal(c, err)
		}
		if c != nil {
			c.Close()
		}
	})
}

func FuzzIdentity(f *testing.F) {
	launcher, err := NewIdentity()
	if err != nil {
		f.Fatal(err)
	}
	for _, make := range []func() ([]byte, error){launcher.Issue, launcher.Marshal} {
		text, err := make()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		i, err := ParseIdentity(text)
		if err != nil {
			return
		}
		again, err := i.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseIdentity(again); err != nil {
			t.Fatal(err)
		}
	})
}

var goldenHello = Hello{
	Role: RoleAgent, Name: "left", Code: graph.CodeID{0: 0xaa, 31: 0xbb}, Pid: 77,
}

func TestTheBytesAreThoseOfThePage(t *testing.T) {
	const file = "testdata/link.golden"
	secret := [secretSize]byte{0: 1, 31: 2}
	hello, err := appendHello(nil, goldenHello, 4<<20)
	if err != nil {
		t.Fatal(err)
	}
	withBell := goldenHello
	withBell.bell = bellName{9, 1 << 33}
	belled, err := appendHello(nil, withBell, 4<<20)
	if err != nil {
		t.Fatal(err)
	}
	s := &sender{}
	s.init(0)
	for _, w := range []any{&word.Unreachable{Peer: 129}, &word.Leave{}} {
		k, _ := word.KindOf(w)
		if err := s.record(k, w, 1<<20); err != nil {
			t.Fatal(err)
		}
	}
	seal(s.pending)
	d := &word.Delivery{Block: word.Block{Task: word.Task{Run: 3, Index: 4}, Attempt: word.Attempt{Term: 1, Count: 2}}, Outputs: [][]byte{[]byte("abc"), []byte("de")}}
	open, err := d.AppendHead(nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, line := range []struct {
		name string
		data []byte
	}{
		{"dialled", appendMessage(append(binary.LittleEndian.AppendUint32([]byte(magic), Version), secret[:]...), hello)},
		{"welcome", appendMessage(append(binary.LittleEndian.AppendUint32([]byte(magic), Version), answerWelcome), hello)},
		{"dialled with a bell", appendMessage(append(binary.LittleEndian.AppendUint32([]byte(magic), Version), secret[:]...), belled)},
		{"refused", appendMessage(append(binary.LittleEndian.AppendUint32([]byte(magic), Version), answerRefused), []byte("no"))},
		{"words", s.pending},
		{"piece", framed(framePiece, 0, []byte{6, byte(word.KindAssign), 1, 3})},
		{"open", framed(frameOpen, 3, open)},
		{"chunk", framed(frameChunk, 3, []byte("abc"))},
		{"credit", framed(frameCredit, 0, binary.LittleEndian.AppendUint32(nil, 1<<20))},
		{"alive", framed(frameAlive, 0, nil)},
		{"bye", framed(frameBye, 0, nil)},
	} {
		b.WriteString(line.name + " " + hex.EncodeToString(line.data) + "\n")
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("other bytes than %s, which is a new version of the protocol; got\n%s", file, b.String())
	}
	again, window, err := readHello(hello)
	again.Version = 0
	if err != nil || window != 4<<20 || again.Name != "left" || again.Pid != 77 || again.Code != goldenHello.Code {
		t.Errorf("%+v %d %v", again, window, err)
	}
	if again, _, err = readHello(belled); err != nil || again.bell != withBell.bell || again.Name != "left" {
		t.Errorf("%+v %v", again, err)
	}
}
