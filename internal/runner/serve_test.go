package runner

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

// served runs Serve in this process and returns the agent's ends.
func served(t *testing.T, run func(context.Context, Request, *Place) Response) (in *io.PipeWriter, out *io.PipeReader, ended <-chan error) {
	t.Helper()
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	errs := make(chan error, 1)
	go func() {
		errs <- Serve(inR, outW, run)
		inR.Close()
		outW.Close()
	}()
	if _, err := readHello(outR, sideRunner); err != nil {
		t.Fatal(err)
	}
	return inW, outR, errs
}

func TestServeSaysWhatIsWrongWithTheAgentsWords(t *testing.T) {
	good := appendHello(nil, hello{side: sideAgent, limit: 1000})
	join := func(parts ...[]byte) []byte { return bytes.Join(append([][]byte{good}, parts...), nil) }
	wait := framed(frameCall, 1, appendCall(nil, Request{Op: "wait"}), nil)
	for name, c := range map[string]struct {
		input []byte
		says  string // "" is no error
	}{
		"nothing after the first words": {good, ""},
		"not even first words":          {nil, "after 0 bytes"},
		"the end during a call":         {join(wait), ""},
		"two calls at once":             {join(wait, framed(frameCall, 2, appendCall(nil, Request{Op: "wait"}), nil)), "call 2 came while call 1 runs"},
		"a call without a number":       {join(framed(frameCall, 0, appendCall(nil, Request{Op: "x"}), nil)), "call 0 came"},
		"an answer":                     {join(framed(frameAnswer, 1, appendAnswer(nil, Response{}, 0), nil)), "kind 3"},
		"a cut message":                 {join(wait[:20]), "was cut"},
		"a cancellation of nothing":     {join(framed(frameCancel, 5, []byte{1}, nil)), ""},
		"loans that nobody wants":       {join(framed(frameLend, 1, appendLend(nil, someLoans), nil)), "nobody expects"},
		"room that nobody wants":        {join(wait, framed(frameHere, 1, nil, nil)), "nobody has asked"},
		"garbage":                       {[]byte("GET / HTTP/1.1\r\n\r\n"), `"GET / HTTP/1.1\r\n"`},
	} {
		t.Run(name, func(t *testing.T) {
			in, out, ended := served(t, func(ctx context.Context, _ Request, _ *Place) Response {
				<-ctx.Done()
				return Response{Failure: &Failure{Text: context.Cause(ctx).Error()}}
			})
			go io.Copy(io.Discard, out)
			in.Write(c.input) // fails if it ends before all is read
			in.Close()
			err := <-ended
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

func TestServeAnswersWhateverTheFunctionReturns(t *testing.T) {
	for name, c := range map[string]struct {
		give Response
		want Response
	}{
		"outputs":               {Response{Outputs: [][]byte{[]byte("x")}}, Response{Outputs: [][]byte{[]byte("x")}}},
		"a failure, no outputs": {Response{Outputs: [][]byte{nil}, Failure: &Failure{Kind: KindError, Text: "no"}}, Response{Failure: &Failure{Kind: KindError, Text: "no"}}},
		"a kind that is none":   {Response{Failure: &Failure{Kind: 77}}, Response{Failure: &Failure{Kind: KindError}}},
		"a long text":           {Response{Failure: &Failure{Kind: KindError, Text: strings.Repeat("x", maxText+1)}}, Response{Failure: &Failure{Kind: KindError, Text: strings.Repeat("x", maxText)}}},
		"more than is taken":    {Response{Outputs: [][]byte{make([]byte, 1<<20)}}, Response{Failure: &Failure{Kind: KindResult, Text: "the result has 1048608 bytes, and the agent takes at most 1000000"}}},
	} {
		in, out, ended := served(t, func(context.Context, Request, *Place) Response { return c.give })
		in.Write(appendHello(nil, hello{side: sideAgent, limit: 1_000_000}))
		in.Write(framed(frameCall, 3, appendCall(nil, Request{Op: "x"}), nil))
		h, body, err := readFrame(out, 1<<20)
		if err != nil || h.number != 3 || h.kind != frameAnswer {
			t.Errorf("%s: %+v, %v", name, h, err)
		}
		a, err := parseAnswer(body)
		if err != nil || !sameResponse(a, c.want) {
			t.Errorf("%s: %+v %v, %v", name, a, a.Failure, err)
		}
		in.Close()
		if err := <-ended; err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func sameResponse(a, b Response) bool {
	if (a.Failure == nil) != (b.Failure == nil) || len(a.Outputs) != len(b.Outputs) {
		return false
	}
	for i := range a.Outputs {
		if !bytes.Equal(a.Outputs[i], b.Outputs[i]) {
			return false
		}
	}
	return a.Failure == nil || a.Failure.Kind == b.Failure.Kind && a.Failure.Text == b.Failure.Text
}

func TestWorkIsForRunnersOnly(t *testing.T) {
	if err := Work(nil); err == nil || !strings.Contains(err.Error(), "not started as a worker") {
		t.Error(err)
	}
}

func TestFailuresInWords(t *testing.T) {
	for want, f := range map[string]*Failure{
		"no":         {Kind: KindError, Text: "no"},
		"panic: oh":  {Kind: KindPanic, Text: "oh"},
		"Kind(99): ": {Kind: 99},
	} {
		if got := error(f).Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if d := (&Death{}); !errors.As(error(d), new(*Death)) || !strings.HasPrefix(d.Error(), "runner: ") {
		t.Error(d)
	}
}
