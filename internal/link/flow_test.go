package link

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/internal/word"
)

// piped returns the ends of a connection without a socket.
func piped(t *testing.T, o Options) (*Conn, *Conn) {
	t.Helper()
	launcher, _ := identity(t)
	o.Identity = launcher
	a, b := net.Pipe()
	return shake(t, a, b, o, o)
}

// wire returns a connection and the bare other end, whose handshake is done by hand.
func wire(t *testing.T, o Options) (*Conn, net.Conn) {
	t.Helper()
	o = o.withDefaults()
	a, b := net.Pipe()
	t.Cleanup(func() { b.Close() })
	hello, err := appendHello(nil, Hello{Name: "by hand"}, o.Window)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		first := append(binary.LittleEndian.AppendUint32([]byte(magic), Version), make([]byte, secretSize)...)
		if _, err := b.Write(appendMessage(first, hello)); err != nil {
			done <- err
			return
		}
		if _, err := readOpening(b); err != nil {
			done <- err
			return
		}
		io.ReadFull(b, make([]byte, 1))
		_, err := readMessage(b, maxHello)
		done <- err
	}()
	c, err := receiveGuest(a, [secretSize]byte{}, o)
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, b
}

// frame reads a frame.
func frame(t *testing.T, r io.Reader) (header, []byte) {
	t.Helper()
	var b [headerSize]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		t.Fatal(err)
	}
	h, err := readHeader(b[:])
	if err != nil {
		t.Fatal(err)
	}
	payload := make([]byte, h.length)
	if _, err := io.ReadFull(r, payload); err != nil {
		t.Fatal(err)
	}
	if err := h.check(b[:], payload); err != nil {
		t.Fatal(err)
	}
	return h, payload
}

func TestIdleConnectionsStayAndSilentOnesAreCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := piped(t, Options{Silence: 15 * time.Second})
		left, right := collect(here), collect(there)
		<-time.After(24 * time.Hour)
		if err := errors.Join(here.err(), there.err()); err != nil {
			t.Fatal(err)
		}
		here.Close()
		left()
		right()
	})
	synctest.Test(t, func(t *testing.T) {
		c, other := wire(t, Options{Silence: 15 * time.Second})
		go io.Copy(io.Discard, other) // takes everything and says nothing
		start := time.Now()
		_, err := c.Receive()
		if !errors.Is(err, ErrSilent) {
			t.Errorf("got %v", err)
		}
		if d := time.Since(start); d < 15*time.Second || d > 20*time.Second {
			t.Errorf("it was noticed after %v", d)
		}
		other.Close()
	})
}

func TestAnOwnerWhoDoesNotReceiveIsNotTakenForSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := piped(t, Options{Silence: 15 * time.Second})
		left := collect(here)
		<-time.After(time.Hour) // nobody reads there
		if err := errors.Join(here.Send(small(1)), there.Send(small(2))); err != nil {
			t.Fatal(err)
		}
		if _, err := there.Receive(); err != nil {
			t.Error(err)
		}
		right := collect(there)
		here.Close()
		if words, _ := left(); len(words) != 1 {
			t.Errorf("%d words arrived", len(words))
		}
		right()
	})
}

func TestSendNeverWaitsForASideThatTakesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := piped(t, Options{Queue: 1000, Silence: 15 * time.Second})
		left := collect(here)
		start := time.Now()
		for range 100 {
			if err := here.Send(&word.Gone{Why: string(make([]byte, 400))}); err != nil {
				t.Fatal(err)
			}
		}
		if words, _ := here.Queued(); words < 30_000 || time.Since(start) > 0 {
			t.Errorf("%d bytes are queued after %v", words, time.Since(start))
		}
		if _, err := left(); !errors.Is(err, ErrStalled) || !strings.Contains(err.Error(), "bytes wait") {
			t.Errorf("it ended with %v", err)
		}
		if d := time.Since(start); d < 15*time.Second || d > 20*time.Second {
			t.Errorf("it was noticed after %v", d)
		}
		if err := here.Send(small(1)); !errors.Is(err, ErrStalled) {
			t.Errorf("Send afterwards: %v", err)
		}
		there.Close()
	})
}

func TestASlowSideAndOneForWhichLittleWaitsAreNotCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := piped(t, Options{Queue: 1000, Silence: 15 * time.Second})
		left := collect(here)
		for range 20 { // much waits, and some of it is taken now and then
			if err := here.Send(&word.Gone{Why: string(make([]byte, 300<<10))}); err != nil {
				t.Fatal(err)
			}
		}
		for range 18 {
			<-time.After(10 * time.Second)
			if _, err := there.Receive(); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if _, err := there.Receive(); err != nil {
				t.Fatal(err)
			}
		}
		if err := here.Send(small(1)); err != nil { // little waits
			t.Fatal(err)
		}
		<-time.After(24 * time.Hour)
		if err := here.err(); err != nil {
			t.Error(err)
		}
		right := collect(there)
		here.Close()
		left()
		right()
	})
}

// local is the end of a pipe that looks like that of a Unix socket, and whose owner can be silenced.
type local struct {
	net.Conn
	mute atomic.Bool
}

func (*local) LocalAddr() net.Addr { return &net.UnixAddr{Net: "unix"} }

func (l *local) Write(b []byte) (int, error) {
	if l.mute.Load() {
		return len(b), nil
	}
	return l.Conn.Write(b)
}

func TestOnAUnixSocketOnlyASilentAgentIsCut(t *testing.T) {
	for _, tc := range []struct {
		role Role
		cut  bool
	}{{RoleAgent, true}, {RoleClient, false}, {RolePeer, false}} {
		synctest.Test(t, func(t *testing.T) {
			launcher, _ := identity(t)
			a, b := net.Pipe()
			guest := Options{Identity: launcher, Hello: Hello{Role: tc.role}, Silence: 15 * time.Second}
			host := Options{Identity: launcher, Hello: Hello{Role: RoleScheduler}, Silence: 15 * time.Second}
			end := &local{Conn: a}
			theirs, ours := shake(t, end, &local{Conn: b}, guest, host)
			right := collect(theirs)
			left := collect(ours)
			<-time.After(24 * time.Hour)
			if err := errors.Join(ours.err(), theirs.err()); err != nil {
				t.Fatalf("%v: both live, and %v", tc.role, err)
			}
			end.mute.Store(true) // the guest is stopped
			start := time.Now()
			if tc.cut {
				if _, err := left(); !errors.Is(err, ErrSilent) {
					t.Errorf("%v: %v", tc.role, err)
				}
				if d := time.Since(start); d < 55*time.Second || d > 65*time.Second {
					t.Errorf("%v: it was noticed after %v", tc.role, d)
				}
			} else {
				<-time.After(24 * time.Hour)
				if err := ours.err(); err != nil {
					t.Errorf("%v: %v", tc.role, err)
				}
			}
			ours.Close()
			theirs.Close()
			right()
			if !tc.cut {
				left()
			}
		})
	}
}

func TestCreditLimitsWhatIsUnderWayOfBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, other := wire(t, Options{Window: 1 << 20, Silence: time.Hour})
		if err := c.Send(&word.Delivery{Outputs: [][]byte{make([]byte, 10<<20)}}); err != nil {
			t.Fatal(err)
		}
		take := func() (chunks, words int) {
			for {
				// A read that would wait for ever has nothing left to read.
				other.SetReadDeadline(time.Now().Add(time.Minute))
				var b [1]byte
				if _, err := io.ReadFull(other, b[:]); err != nil {
					return chunks, words
				}
				h, _ := frame(t, io.MultiReader(strings.NewReader(string(b[:])), other))
				switch h.typ {
				case frameChunk:
					chunks += int(h.length)
				case frameWords:
					words++
				}
			}
		}
		if chunks, _ := take(); chunks != 1<<20 {
			t.Errorf("%d bytes without credit", chunks)
		}
		if err := c.Send(small(1)); err != nil {
			t.Fatal(err)
		}
		if chunks, words := take(); chunks != 0 || words != 1 {
			t.Errorf("%d bytes and %d words, want one word past the block", chunks, words)
		}
		go other.Write(appendFrame(nil, frameCredit, 0, binary.LittleEndian.AppendUint32(nil, 512<<10)))
		received := make(chan struct{})
		go func() { c.Receive(); close(received) }()
		if chunks, _ := take(); chunks != 512<<10 {
			t.Errorf("%d bytes for credit of %d", chunks, 512<<10)
		}
		other.Close()
		<-received
	})
}

// framed makes a frame with a right checksum.
func framed(typ frameType, stream uint16, payload []byte) []byte {
	return appendFrame(nil, typ, stream, payload)
}

func head(t *testing.T, lengths ...uint64) []byte {
	b := []byte{0, 0, 0, 0, byte(len(lengths))}
	for _, n := range lengths {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

func TestWhatIsNoFrameEndsTheConnection(t *testing.T) {
	good := framed(frameWords, 0, []byte{3, byte(word.KindUnreachable), 0x81, 0x01})
	damaged := append([]byte(nil), good...)
	damaged[len(damaged)-1] ^= 1
	chunk := framed(frameChunk, 0, []byte("abc"))
	chunk[9] ^= 1
	flagged := append([]byte(nil), good...)
	flagged[5] = 1
	join := func(frames ...[]byte) (all []byte) {
		for _, f := range frames {
			all = append(all, f...)
		}
		return all
	}
	for name, c := range map[string]struct {
		bytes []byte
		want  string
	}{
		"garbage":                        {[]byte(strings.Repeat("garbage", 100)), "unknown type"},
		"a frame of 4 GB":                {[]byte("\xff\xff\xff\xff\x01\x00\x00\x00\x00\x00\x00\x00"), "allowed"},
		"an empty frame of words":        {framed(frameWords, 0, nil), "allowed"},
		"a damaged frame":                {damaged, "damaged"},
		"a damaged chunk's header":       {join(framed(frameOpen, 0, head(t, 3)), chunk), "damaged"},
		"flags":                          {flagged, "flags"},
		"a cut frame":                    {good[:len(good)-1], "EOF"},
		"a cut header":                   {good[:5], "EOF"},
		"words on a stream":              {framed(frameWords, 1, []byte{1, 20}), "stream 1"},
		"a stream too many":              {framed(frameOpen, streams, head(t, 1)), "stream 8"},
		"a record past its frame":        {framed(frameWords, 0, []byte{5, 20}), "longer than its frame"},
		"an empty record":                {framed(frameWords, 0, []byte{0}), "longer than its frame"},
		"an unknown kind":                {framed(frameWords, 0, []byte{1, 200}), "unknown kind 200"},
		"a word of 10 GB":                {framed(framePiece, 0, binary.AppendUvarint(nil, 10<<30)), "at most"},
		"a word without length":          {framed(framePiece, 0, []byte{0x80}), "without a length"},
		"an empty word":                  {framed(framePiece, 0, []byte{0}), "without a length"},
		"pieces too long":                {framed(framePiece, 0, []byte{1, 20, 20}), "longer than it is"},
		"words between pieces":           {join(framed(framePiece, 0, []byte{9, 20}), good), "between the pieces"},
		"a block of 10 GB":               {framed(frameOpen, 0, head(t, 10<<30)), "MaxBlock"},
		"a block of two large outputs":   {framed(frameOpen, 0, head(t, 3<<30, 3<<30)), "MaxBlock"},
		"a block of no bytes":            {framed(frameOpen, 0, head(t, 0)), "no bytes"},
		"a stream opened twice":          {join(framed(frameOpen, 0, head(t, 5)), framed(frameOpen, 0, head(t, 5))), "opened twice"},
		"a chunk of no stream":           {framed(frameChunk, 0, []byte{1}), "not open"},
		"a chunk past its output":        {join(framed(frameOpen, 0, head(t, 2, 5)), framed(frameChunk, 0, make([]byte, 3))), "longer than what is missing"},
		"a chunk too long":               {join(framed(frameOpen, 0, head(t, 1<<20)), framed(frameChunk, 0, make([]byte, maxChunk+1))), "allowed"},
		"too much credit":                {join(framed(frameCredit, 0, []byte{0, 0, 0, 0x7f}), framed(frameCredit, 0, []byte{0, 0, 0, 0x7f})), "credit"},
		"nobody said goodbye":            {good, "was cut"},
		"a goodbye":                      {framed(frameBye, 0, nil), "EOF"},
		"a sign of life and then an end": {framed(frameAlive, 0, nil), "was cut"},
	} {
		conn, other := wire(t, Options{})
		go io.Copy(io.Discard, other)
		go func() {
			other.Write(c.bytes)
			other.Close()
		}()
		var err error
		for err == nil {
			_, err = conn.Receive()
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if _, again := conn.Receive(); again != err {
			t.Errorf("%s: then %v", name, again)
		}
		conn.Close()
	}
}

func TestMoreBytesThanThereWasCreditForEndTheConnection(t *testing.T) {
	c, other := wire(t, Options{Window: minWindow})
	go io.Copy(io.Discard, other)
	c.in.credit = 10 // as if all of it was used up
	go func() {
		other.Write(framed(frameOpen, 0, head(t, 100)))
		other.Write(framed(frameChunk, 0, make([]byte, 11)))
	}()
	if _, err := c.Receive(); err == nil || !strings.Contains(err.Error(), "credit") {
		t.Errorf("got %v", err)
	}
}
