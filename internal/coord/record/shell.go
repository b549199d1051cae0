package record

import (
	"encoding/binary"
	"fmt"

	"github.com/braid-compute/braid/internal/word"
)

// What a scheduler's shell knows beside the state machine.

// Attached says that a client is there, which may come back: what tells it from others, and of which program it is.
type Attached struct {
	Client  word.Client
	Token   word.Token
	Heard   uint64 // of its words, those from which everything that follows is in the journal
	Program string
	Pid     uint32
	Worker  bool // it is a worker's, for tasks that submit tasks
}

// Heard says of how many words of a client everything that follows is in the journal.
type Heard struct {
	Client word.Client
	Count  uint64
}

// Named says that a result has a name: that of the only task of a run of the cluster's own.
type Named struct {
	Run      word.Run
	Client   word.Client // that gave the name
	Question uint64      // by this
	Name     string
	Type     string
	Program  string
}

// Unnamed says that a result has its name no more.
type Unnamed struct {
	Name string
}

// maxText bounds the texts of a record: names of results, types and programs.
const maxText = 1 << 16

func (x Attached) append(dst []byte) []byte {
	dst = number(append(dst, kindAttached), uint32(x.Client))
	dst = append(dst, x.Token[:]...)
	dst = number(binary.AppendUvarint(dst, x.Heard), x.Pid)
	worker := byte(0)
	if x.Worker {
		worker = 1
	}
	return text(append(dst, worker), x.Program)
}

func (x Heard) append(dst []byte) []byte {
	return binary.AppendUvarint(number(append(dst, kindHeard), uint32(x.Client)), x.Count)
}

func (x Named) append(dst []byte) []byte {
	dst = number(number(append(dst, kindNamed), uint32(x.Run)), uint32(x.Client))
	return text(text(text(binary.AppendUvarint(dst, x.Question), x.Name), x.Type), x.Program)
}

func (x Unnamed) append(dst []byte) []byte { return text(append(dst, kindUnnamed), x.Name) }

func text(dst []byte, s string) []byte { return append(number(dst, uint32(len(s))), s...) }

func (r *reader) attached() Attached {
	x := Attached{Client: word.Client(r.number())}
	copy(x.Token[:], r.bytes(len(x.Token)))
	x.Heard, x.Pid = r.long(), r.number()
	b := r.byte()
	if x.Worker = b == 1; b > 1 {
		r.err = fmt.Errorf("%d is neither yes nor no", b)
	}
	x.Program = r.text()
	return x
}

func (r *reader) named() Named {
	return Named{
		Run: word.Run(r.number()), Client: word.Client(r.number()), Question: r.long(), Name: r.text(), Type: r.text(), Program: r.text(),
	}
}

// long reads a number of 64 bits.
func (r *reader) long() uint64 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.rest)
	switch {
	case n == 0:
		r.err = errShort
	case n < 0 || n > 1 && r.rest[n-1] == 0:
		r.err = errNumber
	default:
		r.rest = r.rest[n:]
		return v
	}
	return 0
}

func (r *reader) bytes(n int) []byte {
	if r.err == nil && len(r.rest) < n {
		r.err = errShort
	}
	if r.err != nil {
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) byte() byte {
	if b := r.bytes(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (r *reader) text() string {
	n := r.number()
	if r.err == nil && n > maxText {
		r.err = fmt.Errorf("a text of %d bytes, and at most %d are allowed", n, maxText)
	}
	return string(r.bytes(int(n)))
}
