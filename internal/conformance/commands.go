package conformance

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/braid-compute/braid"
)

// What programs do when time passes is tested beside this suite, since virtual time stands still while they run.
var commands = theme{"commands", []testCase{
	{name: "standard output is the result", body: unixOnly(commandOutput)},
	{name: "arguments arrive byte for byte", body: unixOnly(commandArguments)},
	{name: "several arguments, a variable, a folder and standard input", body: unixOnly(commandSurroundings)},
	{name: "a file is the result", body: unixOnly(commandFile)},
	{name: "a program that fails says how", body: unixOnly(commandFails)},
	{name: "a program that fails is tried again", body: unixOnly(commandRetries)},
	{name: "a program that is not there", body: unixOnly(commandMissing)},
	{name: "a result that is too large", body: unixOnly(commandTooLarge)},
	{name: "results are kept and passed on", body: unixOnly(commandPassesOn)},
	{name: "are refused where they cannot run", body: commandElsewhere},
}}

func unixOnly(body func(*testing.T, *braid.Client)) func(*testing.T, *braid.Client) {
	return func(t *testing.T, c *braid.Client) {
		if runtime.GOOS == "windows" {
			t.Skip("programs as tasks need a Unix system")
		}
		body(t, c)
	}
}

var (
	echo     = braid.Command{Args: []string{"printf", "%s", "{}"}}.Func("conformance/echo")
	hexdump  = braid.Command{Line: `printf %s {} | od -An -v -tx1 | tr -d ' \n'`}.Func("conformance/hexdump")
	surround = braid.Command{
		Line: `cat; printf ' %s %s %s ' "$COLOR" "$OMP_NUM_THREADS" {2}; pwd -P`,
		Env:  []string{"COLOR=dark {1/}"}, Dir: "{1}", Stdin: "{1}/in.txt",
	}.FuncN("conformance/surround", 2)
	written   = braid.Command{Line: `mkdir {}; ls; echo out; echo result > {}/r`, Scratch: true, Result: "{}/r"}.Func("conformance/written")
	failing   = braid.Command{Line: `echo first >&2; echo second {} >&2; exit 3`}.Func("conformance/failing")
	killed    = braid.Command{Line: `kill -s {} $$`}.Func("conformance/killed")
	second    = braid.Command{Line: `mkdir {}; test -e {}/x && echo again || { touch {}/x; exit 1; }`}.Func("conformance/second")
	nowhere   = braid.Command{Args: []string{"braid-has-no-such-program", "{}"}}.Func("conformance/nowhere")
	unstart   = braid.Command{Args: []string{"{}"}}.Func("conformance/unstartable")
	zeros     = braid.Command{Line: `head -c {} /dev/zero`, MaxResult: 1000}.Func("conformance/zeros")
	byteCount = braid.Command{Line: `wc -c < {}`}.Func("conformance/byte-count")
)

func commandOutput(t *testing.T, c *braid.Client) {
	want(t, "the output", string(result(t, c, echo.Call(braid.V("said")))), "said")
	want(t, "no output", len(result(t, c, echo.Call(braid.V("")))), 0)
	for i, out := range gather(t, echo.Map(t.Context(), c, []string{"a", "b", "c"})) {
		want(t, "an item", string(out), string(rune('a'+i)))
	}
	want(t, "the name", echo.Name(), "conformance/echo")
}

func commandArguments(t *testing.T, c *braid.Client) {
	for _, arg := range []string{"a b", `it's "quoted" \ $HOME $(id) {} {1}`, "two\nlines\n", "\xff\xfe", "*", "-n", "; exit 3", "é"} {
		want(t, "in a text for a shell", string(result(t, c, hexdump.Call(braid.V(arg)))), fmt.Sprintf("%x", arg))
		want(t, "in a word", string(result(t, c, echo.Call(braid.V(arg)))), arg)
	}
	_, err := braid.Submit(t.Context(), c, echo.Call(braid.V("a\x00b"))).Get(t.Context())
	if err == nil || !strings.Contains(err.Error(), "NUL") {
		t.Errorf("an argument with a NUL byte: %v", err)
	}
}

func commandSurroundings(t *testing.T, c *braid.Client) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "in.txt"), []byte("read"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := result(t, c, surround.Call(braid.V([]string{dir, "last"})))
	want(t, "the output", string(out), "read dark "+filepath.Base(dir)+" 1 last "+dir+"\n")
	_, err = braid.Submit(t.Context(), c, surround.Call(braid.V([]string{dir}))).Get(t.Context())
	if err == nil || !strings.Contains(err.Error(), "takes 2") {
		t.Errorf("with one argument of two: %v", err)
	}
	_, err = braid.Submit(t.Context(), c, surround.Call(braid.V([]string{filepath.Join(dir, "none"), ""}))).Get(t.Context())
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without its standard input: %v", err)
	}
}

func commandFile(t *testing.T, c *braid.Client) {
	for range 2 { // in a new folder each time, or mkdir would fail
		want(t, "the result", string(result(t, c, written.Call(braid.V("folder")))), "result\n")
	}
	_, err := braid.Submit(t.Context(), c, written.Call(braid.V("a/b"))).Get(t.Context())
	if err == nil {
		t.Error("a program without its result has succeeded")
	}
}

func commandFails(t *testing.T, c *braid.Client) {
	_, err := braid.Submit(t.Context(), c, failing.Call(braid.V("it's"))).Get(t.Context())
	for _, part := range []string{"exit code 3", "first\n", "second it's", `'it'\''s'`, "failing"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error lacks %q: %v", part, err)
		}
	}
	_, err = braid.Submit(t.Context(), c, killed.Call(braid.V("USR1"))).Get(t.Context())
	if err == nil || !strings.Contains(err.Error(), "ended by SIGUSR1") {
		t.Errorf("a program that a signal ended: %v", err)
	}
}

func commandRetries(t *testing.T, c *braid.Client) {
	dir := filepath.Join(t.TempDir(), "d")
	want(t, "the result", string(result(t, c, second.With(braid.Retries(1)).Call(braid.V(dir)))), "again\n")
}

func commandMissing(t *testing.T, c *braid.Client) {
	_, err := braid.Submit(t.Context(), c, nowhere.Call(braid.V(""))).Get(t.Context())
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "braid-has-no-such-program") || !strings.Contains(err.Error(), "commands.go:") {
		t.Errorf("a program that is not there: %v", err)
	}
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("no program"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = braid.Submit(t.Context(), c, unstart.Call(braid.V(script))).Get(t.Context())
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "chmod") {
		t.Errorf("a file that is not executable: %v", err)
	}
	if err := os.Chmod(script, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = braid.Submit(t.Context(), c, unstart.Call(braid.V(script))).Get(t.Context())
	if err == nil || !strings.Contains(err.Error(), "could not be started") || !strings.Contains(err.Error(), "#!/bin/sh") {
		t.Errorf("a file that is no program: %v", err)
	}
}

func commandTooLarge(t *testing.T, c *braid.Client) {
	want(t, "a result as large as it may be", len(result(t, c, zeros.Call(braid.V("1000")))), 1000)
	_, err := braid.Submit(t.Context(), c, zeros.Call(braid.V("3000000"))).Get(t.Context())
	if err == nil || !strings.Contains(err.Error(), "MaxResult") {
		t.Errorf("a result that is too large: %v", err)
	}
}

func commandPassesOn(t *testing.T, c *braid.Client) {
	s, file := keep(t), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("four"), 0o600); err != nil {
		t.Fatal(err)
	}
	kept := byteCount.With(braid.Memo(s), braid.Cores(1))
	want(t, "the result", strings.TrimSpace(string(result(t, c, kept.Call(braid.V(file))))), "4")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	want(t, "the result that was kept", strings.TrimSpace(string(result(t, c, kept.Call(braid.V(file))))), "4")
	if _, err := braid.Submit(t.Context(), c, byteCount.Call(braid.V(file))).Get(t.Context()); err == nil {
		t.Error("a file that is gone was counted")
	}
}

func commandElsewhere(t *testing.T, c *braid.Client) {
	if runtime.GOOS != "windows" {
		t.Skip("they can run here")
	}
	if _, err := braid.Submit(t.Context(), c, echo.Call(braid.V("x"))).Get(t.Context()); err == nil {
		t.Error("a command has run on Windows")
	}
}
