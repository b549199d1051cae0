package link

import (
	"os"
	"time"

	"github.com/braid-compute/braid/internal/word"
)

// Options say how to listen or dial. Identity and Hello are needed; everything else has a default.
type Options struct {
	// Address is where to listen: "unix:<folder>", a folder of mode 0700 in which a socket with a name of its own is made, or
	// "tls:<host>:<port>", port 0 for any free one. Dial does not use it.
	Address string

	Identity *Identity
	Hello    Hello

	// Admit decides whether the other side is welcome after its hello was read; the text of its error is told to the
	// other side as the reason. Nil admits everybody who belongs to the cluster. It is called by
	// several goroutines at a time.
	Admit func(Hello) error

	// Queue limits the bytes of encoded words that wait for a side that takes nothing: when more wait, and nothing of them is
	// taken for the time of Silence, the connection is cut. Blocks do not count, because they are sent from where they
	// are. 0 means 64 MiB.
	Queue int

	// Window limits the bytes of blocks that the other side may have under way to us. 0 means 16 MiB,
	// about what sockets hold anyway; at least 512 KiB.
	Window int

	// MaxWord limits the bytes of one word, blocks aside. 0 means word.MaxBytes, 1 GiB.
	MaxWord int

	// MaxBlock limits the bytes of one block from the other side. 0 means 4 GiB.
	MaxBlock int

	// Buffer returns memory of n bytes for a block that is about to arrive, 64-byte aligned at best. It belongs to the
	// Delivery from then on. Nil means memory of the Go heap.
	Buffer func(n int) []byte

	// Timeout is how long a handshake may take. 0 means 10 seconds.
	Timeout time.Duration

	// Silence is how long nothing may be heard over TCP before a connection is cut, and a quarter of how long nothing may be
	// heard from an agent over a Unix socket; a third of it is how often a sign of life is given. 0 means 15 seconds.
	Silence time.Duration
}

// The defaults.
const (
	defaultQueue    = 64 << 20
	defaultWindow   = 16 << 20
	defaultMaxWord  = word.MaxBytes
	defaultMaxBlock = 4 << 30
	defaultTimeout  = 10 * time.Second
	defaultSilence  = 15 * time.Second
)

func (o Options) withDefaults() Options {
	set := func(p *int, d int) {
		if *p <= 0 {
			*p = d
		}
	}
	set(&o.Queue, defaultQueue)
	set(&o.Window, defaultWindow)
	set(&o.MaxWord, defaultMaxWord)
	set(&o.MaxBlock, defaultMaxBlock)
	o.Window = min(max(o.Window, minWindow), maxCredit)
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Silence <= 0 {
		o.Silence = defaultSilence
	}
	o.Hello.Pid = uint32(os.Getpid())
	if o.Buffer == nil {
		o.Buffer = func(n int) []byte { return make([]byte, n) }
	}
	return o
}
