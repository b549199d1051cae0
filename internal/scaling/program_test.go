package scaling

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/braid-compute/braid/internal/machine"
)

// self is this test program in one of its roles.
func self(t *testing.T, as string, args ...string) Program {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), role+"="+as, "OMP_NUM_THREADS=77", "GORACE=atexit_sleep_ms=0")
	return Program{Path: path, Args: append([]string{path}, args...), Env: env}
}

func TestTheCountReachesTheProgram(t *testing.T) {
	for _, n := range []int{1, 2, 4000} {
		p := self(t, "tell", "--threads={n}", "{n}{n}", "n")
		cpus, err := machine.CPUs()
		p.CPUs = cpus
		seen := runtime.NumCPU()
		if err == nil {
			seen = min(n, len(cpus))
		}
		var told string
		p.Seconds = func(stdout []byte) (float64, error) {
			told = string(stdout)
			return 12.5, nil
		}
		s, err := p.Run(t.Context(), n)
		if err != nil || s.Seconds != 12.5 || s.Others < 0 {
			t.Errorf("%+v, %v", s, err)
		}
		if want := fmt.Sprintf("%s --threads=%d %d%d n %d %d %d %d\n0 <nil>\n", p.Path, n, n, n, n, n, n, seen); told != want {
			t.Errorf("the program was given %q, want %q", told, want)
		}
	}
	p := self(t, "tell", "{n}")
	if s, err := p.Run(t.Context(), 1); err != nil || !(s.Seconds > 0) || math.IsInf(s.Seconds, 0) || p.Args[1] != "{n}" {
		t.Errorf("without a mask: %+v, %v, then %q", s, err, p.Args)
	}
}

func TestAFailureHasTheExitCodeAndTheLastLine(t *testing.T) {
	_, err := self(t, "fail", "{n}").Run(t.Context(), 2)
	var f *Failure
	if !errors.As(err, &f) || f.How != "exit code 3" || f.Last != "?[1mout of luck 2" || err.Error() != "exit code 3: ?[1mout of luck 2" {
		t.Errorf("have %v", err)
	}
	p := self(t, "tell")
	p.Seconds = func([]byte) (float64, error) { return 0, errors.New("no time") }
	if _, err := p.Run(t.Context(), 1); !errors.As(err, &f) || f.Error() != "no time" {
		t.Errorf("of output that is not understood: %v", err)
	}
	p.Path += ".missing"
	if _, err := p.Run(t.Context(), 1); err == nil || errors.As(err, &f) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of a program that cannot be started: %v", err)
	}
}

// listener accepts the connections of the programs that hold on.
func listener(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestTheEndOfTheContextEndsTheProgramAndItsChildren(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no process groups")
	}
	l := listener(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	result := make(chan error, 1)
	go func() {
		_, err := self(t, "parent", l.Addr().String()).Run(ctx, 1)
		result <- err
	}()
	var held []net.Conn
	for range 2 { // the parent and its child
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, c)
	}
	cause := errors.New("enough")
	cancel(cause)
	if err := <-result; err != cause {
		t.Errorf("have %v, want the cause", err)
	}
	for _, c := range held { // which end only with the processes
		if n, err := io.Copy(io.Discard, c); n != 0 || err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%d bytes, %v", n, err)
		}
		c.Close()
	}
}

func TestAProgramThatLeavesProcessesBehindFails(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the two seconds that such processes are given")
	}
	l := listener(t)
	_, err := self(t, "leave", l.Addr().String()).Run(t.Context(), 1)
	var f *Failure
	if !errors.As(err, &f) || !strings.Contains(f.How, "left processes behind") {
		t.Errorf("have %v", err)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c.Close() // which ends the process
}

func TestFindSaysWhyThereIsNoProgram(t *testing.T) {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if found, err := Find(path); found != path || err != nil {
		t.Errorf("%s was found as %q, %v", path, found, err)
	}
	if _, err := Find("no-program-of-this-name"); err == nil || strings.Contains(err.Error(), "no-program") {
		t.Errorf("have %v, want the reason alone", err)
	}
}

func TestATailIsTheEndOfWhatWasWritten(t *testing.T) {
	for _, size := range []int{1, 3, 7, 100} {
		var all []byte
		end := tail{most: 10}
		for i := range 50 {
			piece := []byte(strings.Repeat(string(rune('a'+i%26)), size))
			all = append(all, piece...)
			if n, err := end.Write(piece); n != size || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
			if want := all[max(0, len(all)-10):]; string(end.bytes()) != string(want) {
				t.Fatalf("pieces of %d: have %q, want %q", size, end.bytes(), want)
			}
			if len(end.data) > 20+size {
				t.Fatalf("%d bytes are kept", len(end.data))
			}
		}
	}
}

func FuzzLastLine(f *testing.F) {
	for _, seed := range []string{"", "a\nb\n", "10 %\r20 %\r", "\x1b[31mred\x00\xff", strings.Repeat("é", 300), "\n\n \t\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		line := lastLine(text)
		if !utf8.ValidString(line) || strings.ContainsAny(line, "\n\r\t\x1b") || utf8.RuneCountInString(line) > mostLine || strings.TrimSpace(line) != line {
			t.Fatalf("%q: %q", text, line)
		}
		if strings.TrimSpace(string(text)) == "" && line != "" {
			t.Fatalf("%q has a last line %q", text, line)
		}
	})
}
