package runner

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime/debug"
	"sync"

	"github.com/braid-compute/braid/internal/launch"
)

// Role is what launch.Role reports in a runner.
const Role = "runner"

// Work makes this process, which was started as a runner, one: it serves its agent until the agent is gone, which ends
// the process. It returns only with an error.
func Work(run func(context.Context, Request, *Place) Response) error {
	conn, err := launch.Conn()
	if err != nil {
		return err
	}
	return Serve(conn, conn, run)
}

// Serve answers the calls that come from in, one after the other, by what run makes of them, until in ends. A panic of run is
// an answer. The context of run is cancelled when the agent gives the call up; its cause is
// context.DeadlineExceeded upon the time limit. Arguments lie in memory that belongs to run from then on.
//
// Serve returns when in has ended and the function that runs has returned. The error says what was wrong with the
// agent's words; nil is the plain end of the stream.
func Serve(in io.Reader, out io.Writer, run func(context.Context, Request, *Place) Response) error {
	heap := debug.SetMemoryLimit(-1)
	s := &server{out: bufio.NewWriterSize(out, bufferSize), run: run, heap: heap, limited: heap}
	if _, err := s.out.Write(appendHello(nil, hello{sideRunner, DefaultLimit, features()})); err != nil {
		return s.wrong(err)
	}
	if err := s.out.Flush(); err != nil {
		return s.wrong(err)
	}
	r := bufio.NewReaderSize(in, bufferSize)
	h, err := readHello(r, sideAgent)
	if err != nil {
		return s.wrong(err)
	}
	s.limit, s.maps = h.limit, maps && h.features&featureMaps != 0
	defer s.calls.Wait()
	defer s.cancel(0, context.Canceled)
	for {
		h, body, err := readFrame(r, DefaultLimit)
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = s.take(h, body)
		}
		if err != nil {
			return s.wrong(err)
		}
	}
}

const bufferSize = 32 << 10

// server is the state of Serve.
type server struct {
	order sync.Mutex    // of what is said, held while it is written
	out   *bufio.Writer // guarded by order
	limit uint64        // the greatest body that the agent takes
	maps  bool          // the agent lends, and gives room
	loans []Loan        // for the next call; of the reader
	run   func(context.Context, Request, *Place) Response
	calls sync.WaitGroup

	heap    int64 // the Go runtime's memory limit without calls
	limited int64 // the one that is set, by the call that runs

	mu     sync.Mutex
	number uint32 // of the call that runs, or 0
	end    context.CancelCauseFunc
	place  *Place // of that call
}

func (s *server) wrong(err error) error { return fmt.Errorf("runner: talk with the agent: %w", err) }

func (s *server) take(h head, body []byte) error {
	switch h.kind {
	case frameCall:
		q, err := parseCall(body)
		if err != nil {
			return err
		}
		loans := s.loans
		s.loans = nil
		if err := checkLoans(q, loans); err != nil {
			return err
		}
		return s.begin(h.number, q, loans)
	case frameLend:
		loans, err := parseLend(body)
		if err != nil {
			return err
		}
		if !s.maps || s.loans != nil {
			return errors.New("loans that nobody expects")
		}
		s.loans = loans
		return nil
	case frameHere:
		loan, given, err := parseHere(body)
		if err != nil {
			return err
		}
		if p := s.placeOf(h.number); p != nil {
			return p.here(loan, given)
		}
		return nil
	case frameCancel:
		why, err := parseCancel(body)
		if err != nil {
			return err
		}
		cause := context.Canceled
		if why == reasonLimit {
			cause = context.DeadlineExceeded
		}
		s.cancel(h.number, cause)
		return nil
	case frameGiven:
		if err := parseNothing(body); err != nil {
			return err
		}
		if p := s.placeOf(h.number); p != nil {
			p.given()
		}
		return nil
	case frameMet:
		all, why, err := parseMet(body)
		if err != nil {
			return err
		}
		if p := s.placeOf(h.number); p != nil {
			return p.met(all, why)
		}
		return nil
	default:
		return fmt.Errorf("a message of kind %d, which only a later version may have", h.kind)
	}
}

// placeOf returns the place of a call, or nil for one that is over: what the agent says about it crosses its answer.
func (s *server) placeOf(number uint32) *Place {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.number == number && number != 0 {
		return s.place
	}
	return nil
}

// cancel ends the context of a call if it still runs; 0 stands for whichever runs.
func (s *server) cancel(number uint32, cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.number != 0 && (number == 0 || number == s.number) {
		s.end(cause)
	}
}

// begin starts a call.
func (s *server) begin(number uint32, q Request, loans []Loan) error {
	ctx, end := context.WithCancelCause(context.Background())
	place := &Place{s: s, number: number}
	s.mu.Lock()
	busy := s.number
	if busy == 0 && number != 0 {
		s.number, s.end, s.place = number, end, place
	}
	s.mu.Unlock()
	if busy != 0 || number == 0 {
		end(nil)
		return fmt.Errorf("call %d came while call %d runs; a runner takes one at a time", number, busy)
	}
	// The goroutine of the call before has sent its answer, or is about to, and may still have the writer.
	s.calls.Wait()
	s.calls.Add(1)
	go s.call(ctx, end, place, q, loans)
	return nil
}

// call runs the function and answers whatever it does, also if it ends this goroutine.
func (s *server) call(ctx context.Context, end context.CancelCauseFunc, place *Place, q Request, loans []Loan) {
	defer s.calls.Done()
	defer end(nil)
	args, err := borrow(&q, loans)
	defer func() { // when the answer, which may be a part of them, is out
		if !place.kept.Load() {
			args.giveBack()
		}
	}()
	answer := Response{Failure: &Failure{Kind: KindExit, Text: "the function called runtime.Goexit"}}
	defer func() {
		if v := recover(); v != nil {
			answer = Response{Failure: &Failure{Kind: KindPanic, Text: fmt.Sprint(v), Stack: debug.Stack()}}
		}
		answer = settled(ctx, answer)
		place.leaveRoom(&answer)
		s.order.Lock()
		defer s.order.Unlock()
		place.end()
		// The agent's next call may come as soon as this answer is out.
		s.mu.Lock()
		s.number = 0
		s.mu.Unlock()
		s.answer(place.number, answer)
	}()
	s.limitHeap(q.Memory)
	if err != nil {
		answer = Response{Failure: &Failure{Kind: KindLoan, Text: err.Error()}}
		return
	}
	answer = s.run(ctx, q, place)
}

// limitHeap lets the collector work harder before the system refuses memory. Setting the limit stops the program for
// a moment, so it is not set again for nothing.
func (s *server) limitHeap(bytes int64) {
	limit := s.heap
	if bytes > 0 {
		limit = min(limit, bytes)
	}
	if limit != s.limited {
		debug.SetMemoryLimit(limit)
		s.limited = limit
	}
}

// settled makes an answer one that the format can carry.
func settled(ctx context.Context, a Response) Response {
	if f := a.Failure; f != nil {
		kind := f.Kind
		if kind == 0 || kind > lastKind {
			kind = KindError
		}
		if kind == KindError && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
			kind = KindLimit
		}
		return Response{Failure: &Failure{Kind: kind, Text: f.Text, Stack: f.Stack, Is: f.Is}}
	}
	if len(a.Outputs) > maxBlobs {
		return Response{Failure: &Failure{Kind: KindResult, Text: fmt.Sprintf("%d outputs, more than %d", len(a.Outputs), maxBlobs)}}
	}
	return a
}

// answer sends an answer. Called with order held. An error means that the agent is gone, which the reader sees too.
func (s *server) answer(number uint32, a Response) {
	values := a.values()
	first := appendAnswer(nil, a, len(values))
	if n := sizeOf(len(first), values); n > s.limit || n > math.MaxInt {
		a = Response{Failure: &Failure{Kind: KindResult, Text: fmt.Sprintf("the result has %d bytes, and the agent takes at most %d", n, s.limit)}}
		values, first = nil, appendAnswer(nil, a, 0)
	}
	writeFrame(s.out, frameAnswer, number, first, values)
}
