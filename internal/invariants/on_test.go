//go:build invariants

package invariants

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"
	"unsafe"
)

// panicOf returns what f panicked with, as text, and "" if it returned.
func panicOf(f func()) (msg string) {
	defer func() {
		if v := recover(); v != nil {
			msg = v.(string)
		}
	}()
	f()
	return ""
}

func TestCheckPanicsOnlyWhenTheConditionIsFalse(t *testing.T) {
	if msg := panicOf(func() { Check(true, "counter %d", 1) }); msg != "" {
		t.Errorf("a true condition panicked: %s", msg)
	}
	msg := panicOf(func() { Check(false, "counter %d of task %q", -1, "sum") })
	if !strings.Contains(msg, `counter -1 of task "sum"`) {
		t.Errorf("panic %q does not hold the formatted message", msg)
	}
}

func TestCloseOnceNamesBothPlaces(t *testing.T) {
	var c CloseOnce
	c.CheckOpen()
	c.Close()
	for what, f := range map[string]func(){
		"second close":    func() { c.Close() },
		"use after close": func() { c.CheckOpen() },
	} {
		if msg := panicOf(f); strings.Count(msg, "on_test.go:") != 2 {
			t.Errorf("%s: panic %q should name two places in this file", what, msg)
		}
	}
}

func TestMangleLeavesNothingOfTheOldBytes(t *testing.T) {
	b := []byte("the next owner's bytes")
	kept := b[4:12]
	Mangle(b)
	if utf8.Valid(kept) {
		t.Errorf("a kept sub-slice still reads as text: %q", kept)
	}
	f := []float64{1}
	Mangle(unsafe.Slice((*byte)(unsafe.Pointer(&f[0])), 8))
	if math.Abs(f[0]) < 1e100 {
		t.Errorf("a mangled float64 is %g, too small to be noticed in a sum", f[0])
	}
	Mangle(nil)
}
