//go:build !invariants

package invariants

import (
	"testing"
	"unsafe"
)

func TestWithoutTheTagNothingIsCheckedOrChanged(t *testing.T) {
	var c CloseOnce
	c.Close()
	c.Close()
	c.CheckOpen()
	Check(false, "not looked at")
	b := []byte("kept")
	Mangle(b)
	if string(b) != "kept" {
		t.Errorf("Mangle changed the bytes to %q in a build without the tag", b)
	}
}

func TestWithoutTheTagNothingIsPaid(t *testing.T) {
	if n := unsafe.Sizeof(CloseOnce{}); n != 0 {
		t.Errorf("CloseOnce has %d bytes, want 0", n)
	}
	n := 3
	if a := testing.AllocsPerRun(100, func() { Check(n > 0, "n is %d", n) }); a != 0 {
		t.Errorf("a Check allocates %v times, want 0", a)
	}
}
