package runner

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/braid-compute/braid/internal/block"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// framed returns the bytes of a message.
func framed(kind byte, number uint32, first []byte, values [][]byte) []byte {
	var b bytes.Buffer
	writeFrame(bufio.NewWriter(&b), kind, number, first, values)
	return b.Bytes()
}

var (
	someRequest = Request{
		Op: "go/sum", Signature: "s1", Task: "sum#7", Outputs: 2, CPU: 1500, Time: 3 * time.Second, Memory: 1 << 30,
		Args: [][]byte{[]byte("one"), {}, bytes.Repeat([]byte{9}, 17)},
	}
	someAnswer = Response{Outputs: [][]byte{[]byte("result"), []byte("second")}}
	someLoans  = []Loan{
		{0, block.Loan{Arena: block.Arena{Process: 4000, Descriptor: 7, Inode: 1 << 33}, Ref: block.Ref{Offset: 1<<20 + 32, Bytes: 1<<20 + 16}}},
		{2, block.Loan{Arena: block.Arena{Process: 4000, Descriptor: 7, Inode: 1 << 33}, Ref: block.Ref{Offset: 1 << 30, Bytes: 1}}},
	}
	someFailure = Response{Failure: &Failure{Kind: KindPanic, Text: "oh", Stack: []byte("main.f()"), Is: []string{"io.EOF", "mine/none"}}}
)

// messages are one of each kind, by what the golden file calls them.
func messages() []struct {
	name string
	data []byte
} {
	return []struct {
		name string
		data []byte
	}{
		{"hello of a runner", appendHello(nil, hello{side: sideRunner, limit: DefaultLimit, features: featureMaps})},
		{"hello of an agent", appendHello(nil, hello{side: sideAgent, limit: 1000})},
		{"call", framed(frameCall, 1, appendCall(nil, someRequest), someRequest.Args)},
		{"call of nothing", framed(frameCall, 2, appendCall(nil, Request{Op: "x"}), nil)},
		{"cancel", framed(frameCancel, 1, []byte{byte(reasonCancelled)}, nil)},
		{"time limit", framed(frameCancel, 1, []byte{byte(reasonLimit)}, nil)},
		{"answer", framed(frameAnswer, 1, appendAnswer(nil, someAnswer, len(someAnswer.values())), someAnswer.values())},
		{"yield", framed(frameYield, 1, appendYield(nil, "go/child"), nil)},
		{"retake", framed(frameRetake, 1, nil, nil)},
		{"given", framed(frameGiven, 1, nil, nil)},
		{"meet", framed(frameMeet, 1, []byte("127.0.0.1:4000"), nil)},
		{"met", framed(frameMet, 1, appendMet(nil, 2, ""), [][]byte{[]byte("127.0.0.1:4000"), {}})},
		{"not met", framed(frameMet, 1, appendMet(nil, 0, "task 3 has returned"), nil)},
		{"lend", framed(frameLend, 1, appendLend(nil, someLoans), nil)},
		{"room", framed(frameRoom, 1, appendRoom(nil, 1<<20), nil)},
		{"here", framed(frameHere, 1, appendLoan(nil, someLoans[0].Loan), nil)},
		{"no room", framed(frameHere, 1, appendHere(nil, nil), nil)},
		{"answer in room", framed(frameAnswer, 1, appendAnswer(nil, Response{Placed: true}, 0), nil)},
		{"failure", framed(frameAnswer, 2, appendAnswer(nil, someFailure, len(someFailure.values())), someFailure.values())},
	}
}

func TestTheBytesAreThese(t *testing.T) {
	var b strings.Builder
	for _, m := range messages() {
		fmt.Fprintf(&b, "%s\n%s\n", m.name, hex.Dump(m.data))
	}
	const golden = "testdata/messages.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("differs from %s, which -update rewrites; a change needs another version, and docs/format/runner.md:\n%s", golden, b.String())
	}
}

// parsed reads a message and returns what it holds, encoded again.
func parsed(data []byte, limit uint64) (again []byte, what any, err error) {
	h, body, err := readFrame(bytes.NewReader(data), limit)
	if err != nil {
		return nil, nil, err
	}
	switch h.kind {
	case frameCall:
		q, err := parseCall(body)
		if err != nil {
			return nil, nil, err
		}
		return framed(h.kind, h.number, appendCall(nil, q), q.Args), q, nil
	case frameAnswer:
		a, err := parseAnswer(body)
		if err != nil {
			return nil, nil, err
		}
		return framed(h.kind, h.number, appendAnswer(nil, a, len(a.values())), a.values()), a, nil
	case frameCancel:
		why, err := parseCancel(body)
		return framed(h.kind, h.number, []byte{byte(why)}, nil), why, err
	case frameYield:
		what, err := parseYield(body)
		return framed(h.kind, h.number, appendYield(nil, what), nil), what, err
	case frameRetake, frameGiven:
		return framed(h.kind, h.number, nil, nil), nil, parseNothing(body)
	case frameLend:
		loans, err := parseLend(body)
		return framed(h.kind, h.number, appendLend(nil, loans), nil), loans, err
	case frameRoom:
		n, err := parseRoom(body)
		return framed(h.kind, h.number, appendRoom(nil, n), nil), n, err
	case frameHere:
		at, given, err := parseHere(body)
		if !given {
			return framed(h.kind, h.number, nil, nil), at, err
		}
		return framed(h.kind, h.number, appendLoan(nil, at), nil), at, err
	case frameMeet:
		return framed(h.kind, h.number, body, nil), body, checkMeet(body)
	case frameMet:
		all, why, err := parseMet(body)
		return framed(h.kind, h.number, appendMet(nil, len(all), why), all), all, err
	default:
		return nil, nil, errors.New("another kind")
	}
}

func TestMessagesComeBack(t *testing.T) {
	for _, m := range messages()[2:] {
		again, what, err := parsed(m.data, 1<<20)
		if err != nil || !bytes.Equal(again, m.data) {
			t.Errorf("%s: %v, %x, want %x", m.name, err, again, m.data)
		}
		switch m.name {
		case "call":
			if !reflect.DeepEqual(what, someRequest) {
				t.Errorf("%+v, want %+v", what, someRequest)
			}
		case "answer":
			if !reflect.DeepEqual(what, someAnswer) {
				t.Errorf("%+v, want %+v", what, someAnswer)
			}
		case "lend":
			if !reflect.DeepEqual(what, someLoans) {
				t.Errorf("%+v, want %+v", what, someLoans)
			}
		case "failure":
			if !reflect.DeepEqual(what, someFailure) {
				t.Errorf("%+v, want %+v", what, someFailure)
			}
		}
		if _, _, err := parsed(m.data, 0); len(m.data) > headSize && (err == nil || !strings.Contains(err.Error(), "the limit is 0")) {
			t.Errorf("%s above the limit: %v", m.name, err)
		}
		for n := range m.data {
			_, _, err := parsed(m.data[:n], 1<<20)
			if n == 0 && err != io.EOF || n > 0 && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s cut after %d bytes: %v", m.name, n, err)
			}
		}
	}
	for _, m := range messages()[:2] {
		side := m.data[4]
		h, err := readHello(iotest.OneByteReader(bytes.NewReader(m.data)), side)
		if err != nil || !bytes.Equal(appendHello(nil, h), m.data) {
			t.Errorf("%s: %+v, %v", m.name, h, err)
		}
		if _, err := readHello(bytes.NewReader(m.data), 3-side); err == nil {
			t.Errorf("%s was taken from the other side", m.name)
		}
	}
}

func TestFeaturesThatMustBeKnown(t *testing.T) {
	b := appendHello(nil, hello{side: sideRunner, limit: 1})
	b[3] = 0x01
	if _, err := readHello(bytes.NewReader(b), sideRunner); err != nil {
		t.Error(err)
	}
	b[3] = 0x20
	if _, err := readHello(bytes.NewReader(b), sideRunner); err == nil || !strings.Contains(err.Error(), "features 0x20") {
		t.Error(err)
	}
}

func TestWhatIsReadHasItsPlaceInMemory(t *testing.T) {
	q := Request{Op: "odd", Args: [][]byte{[]byte("a"), []byte("bc"), make([]byte, 100)}}
	_, what, err := parsed(framed(frameCall, 1, appendCall(nil, q), q.Args), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range what.(Request).Args {
		if at := reflect.ValueOf(a).Pointer(); at%align != 0 {
			t.Errorf("argument %d begins at %#x, which is no multiple of %d", i, at, align)
		}
		if cap(a) != len(a) {
			t.Errorf("argument %d can be appended to, into the next one", i)
		}
	}
}

// A head may claim more than comes.
func TestAClaimIsNotAllocated(t *testing.T) {
	data := appendHead(nil, head{kind: frameAnswer, number: 1, size: DefaultLimit})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, _, err := readFrame(bytes.NewReader(data), DefaultLimit); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 2*trusted {
		t.Errorf("%d bytes were allocated for a claim of %d", n, uint64(DefaultLimit))
	}
	// One that is kept, in pieces.
	body := make([]byte, 3*trusted/2)
	body[len(body)-1] = 7
	_, got, err := readFrame(bytes.NewReader(append(appendHead(nil, head{kind: 9, size: uint64(len(body))}), body...)), DefaultLimit)
	if err != nil || !bytes.Equal(got, body) {
		t.Errorf("%d bytes of %d, %v", len(got), len(body), err)
	}
}

func TestBodiesThatAreWrong(t *testing.T) {
	le := binary.LittleEndian
	call, answer := appendCall(nil, Request{Op: "op", Args: make([][]byte, 1)}), appendAnswer(nil, Response{}, 1)
	size := func(n uint64) []byte { return le.AppendUint64(nil, n) }
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	set := func(b []byte, at int, v byte) []byte { b = bytes.Clone(b); b[at] = v; return b }
	for name, c := range map[string]struct {
		kind byte
		body []byte
		says string
	}{
		"no call":                 {frameCall, nil, "less than 32"},
		"a name that is cut":      {frameCall, call[:33], "a name of 2 bytes"},
		"no sizes":                {frameCall, call, "1 values do not fit into the 0 bytes"},
		"a value that is cut":     {frameCall, join(call, size(9)), "value 0 of 9 bytes does not fit"},
		"a huge value":            {frameCall, join(call, size(1<<63)), "does not fit"},
		"padding that is not":     {frameCall, join(call, size(1), []byte{0, 0, 1, 0, 0, 0, 9}), "where zeros belong"},
		"bytes after the end":     {frameCall, join(call, size(0), make([]byte, 7)), "1 bytes follow the end"},
		"bytes after nothing":     {frameCall, join(appendCall(nil, Request{Op: "op"}), []byte{1}), "1 bytes follow the end"},
		"no op":                   {frameCall, appendCall(nil, Request{}), "must have a name"},
		"a negative time limit":   {frameCall, appendCall(nil, Request{Op: "op", Time: -1}), "negative"},
		"no answer":               {frameAnswer, nil, "less than 16"},
		"an unknown kind":         {frameAnswer, set(answer, 0, 99), "begins with 63"},
		"a failure of many names": {frameAnswer, set(set(answer, 0, 1), 5, 2), "is 513 errors"},
		"a long name of an error": {frameAnswer, join(set(answer, 0, 1), size(2000), make([]byte, 8+2000)), "2000 bytes, more than 1024"},
		"a text that is cut":      {frameAnswer, set(answer, 8, 200), "200 bytes of text"},
		"text without failure":    {frameAnswer, join(set(set(answer, 4, 0), 8, 1), []byte("x")), "kind 0"},
		"too many outputs":        {frameAnswer, set(answer, 7, 255), "do not fit"},
		"a placed failure":        {frameAnswer, set(set(set(answer, 4, 0), 0, 1), 1, 1), "begins with 01 01"},
		"outputs twice":           {frameAnswer, join(set(answer, 1, 1), size(0)), "begins with 00 01"},
		"no loans":                {frameLend, nil, "loans in 0 bytes"},
		"a loan that is cut":      {frameLend, appendLend(nil, someLoans)[:50], "loans in 50 bytes"},
		"a loan of nothing":       {frameLend, appendLend(nil, []Loan{{}}), "no stretch of memory"},
		"loans out of order":      {frameLend, appendLend(nil, []Loan{someLoans[1], someLoans[0]}), "loan 1 is of argument 0"},
		"a loan beyond memory":    {frameLend, set(appendLend(nil, someLoans), 31, 0x80), "no stretch of memory"},
		"room for nothing":        {frameRoom, make([]byte, 8), "a request for room"},
		"room in half":            {frameHere, make([]byte, 16), "room in 16 bytes"},
		"no cancellation":         {frameCancel, nil, "cancellation"},
		"an unknown cancellation": {frameCancel, []byte{3}, "cancellation of 03"},
	} {
		data := join(appendHead(nil, head{kind: c.kind, number: 1, size: uint64(len(c.body))}), c.body)
		if _, what, err := parsed(data, 1<<20); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, %+v; want %q", name, err, what, c.says)
		}
	}
}

func FuzzMessage(f *testing.F) {
	for _, m := range messages()[2:] {
		f.Add(m.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		again, what, err := parsed(data, 1<<20)
		if err == nil && !bytes.HasPrefix(data, again) {
			t.Errorf("% x was read as %+v, which is % x", data, what, again)
		}
	})
}

func FuzzHello(f *testing.F) {
	for _, m := range messages()[:2] {
		f.Add(m.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, side := range []byte{sideAgent, sideRunner} {
			h, err := readHello(bytes.NewReader(data), side)
			if err != nil {
				continue
			}
			again := appendHello(nil, h)
			again[3] = data[3] // features that may be passed over
			if !bytes.HasPrefix(data, again) {
				t.Errorf("% x was read as %+v", data, h)
			}
		}
	})
}
