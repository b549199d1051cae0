package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// Kinds of records. The numbers are part of the form and never change their meaning.
const (
	kindSubmitted  = 1
	kindClientWord = 2
	kindClientGone = 3
	kindFailed     = 4
	kindOver       = 5
	kindNumbers    = 6
	kindAttached   = 7
	kindHeard      = 8
	kindNamed      = 9
	kindUnnamed    = 10
	kindPast       = 11
)

// Over says that a run is over: what earlier records say of it matters no more.
type Over struct {
	Run word.Run
}

// Numbers says which numbers were given last, so that a successor does not give them again.
type Numbers struct {
	Run    word.Run
	Agent  word.Agent
	Client word.Client
}

// Append appends the record of an event, or of another type of this package, to dst. It reports false, and appends nothing, for an event that a
// successor learns from agents.
func Append(dst []byte, what any) (out []byte, kept bool, err error) {
	switch x := what.(type) {
	case sched.Submitted:
		out, err = appendSubmitted(dst, x)
	case sched.ClientWord:
		switch x.Word.(type) {
		case *word.Release, *word.CancelTasks, *word.Leave:
		default:
			return dst, false, nil
		}
		out = number(append(dst, kindClientWord), uint32(x.Client))
		out, err = appendWord(out, x.Word)
	case sched.ClientGone:
		out = number(append(dst, kindClientGone), uint32(x.Client))
	case sched.AgentWord:
		failed, ok := x.Word.(*word.Failed)
		if !ok {
			return dst, false, nil
		}
		out = number(append(dst, kindFailed), uint32(x.Agent))
		out, err = word.Append(out, failed)
	case sched.Past:
		out = appendPast(dst, x)
	case Over:
		out = number(append(dst, kindOver), uint32(x.Run))
	case Numbers:
		out = number(number(number(append(dst, kindNumbers), uint32(x.Run)), uint32(x.Agent)), uint32(x.Client))
	case interface{ append([]byte) []byte }:
		out = x.append(dst)
	default:
		return dst, false, nil
	}
	if err != nil {
		return dst, false, fmt.Errorf("record: append %v: %w", what, err)
	}
	return out, true, nil
}

// appendSubmitted writes a graph as the client's own word does, which says all the rest of it, too.
func appendSubmitted(dst []byte, x sched.Submitted) ([]byte, error) {
	g, err := graph.Encode(x.Graph, graph.EncodeOptions{})
	if err != nil {
		return nil, err
	}
	out := number(number(append(dst, kindSubmitted), uint32(x.Client)), uint32(x.Run))
	return word.Append(out, &word.Submit{Sequence: x.Graph.Submission, All: x.All, Wanted: x.Wanted, Graph: g})
}

func appendPast(dst []byte, x sched.Past) []byte {
	dst = number(number(append(dst, kindPast), uint32(x.Task.Run)), uint32(x.Task.Index))
	return append(binary.AppendUvarint(append(dst, x.Suspected), x.Bytes), x.Times)
}

// appendWord writes a word behind its kind.
func appendWord(dst []byte, w any) ([]byte, error) {
	k, _ := word.KindOf(w)
	return word.Append(append(dst, byte(k)), w)
}

func number(dst []byte, v uint32) []byte { return binary.AppendUvarint(dst, uint64(v)) }

var (
	errShort  = errors.New("it ends too early")
	errNumber = errors.New("a number is longer than it needs to be or has more bits than it may")
	errLeft   = errors.New("something is left over")
	errWord   = errors.New("a word of a client that no scheduler needs again")
)

// Decode reads a record: an event of package sched, or another type of this package. The literals of a graph refer to data, which must not be changed
// afterwards.
//
// Nothing is believed: unknown kinds, bytes cut short or left over, and bytes that Append would not write are errors.
func Decode(data []byte) (any, error) {
	if len(data) == 0 {
		return nil, fmt.Errorf("record: %w", errShort)
	}
	r := reader{rest: data[1:]}
	what := r.read(data[0])
	if r.err == nil && len(r.rest) > 0 {
		r.err = fmt.Errorf("%d bytes: %w", len(r.rest), errLeft)
	}
	if r.err != nil {
		return nil, fmt.Errorf("record of kind %d and %d bytes: %w", data[0], len(data), r.err)
	}
	return what, nil
}

// reader reads what is left of a record. The first mistake is kept.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) read(kind byte) any {
	switch kind {
	case kindSubmitted:
		return r.submitted()
	case kindClientWord:
		return r.clientWord()
	case kindClientGone:
		return sched.ClientGone{Client: word.Client(r.number())}
	case kindFailed:
		n := word.Agent(r.number())
		return sched.AgentWord{Agent: n, Word: r.word(word.KindFailed)}
	case kindOver:
		return Over{word.Run(r.number())}
	case kindNumbers:
		return Numbers{word.Run(r.number()), word.Agent(r.number()), word.Client(r.number())}
	case kindAttached:
		return r.attached()
	case kindHeard:
		return Heard{word.Client(r.number()), r.long()}
	case kindNamed:
		return r.named()
	case kindUnnamed:
		return Unnamed{r.text()}
	case kindPast:
		return r.past()
	}
	r.err = errors.New("unknown kind: it was written by a later release")
	return nil
}

func (r *reader) submitted() any {
	ev := sched.Submitted{Client: word.Client(r.number()), Run: word.Run(r.number())}
	w, _ := r.word(word.KindSubmit).(*word.Submit)
	if w == nil {
		return ev
	}
	if ev.Graph, r.err = graph.Decode(w.Graph); r.err != nil {
		return ev
	}
	if ev.Graph.Submission != w.Sequence {
		r.err = fmt.Errorf("submission %d has the graph of submission %d", w.Sequence, ev.Graph.Submission)
	}
	ev.All, ev.Wanted = w.All, w.Wanted
	return ev
}

func (r *reader) clientWord() any {
	ev := sched.ClientWord{Client: word.Client(r.number())}
	if r.err == nil && len(r.rest) == 0 {
		r.err = errShort
	}
	if r.err != nil {
		return ev
	}
	k := word.Kind(r.rest[0])
	r.rest = r.rest[1:]
	switch k {
	case word.KindRelease, word.KindCancelTasks, word.KindLeave:
		ev.Word = r.word(k)
	default:
		r.err = fmt.Errorf("%v: %w", k, errWord)
	}
	return ev
}

func (r *reader) past() any {
	x := sched.Past{Task: word.Task{Run: word.Run(r.number()), Index: graph.Index(r.number())}}
	x.Suspected, x.Bytes, x.Times = r.byte(), r.long(), r.byte()
	return x
}

// word reads a word from all that is left.
func (r *reader) word(k word.Kind) (w any) {
	if r.err != nil {
		return nil
	}
	w, r.err = word.Decode(k, r.rest)
	r.rest = nil
	return w
}

func (r *reader) number() uint32 {
	v := r.long()
	if v > math.MaxUint32 {
		r.err = errNumber
		return 0
	}
	return uint32(v)
}
