package scaling

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// role names the variable that makes the test program one of the programs to be run instead of testing.
const role = "SCALING_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "":
		goleak.VerifyTestMain(m)
	case "tell": // what it was given
		fmt.Println(strings.Join(os.Args, " "), os.Getenv("BRAID_CORES"), os.Getenv("OMP_NUM_THREADS"), os.Getenv("GOMAXPROCS"), runtime.NumCPU())
		stdin, err := io.ReadAll(os.Stdin)
		fmt.Println(len(stdin), err)
	case "fail":
		fmt.Fprintf(os.Stderr, "first\nreading  10 %%\r\x1b[1mout of luck\t%s \n\n", os.Args[1])
		os.Exit(3)
	case "parent": // of a process that holds on, too
		child := exec.Command(os.Args[0], os.Args[1:]...)
		child.Env = append(os.Environ(), role+"=hold")
		if err := child.Start(); err != nil {
			panic(err)
		}
		hold()
	case "leave": // a process behind, which holds the output
		child := exec.Command(os.Args[0], os.Args[1:]...)
		child.Env, child.Stderr = append(os.Environ(), role+"=hold"), os.Stderr
		if err := child.Start(); err != nil {
			panic(err)
		}
	case "hold":
		hold()
	}
}

// hold connects to the test, and ends when the test closes the connection.
func hold() {
	c, err := net.Dial("tcp", os.Args[1])
	if err != nil {
		panic(err)
	}
	io.Copy(io.Discard, c)
}
