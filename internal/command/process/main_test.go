//go:build unix

package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets this binary serve as a guard, and as a program that has one.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) > 1 && os.Args[1] == "guard":
		if err := Serve(); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	case len(os.Args) > 1 && os.Args[1] == "guarded":
		fmt.Fprintln(os.Stderr, guarded(os.Args[2]))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// guarded runs a script under a guard, and is killed meanwhile.
func guarded(script string) error {
	table, err := NewTable(1)
	if err == nil {
		_, err = StartGuard(os.Args[0], []string{os.Args[0], "guard"}, table)
	}
	sh, errs := exec.LookPath("sh")
	if err = errors.Join(err, errs); err != nil {
		return err
	}
	OffMain(func() {
		NewSlot(0, table).Run(&Program{Path: sh, Argv: []string{"sh", "-c", script}, Env: os.Environ(), Stdin: 0, Stdout: 1, Stderr: 2})
	})
	return errors.New("nobody has killed it")
}
