//go:build unix

package runner

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/braid-compute/braid/internal/launch"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if _, ok := launch.Role(); ok {
		words, err := launch.Payload()
		if err == nil {
			err = behave(string(words))
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// behave serves calls, or, told so, does what a runner should not.
func behave(words string) error {
	if words == "" {
		return Work(run)
	}
	conn, err := launch.Conn()
	if err != nil {
		return err
	}
	greet := func() { conn.Write(appendHello(nil, hello{side: sideRunner, limit: 1 << 20})) }
	drain := func() error { // until the agent is gone
		for b := make([]byte, 1<<16); ; {
			if _, err := conn.Read(b); err != nil {
				return err
			}
		}
	}
	switch words {
	case "silent":
	case "text":
		fmt.Fprintln(conn, "Usage: program [flags] file...")
	case "gone":
		return errors.New("there is nothing to do")
	case "old":
		conn.Write([]byte{magic0, magic1, 9, 0, sideRunner, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	case "retake": // what it has
		greet()
		conn.Write(framed(frameRetake, 1, nil, nil))
		return drain()
	case "yields": // what it does not have
		greet()
		conn.Write(framed(frameYield, 1, appendYield(nil, "x"), nil))
		conn.Write(framed(frameYield, 1, appendYield(nil, "x"), nil))
		return drain()
	case "meets": // while it meets
		greet()
		conn.Write(framed(frameMeet, 1, nil, nil))
		conn.Write(framed(frameMeet, 1, nil, nil))
		return drain()
	case "rooms": // for two results
		greet()
		conn.Write(framed(frameRoom, 1, appendRoom(nil, 1<<20), nil))
		conn.Write(framed(frameRoom, 1, appendRoom(nil, 1<<20), nil))
		return drain()
	case "placed": // where there is no room
		greet()
		readOne(conn)
		writeTo(conn, frameAnswer, 1, appendAnswer(nil, Response{Placed: true}, 0), nil)
	case "brings": // too much
		greet()
		conn.Write(framed(frameMeet, 1, make([]byte, maxText+1), nil))
		return drain()
	case "twice": // answers, and answers again
		greet()
		a := Response{Outputs: [][]byte{{1}}}
		for range 3 {
			writeTo(conn, frameAnswer, 1, appendAnswer(nil, a, len(a.values())), a.values())
		}
	case "other": // answers another call
		greet()
		readOne(conn)
		writeTo(conn, frameAnswer, 77, appendAnswer(nil, Response{}, 0), nil)
	case "garbage":
		greet()
		readOne(conn)
		conn.Write([]byte("this is no head of a message"))
	case "cut":
		greet()
		readOne(conn)
		conn.Write(appendHead(nil, head{kind: frameAnswer, number: 1, size: 1000}))
		os.Exit(5)
	case "early": // answers before it has read, and reads no more
		greet()
		a := Response{Outputs: [][]byte{{1}}}
		writeTo(conn, frameAnswer, 1, appendAnswer(nil, a, len(a.values())), a.values())
		return hang()
	case "deaf":
		greet()
		return hang()
	}
	return drain()
}

// hang does nothing for longer than any test takes. A program whose goroutines all wait would be ended by Go.
func hang() error {
	<-time.After(time.Hour)
	return nil
}

// late is what a call keeps that it should not.
var late [][]byte

// run is the ops of the tests. Values are plain bytes here.
func run(ctx context.Context, q Request, place *Place) (answer Response) {
	switch q.Op {
	case "t/sum":
		var sum uint64
		for _, a := range q.Args {
			for _, b := range a {
				sum += uint64(b)
			}
		}
		return Response{Outputs: [][]byte{binary.LittleEndian.AppendUint64(nil, sum)}}
	case "t/echo":
		return Response{Outputs: q.Args}
	case "t/fail":
		return Response{Failure: &Failure{Kind: KindError, Text: "no " + q.Task}}
	case "t/panic":
		panic("oh " + q.Task)
	case "t/goexit":
		runtime.Goexit()
	case "t/exit":
		fmt.Println("about to exit")
		os.Exit(3)
	case "t/kill":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		hang()
	case "t/print":
		fmt.Println("to standard output")
		fmt.Fprintln(os.Stderr, "to standard error")
	case "t/wait":
		fmt.Println("waiting")
		<-ctx.Done()
		return Response{Failure: &Failure{Kind: KindError, Text: "ended: " + context.Cause(ctx).Error()}}
	case "t/lent": // which arguments are, and changes them
		for _, l := range q.Loans {
			answer.Outputs = append(answer.Outputs, []byte{byte(l.Arg), q.Args[l.Arg][0]})
			clear(q.Args[l.Arg])
		}
		return Response{Outputs: [][]byte{slices.Concat(answer.Outputs...)}}
	case "t/pages": // reads one byte of each
		var sum byte
		for k := 0; k < len(q.Args[0]); k += 4096 {
			sum += q.Args[0][k]
		}
		return Response{Outputs: [][]byte{{sum}}}
	case "t/place", "t/drop":
		room := place.Room(ctx, int64(len(q.Args[0])))
		copy(room, q.Args[0])
		switch {
		case q.Op == "t/drop":
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			hang()
		case room == nil:
			return Response{Outputs: q.Args[:1]}
		}
		return Response{Placed: true}
	case "t/late": // looks at what was lent to it before
		late = append(late, q.Args...)
		return Response{Outputs: [][]byte{{late[0][0]}}}
	case "t/yield": // with two goroutines that wait, and then one
		var both sync.WaitGroup
		place.Yield("two")
		both.Go(func() { place.Yield("more"); place.Retake() })
		place.Retake()
		both.Wait()
		place.Yield("one")
		place.Retake()
	case "t/meet": // twice, with what it was given
		for _, data := range q.Args {
			m, err := place.Come(data)
			if err != nil {
				return Response{Failure: &Failure{Kind: KindError, Text: err.Error()}}
			}
			<-m.Over()
			all, err := m.All()
			if err != nil {
				return Response{Failure: &Failure{Kind: KindError, Text: err.Error()}}
			}
			answer.Outputs = append(answer.Outputs, slices.Concat(all...))
		}
		return answer
	case "t/absent": // leaves one behind that meets
		_, first := place.Come(nil)
		if _, err := place.Come(nil); first != nil || err != errMeets {
			return Response{Failure: &Failure{Kind: KindError, Text: fmt.Sprint(first, err)}}
		}
	case "t/stay":
		place.Yield("for ever")
		hang()
	case "t/leave": // while one still waits
		place.Yield("for ever")
		go place.Yield("more")
	case "t/finish": // ends well although it was cancelled
		fmt.Println("waiting")
		<-ctx.Done()
	case "t/hang":
		fmt.Println("waiting")
		hang()
	case "t/memory":
		n, _ := strconv.Atoi(string(q.Args[0]))
		b := make([]byte, n)
		for i := 0; i < len(b); i += 512 {
			b[i] = 1
		}
		return Response{Outputs: [][]byte{b[:1]}}
	case "t/garbage": // makes much and holds little
		for range 200 {
			b := make([]byte, 1<<20)
			b[len(q.Args)] = 1
		}
	default:
		return Response{Failure: &Failure{Kind: KindUnknown, Text: q.Op}}
	}
	return Response{Outputs: [][]byte{nil}}
}
