package runner

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"

	"github.com/braid-compute/braid/internal/block"
)

// Loan is an argument that the runner maps instead of being sent its bytes.
type Loan struct {
	Arg int // its number
	block.Loan
}

const (
	loanSize = 32           // bytes of where memory is
	lentSize = 8 + loanSize // the same with the number of the argument
)

func appendLoan(b []byte, l block.Loan) []byte {
	le := binary.LittleEndian
	b = le.AppendUint32(b, l.Process)
	b = le.AppendUint32(b, l.Descriptor)
	b = le.AppendUint64(b, l.Inode)
	b = le.AppendUint64(b, uint64(l.Offset))
	return le.AppendUint64(b, uint64(l.Ref.Bytes))
}

func parseLoan(b []byte) (l block.Loan, err error) {
	le := binary.LittleEndian
	offset, bytes := le.Uint64(b[16:]), le.Uint64(b[24:])
	if bytes == 0 || offset > math.MaxInt64 || bytes > math.MaxInt64-offset {
		return l, fmt.Errorf("%d bytes at %d are no stretch of memory", bytes, offset)
	}
	l.Process, l.Descriptor, l.Inode = le.Uint32(b), le.Uint32(b[4:]), le.Uint64(b[8:])
	l.Ref = block.Ref{Offset: int64(offset), Bytes: int64(bytes)}
	return l, nil
}

// appendLend appends the body of the message before a call whose arguments are lent.
func appendLend(b []byte, loans []Loan) []byte {
	for _, l := range loans {
		b = binary.LittleEndian.AppendUint32(b, uint32(l.Arg))
		b = append(b, 0, 0, 0, 0)
		b = appendLoan(b, l.Loan)
	}
	return b
}

func parseLend(body []byte) ([]Loan, error) {
	if len(body) == 0 || len(body)%lentSize != 0 || len(body)/lentSize > maxBlobs {
		return nil, fmt.Errorf("loans in %d bytes", len(body))
	}
	loans := make([]Loan, len(body)/lentSize)
	for k := range loans {
		b := body[k*lentSize:]
		number, rest := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
		if rest != 0 || k > 0 && int(number) <= loans[k-1].Arg {
			return nil, fmt.Errorf("loan %d is of argument %d, and %#x follows", k, number, rest)
		}
		l, err := parseLoan(b[8:])
		if err != nil {
			return nil, err
		}
		loans[k] = Loan{int(number), l}
	}
	return loans, nil
}

// appendHere appends where room is that the runner has asked for; nil: there is none.
func appendHere(b []byte, room *block.Room) []byte {
	if room == nil {
		return b
	}
	return appendLoan(b, room.Loan())
}

func parseHere(body []byte) (l block.Loan, given bool, err error) {
	switch len(body) {
	case 0:
		return l, false, nil
	case loanSize:
		l, err = parseLoan(body)
		return l, true, err
	}
	return l, false, fmt.Errorf("room in %d bytes", len(body))
}

func appendRoom(b []byte, n int64) []byte { return binary.LittleEndian.AppendUint64(b, uint64(n)) }

func parseRoom(body []byte) (int64, error) {
	if len(body) != 8 || int64(binary.LittleEndian.Uint64(body)) <= 0 {
		return 0, fmt.Errorf("a request for room of % x bytes", body)
	}
	return int64(binary.LittleEndian.Uint64(body)), nil
}

// borrowed are the arguments of a call that lie in the agent's memory.
type borrowed []*block.Mapped

// borrow maps what is lent to a call. The request's arguments are there from then on.
func borrow(q *Request, loans []Loan) (b borrowed, err error) {
	for _, l := range loans {
		m, err := block.MapLoan(l.Loan)
		if err != nil {
			b.giveBack()
			return nil, err
		}
		b = append(b, m)
		q.Args[l.Arg] = m.Bytes()
	}
	q.Loans = loans
	return b, nil
}

func (b borrowed) giveBack() {
	for _, m := range b {
		_ = m.Close() // of a mapping that there is
	}
}

// checkLoans refuses loans of arguments that a call does not have, or that have bytes as well.
func checkLoans(q Request, loans []Loan) error {
	for _, l := range loans {
		if l.Arg >= len(q.Args) || len(q.Args[l.Arg]) > 0 {
			return fmt.Errorf("call of %q: argument %d is lent, and is none of %d or has bytes", q.Op, l.Arg, len(q.Args))
		}
	}
	return nil
}

// unlent returns the arguments as they are sent beside loans of some of them.
func unlent(args [][]byte, loans []Loan) [][]byte {
	if len(loans) == 0 {
		return args
	}
	args = append([][]byte(nil), args...)
	for _, l := range loans {
		args[l.Arg] = nil
	}
	return args
}

// rooming is the agent's side of a call whose result shall be put into the agent's memory.
type rooming struct {
	give  func(context.Context, int64) (*block.Room, error) // nil: there is no room
	asked bool
	end   context.CancelFunc
	over  chan *block.Room // has a value, which may be nil, when it is known; nil while nobody asks
	room  *block.Room      // that was given
}

var errRoom = errors.New("its call asks for room for a second result")

// ask finds room for a result, until ctx ends or the call is over.
func (g *rooming) ask(ctx context.Context, n int64) error {
	if g.asked {
		return errRoom
	}
	g.asked = true
	over := make(chan *block.Room, 1)
	g.over = over
	if g.give == nil {
		over <- nil
		return nil
	}
	ctx, g.end = context.WithCancel(ctx)
	go func() { // it ends before the call does: see leave
		room, err := g.give(ctx, n)
		if err != nil {
			room = nil // the result is sent
		}
		over <- room
	}()
	return nil
}

// take returns the room into which the result was put.
func (g *rooming) take() *block.Room {
	room := g.room
	g.room = nil
	return room
}

// leave gives the room back if the call is over and its result is not there.
func (g *rooming) leave() {
	if g.end != nil {
		g.end()
	}
	if g.over != nil {
		g.room = <-g.over
	}
	if g.room != nil {
		g.room.Discard()
	}
}

// maps says whether this side can lend and map.
const maps = runtime.GOOS == "linux"

// features are those that this side announces.
func features() byte {
	if maps {
		return featureMaps
	}
	return 0
}
