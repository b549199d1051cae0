//go:build unix

package launch

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// began is when this process's code began to run, as near as a test can tell.
var began = time.Now()

func TestMain(m *testing.M) {
	switch role, ok := Role(); {
	case ok:
		os.Exit(work(role))
	case os.Getenv("LAUNCH_TEST_BODY") != "":
		// A program that should be a worker and is not: its body runs.
		fmt.Println("the body ran")
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// acts are what a process of the tests can be told to do by its start words, "name arguments…".
var acts = map[string]func(args []string) int{
	"exit": func(args []string) int {
		n, _ := strconv.Atoi(args[0])
		return n
	},
	"lines": func(args []string) int {
		n, _ := strconv.Atoi(args[0])
		for i := range n {
			fmt.Printf("line %d\n", i)
			fmt.Fprintf(os.Stderr, "error %d\n", i)
		}
		fmt.Print("no end")
		return 0
	},
	"panic": func([]string) int {
		fmt.Println("before")
		panic("the test wants it")
	},
	"see":    see,
	"child":  beWithChild,
	"parent": beParent,
	"oom":    runOutOfMemory,
	"hang":   func([]string) int { return hang() },
	"spin": func([]string) int {
		fmt.Println("ready")
		for {
			runtime.Gosched()
		}
	},
	"memory": func(args []string) int {
		n, _ := strconv.Atoi(args[0])
		b := make([]byte, n)
		for i := 0; i < len(b); i += 512 {
			b[i] = 1
		}
		return int(b[1])
	},
	"echo": func([]string) int {
		c, err := Conn()
		if err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println("printed") // must not get into the connection
		io.Copy(c, c)
		return 0
	},
	"time": func([]string) int {
		fmt.Println(began.UnixNano())
		return hang()
	},
	"folder": func([]string) int {
		d, err := Folder()
		d.sweeper.Wait() // so that what dies later is for others to sweep
		fmt.Println(d.Path(), err)
		return hang()
	},
	"gone": func(args []string) int {
		if err := os.Remove(args[0]); err != nil {
			fmt.Println(err)
			return 1
		}
		g, err := Start(context.Background(), Options{Role: "agent", Count: 1, Payload: []byte("code"), Output: func(_ int, line []byte) { fmt.Printf("%s\n", line) }})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		defer g.Close()
		g.Processes()[0].Wait()
		return 0
	},
	"code": func([]string) int {
		id, err := Code(context.Background())
		fmt.Printf("%x %v\n", id, err)
		return 0
	},
}

func executable() string {
	path, err := Executable()
	if err != nil {
		panic(err)
	}
	return path
}

func work(role string) int {
	if role == "unasked" { // a program that does not know that it is a worker
		_, err := Start(context.Background(), Options{Role: "agent", Count: 1})
		fmt.Println(err)
		return 0
	}
	words, err := Payload()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	name, rest, _ := strings.Cut(string(words), " ")
	if act := acts[name]; act != nil {
		return act(strings.Fields(rest))
	}
	fmt.Printf("unknown act %q\n", name)
	return 1
}

// hang says that it runs, and waits to be ended.
func hang() int {
	fmt.Println("ready")
	select {}
}

// sight is what a worker sees of itself.
type sight struct {
	Role   string
	Number int
	Args   []string
	Marker string
	Given  string
	Procs  string
	Input  string
	Group  int
	Pid    int
	CPUs   int
	Dir    string
	Name   string
	Fds    []string
}

func see([]string) int {
	role, _ := Role()
	input, _ := io.ReadAll(os.Stdin)
	dir, _ := os.Getwd()
	name, _ := os.ReadFile("/proc/self/comm")
	s := sight{
		Role: role, Number: Number(), Args: os.Args, Marker: os.Getenv(marker), Given: os.Getenv("GIVEN"), Procs: os.Getenv("GOMAXPROCS"),
		Input: string(input), Group: syscall.Getpgrp(), Pid: os.Getpid(), CPUs: runtime.NumCPU(), Dir: dir, Name: strings.TrimSpace(string(name)),
	}
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		to, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err == nil {
			s.Fds = append(s.Fds, e.Name()+" "+to)
		}
	}
	json.NewEncoder(os.Stdout).Encode(s)
	return 0
}

// beWithChild starts a program as a task would, by the same name and with the same environment, and shows what it says.
func beWithChild(args []string) int {
	if slices.Contains(args, "hangs") {
		c := exec.Command("sleep", "1000")
		c.Stdout = os.Stdout // holds the pipe open
		if err := c.Start(); err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println("pid", c.Process.Pid)
		return hang()
	}
	c := exec.Command(executable())
	c.Args[0] = os.Args[0]
	c.Env = append(os.Environ(), "LAUNCH_TEST_BODY=1")
	out, err := c.CombinedOutput()
	fmt.Printf("%s%v\n", out, err)
	return 0
}

// beParent starts processes of its own and says their ids.
func beParent(args []string) int {
	n, _ := strconv.Atoi(args[0])
	pids := make(chan string)
	g, err := Start(context.Background(), Options{Role: "agent", Count: n, Payload: []byte(strings.Join(args[1:], " ")), Output: func(proc int, line []byte) {
		if string(line) == "ready" {
			pids <- ""
		} else if pid, ok := strings.CutPrefix(string(line), "pid "); ok {
			pids <- "pid " + pid
		}
	}})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	for ready := 0; ready < n; {
		if line := <-pids; line != "" {
			fmt.Println(line)
		} else {
			ready++
		}
	}
	for _, p := range g.Processes() {
		fmt.Println("pid", p.Pid())
	}
	return hang()
}

// runOutOfMemory moves into a cgroup, starts a worker in it, and says how that ended.
func runOutOfMemory(args []string) int {
	if err := os.WriteFile(args[0]+"/cgroup.procs", []byte(strconv.Itoa(os.Getpid())), 0); err != nil {
		fmt.Println(err)
		return 1
	}
	g, err := Start(context.Background(), Options{Role: "agent", Count: 1, Payload: []byte(strings.Join(args[1:], " "))})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer g.Close()
	fmt.Println(g.Processes()[0].Wait())
	return 0
}

// start starts processes that are ended with the test, and returns their lines.
func start(t testing.TB, o Options) (*Group, <-chan string) {
	t.Helper()
	if o.Role == "" {
		o.Role = "agent"
	}
	lines := make(chan string, 1000)
	if o.Output == nil {
		o.Output = func(_ int, line []byte) { lines <- string(line) }
	}
	g, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g, lines
}

// act starts one process that does what is said.
func act(t testing.TB, words string) (*Process, <-chan string) {
	t.Helper()
	g, lines := start(t, Options{Count: 1, Payload: []byte(words)})
	return g.Processes()[0], lines
}

// until returns the lines that come before this one.
func until(t testing.TB, lines <-chan string, last string) (before []string) {
	t.Helper()
	for {
		select {
		case line := <-lines:
			if line == last {
				return before
			}
			before = append(before, line)
		case <-time.After(time.Minute):
			t.Fatalf("no line %q came after %q", last, before)
		}
	}
}

// pidsOf reads the lines "pid N".
func pidsOf(t testing.TB, lines []string) (pids []int) {
	t.Helper()
	for _, line := range lines {
		if text, ok := strings.CutPrefix(line, "pid "); ok {
			pid, err := strconv.Atoi(text)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}

// raw starts this test program with a marker of one's own and gives it bytes of one's own.
func raw(t *testing.T, id identity, suffix string, input io.Reader) (out string, err error) {
	t.Helper()
	c := exec.Command(executable())
	c.Args[0] = "test" + suffix
	c.Env = append(os.Environ(), marker+"="+id.String(), "LAUNCH_TEST_BODY=1")
	c.Stdin = input
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a worker ends its group with itself
	b, err := c.CombinedOutput()
	return string(b), err
}
